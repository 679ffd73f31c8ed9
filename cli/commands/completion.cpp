// `tarama completion bash|zsh|fish`: a script for the shell, made of the commands that there are.
#include "cli/command.hpp"
#include "cli/text/number_text.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

std::string names_of_commands() {
  std::string names;
  for (const Command& command : all_commands()) {
    names += (names.empty() ? "" : " ") + command.name;
  }
  return names;
}

std::string bash_script() {
  return fmt::format(
      "_tarama() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
      "  elif [[ \"$word\" == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$(tarama \"${{COMP_WORDS[1]}}\" --help 2>/dev/null |\n"
      "      grep -oE -- '--[a-z-]+' | sort -u)\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _tarama tarama\n",
      names_of_commands());
}

std::string zsh_script() {
  std::string commands;
  for (const Command& command : all_commands()) {
    commands += fmt::format("    {}\n", shell_word(command.name + ":" + command.summary));
  }
  return fmt::format(
      "#compdef tarama\n"
      "_tarama() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "  elif [[ $words[CURRENT] == -* ]]; then\n"
      "    compadd -- ${{(f)\"$(tarama $words[2] --help 2>/dev/null | grep -oE -- "
      "'--[a-z-]+')\"}}\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}}\n"
      "compdef _tarama tarama\n",
      commands);
}

std::string fish_script() {
  std::string script;
  for (const Command& command : all_commands()) {
    script += fmt::format("complete -c tarama -n __fish_use_subcommand -f -a {} -d {}\n",
                          command.name,
                          shell_word(command.summary));
  }
  return script;
}

ExitCode print_script(const Context& context, const std::string& shell) {
  context.streams.out << (shell == "bash"  ? bash_script()
                          : shell == "zsh" ? zsh_script()
                                           : fish_script());
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
