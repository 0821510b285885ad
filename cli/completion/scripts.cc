// reactorctl completion: the scripts that shells read. They know nothing of
// the commands: at each tab they ask `reactorctl __complete`.
#include <memory>

#include "cli/completion/complete.h"
#include "cli/errors.h"

namespace eventreactor::cli {
namespace {

constexpr char kBash[] = R"(# Completion of reactorctl for bash.
_reactorctl() {
  local -a words=()
  local i line directive=:none current=${COMP_WORDS[COMP_CWORD]}
  # bash parts --flag=value at the equals sign; put it together again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ ${COMP_WORDS[i]} == = || ${COMP_WORDS[i - 1]} == = ]]; then
      words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
  done
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive=$line
      continue
    fi
    line=${line%%$'\t'*}
    # What stands before the equals sign is there already.
    if [[ ${words[${#words[@]} - 1]} == *=* && $current != *?=* ]]; then line=${line#*=}; fi
    COMPREPLY+=("$line")
  done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
  current=${current#=}
  case $directive in
    :files)
      compopt -o filenames
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
      ;;
    :directories)
      compopt -o filenames
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current")
      ;;
    :nospace) compopt -o nospace ;;
  esac
}
complete -F _reactorctl reactorctl
)";

constexpr char kZsh[] = R"(#compdef reactorctl
# Completion of reactorctl for zsh.
_reactorctl() {
  local -a lines described open
  local line word directive
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive=${lines[-1]}
  for line in "${(@)lines[1,-2]}"; do
    word=${line%%$'\t'*}
    if [[ $word == *= ]]; then
      open+=("$word")
    else
      described+=("${word//:/\\:}:${line#*$'\t'}")
    fi
  done
  case $directive in
    :files) _files && return ;;
    :directories) _files -/ && return ;;
  esac
  (( ${#open} )) && compadd -S '' -- $open
  (( ${#described} )) && _describe reactorctl described
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _reactorctl "$@"
else
  compdef _reactorctl reactorctl
fi
)";

constexpr char kFish[] = R"(# Completion of reactorctl for fish.
function __reactorctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':directories'
                __fish_complete_directories "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c reactorctl -f -a '(__reactorctl_complete)'
)";

}  // namespace

absl::StatusOr<std::string> CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return UsageError("\"" + shell + "\" is no shell that is known; use bash, zsh or fish");
}

void AddCompletion(CLI::App& app, Session& session) {
  const auto shell = std::make_shared<std::string>();
  auto* command =
      AddCommand(app, "completion", "Print a shell's completion script: commands, flags, and names",
                 "  $ source <(reactorctl completion bash)\n"
                 "  $ reactorctl completion zsh > ~/.zfunc/_reactorctl      fpath has ~/.zfunc\n"
                 "  $ reactorctl completion fish > ~/.config/fish/completions/reactorctl.fish\n"
                 "\n`make install` puts them where the shells look for them.\n");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command->callback([&session, shell] {
    session.needs_context = false;
    session.run = [shell]() -> absl::StatusOr<int> {
      const auto script = CompletionScript(*shell);
      if (!script.ok()) return script.status();
      Print(*script);
      return kOk;
    };
  });
}

}  // namespace eventreactor::cli
