#include "services/kube-adapter/tool/credentials.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "services/kube-adapter/tool/files.h"
#include "services/kube-adapter/tool/home_files.h"

namespace eventreactor::tool {
namespace {

using nlohmann::json;

constexpr size_t kMaxSecret = size_t{1} << 20;
constexpr int kSecretFileMode = 0600;
// It holds no secret, and git gives up where it is there and cannot be read.
constexpr int kGitConfigMode = 0644;
constexpr int kSecretDirectoryMode = 0700;

// Both are written into a file of lines with spaces between words.
bool IsHost(const std::string& host) {
  return !host.empty() && host.front() != '-' &&
         host.find_first_of(" \t\r\n\"'#*?!,") == std::string::npos;
}

// A Secret's name is a file's name.
bool IsSecretName(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

class Writer {
 public:
  Writer(std::string secrets, std::string home)
      : secrets_(std::move(secrets)), home_(std::move(home)) {}

  Fault Add(const Arguments::Option& option) {
    const size_t equals = option.value.find('=');
    const std::string secret = option.value.substr(0, equals);
    const std::string target =
        equals == std::string::npos ? std::string() : option.value.substr(equals + 1);
    if (!IsSecretName(secret)) return "\"" + secret + "\" is no Secret's name";
    if (option.name == "docker-config") return AddDockerConfig(secret, ".dockerconfigjson", true);
    if (option.name == "docker-cfg") return AddDockerConfig(secret, ".dockercfg", false);
    if (!IsHost(target)) {
      return "the Secret " + secret + " is annotated with \"" + target + "\", which is no host";
    }
    if (option.name == "ssh-git") return AddSshKey(secret, target);
    return AddPassword(option.name == "basic-docker", secret, target);
  }

  Fault Write() {
    HomeFiles files;
    std::vector<std::string> refused;
    AddGitPasswords(passwords_, files, refused);
    if (!refused.empty()) return refused.front();
    std::vector<SshKey> keys;
    keys.reserve(keys_.size());
    for (const auto& [name, key] : keys_) keys.push_back(key);
    AddSshKeys(home_, keys, files);
    if (!docker_.empty()) files[".docker/config.json"] = docker_.dump(2) + "\n";
    for (const auto& [path, data] : files) {
      const std::filesystem::path whole = std::filesystem::path(home_) / path;
      if (whole.parent_path() != std::filesystem::path(home_)) {
        if (Fault fault = MakeDirectories(whole.parent_path().string(), kSecretDirectoryMode)) {
          return fault;
        }
      }
      const int mode = path == ".gitconfig" ? kGitConfigMode : kSecretFileMode;
      if (Fault fault = WriteFile(whole.string(), data, mode)) return fault;
    }
    return std::nullopt;
  }

 private:
  Fault Read(const std::string& secret, const std::string& key, std::string& data) const {
    return ReadFile(secrets_ + "/" + secret + "/" + key, kMaxSecret, data);
  }

  // One line, whether the Secret was made from a file with a line end or not.
  Fault ReadLine(const std::string& secret, const std::string& key, std::string& line) const {
    if (Fault fault = Read(secret, key, line)) return fault;
    if (!line.empty() && line.back() == '\n') line.pop_back();
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return std::nullopt;
  }

  Fault AddPassword(bool docker, const std::string& secret, const std::string& target) {
    std::string username;
    std::string password;
    if (Fault fault = ReadLine(secret, "username", username)) return fault;
    if (Fault fault = ReadLine(secret, "password", password)) return fault;
    if (docker) {
      docker_["auths"][target] = {{"auth", DockerAuth(username, password)}};
    } else {
      passwords_.push_back({target, username, password});
    }
    return std::nullopt;
  }

  Fault AddSshKey(const std::string& secret, const std::string& host) {
    SshKey& key = keys_[secret];
    if (key.hosts.empty()) {
      key.name = secret;
      if (Fault fault = Read(secret, "ssh-privatekey", key.private_key)) return fault;
      // ssh does not take a key without it.
      if (key.private_key.empty() || key.private_key.back() != '\n') key.private_key += '\n';
      std::string known_hosts;
      if (!Read(secret, "known_hosts", known_hosts)) key.known_hosts = known_hosts;
      if (!key.known_hosts.empty() && key.known_hosts.back() != '\n') key.known_hosts += '\n';
    }
    key.hosts.push_back(host);
    return std::nullopt;
  }

  // The one has its registries under `auths`, the other has nothing else.
  Fault AddDockerConfig(const std::string& secret, const std::string& key, bool has_auths) {
    std::string text;
    if (Fault fault = Read(secret, key, text)) return fault;
    const json config = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!config.is_object()) return "the Secret " + secret + " has no JSON object in " + key;
    if (!has_auths) {
      docker_["auths"].update(config);
      return std::nullopt;
    }
    for (const auto& [name, value] : config.items()) {
      if (name == "auths" && value.is_object()) {
        docker_["auths"].update(value);
      } else {
        docker_[name] = value;
      }
    }
    return std::nullopt;
  }

  const std::string secrets_;
  const std::string home_;
  std::vector<GitPassword> passwords_;
  std::map<std::string, SshKey> keys_;
  json docker_;
};

}  // namespace

Fault WriteCredentials(const Arguments& arguments) {
  std::string secrets;
  std::string home;
  if (Fault fault = arguments.Require("secrets", secrets)) return fault;
  if (Fault fault = arguments.Require("home", home)) return fault;
  Writer writer(secrets, home);
  for (const Arguments::Option& option : arguments.options()) {
    if (option.name == "secrets" || option.name == "home") continue;
    if (Fault fault = writer.Add(option)) return fault;
  }
  return writer.Write();
}

}  // namespace eventreactor::tool
