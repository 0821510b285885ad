#include "cli/context/context.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/domain/naming.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/yaml_reader.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

absl::Status Bad(const std::string& field, const std::string& message) {
  return InvalidField(field, message, "BAD_CONTEXT");
}

absl::Status CheckAddress(const std::string& field, const std::string& address) {
  if (address.empty()) return absl::OkStatus();
  const size_t colon = address.rfind(':');
  int port = 0;
  const bool good = colon != std::string::npos && colon > 0 &&
                    absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 &&
                    port < 65536 && address.find_first_of(" \t/") == std::string::npos;
  if (good) return absl::OkStatus();
  return Bad(field,
             absl::StrCat("\"", address, "\" is no HOST:PORT such as gateway.example.com:443"));
}

absl::Status CheckTarget(const StackTarget& target) {
  if (!target.data_dir.empty()) return absl::OkStatus();
  return Bad("stack.dataDir", "is missing");
}

absl::Status CheckTarget(const AddressTarget& target) {
  for (const auto& [field, address] : {std::pair{"addresses.ingest", &target.ingest},
                                       std::pair{"addresses.dispatcher", &target.dispatcher},
                                       std::pair{"addresses.adapter", &target.adapter},
                                       std::pair{"addresses.janitor", &target.janitor},
                                       std::pair{"addresses.nats", &target.nats}}) {
    if (absl::Status status = CheckAddress(field, *address); !status.ok()) return status;
  }
  if (target.ingest.empty() && target.dispatcher.empty() && target.adapter.empty() &&
      target.janitor.empty()) {
    return Bad("addresses", "names no service: expected ingest, dispatcher, adapter or janitor");
  }
  if (!target.ca_file.empty() && !target.tls) {
    return Bad("addresses.caFile", "is for TLS, which is off; set tls to true");
  }
  return absl::OkStatus();
}

absl::Status CheckTarget(const KubernetesTarget& target) {
  if (!IsDnsLabel(target.ns)) {
    return Bad("kubernetes.namespace", absl::StrCat("\"", target.ns, "\" is no namespace"));
  }
  if (IsDnsSubdomain(target.secret)) return absl::OkStatus();
  return Bad("kubernetes.secret", absl::StrCat("\"", target.secret, "\" is no name of a Secret"));
}

// The fields of a target, by the name of its kind; the same for reading and
// writing.
struct TextField {
  const char* name;
  std::string* value;
};
std::vector<TextField> TextFields(StackTarget& target) { return {{"dataDir", &target.data_dir}}; }
std::vector<TextField> TextFields(AddressTarget& target) {
  return {{"ingest", &target.ingest},
          {"dispatcher", &target.dispatcher},
          {"adapter", &target.adapter},
          {"janitor", &target.janitor},
          {"nats", &target.nats},
          {"natsUser", &target.nats_user},
          {"natsPasswordFile", &target.nats_password_file},
          {"caFile", &target.ca_file},
          {"tokenFile", &target.token_file}};
}
std::vector<TextField> TextFields(KubernetesTarget& target) {
  return {{"kubeconfig", &target.kubeconfig},
          {"context", &target.context},
          {"namespace", &target.ns},
          {"secret", &target.secret},
          {"tokenFile", &target.token_file}};
}

// One object of the file, whose fields are taken one by one; what is left
// over is unknown.
class Reader {
 public:
  Reader(const nlohmann::json& object, std::string path) : path_(std::move(path)) {
    if (object.is_object()) {
      left_ = object;
    } else {
      status_ = Bad(path_.empty() ? "file" : path_, "is no map of fields");
    }
  }

  std::string Path(const std::string& field) const {
    return path_.empty() ? field : absl::StrCat(path_, ".", field);
  }
  bool Has(const std::string& field) const { return left_.contains(field); }

  void Text(const std::string& field, std::string& value) {
    const auto found = left_.find(field);
    if (found == left_.end()) return;
    if (found->is_string()) {
      value = found->get<std::string>();
    } else {
      Fail(Bad(Path(field), "is no text"));
    }
    left_.erase(found);
  }
  void Flag(const std::string& field, bool& value) {
    const auto found = left_.find(field);
    if (found == left_.end()) return;
    if (found->is_boolean()) {
      value = found->get<bool>();
    } else {
      Fail(Bad(Path(field), "is neither true nor false"));
    }
    left_.erase(found);
  }
  nlohmann::json Take(const std::string& field) {
    nlohmann::json value = left_.value(field, nlohmann::json());
    left_.erase(field);
    return value;
  }

  // The first fault, an unknown field among them.
  absl::Status Done() {
    if (status_.ok() && !left_.empty()) {
      Fail(Bad(Path(left_.begin().key()), "is no field that is known"));
    }
    return status_;
  }

