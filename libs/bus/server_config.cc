#include "libs/bus/server_config.h"

#include "libs/bus/bus_errors.h"

namespace eventreactor::bus {
namespace {

// A string as the server's configuration language has it.
std::string Quoted(const std::string& value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string NatsServerConfig(const NatsServerOptions& options) {
  std::string config;
  config += "host: " + Quoted(options.host) + "\n";
  config += "port: " + std::to_string(options.port) + "\n";
  if (options.http_port != 0) {
    config += "http: " + Quoted(options.host + ":" + std::to_string(options.http_port)) + "\n";
  }
  config += "max_payload: " + std::to_string(kMaxMessageBytes) + "\n";
  config += "jetstream {\n  store_dir: " + Quoted(options.store_dir) + "\n";
  if (options.max_file_bytes > 0) {
    config += "  max_file_store: " + std::to_string(options.max_file_bytes) + "\n";
  }
  config += "}\n";
  config += "authorization {\n  users: [\n";
  config +=
      "    {user: " + Quoted(options.user) + ", password: " + Quoted(options.password) + "}\n";
  config +=
      "    {user: tap, password: \"\", permissions: {\n"
      "      subscribe: {allow: [\"er.feed.>\", \"_INBOX.>\"]}\n"
      "      publish: {deny: [\">\"]}\n"
      "    }}\n"
      "  ]\n}\n";
  config += "no_auth_user: tap\n";
  return config;
}

}  // namespace eventreactor::bus
