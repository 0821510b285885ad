#include "services/kube-adapter/kube/credentials.h"

#include <sys/stat.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/file.h"

namespace eventreactor::kube {
namespace {

class Fixed : public CredentialSource {
 public:
  explicit Fixed(Credential credential) : credential_(std::move(credential)) {}
  absl::StatusOr<std::optional<Credential>> Current() override { return credential_; }
  absl::StatusOr<Credential> Fetch() override { return credential_; }
  bool Refused(const Credential& /*credential*/) override { return false; }

 private:
  const Credential credential_;
};

// What changes about a file when another takes its place or it is written.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

class FromFile : public CredentialSource {
 public:
  FromFile(std::string path, Credential base)
      : path_(std::move(path)), credential_(std::move(base)) {}

  absl::StatusOr<std::optional<Credential>> Current() override {
    absl::StatusOr<Credential> credential = Fetch();
    if (!credential.ok()) return credential.status();
    return std::optional<Credential>(*std::move(credential));
  }

  absl::StatusOr<Credential> Fetch() override {
    const std::lock_guard lock(mutex_);
    struct stat found {};
    if (stat(path_.c_str(), &found) == 0) {
      const FileVersion version{found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                                found.st_mtim.tv_nsec};
      if (read_ && version == *read_) return credential_;
      if (absl::Status status = Read(); !status.ok()) return status;
      read_ = version;
      return credential_;
    }
    // It may be in the middle of being replaced.
    if (read_) return credential_;
    if (absl::Status status = Read(); !status.ok()) return status;
    return credential_;
  }

  bool Refused(const Credential& credential) override {
    const std::lock_guard lock(mutex_);
    return Read().ok() && credential_.token != credential.token;
  }

 private:
  absl::Status Read() {
    const absl::StatusOr<std::string> text = ReadFile(path_);
    if (!text.ok()) return CredentialsFailed(Message(text.status()));
    const std::string token(absl::StripAsciiWhitespace(*text));
    if (!IsToken(token)) return CredentialsFailed(path_ + " holds no token");
    credential_.token = token;
    return absl::OkStatus();
  }

  const std::string path_;
  std::mutex mutex_;
  std::optional<FileVersion> read_;
  Credential credential_;
};

}  // namespace

absl::Status CredentialsFailed(const std::string& message) {
  return MakeStatus(absl::StatusCode::kUnauthenticated, "CREDENTIALS_FAILED", message);
}

bool IsToken(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::shared_ptr<CredentialSource> FixedCredential(Credential credential) {
  return std::make_shared<Fixed>(std::move(credential));
}

std::shared_ptr<CredentialSource> TokenFile(std::string path, Credential base) {
  return std::make_shared<FromFile>(std::move(path), std::move(base));
}

}  // namespace eventreactor::kube
