#include "cli/tap/feed_address.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/client.h"
#include "libs/service/process.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr char kTapUser[] = "tap";

absl::StatusOr<FeedAddress> FeedOfStack(const Globals& globals) {
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  const auto record = ReadRunning(*layout);
  if (!record.ok()) return record.status();
  FeedAddress address;
  // Loopback only, and whoever says nothing may listen to the feed.
  address.options.address =
      absl::StrCat("127.0.0.1:", stack::PortsFrom(record->base_port).nats_client);
  return address;
}

absl::StatusOr<FeedAddress> FeedOfAddresses(const AddressTarget& target) {
  if (target.nats.empty()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "NO_ADDRESS",
                      "this command listens to NATS, of which the context has no address");
  }
  FeedAddress address;
  address.options.address = target.nats;
  address.options.user = target.nats_user;
  if (!target.nats_password_file.empty()) {
    auto password = service::ReadSecretFile("nats-password-file", target.nats_password_file);
    if (!password.ok()) return password.status();
    address.options.password = *std::move(password);
    if (address.options.user.empty()) address.options.user = kTapUser;
  }
  return address;
}

absl::StatusOr<FeedAddress> FeedOfCluster(const KubernetesTarget& target, absl::Duration timeout) {
  constexpr char kService[] = "eventreactor-nats";
  constexpr int kPort = 4222;
  const auto kubectl = Kubectl::Find(target);
  if (!kubectl.ok()) return kubectl.status();
  const absl::Time deadline = absl::Now() + timeout;
  FeedAddress address;
  address.forward = std::make_unique<PortForward>(*kubectl, kService, kPort);
  auto password = kubectl->ReadSecretKey("tap-password", timeout);
  if (!password.ok()) return password.status();
  const auto port = address.forward->Await(deadline);
  if (!port.ok()) return port.status();
  address.options.address = absl::StrCat("127.0.0.1:", *port);
  address.options.user = kTapUser;
  address.options.password = *std::move(password);
  return address;
}

}  // namespace

absl::StatusOr<FeedAddress> FindFeed(const Globals& globals, absl::Duration timeout) {
  if (globals.chosen) {
    const auto& target = globals.chosen->target;
    if (const auto* addresses = std::get_if<AddressTarget>(&target)) {
      return FeedOfAddresses(*addresses);
    }
    if (const auto* cluster = std::get_if<KubernetesTarget>(&target)) {
      return FeedOfCluster(*cluster, timeout);
    }
  }
  return FeedOfStack(globals);
}

}  // namespace eventreactor::cli
