#include "services/local-adapter/engine_login.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/escaping.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using nlohmann::json;

constexpr char kDockerHub[] = "https://index.docker.io/v1/";

absl::Status NoLogin(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_LOGIN", what);
}

// Empty for Docker Hub, which has no part of its own in a name.
std::string RegistryOf(const std::string& repository) {
  const size_t slash = repository.find('/');
  const std::string first = repository.substr(0, slash);
  // As docker tells a registry from the first part of a path.
  const bool has_registry =
      slash != std::string::npos &&
      (first.find_first_of(".:") != std::string::npos || first == "localhost");
  return has_registry ? first : "";
}

// By which a login for this repository may be kept, the most exact first.
std::vector<std::string> KeysOf(const std::string& repository) {
  const std::string first = RegistryOf(repository);
  if (first.empty()) return {"docker.io", kDockerHub};
  std::vector<std::string> keys;
  for (std::string key = repository; key.size() > first.size();) {
    keys.push_back(key);
    key.resize(key.rfind('/'));
  }
  keys.push_back(first);
  keys.push_back("https://" + first);
  if (first == "docker.io") keys.push_back(kDockerHub);
  return keys;
}

std::string StringAt(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

// RFC 4648's alphabet for URLs, with padding, as docker reads it.
std::string Encode(const json& login) {
  std::string encoded;
  absl::WebSafeBase64Escape(login.dump(-1, ' ', false, json::error_handler_t::replace), &encoded);
  encoded.resize((encoded.size() + 3) / 4 * 4, '=');
  return encoded;
}

absl::StatusOr<std::string> HeaderOf(const json& entry, const std::string& key) {
  if (!entry.is_object()) return NoLogin("the entry for " + key + " is no object");
  if (const std::string token = StringAt(entry, "identitytoken"); !token.empty()) {
    return Encode({{"identitytoken", token}, {"serveraddress", key}});
  }
  const std::string auth = StringAt(entry, "auth");
  // A credential helper keeps it.
  if (auth.empty()) return std::string();
  std::string both;
  const bool decoded = absl::Base64Unescape(auth, &both);
  const size_t colon = both.find(':');
  if (!decoded || colon == std::string::npos) {
    return NoLogin("auth of the entry for " + key + " is no base64 of USER:PASSWORD");
  }
  return Encode({{"username", both.substr(0, colon)},
                 {"password", both.substr(colon + 1)},
                 {"serveraddress", key}});
}

// What stands in the file itself.
absl::StatusOr<std::string> KeptAuth(const json& parsed, const std::string& repository) {
  const auto auths = parsed.find("auths");
  if (auths == parsed.end() || auths->is_null()) return std::string();
  if (!auths->is_object()) return NoLogin("auths is no object");
  for (const std::string& key : KeysOf(repository)) {
    const auto entry = auths->find(key);
    if (entry != auths->end()) return HeaderOf(*entry, key);
  }
  return std::string();
}

// Who keeps the logins for this server instead of the file; empty: nobody.
std::string HelperOf(const json& parsed, const std::string& server) {
  const auto helpers = parsed.find("credHelpers");
  if (helpers != parsed.end() && helpers->is_object()) {
    if (std::string helper = StringAt(*helpers, server.c_str()); !helper.empty()) return helper;
  }
  return StringAt(parsed, "credsStore");
}

absl::StatusOr<std::string> HeaderOfHelper(const std::string& told, const std::string& helper,
                                           const std::string& server) {
  const json login = json::parse(told, nullptr, /*allow_exceptions=*/false);
  const std::string user = login.is_object() ? StringAt(login, "Username") : "";
  const std::string secret = login.is_object() ? StringAt(login, "Secret") : "";
  if (user.empty() || secret.empty()) {
    return NoLogin("docker-credential-" + helper + " printed no Username and Secret");
  }
  if (user == "<token>") return Encode({{"identitytoken", secret}, {"serveraddress", server}});
  return Encode({{"username", user}, {"password", secret}, {"serveraddress", server}});
}

}  // namespace

absl::StatusOr<std::string> RegistryAuth(const std::string& config, const std::string& repository,
                                         const AskHelper& ask) {
  const json parsed = json::parse(config, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return NoLogin("it is no JSON object");
  const std::string registry = RegistryOf(repository);
  const std::string server = registry.empty() || registry == "docker.io" ? kDockerHub : registry;
  absl::Status refusal;
  if (const std::string helper = HelperOf(parsed, server); !helper.empty()) {
    const absl::StatusOr<std::string> told = ask(helper, server);
    if (told.ok()) return HeaderOfHelper(*told, helper, server);
    refusal = told.status();
  }
  absl::StatusOr<std::string> kept = KeptAuth(parsed, repository);
  if (kept.ok() && kept->empty() && !refusal.ok()) return refusal;
  return kept;
}

std::string DockerConfigFile() {
  if (const char* folder = std::getenv("DOCKER_CONFIG"); folder != nullptr && *folder != '\0') {
    return std::string(folder) + "/config.json";
  }
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string(home) + "/.docker/config.json" : "";
}

}  // namespace eventreactor::local
