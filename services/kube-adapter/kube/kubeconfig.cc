// LoadKubeconfig.
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/exec_plugin.h"
#include "services/kube-adapter/kube/file.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/yaml_field.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kExecExtension[] = "client.authentication.k8s.io/exec";

class Reader {
 public:
  Reader(const std::string& path, Clock& clock) : path_(path), clock_(clock) { fault_.file = path; }

  absl::StatusOr<Config> Read(const std::string& context_name) {
    const absl::StatusOr<std::string> text = ReadFile(path_);
    if (!text.ok()) {
      return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                        Message(text.status()), path_);
    }
    try {
      const YamlField root(YAML::Load(*text), "", fault_);
      Config config = ReadRoot(root, context_name);
      if (!fault_.status.ok()) return fault_.status;
      return config;
    } catch (const YAML::Exception& error) {
      return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                        path_ + ": no YAML: " + error.what(), path_);
    }
  }

 private:
  Config ReadRoot(const YamlField& root, const std::string& context_name) {
    Config config;
    const YamlField current = root.At("current-context");
    const std::string name = context_name.empty() ? current.String() : context_name;
    if (name.empty()) current.Fail("missing; say which context is meant");
    const YamlField context = root.At("contexts").Named(name).At("context");
    if (fault_.status.ok() && context.empty()) context.Fail("missing");
    if (!fault_.status.ok()) return config;
    const std::string ns = context.At("namespace").String();
    if (!ns.empty()) config.ns = ns;
    const YamlField cluster =
        root.At("clusters").Named(context.At("cluster").String()).At("cluster");
    ReadCluster(cluster, config);
    // A cluster may want no user.
    const std::string user = context.At("user").String();
    config.credentials = FixedCredential({});
    if (user.empty()) return config;
    ReadUser(root.At("users").Named(user).At("user"), cluster, config);
    return config;
  }

  void ReadCluster(const YamlField& cluster, Config& config) {
    config.server = cluster.At("server").String();
    if (fault_.status.ok() && config.server.rfind("https://", 0) != 0 &&
        config.server.rfind("http://", 0) != 0) {
      cluster.At("server").Fail("expected https://HOST:PORT, got \"" + config.server + "\"");
    }
    while (!config.server.empty() && config.server.back() == '/') config.server.pop_back();
    config.certificate_authority = Pem(cluster, "certificate-authority");
    config.tls_server_name = cluster.At("tls-server-name").String();
    config.insecure_skip_tls_verify = cluster.At("insecure-skip-tls-verify").Bool();
    if (config.insecure_skip_tls_verify && !config.certificate_authority.empty()) {
      cluster.At("insecure-skip-tls-verify")
          .Fail("cannot be true where a certificate authority is given: one of them is meant");
    }
    config.proxy_url = cluster.At("proxy-url").String();
    if (!config.proxy_url.empty() && config.proxy_url.find("://") == std::string::npos) {
      cluster.At("proxy-url").Fail("expected http://, https:// or socks5://HOST:PORT");
    }
  }

  void ReadUser(const YamlField& user, const YamlField& cluster, Config& config) {
    for (const char* key : {"username", "password"}) {
      if (!user.At(key).empty()) {
        user.At(key).Fail(
            "Kubernetes takes no passwords since 1.19; use a client certificate, a token or an "
            "exec plugin");
      }
    }
    if (!user.At("auth-provider").empty()) {
      user.At("auth-provider").Fail("auth providers are gone since 1.26; use an exec plugin");
    }
    for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
      if (!user.At(key).empty()) user.At(key).Fail("acting as another user is not supported");
    }
    Credential credential;
    credential.client_certificate = Pem(user, "client-certificate");
    credential.client_key = Pem(user, "client-key");
    if (credential.client_certificate.empty() != credential.client_key.empty()) {
      user.At(credential.client_key.empty() ? "client-key" : "client-certificate")
          .Fail("a client certificate and its key go together, and this one is missing");
    }
    const YamlField exec = user.At("exec");
    if (!exec.empty()) {
      if (!user.At("token").empty() || !user.At("tokenFile").empty() ||
          credential != Credential{}) {
        exec.Fail("given beside a token or a client certificate: one of them is meant");
      }
      return ReadExec(exec, cluster, config);
    }
    const std::string token_file = user.At("tokenFile").String();
    if (!token_file.empty()) {
      config.credentials = TokenFile(Absolute(token_file), std::move(credential));
      const absl::StatusOr<Credential> read = config.credentials->Fetch();
      if (!read.ok()) user.At("tokenFile").Fail(Message(read.status()));
      return;
    }
    credential.token = user.At("token").String();
    if (!credential.token.empty() && !IsToken(credential.token)) {
      user.At("token").Fail("holds characters that no token has");
    }
    config.credentials = FixedCredential(std::move(credential));
  }

  void ReadExec(const YamlField& exec, const YamlField& cluster, Config& config) {
    ExecPlugin plugin;
    plugin.api_version = exec.At("apiVersion").String();
    if (plugin.api_version != "client.authentication.k8s.io/v1" &&
        plugin.api_version != "client.authentication.k8s.io/v1beta1") {
      exec.At("apiVersion")
          .Fail("expected client.authentication.k8s.io/v1 or v1beta1, got \"" + plugin.api_version +
                "\"");
    }
    plugin.command = exec.At("command").String();
    if (plugin.command.empty()) exec.At("command").Fail("missing");
    // One with a slash is meant relative to the file; one without is in PATH.
    if (plugin.command.find('/') != std::string::npos) plugin.command = Absolute(plugin.command);
    for (const YamlField& arg : exec.At("args").Items()) plugin.args.push_back(arg.String());
    for (const YamlField& env : exec.At("env").Items()) {
      const std::string name = env.At("name").String();
      if (name.empty()) env.At("name").Fail("missing");
      plugin.env[name] = env.At("value").String();
    }
    plugin.install_hint = std::string(absl::StripAsciiWhitespace(exec.At("installHint").String()));
    if (exec.At("interactiveMode").String() == "Always") {
      exec.At("interactiveMode").Fail("a plugin that wants a terminal cannot be run here");
    }
    if (exec.At("provideClusterInfo").Bool()) {
      plugin.cluster_info =
          ClusterInfo(cluster, config).dump(-1, ' ', false, json::error_handler_t::replace);
    }
    config.credentials = ExecCredentials(std::move(plugin), clock_);
  }

  static json ClusterInfo(const YamlField& cluster, const Config& config) {
    json info = {{"server", config.server}};
    if (!config.certificate_authority.empty()) {
      info["certificate-authority-data"] = absl::Base64Escape(config.certificate_authority);
    }
    if (!config.tls_server_name.empty()) info["tls-server-name"] = config.tls_server_name;
    if (config.insecure_skip_tls_verify) info["insecure-skip-tls-verify"] = true;
    if (!config.proxy_url.empty()) info["proxy-url"] = config.proxy_url;
    for (const YamlField& extension : cluster.At("extensions").Items()) {
      if (extension.At("name").String() != kExecExtension) continue;
      info["config"] = extension.At("extension").Json();
    }
    return info;
  }

  // From KEY-data, in base64, or from the file that KEY names.
  std::string Pem(const YamlField& from, const std::string& key) {
    const YamlField data = from.At(key + "-data");
    const YamlField file = from.At(key);
    std::string pem;
    if (!data.String().empty()) {
      if (!absl::Base64Unescape(data.String(), &pem)) {
        data.Fail("no base64");
        return "";
      }
    } else if (!file.String().empty()) {
      absl::StatusOr<std::string> content = ReadFile(Absolute(file.String()));
      if (!content.ok()) {
        file.Fail(Message(content.status()));
        return "";
      }
      pem = *std::move(content);
    } else {
      return "";
    }
    if (pem.find("-----BEGIN ") == std::string::npos) {
      (data.String().empty() ? file : data)
          .Fail("no PEM: a certificate or key begins with -----BEGIN");
    }
    return pem;
  }

  // Paths are relative to the file that has them.
  std::string Absolute(const std::string& path) const {
    const size_t slash = path_.rfind('/');
    if (path.front() == '/' || slash == std::string::npos) return path;
    return path_.substr(0, slash + 1) + path;
  }

  const std::string path_;
  Clock& clock_;
  YamlFault fault_;
};

}  // namespace

absl::StatusOr<Config> LoadKubeconfig(const std::string& path, const std::string& context,
                                      Clock& clock) {
  return Reader(path, clock).Read(context);
}

}  // namespace eventreactor::kube
