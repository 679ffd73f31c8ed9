// `tarama helper python`: the file by which a script in that language reports to tarama.
#include "cli/command.hpp"
#include "cli/python_helper.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {

Command helper_command() {
  return {"helper",
          "Prints the file by which a program's script reports its numbers",
          "tarama helper python > tarama_report.py",
          [](CLI::App& app) -> Action {
            const auto language = std::make_shared<std::string>();
            app.add_option("LANGUAGE", *language, "Of the script: python")
                ->required()
                ->check(CLI::IsMember({"python"}));
            return [language](const Context& context) {
              if (context.wants_json()) {
                context.print_json({{"file", "tarama_report.py"}, {"text", python_helper()}});
              } else {
                context.streams.out << python_helper();
              }
              return ExitCode::done;
            };
          }};
}

}  // namespace tarama::cli
