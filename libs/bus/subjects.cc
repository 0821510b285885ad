#include "libs/bus/subjects.h"

#include <openssl/sha.h>

#include <vector>

namespace eventreactor::bus {
namespace {

constexpr size_t kMaxSubject = 255;
// In the subject of a log: with the namespace (63 bytes) they fill it.
constexpr size_t kMaxAction = 120;
constexpr size_t kMaxStep = 63;

constexpr size_t kDigestBytes = 16;

void AppendHex(unsigned char c, std::string& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

void AppendEscaped(unsigned char c, std::string& out) {
  out += '%';
  AppendHex(c, out);
}

bool FitsToken(unsigned char c) {
  return c > ' ' && c <= '~' && c != '.' && c != '*' && c != '>' && c != '%';
}

// One token. The empty string has no token of its own: it becomes "%", which
// no other value yields.
std::string Token(const std::string& value) {
  if (value.empty()) return "%";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (FitsToken(byte)) {
      out += c;
    } else {
      AppendEscaped(byte, out);
    }
  }
  return out;
}

// A type: its dots divide tokens, but for those that touch another dot or an
// end, as a token cannot be empty.
std::string Tokens(const std::string& type) {
  if (type.empty()) return Token(type);
  std::string out;
  for (size_t i = 0; i < type.size(); ++i) {
    const auto byte = static_cast<unsigned char>(type[i]);
    const bool divides =
        byte == '.' && i > 0 && i + 1 < type.size() && type[i - 1] != '.' && type[i + 1] != '.';
    if (divides || FitsToken(byte)) {
      out += type[i];
    } else {
      AppendEscaped(byte, out);
    }
  }
  return out;
}

// Cut at the end of a token, where there is room for the mark.
std::string Bounded(const std::string& subject) {
  if (subject.size() <= kMaxSubject) return subject;
  const size_t dot = subject.rfind('.', kMaxSubject - 2);
  return subject.substr(0, dot) + ".%";
}

// A token of at most `most` bytes: a longer one has its beginning, "%~", which
// no encoding yields, and a digest of the whole.
std::string ShortToken(const std::string& value, size_t most) {
  std::string token = Token(value);
  if (token.size() <= most) return token;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(value.data()), value.size(), digest);
  std::string mark = "%~";
  for (size_t i = 0; i < kDigestBytes; ++i) AppendHex(digest[i], mark);
  return token.substr(0, most - mark.size()) + mark;
}

std::vector<std::string> Split(const std::string& subject) {
  std::vector<std::string> tokens(1);
  for (const char c : subject) {
    if (c == '.') {
      tokens.emplace_back();
    } else {
      tokens.back() += c;
    }
  }
  return tokens;
}

// er.<rest> -> er.<kind>.<rest>
std::string Beneath(const std::string& kind, const std::string& subject) {
  const std::string rest = subject.rfind("er.", 0) == 0 ? subject.substr(3) : subject;
  return "er." + kind + "." + rest;
}

}  // namespace

std::string EventSubject(const std::string& ns, const std::string& type) {
  return Bounded("er.event." + Token(ns) + "." + Tokens(type));
}

std::string DispatchedSubject(const std::string& ns, const std::string& type) {
  return Bounded("er.dispatched." + Token(ns) + "." + Tokens(type));
}

std::string ActionSubject(const std::string& ns, const std::string& pipeline,
                          const std::string& phase) {
  return Bounded("er.action." + Token(ns) + "." + Token(pipeline) + "." + Token(phase));
}

std::string LogSubject(const std::string& ns, const std::string& action, const std::string& step) {
  return Bounded("er.log." + Token(ns) + "." + ShortToken(action, kMaxAction) + "." +
                 ShortToken(step, kMaxStep));
}

std::string LogFilter(const std::string& ns, const std::string& action) {
  return "er.log." + Token(ns) + "." + ShortToken(action, kMaxAction) + ".*";
}

std::string DeadSubject(const std::string& subject) { return Beneath("dead", subject); }

std::string FeedSubject(const std::string& subject) { return Beneath("feed", subject); }

bool IsConcreteSubject(const std::string& subject) {
  // Room for what dead letters and the feed put in front.
  if (subject.empty() || subject.size() > kMaxSubject + 8) return false;
  char previous = '.';
  for (const char c : subject) {
    if (c <= ' ' || c > '~' || c == '*' || c == '>') return false;
    if (c == '.' && previous == '.') return false;
    previous = c;
  }
  return previous != '.';
}

bool SubjectMatches(const std::string& filter, const std::string& subject) {
  const std::vector<std::string> pattern = Split(filter);
  const std::vector<std::string> tokens = Split(subject);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == ">" && i + 1 == pattern.size()) return tokens.size() > i;
    if (i >= tokens.size()) return false;
    if (pattern[i] != "*" && pattern[i] != tokens[i]) return false;
  }
  return tokens.size() == pattern.size();
}

}  // namespace eventreactor::bus
