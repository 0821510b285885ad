#include "cli/commands/services_status.h"

#include <nlohmann/json.hpp>

#include "cli/errors.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

// Empty: it is ready. Otherwise why it is not.
std::string WhyNotReady(const Client& client, const Service& service) {
  using grpc::health::v1::Health;
  const auto stub = Health::NewStub(service.channel());
  const auto response =
      client.Call(service, *stub, &Health::Stub::Check, grpc::health::v1::HealthCheckRequest());
  if (!response.ok()) return Message(response.status());
  const bool ready = response->status() == grpc::health::v1::HealthCheckResponse::SERVING;
  return ready ? "" : "it says that it is not ready";
}

// Those that the context has a way to.
std::set<Part> PartsOf(const Context& context) {
  const auto* addresses = std::get_if<AddressTarget>(&context.target);
  std::set<Part> parts;
  if (addresses == nullptr || !addresses->ingest.empty()) parts.insert(Part::kIngest);
  if (addresses == nullptr || !addresses->dispatcher.empty()) parts.insert(Part::kDispatcher);
  if (addresses == nullptr || !addresses->adapter.empty()) parts.insert(Part::kAdapter);
  if (addresses == nullptr || !addresses->janitor.empty()) parts.insert(Part::kJanitor);
  return parts;
}

}  // namespace

absl::StatusOr<int> StatusOfServices(const Globals& globals, Format format) {
  const auto client = Client::Open(globals, PartsOf(*globals.chosen));
  if (!client.ok()) return client.status();
  Table table({"SERVICE", "ADDRESS", "READY"});
  nlohmann::json services = nlohmann::json::array();
  bool healthy = true;
  for (const Service* service : client->services()) {
    const std::string why = WhyNotReady(*client, *service);
    healthy = healthy && why.empty();
    table.Add({service->name(),
               service->address(),
               {why.empty() ? "yes" : "no: " + why, why.empty() ? Colour::kGreen : Colour::kRed}});
    services.push_back({{"name", service->name()},
                        {"address", service->address()},
                        {"ready", why.empty()},
                        {"reason", why}});
  }
  if (format == Format::kPeople) {
    Print(table.Text());
  } else {
    Print(Render({{"context", globals.chosen->name}, {"healthy", healthy}, {"services", services}},
                 format));
  }
  return healthy ? kOk : kFailure;
}

}  // namespace eventreactor::cli