 private:
  void Fail(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  const std::string path_;
  nlohmann::json left_ = nlohmann::json::object();
  absl::Status status_;
};

template <class Target>
absl::StatusOr<Target> ReadTarget(const nlohmann::json& json, const std::string& path) {
  Reader reader(json, path);
  Target target;
  for (const TextField& field : TextFields(target)) reader.Text(field.name, *field.value);
  if constexpr (std::is_same_v<Target, AddressTarget>) reader.Flag("tls", target.tls);
  if (absl::Status status = reader.Done(); !status.ok()) return status;
  return target;
}

absl::StatusOr<Context> ReadContext(const nlohmann::json& json, const std::string& path) {
  Reader reader(json, path);
  Context context;
  reader.Text("name", context.name);
  reader.Text("namespace", context.ns);
  int kinds = 0;
  absl::Status status;
  const auto take = [&]<class Target>(const std::string& kind, Target /*of*/) {
    if (!reader.Has(kind)) return;
    ++kinds;
    auto target = ReadTarget<Target>(reader.Take(kind), reader.Path(kind));
    if (target.ok()) {
      context.target = *std::move(target);
    } else if (status.ok()) {
      status = target.status();
    }
  };
  take("stack", StackTarget());
  take("addresses", AddressTarget());
  take("kubernetes", KubernetesTarget());
  if (status.ok()) status = reader.Done();
  if (status.ok() && kinds != 1) {
    status = Bad(path, "expected exactly one of stack, addresses and kubernetes");
  }
  if (status.ok()) status = InField(path, CheckContext(context));
  if (!status.ok()) return status;
  return context;
}

nlohmann::json ContextToJson(const Context& context) {
  nlohmann::json json = {{"name", context.name}};
  if (!context.ns.empty()) json["namespace"] = context.ns;
  auto target = context.target;
  nlohmann::json fields = nlohmann::json::object();
  std::visit(
      [&fields](auto& each) {
        for (const TextField& field : TextFields(each)) {
          if (!field.value->empty()) fields[field.name] = *field.value;
        }
      },
      target);
  if (const auto* addresses = std::get_if<AddressTarget>(&target); addresses != nullptr) {
    fields["tls"] = addresses->tls;
  }
  json[KindOf(context)] = std::move(fields);
  return json;
}

}  // namespace

std::string KindOf(const Context& context) {
  constexpr const char* kKinds[] = {"stack", "addresses", "kubernetes"};
  return kKinds[context.target.index()];
}

std::string PlaceOf(const Context& context) {
  if (const auto* stack = std::get_if<StackTarget>(&context.target)) return stack->data_dir;
  if (const auto* kubernetes = std::get_if<KubernetesTarget>(&context.target)) {
    std::string place = "namespace " + kubernetes->ns;
    if (!kubernetes->context.empty()) absl::StrAppend(&place, " of ", kubernetes->context);
    if (!kubernetes->kubeconfig.empty()) absl::StrAppend(&place, " in ", kubernetes->kubeconfig);
    return place;
  }
  const auto& addresses = std::get<AddressTarget>(context.target);
  std::string place;
  for (const std::string& address :
       {addresses.ingest, addresses.dispatcher, addresses.adapter, addresses.janitor}) {
    if (address.empty() || place.find(address) != std::string::npos) continue;
    absl::StrAppend(&place, place.empty() ? "" : ", ", address);
  }
  return place;
}

absl::Status CheckContext(const Context& context) {
  if (!IsDnsSubdomain(context.name)) {
    return Bad("name", absl::StrCat("\"", context.name,
                                    "\" is no name: expected lower-case letters, digits, - and ."));
  }
  if (!context.ns.empty() && !IsDnsLabel(context.ns)) {
    return Bad("namespace", absl::StrCat("\"", context.ns, "\" is no namespace"));
  }
  return std::visit([](const auto& target) { return CheckTarget(target); }, context.target);
}

const Context* Contexts::Find(const std::string& name) const {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Context& context) { return context.name == name; });
  return found == all.end() ? nullptr : &*found;
}

void Contexts::Put(Context context) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Context& each) { return each.name == context.name; });
  if (found == all.end()) {
    all.push_back(std::move(context));
  } else {
    *found = std::move(context);
  }
}

bool Contexts::Remove(const std::string& name) {
  const bool removed =
      std::erase_if(all, [&](const Context& context) { return context.name == name; }) > 0;
  if (removed && current == name) current.clear();
  return removed;
}

std::string ContextsToYaml(const Contexts& contexts) {
  nlohmann::json json = {{"contexts", nlohmann::json::array()}};
  for (const Context& context : contexts.all) json["contexts"].push_back(ContextToJson(context));
  if (!contexts.current.empty()) json["currentContext"] = contexts.current;
  return eventreactor::ToYaml(json);
}

absl::StatusOr<Contexts> ContextsFromYaml(const std::string& text) {
  const auto documents = manifest::ReadYaml(text);
  if (!documents.ok()) return documents.status();
  Contexts contexts;
  if (documents->empty()) return contexts;
  if (documents->size() > 1) return Bad("file", "has more than one document");
  Reader reader(documents->front().root, "");
  reader.Text("currentContext", contexts.current);
  const nlohmann::json list = reader.Take("contexts");
  if (absl::Status status = reader.Done(); !status.ok()) return status;
  if (!list.is_null() && !list.is_array()) return Bad("contexts", "is no list");
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string path = absl::StrCat("contexts[", i, "]");
    auto context = ReadContext(list[i], path);
    if (!context.ok()) return context.status();
    if (contexts.Find(context->name) != nullptr) {
      return Bad(path + ".name", absl::StrCat("there is another context ", context->name));
    }
    contexts.all.push_back(*std::move(context));
  }
  return contexts;
}

}  // namespace eventreactor::cli
