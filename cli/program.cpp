// See program.hpp; CLI11 parses, what it refuses is said here in our own words.
#include "cli/program.hpp"

#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "cli/output_end.hpp"
#include "core/sweep/assert.hpp"
#include "core/sweep/nearest_name.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <utility>

namespace tarama::cli {
namespace {

constexpr const char* global_group = "Options of every command";

/// The parser with its commands, and what each command would do.
struct Parser {
  CLI::App app;
  GlobalOptions options;
  std::map<CLI::App*, Action> actions;
};

/// `group` empty: accepted, but not shown in the help.
void add_global_options(CLI::App& app, GlobalOptions& options, const std::string& group) {
  app.add_option("--store",
                 options.store,
                 "The store's folder; default: $TARAMA_STORE, else ./tarama-store")
      ->type_name("DIR")
      ->group(group);
  app.add_flag_callback(
         "--json", [&options] { options.output = Output::json; }, "One JSON document on stdout")
      ->group(group);
  app.add_option("--color", options.color, "auto, always or never; NO_COLOR=1 is never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group(group);
  app.add_flag_callback(
         "-q,--quiet",
         [&options] { options.verbosity = Verbosity::quiet; },
         "No progress and no remarks")
      ->group(group);
  app.add_flag_callback(
         "-v,--verbose",
         [&options] { options.verbosity = Verbosity::verbose; },
         "Say more about what happens")
      ->group(group);
}

void add_command(Parser& parser, const Command& command) {
  CLI::App* app = parser.app.add_subcommand(command.name, command.summary);
  app->group("Commands");
  app->set_help_flag("-h,--help", "This help");
  app->footer(
      fmt::format("Example:\n  {}\n\n--store DIR, --json, --color WHEN, --quiet and --verbose: see "
                  "`tarama --help`.",
                  command.example));
  add_global_options(*app, parser.options, "");
  parser.actions[app] = command.declare(*app);
  for (CLI::Option* option : app->get_options()) {
    if (option->get_positional()) {
      option->type_name("");  // else the help says "FILE TEXT"
    }
  }
}

std::unique_ptr<Parser> make_parser() {
  auto parser = std::make_unique<Parser>();
  CLI::App& app = parser->app;
  app.name("tarama");
  app.description(
      "tarama sweeps hyperparameters: it trains every combination of a sweep file's "
      "learning rates, warm-ups and epochs, and says which level is best.");
  app.set_help_flag("-h,--help", "This help; `tarama COMMAND --help` says more");
  app.set_version_flag("--version", std::string("tarama ") + TARAMA_VERSION, "The version");
  app.require_subcommand(0, 1);
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  add_global_options(app, parser->options, global_group);
  app.footer(
      "Exit codes: 0 done; 1 failure; 2 usage or a wrong sweep file; 3 not found; 4 no "
      "orchestrator, or refused;\n5 the awaited sweep ended with failed runs, diverged ones "
      "apart, or was cancelled; 6 timed out;\n130 interrupted.");
  for (const Command& command : all_commands()) {
    add_command(*parser, command);
  }
  return parser;
}

CLI::App* chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? nullptr : chosen.front();
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// What to say of an argument that nothing takes.
std::string unexpected_argument(const CLI::App& app, const std::string& argument) {
  const CLI::App* command = chosen_command(app);
  const bool is_option = argument.starts_with("-");
  std::string what;
  std::vector<std::string> known;
  if (is_option) {
    what = fmt::format("{} is not an option of `tarama{}`",
                       argument,
                       command == nullptr ? "" : " " + command->get_name());
    known = names_of_options(command == nullptr ? app : *command);
  } else if (command == nullptr) {
    what = fmt::format("{} is not a command", argument);
    known = names_of_commands(app);
  } else {
    what = fmt::format("`tarama {}` does not take the argument {}", command->get_name(), argument);
  }
  const auto nearest = nearest_name(argument.substr(0, argument.find('=')), known);
  const std::string help = command == nullptr ? "" : " " + command->get_name();
  return nearest ? fmt::format("{}; did you mean {}?", what, *nearest)
                 : fmt::format("{}; see `tarama{} --help`", what, help);
}

ExitCode refuse_usage(const Context& context, const CLI::App& app, const CLI::ParseError& error) {
  const auto extra = app.remaining(true);
  const CLI::App* command = chosen_command(app);
  if (!extra.empty()) {
    return context.fail({Errc::invalid_argument, unexpected_argument(app, extra.front())});
  }
  const std::string help = command == nullptr ? "" : " " + command->get_name();
  const std::string said = error.what();
  return context.fail(
      {Errc::invalid_argument, fmt::format("{}; see `tarama{} --help`", said, help)});
}

/// The exit code of what CLI11 throws for --help, --version and usage errors.
ExitCode parse_end(const Context& context, const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) {
    const CLI::App* command = chosen_command(app);
    context.streams.out << help_text(command == nullptr ? "" : command->get_name());
    return ExitCode::done;
  }
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    context.streams.out << error.what() << '\n';
    return ExitCode::done;
  }
  return refuse_usage(context, app, error);
}

ExitCode run_parsed(Parser& parser, const Context& context) {
  CLI::App* command = chosen_command(parser.app);
  if (command == nullptr) {
    context.streams.out << help_text("");
    return ExitCode::usage;
  }
  const auto action = parser.actions.find(command);
  TARAMA_ASSERT(action != parser.actions.end(), "add_command gives each its action");
  return action->second(context);
}

ExitCode flushed(const Context& context, ExitCode code) {
  const ExitCode written = output_end(context, 0);
  return code == ExitCode::done ? written : code;
}

}  // namespace

ExitCode run_cli(const std::vector<std::string>& arguments,
                 Streams streams,
                 const Environment& environment) {
  Context context{streams, environment, {}};
  try {
    const auto parser = make_parser();
    if (!arguments.empty() && arguments.front() == completion_request) {
      const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
      print_completion(streams.out, completion_of(parser->app, words, context));
      return flushed(context, ExitCode::done);
    }
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants it
    try {
      parser->app.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
      context.options = parser->options;
      return flushed(context, parse_end(context, parser->app, error));
    }
    context.options = parser->options;
    return flushed(context, run_parsed(*parser, context));
  } catch (const std::exception& error) {
    return context.fail({Errc::internal, fmt::format("unexpected failure: {}", error.what())});
  }
}

std::string help_text(const std::string& command) {
  const auto parser = make_parser();
  return command.empty() ? parser->app.help() : parser->app.get_subcommand(command)->help("tarama");
}

std::string cli_page() {
  std::string page =
      "# The command line\n\n"
      "Made of `--help` by the program itself; a test fails when the two differ "
      "(`TARAMA_UPDATE_DOCS=1` writes it anew).\n\n"
      "Results go to stdout; progress, warnings and errors to stderr. The documents of `--json` "
      "are described in [JSON.md](JSON.md).\n";
  page += fmt::format("\n## tarama\n\n```text\n{}```\n", help_text(""));
  for (const Command& command : all_commands()) {
    page +=
        fmt::format("\n## tarama {}\n\n```text\n{}```\n", command.name, help_text(command.name));
  }
  return page;
}

}  // namespace tarama::cli
