#include "libs/domain/naming.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "libs/manifest/manifest.h"

namespace eventreactor {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) { return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z'); }

std::array<uint8_t, 32> Sha256(const std::string& input) {
  std::array<uint8_t, 32> digest{};
  unsigned int size = 0;
  // A digest that failed would give one name to everything.
  if (EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    std::abort();
  }
  return digest;
}

// Each field with its length before it: no two lists of fields are one text.
std::string Join(std::initializer_list<const std::string*> fields) {
  std::string joined;
  for (const std::string* field : fields) {
    const uint64_t size = field->size();
    for (int shift = 56; shift >= 0; shift -= 8) {
      joined.push_back(static_cast<char>((size >> shift) & 0xff));
    }
    joined += *field;
  }
  return joined;
}

// As a ULID is written: 128 bits in 26 characters, two zero bits before them.
std::string NameOf(std::initializer_list<const std::string*> fields) {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  const std::array<uint8_t, 32> digest = Sha256(Join(fields));
  std::string name;
  uint32_t buffer = 0;
  int bits = 2;
  for (int i = 0; i < 16; ++i) {
    buffer = (buffer << 8) | digest[i];
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      name.push_back(kAlphabet[(buffer >> bits) & 31]);
    }
  }
  return name;
}

std::string Label(const char* kind, const char* what) {
  return std::string(kind) + "." + kGroup + "/" + what;
}

// [a-z0-9] at both ends, [-a-z0-9] between.
bool IsDnsPart(const std::string& value, size_t begin, size_t end) {
  if (begin == end) return false;
  for (size_t i = begin; i < end; ++i) {
    const bool inside = i > begin && i + 1 < end;
    if (!IsLower(value[i]) && !IsDigit(value[i]) && !(inside && value[i] == '-')) return false;
  }
  return true;
}

}  // namespace

std::string EventName(const std::string& ns, const std::string& source, const std::string& id) {
  return NameOf({&ns, &source, &id});
}

std::string ActionName(const std::string& cause, const std::string& pipeline,
                       const std::string& attempt) {
  return NameOf({&cause, &pipeline, &attempt});
}

bool IsDnsLabel(const std::string& value) {
  return value.size() <= 63 && IsDnsPart(value, 0, value.size());
}

bool IsDnsSubdomain(const std::string& value) {
  if (value.size() > 253) return false;
  size_t begin = 0;
  for (size_t dot = value.find('.'); dot != std::string::npos; dot = value.find('.', begin)) {
    if (!IsDnsPart(value, begin, dot)) return false;
    begin = dot + 1;
  }
  return IsDnsPart(value, begin, value.size());
}

bool IsLabelValue(const std::string& value) {
  if (value.size() > 63) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    const bool inside = i > 0 && i + 1 < value.size();
    const char c = value[i];
    if (!IsAlphanumeric(c) && !(inside && (c == '-' || c == '_' || c == '.'))) return false;
  }
  return true;
}

bool IsLabelKey(const std::string& key) {
  const size_t slash = key.find('/');
  if (slash == std::string::npos) return !key.empty() && IsLabelValue(key);
  const std::string name = key.substr(slash + 1);
  return IsDnsSubdomain(key.substr(0, slash)) && !name.empty() && IsLabelValue(name);
}

std::string ShortDigest(const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::array<uint8_t, 32> digest = Sha256(text);
  std::string hex;
  for (int i = 0; i < 4; ++i) {
    hex.push_back(kDigits[digest[i] >> 4]);
    hex.push_back(kDigits[digest[i] & 15]);
  }
  return hex;
}

std::string ActionNameLabel() { return Label("action", "name"); }
std::string ActionUidLabel() { return Label("action", "uid"); }
std::string EventTypeLabel() { return Label("event", "type"); }
std::string EventNameLabel() { return Label("event", "name"); }
std::string PipelineNameLabel() { return Label("pipeline", "name"); }
std::string PipelineTriggerLabel() { return Label("pipeline", "trigger"); }
std::string TransactionIdLabel() { return Label("transaction", "id"); }
std::string AttemptAnnotation() { return Label("action", "attempt"); }

bool IsAttempt(const std::string& value) { return !value.empty() && IsLabelValue(value); }

}  // namespace eventreactor
