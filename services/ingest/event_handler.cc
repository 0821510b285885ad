#include "services/ingest/event_handler.h"

#include <openssl/crypto.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "libs/cloudevents/http.h"
#include "libs/cloudevents/text.h"
#include "libs/status/status.h"
#include "services/ingest/batch_answer.h"
#include "services/ingest/problem.h"
#include "services/ingest/routes.h"

namespace eventreactor::ingest {
namespace {

constexpr std::string_view kScheme = "bearer ";

HttpResponse Accepted(const Receipt& receipt) {
  HttpResponse response;
  response.status = 202;
  response.content_type = "application/json";
  response.body =
      nlohmann::ordered_json{
          {"namespace", receipt.ns}, {"name", receipt.name}, {"duplicate", receipt.duplicate}}
          .dump();
  response.body += '\n';
  return response;
}

HttpResponse Well() {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  return response;
}

HttpResponse Allowed(const std::string& methods) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.headers.emplace_back("Allow", methods);
  return response;
}

// Structured events carry attributes and base64 beside the data.
size_t MaxBody(const HttpHead& head, const EventHandler::Options& options) {
  const auto mode = cloudevents::ModeOf(head.headers);
  if (mode.ok() && cloudevents::IsBatch(*mode)) return options.max_batch_bytes;
  const bool is_structured = mode.ok() && *mode != cloudevents::ContentMode::kBinary;
  return is_structured ? MaxBodyBytes(options.max_data) : options.max_data;
}

// The time that a guess takes must not tell how much of it was right.
bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

EventHandler::EventHandler(Options options, Acceptor& acceptor, Metrics& metrics)
    : options_(std::move(options)), acceptor_(acceptor), metrics_(metrics) {}

absl::Status EventHandler::Authenticate(const HttpHead& head) const {
  if (options_.token.empty()) return absl::OkStatus();
  const std::string* credentials = nullptr;
  for (const auto& [name, value] : head.headers) {
    if (cloudevents::AsciiLower(name) != "authorization") continue;
    if (credentials != nullptr) {
      return MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_WRONG",
                        "the request has more than one authorization header");
    }
    credentials = &value;
  }
  if (credentials == nullptr) {
    return MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                      "publishing needs the header `Authorization: Bearer TOKEN`");
  }
  const std::string scheme = cloudevents::AsciiLower(credentials->substr(0, kScheme.size()));
  if (scheme != kScheme ||
      !SameSecret(std::string_view(*credentials).substr(kScheme.size()), options_.token)) {
    return MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_WRONG",
                      "the bearer token is not the one that this server wants");
  }
  return absl::OkStatus();
}

HttpAdmission EventHandler::Admit(const HttpHead& head) {
  HttpAdmission admission;
  const auto route = FindRoute(head.method, head.target);
  if (!route.ok()) {
    admission.refusal = Refuse(route.status());
    if (const std::string allowed = AllowedMethods(head.target); !allowed.empty()) {
      admission.refusal->headers.emplace_back("Allow", allowed);
    }
    return admission;
  }
  if (route->kind != Route::Kind::kPublish) return admission;
  if (const absl::Status status = Authenticate(head); !status.ok()) {
    admission.refusal = Refuse(status);
    return admission;
  }
  admission.max_body = MaxBody(head, options_);
  return admission;
}

void EventHandler::Handle(const HttpHead& head, std::string body, HttpResponder respond) {
  const auto route = FindRoute(head.method, head.target);
  if (!route.ok()) return respond(Refuse(route.status()));
  if (route->kind == Route::Kind::kOptions) return respond(Allowed(AllowedMethods(head.target)));
  if (route->kind == Route::Kind::kHealth) return respond(Well());
  if (route->kind == Route::Kind::kReady) {
    const absl::Status ready = options_.readiness();
    return respond(ready.ok() ? Well() : ProblemResponse(ready));
  }
  const Sender sender{Protocol::kHttp, head.client};
  const auto mode = cloudevents::ModeOf(head.headers);
  if (!mode.ok()) return respond(Refuse(mode.status()));
  if (cloudevents::IsBatch(*mode)) {
    auto batch = cloudevents::BatchFromHttp(*mode, body, options_.max_batch_events);
    if (!batch.ok()) return respond(Refuse(batch.status()));
    return acceptor_.AcceptBatch(
        sender, route->ns, *std::move(batch),
        [respond = std::move(respond)](const absl::StatusOr<BatchReceipt>& receipt) {
          respond(receipt.ok() ? BatchAnswer(*receipt) : ProblemResponse(receipt.status()));
        });
  }
  const auto event = cloudevents::FromHttp(head.headers, std::move(body));
  if (!event.ok()) return respond(Refuse(event.status()));
  acceptor_.Accept(sender, route->ns, *event,
                   [respond = std::move(respond)](absl::StatusOr<Receipt> receipt) {
                     respond(receipt.ok() ? Accepted(*receipt) : ProblemResponse(receipt.status()));
                   });
}

HttpResponse EventHandler::Refuse(const absl::Status& status) {
  metrics_.Refused(Protocol::kHttp, Reason(status));
  return ProblemResponse(status);
}

void EventHandler::Responded(int status) { metrics_.HttpResponse(status); }

}  // namespace eventreactor::ingest
