// Deleting the object that the caller saw, and no later one of its name.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/adapter/request_check.h"
#include "libs/adapter/store.h"
#include "libs/status/status.h"

namespace eventreactor {

// NOT_FOUND (<KIND>_NOT_FOUND) with the field uid if another has the name by
// now. `uid` empty: whichever has it.
template <class T>
absl::Status DeleteThatOne(Store<T>& store, const ObjectKey& key, const std::string& uid,
                           const std::string& kind) {
  absl::Status status = store.Delete(key.ns, key.name, uid);
  if (uid.empty() || Reason(status) != "CONFLICT") return status;
  return MakeStatus(
      absl::StatusCode::kNotFound, absl::StrCat(absl::AsciiStrToUpper(kind), "_NOT_FOUND"),
      absl::StrCat("the ", kind, " ", key.name, " is another than that of uid ", uid.substr(0, 64)),
      "uid");
}

}  // namespace eventreactor
