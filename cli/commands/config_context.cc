#include "cli/commands/config_context.h"

#include <filesystem>

#include "cli/command_line.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

std::string AbsolutePath(const std::string& path) {
  if (path.empty()) return path;
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

// The first of these flags that is given, with its dashes; empty if none is.
std::string FirstGiven(const std::vector<std::pair<const char*, bool>>& flags) {
  for (const auto& [flag, given] : flags) {
    if (given) return flag;
  }
  return "";
}

AddressTarget Addresses(const ContextFlags& flags) {
  const auto or_all = [&flags](const std::string& address) {
    return address.empty() ? flags.address : address;
  };
  AddressTarget target;
  target.ingest = or_all(flags.ingest);
  target.dispatcher = or_all(flags.dispatcher);
  target.adapter = or_all(flags.adapter);
  target.janitor = or_all(flags.janitor);
  target.nats = flags.nats;
  target.nats_user = flags.nats_user;
  target.nats_password_file = AbsolutePath(flags.nats_password_file);
  target.tls = flags.tls || !flags.ca_file.empty();
  target.ca_file = AbsolutePath(flags.ca_file);
  target.token_file = AbsolutePath(flags.token_file);
  return target;
}

KubernetesTarget Kubernetes(const ContextFlags& flags) {
  KubernetesTarget target;
  target.kubeconfig = AbsolutePath(flags.kubeconfig);
  target.context = flags.kube_context;
  if (!flags.system_namespace.empty()) target.ns = flags.system_namespace;
  if (!flags.secret.empty()) target.secret = flags.secret;
  target.token_file = AbsolutePath(flags.token_file);
  return target;
}

}  // namespace

void DeclareContextFlags(CLI::App& command, ContextFlags& flags) {
  command.add_option("NAME", flags.name, "The context's name")->required();
  command.add_option("--stack", flags.stack, "A stack on this machine: its data directory")
      ->group("A stack");
  const std::string addresses = "Addresses, such as behind a gateway";
  command.add_option("--address", flags.address, "HOST:PORT of gRPC for all services")
      ->group(addresses);
  command.add_option("--ingest", flags.ingest, "HOST:PORT of ingest alone")->group(addresses);
  command.add_option("--dispatcher", flags.dispatcher, "HOST:PORT of the dispatcher alone")
      ->group(addresses);
  command.add_option("--adapter", flags.adapter, "HOST:PORT of the adapter alone")
      ->group(addresses);
  command.add_option("--janitor", flags.janitor, "HOST:PORT of the janitor alone")
      ->group(addresses);
  command.add_option("--nats", flags.nats, "HOST:PORT of NATS, for events tap")->group(addresses);
  command.add_option("--nats-user", flags.nats_user, "Who listens there (default: tap)")
      ->group(addresses);
  command
      .add_option("--nats-password-file", flags.nats_password_file,
                  "File whose first line is that user's password")
      ->group(addresses);
  command.add_flag("--tls", flags.tls, "With TLS")->group(addresses);
  command
      .add_option("--ca-file", flags.ca_file,
                  "With TLS, trusting these certificates (PEM) and not the system's")
      ->group(addresses);
  const std::string kubernetes = "A cluster, through kubectl port-forward";
  command.add_flag("--kubernetes", flags.kubernetes, "What kubectl leads to")->group(kubernetes);
  command.add_option("--kubeconfig", flags.kubeconfig, "kubectl's --kubeconfig")->group(kubernetes);
  command.add_option("--kube-context", flags.kube_context, "kubectl's --context")
      ->group(kubernetes);
  command
      .add_option("--system-namespace", flags.system_namespace,
                  "Where Event Reactor is installed (default: eventreactor-system)")
      ->group(kubernetes);
  command
      .add_option("--secret", flags.secret,
                  "The Secret there whose `token` is sent (default: eventreactor)")
      ->group(kubernetes);
  command.add_option("--token-file", flags.token_file,
                     "File whose first line is sent as a bearer token; with a cluster, instead of "
                     "the Secret's");
}

absl::StatusOr<Context> MakeContext(const ContextFlags& flags) {
  const std::string stack = FirstGiven({{"--stack", !flags.stack.empty()}});
  const std::string addresses =
      FirstGiven({{"--address", !flags.address.empty()},
                  {"--ingest", !flags.ingest.empty()},
                  {"--dispatcher", !flags.dispatcher.empty()},
                  {"--adapter", !flags.adapter.empty()},
                  {"--janitor", !flags.janitor.empty()},
                  {"--nats", !flags.nats.empty()},
                  {"--nats-user", !flags.nats_user.empty()},
                  {"--nats-password-file", !flags.nats_password_file.empty()},
                  {"--tls", flags.tls},
                  {"--ca-file", !flags.ca_file.empty()}});
  const std::string kubernetes =
      FirstGiven({{"--kubernetes", flags.kubernetes},
                  {"--kubeconfig", !flags.kubeconfig.empty()},
                  {"--kube-context", !flags.kube_context.empty()},
                  {"--system-namespace", !flags.system_namespace.empty()},
                  {"--secret", !flags.secret.empty()}});
  std::vector<std::string> kinds;
  for (const std::string& flag : {stack, addresses, kubernetes}) {
    if (!flag.empty()) kinds.push_back(flag);
  }
  if (kinds.empty()) {
    return UsageError("say where it leads: --stack DIR, --address HOST:PORT or --kubernetes");
  }
  if (kinds.size() > 1) {
    return UsageError(kinds[0] + " and " + kinds[1] + " are of two kinds of context; choose one");
  }
  if (!stack.empty() && !flags.token_file.empty()) {
    return UsageError("--token-file is not for a stack, which has a token of its own");
  }
  Context context{flags.name, flags.ns, StackTarget{AbsolutePath(flags.stack)}};
  if (!addresses.empty()) context.target = Addresses(flags);
  if (!kubernetes.empty()) context.target = Kubernetes(flags);
  if (absl::Status status = CheckContext(context); !status.ok()) return status;
  return context;
}

}  // namespace eventreactor::cli
