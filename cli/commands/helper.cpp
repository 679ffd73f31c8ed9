// `tarama helper python`: the file by which a script in that language reports to tarama;
// `tarama helper wandb`: what stands in for the module of Weights & Biases.
#include "cli/command.hpp"
#include "cli/python_helper.hpp"
#include "files/wandb_module.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tarama::cli {

Command helper_command() {
  return {"helper",
          "Prints the file by which a program's script reports its numbers",
          "tarama helper python > tarama_report.py",
          [](CLI::App& app) -> Action {
            const auto which = std::make_shared<std::string>();
            app.add_option("WHICH",
                           *which,
                           "python: what a script imports as tarama_report; wandb: what "
                           "`metrics: wandb` puts in the place of the module wandb")
                ->required()
                ->check(CLI::IsMember({"python", "wandb"}));
            return [which](const Context& context) {
              const bool is_wandb = *which == "wandb";
              const std::string_view text = is_wandb ? files::wandb_module() : python_helper();
              if (context.wants_json()) {
                context.print_json(
                    {{"file", is_wandb ? "wandb.py" : "tarama_report.py"}, {"text", text}});
              } else {
                context.streams.out << text;
              }
              return ExitCode::done;
            };
          }};
}

}  // namespace tarama::cli
