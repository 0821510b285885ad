#include "services/ingest/routes.h"

#include <optional>
#include <string_view>

#include "libs/cloudevents/text.h"
#include "libs/status/status.h"
#include "services/ingest/problem.h"

namespace eventreactor::ingest {
namespace {

// The path of a request target: absolute form and query are cut off.
std::string_view Path(std::string_view target) {
  if (const size_t scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string_view::npos) {
    target.remove_prefix(scheme + 3);
    const size_t slash = target.find_first_of("/?");
    if (slash == std::string_view::npos || target[slash] == '?') return "/";
    target.remove_prefix(slash);
  }
  return target.substr(0, target.find('?'));
}

std::optional<Route> RouteOfPath(std::string_view path) {
  constexpr std::string_view kBefore = "/api/v1alpha1/namespaces/";
  constexpr std::string_view kBehind = "/events";
  Route route;
  if (path == "/" || path == "/api/v1alpha1/events") return route;
  if (path == "/healthz") {
    route.kind = Route::Kind::kHealth;
    return route;
  }
  if (path == "/readyz") {
    route.kind = Route::Kind::kReady;
    return route;
  }
  if (!path.starts_with(kBefore) || !path.ends_with(kBehind)) return std::nullopt;
  path.remove_prefix(kBefore.size());
  if (path.size() <= kBehind.size()) return std::nullopt;
  path.remove_suffix(kBehind.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  route.ns = std::string(path);
  return route;
}

const char* MethodsOf(const Route& route) {
  return route.kind == Route::Kind::kPublish ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

bool Takes(const Route& route, const std::string& method) {
  if (route.kind == Route::Kind::kPublish) return method == "POST";
  return method == "GET" || method == "HEAD";
}

}  // namespace

std::string AllowedMethods(const std::string& target) {
  if (target == "*") return "GET, HEAD, POST, OPTIONS";
  const auto route = RouteOfPath(Path(target));
  return route ? MethodsOf(*route) : "";
}

absl::StatusOr<Route> FindRoute(const std::string& method, const std::string& target) {
  auto route = RouteOfPath(Path(target));
  if (method == "OPTIONS" && (route || target == "*")) return Route{Route::Kind::kOptions, ""};
  if (!route) {
    return MakeStatus(absl::StatusCode::kNotFound, kNoSuchPath,
                      "there is nothing at " + cloudevents::Quoted(Path(target)) +
                          "; events are posted to /, /api/v1alpha1/events or "
                          "/api/v1alpha1/namespaces/NAMESPACE/events");
  }
  if (!Takes(*route, method)) {
    return MakeStatus(absl::StatusCode::kUnimplemented, kMethodNotAllowed,
                      cloudevents::Quoted(Path(target)) + " takes " + MethodsOf(*route) + ", not " +
                          cloudevents::Quoted(method));
  }
  return *std::move(route);
}

}  // namespace eventreactor::ingest
