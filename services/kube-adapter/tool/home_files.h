// The files in HOME that make git, ssh and docker find credentials. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace eventreactor::tool {

struct GitPassword {
  // https://HOST or HOST.
  std::string host;
  std::string username;
  std::string password;
};

struct SshKey {
  // The Secret's name, part of a file's name.
  std::string name;
  // HOST or HOST:PORT.
  std::vector<std::string> hosts;
  std::string private_key;
  // Empty: the host's key is taken as it is the first time.
  std::string known_hosts;
};

// By path below HOME.
using HomeFiles = std::map<std::string, std::string>;

// .git-credentials and the part of .gitconfig that makes git read it. A value
// with a line end has no place in these files: its password is left out, and
// named in `refused`.
void AddGitPasswords(const std::vector<GitPassword>& passwords, HomeFiles& files,
                     std::vector<std::string>& refused);

// .ssh/id_NAME, .ssh/config, .ssh/known_hosts, and the part of .gitconfig
// that makes git use them: ssh itself looks for HOME in passwd.
void AddSshKeys(const std::string& home, const std::vector<SshKey>& keys, HomeFiles& files);

// The user and password of a registry, for .docker/config.json: base64 of
// user:password.
std::string DockerAuth(const std::string& username, const std::string& password);

}  // namespace eventreactor::tool
