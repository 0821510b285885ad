#include "services/kube-adapter/tool/home_files.h"

#include <cstdint>

namespace eventreactor::tool {
namespace {

bool HasLineEnd(const std::string& text) {
  return text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos;
}

std::string PercentEncoded(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// In double quotes, as git's configuration has it.
std::string GitQuoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

// https://HOST without a slash at its end.
std::string UrlOf(std::string host) {
  if (host.find("://") == std::string::npos) host.insert(0, "https://");
  while (host.back() == '/') host.pop_back();
  return host;
}

}  // namespace

void AddGitPasswords(const std::vector<GitPassword>& passwords, HomeFiles& files,
                     std::vector<std::string>& refused) {
  std::string config;
  std::string credentials;
  for (const GitPassword& password : passwords) {
    if (password.host.empty() || HasLineEnd(password.host) || HasLineEnd(password.username) ||
        HasLineEnd(password.password)) {
      refused.push_back("the password for \"" + password.host + "\" has a line end");
      continue;
    }
    const std::string url = UrlOf(password.host);
    const size_t scheme_end = url.find("://") + 3;
    config +=
        "[credential " + GitQuoted(url) + "]\n\tusername = " + GitQuoted(password.username) + "\n";
    credentials += url.substr(0, scheme_end) + PercentEncoded(password.username) + ":" +
                   PercentEncoded(password.password) + "@" + url.substr(scheme_end) + "\n";
  }
  if (credentials.empty()) return;
  files[".gitconfig"] += "[credential]\n\thelper = store\n" + config;
  files[".git-credentials"] += credentials;
}

void AddSshKeys(const std::string& home, const std::vector<SshKey>& keys, HomeFiles& files) {
  if (keys.empty()) return;
  const std::string directory = home + "/.ssh";
  std::string config;
  std::string known_hosts;
  for (const SshKey& key : keys) {
    std::string file = "id_";
    file.append(key.name);
    for (const std::string& host : key.hosts) {
      const size_t colon = host.rfind(':');
      config.append("Host ").append(host, 0, colon).append("\n");
      if (colon != std::string::npos) {
        config.append("\tPort ").append(host, colon + 1).append("\n");
      }
      config.append("\tIdentityFile ").append(directory).append("/").append(file);
      config.append("\n\tIdentitiesOnly yes\n\tUserKnownHostsFile ").append(directory);
      config.append("/known_hosts\n\tStrictHostKeyChecking ");
      config.append(key.known_hosts.empty() ? "accept-new" : "yes").append("\n");
    }
    files[".ssh/" + file] = key.private_key;
    known_hosts.append(key.known_hosts);
  }
  files[".ssh/config"] = config;
  files[".ssh/known_hosts"] = known_hosts;
  files[".gitconfig"] += "[core]\n\tsshCommand = ";
  files[".gitconfig"] += GitQuoted("ssh -F " + directory + "/config");
  files[".gitconfig"] += "\n";
}

std::string DockerAuth(const std::string& username, const std::string& password) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = username + ":" + password;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = (group << 8) | (i + j < text.size() ? static_cast<uint8_t>(text[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      out.push_back(i + j > text.size() ? '=' : kAlphabet[(group >> (18 - 6 * j)) & 63]);
    }
  }
  return out;
}

}  // namespace eventreactor::tool
