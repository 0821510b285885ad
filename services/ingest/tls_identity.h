// The certificate and key that HTTP is served with, read again when their files
// change: a certificate is renewed without a restart.
#pragma once

#include <sys/stat.h>

#include <array>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace boost::asio::ssl {
class context;
}  // namespace boost::asio::ssl

namespace eventreactor::ingest {

// For one thread.
class TlsIdentity {
 public:
  // Of files in PEM; nothing where none is given. INVALID_ARGUMENT names the
  // flag and the file that cannot be used.
  static absl::StatusOr<std::unique_ptr<TlsIdentity>> Load(const std::string& cert_file,
                                                           const std::string& key_file);

  // What the files have now. While they have nothing that can be used, such as
  // a certificate whose key is still to come, what they had before.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  // By which a change is seen: of both files, inode, size and time of change.
  using Stamp = std::array<std::array<int64_t, 4>, 2>;

  TlsIdentity(std::string cert_file, std::string key_file);
  Stamp Look() const;
  absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> Read() const;

  const std::string cert_file_;
  const std::string key_file_;
  // What was last tried to be read, and what was last read.
  Stamp stamp_{};
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace eventreactor::ingest
