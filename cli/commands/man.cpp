// `tarama man`: the manual pages, made of the commands' help.
#include "cli/command.hpp"
#include "cli/man_page.hpp"
#include "cli/program.hpp"
#include "cli/text/text_width.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace tarama::cli {
namespace {

struct ManOptions {
  std::string command;  // empty: of tarama itself
  std::string folder;   // empty: to stdout
};

std::vector<std::string> pages() {
  std::vector<std::string> names = {""};
  for (const Command& command : all_commands()) {
    names.push_back(command.name);
  }
  return names;
}

ExitCode write_pages(const Context& context, const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const std::string& name : pages()) {
    const std::filesystem::path file = folder / man_page_name(name);
    std::ofstream stream(file, std::ios::binary);
    stream << man_page(name, help_text(name));
    if (!stream.flush()) {
      return context.fail({Errc::io, fmt::format("{} cannot be written", file.string())});
    }
    files.push_back(file.string());
  }
  if (context.wants_json()) {
    context.print_json({{"files", std::move(files)}});
  }
  return ExitCode::done;
}

ExitCode print_page(const Context& context, const ManOptions& options) {
  if (!options.folder.empty()) {
    return write_pages(context, options.folder);
  }
  if (std::ranges::count(pages(), options.command) == 0) {
    return context.fail(
        {Errc::not_found, fmt::format("there is no command '{}'", printable(options.command))});
  }
  const std::string page = man_page(options.command, help_text(options.command));
  if (context.wants_json()) {
    context.print_json({{"page", page}});
  } else {
    context.streams.out << page;
  }
  return ExitCode::done;
}

}  // namespace

Command man_command() {
  return {"man",
          "Prints a manual page, made of the help; `| man -l -` shows it",
          "tarama man levels | man -l -",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ManOptions>();
            auto* const command =
                app.add_option("COMMAND", options->command, "Of this command; default: of tarama");
            app.add_option("--all", options->folder, "Write the pages of all commands there")
                ->type_name("DIR")
                ->excludes(command);
            return [options](const Context& context) { return print_page(context, *options); };
          }};
}

}  // namespace tarama::cli
