#include "services/local-adapter/credential_helper.h"

#include <re2/re2.h>

#include <array>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

constexpr size_t kMostPrinted = size_t{64} << 10;

}  // namespace

absl::StatusOr<std::string> AskCredentialHelper(const std::string& helper,
                                                const std::string& server) {
  // Both become words of a shell's.
  static const RE2 kHelper("[A-Za-z0-9][A-Za-z0-9._-]*");
  static const RE2 kServer("[A-Za-z0-9.:/_-]+");
  if (!RE2::FullMatch(helper, kHelper) || !RE2::FullMatch(server, kServer)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_LOGIN",
                      "\"" + helper + "\" is no credential helper's name");
  }
  const std::string program = "docker-credential-" + helper;
  // Our children block SIGTERM, as we do.
  const std::string command =
      absl::StrCat("printf %s '", server, "' | timeout -s KILL 30 ", program, " get 2>/dev/null");
  std::FILE* const pipe = popen(command.c_str(), "re");  // NOLINT(cert-env33-c)
  std::string told;
  if (pipe != nullptr) {
    std::array<char, 4096> piece{};
    size_t got = 0;
    while (told.size() < kMostPrinted &&
           (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0) {
      told.append(piece.data(), got);
    }
  }
  if (pipe == nullptr || pclose(pipe) != 0) {
    return MakeStatus(
        absl::StatusCode::kNotFound, "NO_LOGIN",
        absl::StrCat(program, " has no login for ", server, "; `docker login` there, or see what `",
                     program, " list` says"));
  }
  return told;
}

}  // namespace eventreactor::local
