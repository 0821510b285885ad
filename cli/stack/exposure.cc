#include "cli/stack/exposure.h"

namespace eventreactor::stack {
namespace {

bool IsWildcard(const std::string& bind) { return ReachableHost(bind) != bind; }

std::string Url(const Record& record, const std::string& host) {
  return (record.tls ? "https://" : "http://") +
         HostPort(host, PortsFrom(record.base_port).ingest_http);
}

std::string HttpExposure(const Layout& layout, const Record& record) {
  // Records from before name no file: then it was this one.
  const std::string file = record.http_token_file.empty() ? layout.token() : record.http_token_file;
  return "HTTP on " + HostPort(record.bind, PortsFrom(record.base_port).ingest_http) +
         (record.tls ? "" : ", not encrypted") + ": whoever has the bearer token in " + file +
         " may publish";
}

std::string GrpcExposure(const Layout& layout, const Record& record) {
  const Ports ports = PortsFrom(record.base_port);
  return "gRPC on " + HostPort(record.bind_grpc, ports.ingest_grpc) + " to " +
         std::to_string(ports.adapter_grpc) + " and " + std::to_string(ports.janitor_grpc) +
         ", not encrypted: whoever has the bearer token in " + layout.token() +
         " may run containers";
}

}  // namespace

std::string HttpUrl(const Record& record) { return Url(record, ReachableHost(record.bind)); }

std::string HttpUrlFromElsewhere(const Record& record, const std::string& host_name) {
  return Url(record, IsWildcard(record.bind) ? host_name : record.bind);
}

std::vector<std::string> Exposures(const Layout& layout, const Record& record) {
  std::vector<std::string> lines;
  if (!IsLoopback(record.bind)) lines.push_back(HttpExposure(layout, record));
  if (!IsLoopback(record.bind_grpc)) lines.push_back(GrpcExposure(layout, record));
  return lines;
}

}  // namespace eventreactor::stack
