// Reading a Kubernetes object of a manifest field by field: each field has a
// reader, and one without is refused by name. Pure.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::local {

// What Kubernetes has and one machine has not: NOT_AVAILABLE.
absl::Status NotAvailable(const std::string& field);

// field[3]
std::string Indexed(const std::string& field, int index);

// INVALID_ARGUMENT naming the field if it is of another type.
absl::StatusOr<std::string> ReadText(const std::string& field,
                                     const google::protobuf::Value& value);
absl::StatusOr<bool> ReadFlag(const std::string& field, const google::protobuf::Value& value);
absl::StatusOr<std::vector<std::string>> ReadTexts(const std::string& field,
                                                   const google::protobuf::Value& value);
// The permissions of a file, 0 to 0777.
absl::StatusOr<int> ReadFileMode(const std::string& field, const google::protobuf::Value& value);

using FieldReader =
    std::function<absl::Status(const std::string& path, const google::protobuf::Value& value)>;

// Calls the reader of each field that is there and not null. One without a
// reader is NOT_AVAILABLE, or UNKNOWN_FIELD where it is close to one with.
absl::Status ReadFields(const std::string& path, const google::protobuf::Value& value,
                        const std::map<std::string, FieldReader>& readers);

// Calls `read` with each item of a list.
absl::Status ReadItems(const std::string& path, const google::protobuf::Value& value,
                       const FieldReader& read);

// Readers of what is not looked at, and of what must be nothing: [], {},
// false and "".
absl::Status PassOver(const std::string& path, const google::protobuf::Value& value);
absl::Status RefuseUnlessEmpty(const std::string& path, const google::protobuf::Value& value);

// A reader that puts what `read` returns into `out`.
template <class Read, class T>
FieldReader Into(Read read, T& out) {
  return [read, &out](const std::string& path, const google::protobuf::Value& value) {
    auto result = read(path, value);
    if (!result.ok()) return result.status();
    out = *std::move(result);
    return absl::OkStatus();
  };
}

}  // namespace eventreactor::local
