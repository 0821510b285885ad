// Who we are to the API server: what to send with a request, and how to come
// by it again once it has expired or was refused.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::kube {

struct Credential {
  // Sent as `Authorization: Bearer`; empty: none.
  std::string token{};
  // PEM; both or neither.
  std::string client_certificate{};
  std::string client_key{};
  friend bool operator==(const Credential&, const Credential&) = default;
};

// May stand in a header: visible ASCII, and not empty.
bool IsToken(const std::string& text);

// UNAUTHENTICATED (CREDENTIALS_FAILED).
absl::Status CredentialsFailed(const std::string& message);

// Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // Does not wait (a small file may be read): nothing where Fetch has to be
  // called first.
  virtual absl::StatusOr<std::optional<Credential>> Current() = 0;
  // May take seconds. UNAUTHENTICATED (CREDENTIALS_FAILED) says what to do.
  virtual absl::StatusOr<Credential> Fetch() = 0;
  // The server answered 401 to it. True if it is worth asking for another.
  virtual bool Refused(const Credential& credential) = 0;
};

// Always the same; a refusal of it is final.
std::shared_ptr<CredentialSource> FixedCredential(Credential credential);

// A token in a file that someone else rotates: read again when the file has
// changed, and after a refusal. `base` has the client certificate, if any.
std::shared_ptr<CredentialSource> TokenFile(std::string path, Credential base = {});

}  // namespace eventreactor::kube
