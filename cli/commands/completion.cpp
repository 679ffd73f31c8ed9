// `tarama completion bash|zsh|fish`: a script for the shell, which asks the program at every Tab
// (cli/completion.hpp).
#include "cli/completion.hpp"

#include "cli/command.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

constexpr const char* bash_script = R"sh(_tarama() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = :files ]; then
      compopt -o default 2>/dev/null
    else
      printf -v word %q "${line%%$'\t'*}"
      COMPREPLY+=("$word")
    fi
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _tarama tarama
)sh";

constexpr const char* zsh_script = R"sh(#compdef tarama
_tarama() {
  local line wants_files=0
  local -a candidates
  for line in "${(@f)$(${words[1]/#\~/$HOME} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      wants_files=1
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${${line#*$'\t'}//:/\\:}")
    fi
  done
  (( $#candidates )) && _describe -V tarama candidates
  (( wants_files )) && _files
}
compdef _tarama tarama
)sh";

constexpr const char* fish_script = R"sh(function __tarama_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  for line in ($before[1] __complete $before[2..-1] "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c tarama -f -a '(__tarama_complete)'
)sh";

ExitCode print_script(const Context& context, const std::string& shell) {
  context.streams.out << (shell == "bash"  ? bash_script
                          : shell == "zsh" ? zsh_script
                                           : fish_script);
  return ExitCode::done;
}

}  // namespace

Command completion_command() {
  return {"completion",
          "A completion script for bash, zsh or fish",
          "tarama completion bash > ~/.local/share/bash-completion/completions/tarama",
          [](CLI::App& app) -> Action {
            const auto shell = std::make_shared<std::string>();
            app.add_option("SHELL", *shell, "bash, zsh or fish")
                ->required()
                ->check(CLI::IsMember({"bash", "zsh", "fish"}));
            return [shell](const Context& context) { return print_script(context, *shell); };
          }};
}

}  // namespace tarama::cli
