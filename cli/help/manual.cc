#include "cli/help/manual.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/help/topics.h"
#include "libs/service/process.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

// Text that roff prints as it stands.
std::string Roff(const std::string& text) {
  std::string out = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  out = absl::StrReplaceAll(out, {{"\n.", "\n\\&."}, {"\n'", "\n\\&'"}});
  const bool request = !out.empty() && (out.front() == '.' || out.front() == '\'');
  return request ? absl::StrCat("\\&", out) : out;
}

std::string Section(const std::string& title) {
  return absl::StrCat(".SH ", absl::AsciiStrToUpper(title), "\n");
}

// Lines as they are.
std::string Verbatim(const std::string& text) {
  const bool ended = !text.empty() && text.back() == '\n';
  return absl::StrCat(".nf\n", Roff(text), ended ? "" : "\n", ".fi\n");
}

std::vector<const CLI::App*> ShownBelow(const CLI::App& command) {
  std::vector<const CLI::App*> shown;
  for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!each->get_group().empty()) shown.push_back(each);
  }
  return shown;
}

std::string Synopsis(const CLI::App& command, const std::string& name) {
  std::string line = absl::StrCat(".B ", Roff(name), "\n");
  if (!ShownBelow(command).empty()) line += ".I COMMAND\n";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string shown = Roff(option->get_name(true, false));
    const bool many = option->get_items_expected_max() > 1;
    absl::StrAppend(&line, ".I ", option->get_required() ? shown : "[" + shown + "]",
                    many ? "..." : "", "\n");
  }
  return line + "[\n.I flags\n]\n";
}

std::string FlagText(const CLI::Option& option) {
  std::vector<std::string> names;
  names.reserve(option.get_snames().size() + option.get_lnames().size());
  for (const auto& name : option.get_snames()) names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) names.push_back("--" + name);
  std::string title;
  for (const auto& name : names) absl::StrAppend(&title, title.empty() ? "" : ", ", name);
  const std::string type = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  return absl::StrCat(".TP\n\\fB", Roff(title), "\\fR", type.empty() ? "" : " \\fI", Roff(type),
                      type.empty() ? "" : "\\fR", "\n", Roff(option.get_description()), "\n");
}

// The examples, without the line that leads to the global flags.
std::string Examples(const CLI::App& command) {
  constexpr char kBefore[] = "Examples:\n";
  const std::string footer = command.get_footer();
  const size_t begin = footer.find(kBefore);
  if (begin == std::string::npos) return "";
  const size_t end = footer.find("\nGlobal flags");
  const size_t text = begin + sizeof(kBefore) - 1;
  return footer.substr(text, end == std::string::npos ? end : end - text);
}

void AddPages(const CLI::App& app, const CLI::App& command, const std::string& name,
              const std::string& version, std::map<std::string, std::string>& pages) {
  const bool top = &app == &command;
  const std::string file = absl::StrReplaceAll(name, {{" ", "-"}});
  const std::string description = absl::StrReplaceAll(command.get_description(), {{"\n", " "}});
  std::string page = absl::StrCat(".TH \"", Roff(absl::AsciiStrToUpper(file)),
                                  "\" 1 \"\" \"Event Reactor ", version, "\" \"Event Reactor\"\n");
  absl::StrAppend(&page, Section("Name"), Roff(file), " \\- ",
                  Roff(top ? "the command line of Event Reactor" : description), "\n",
                  Section("Synopsis"), Synopsis(command, name));
  absl::StrAppend(&page, Section("Description"), Roff(description), "\n");
  const auto below = ShownBelow(command);
  if (!below.empty()) page += Section("Commands");
  for (const CLI::App* each : below) {
    absl::StrAppend(&page, ".TP\n\\fB", Roff(each->get_name()), "\\fR\n",
                    Roff(each->get_description()), "\n");
    AddPages(app, *each, absl::StrCat(name, " ", each->get_name()), version, pages);
  }
  std::string flags;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional() && !option->get_group().empty()) flags += FlagText(*option);
  }
  absl::StrAppend(&page, Section("Flags"), flags);
  const std::string examples = Examples(command);
  if (!examples.empty()) absl::StrAppend(&page, Section("Examples"), Verbatim(examples));
  if (top) {
    for (const Topic& topic : Topics()) {
      absl::StrAppend(&page, Section(topic.title), Verbatim(topic.text));
    }
  }
  page += Section("See also");
  std::vector<std::string> others;
  others.reserve(below.size() + 1);
  if (!top) others.emplace_back("reactorctl");
  for (const CLI::App* each : below) others.push_back(absl::StrCat(file, "-", each->get_name()));
  for (size_t i = 0; i < others.size(); ++i) {
    absl::StrAppend(&page, ".BR ", Roff(others[i]), " (1)", i + 1 < others.size() ? "," : "", "\n");
  }
  pages[file + ".1"] = page;
}

}  // namespace

std::map<std::string, std::string> ManualPages(const CLI::App& app, const std::string& version) {
  std::map<std::string, std::string> pages;
  AddPages(app, app, app.get_name(), version, pages);
  return pages;
}

absl::Status WriteManual(CLI::App& app, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  service::NameTypes(app);
  for (const auto& [name, text] : ManualPages(app, service::Version())) {
    const std::string path = absl::StrCat(directory, "/", name);
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (file) continue;
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "BAD_FILE",
                      absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::cli
