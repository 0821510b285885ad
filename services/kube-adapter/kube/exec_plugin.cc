#include "services/kube-adapter/kube/exec_plugin.h"

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/program.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr size_t kMaxShownComplaint = 512;
// A credential is renewed before the server could find it expired.
constexpr absl::Duration kMargin = absl::Seconds(10);

class FromProgram : public CredentialSource {
 public:
  FromProgram(ExecPlugin plugin, Clock& clock) : plugin_(std::move(plugin)), clock_(clock) {}

  absl::StatusOr<std::optional<Credential>> Current() override {
    const std::lock_guard lock(mutex_);
    if (!held_ || clock_.Now() >= held_->expires - kMargin) return std::nullopt;
    return std::optional<Credential>(held_->credential);
  }

  absl::StatusOr<Credential> Fetch() override {
    Program program{plugin_.command, plugin_.args, plugin_.env, plugin_.timeout};
    program.env["KUBERNETES_EXEC_INFO"] = ExecInfo(plugin_);
    const absl::StatusOr<ProgramEnd> end = RunProgram(program);
    if (!end.ok()) {
      std::string message = "the credential plugin could not be run: " + Message(end.status());
      if (!plugin_.install_hint.empty()) message += "; " + plugin_.install_hint;
      return CredentialsFailed(message);
    }
    if (end->exit_code != 0) {
      const std::string complaint(absl::StripAsciiWhitespace(end->complaint));
      return CredentialsFailed("the credential plugin " + plugin_.command + " ended with code " +
                               std::to_string(end->exit_code) + ": " +
                               ValidUtf8(complaint, kMaxShownComplaint));
    }
    absl::StatusOr<ExecCredential> fetched = ParseExecCredential(plugin_.api_version, end->output);
    if (!fetched.ok()) {
      return CredentialsFailed("the credential plugin " + plugin_.command + " printed " +
                               Message(fetched.status()));
    }
    const std::lock_guard lock(mutex_);
    held_ = *std::move(fetched);
    return held_->credential;
  }

  bool Refused(const Credential& credential) override {
    const std::lock_guard lock(mutex_);
    if (held_ && held_->credential == credential) held_.reset();
    return true;
  }

 private:
  const ExecPlugin plugin_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<ExecCredential> held_;
};

}  // namespace

absl::StatusOr<ExecCredential> ParseExecCredential(const std::string& api_version,
                                                   const std::string& output) {
  const absl::StatusOr<json> parsed = ParseJson(output);
  if (!parsed.ok()) return InvalidField("ExecCredential", "no JSON object");
  if (StringAt(*parsed, "kind") != "ExecCredential") {
    return InvalidField("kind", "not ExecCredential");
  }
  if (StringAt(*parsed, "apiVersion") != api_version) {
    return InvalidField("apiVersion", "not " + api_version);
  }
  const json& status = ObjectAt(*parsed, "status");
  ExecCredential read;
  read.credential.token = StringAt(status, "token");
  read.credential.client_certificate = StringAt(status, "clientCertificateData");
  read.credential.client_key = StringAt(status, "clientKeyData");
  if (read.credential.client_certificate.empty() != read.credential.client_key.empty()) {
    return InvalidField("status", "only one of clientCertificateData and clientKeyData");
  }
  if (read.credential == Credential{}) {
    return InvalidField("status", "neither token nor clientCertificateData");
  }
  if (!read.credential.token.empty() && !IsToken(read.credential.token)) {
    return InvalidField("status.token", "characters that no token has");
  }
  const std::string expires = StringAt(status, "expirationTimestamp");
  if (!expires.empty() && !absl::ParseTime(absl::RFC3339_full, expires, &read.expires, nullptr)) {
    return InvalidField("status.expirationTimestamp", "no RFC 3339 time");
  }
  return read;
}

std::string ExecInfo(const ExecPlugin& plugin) {
  json info = {{"apiVersion", plugin.api_version},
               {"kind", "ExecCredential"},
               {"spec", {{"interactive", false}}}};
  const absl::StatusOr<json> cluster = ParseJson(plugin.cluster_info);
  if (cluster.ok()) info["spec"]["cluster"] = *cluster;
  return info.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::shared_ptr<CredentialSource> ExecCredentials(ExecPlugin plugin, Clock& clock) {
  return std::make_shared<FromProgram>(std::move(plugin), clock);
}

}  // namespace eventreactor::kube
