// `tarama import wandb FILE`: another program's sweep file as ours, on the standard output.
#include "cli/command.hpp"
#include "cli/text/terminal_text.hpp"
#include "cli/text/text_style.hpp"
#include "orchestrator/config/wandb_import.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

struct ImportOptions {
  std::string form;
  std::string file;
};

nlohmann::ordered_json warnings_of(const config::WandbImport& imported) {
  nlohmann::ordered_json warnings = nlohmann::ordered_json::array();
  for (const config::ConfigProblem& warning : imported.warnings) {
    warnings.push_back({{"message", warning.message}, {"line", warning.line}});
  }
  return warnings;
}

void print_import_warnings(const Context& context, const config::WandbImport& imported) {
  for (const config::ConfigProblem& warning : imported.warnings) {
    context.streams.err << for_terminal(fmt::format("{}:{}", warning.file, warning.line)) << ": "
                        << context.err_style()(Paint::yellow, "warning:") << ' '
                        << for_terminal(warning.message) << '\n';
  }
}

ExitCode import_file(const Context& context, const ImportOptions& options) {
  const config::WandbImport imported = config::import_wandb(options.file);
  if (!imported.problems.empty()) {
    std::string message;
    for (const config::ConfigProblem& problem : imported.problems) {
      message += (message.empty() ? "" : "\n") + config::to_text(problem);
    }
    return context.fail({Errc::invalid_config, message});
  }
  if (context.wants_json()) {
    context.print_json({{"yaml", imported.yaml}, {"warnings", warnings_of(imported)}});
  } else {
    if (!context.is_quiet()) {
      print_import_warnings(context, imported);
    }
    context.streams.out << (context.streams.out_is_terminal ? for_terminal(imported.yaml)
                                                            : imported.yaml);
  }
  return ExitCode::done;
}

}  // namespace

Command import_command() {
  return {"import",
          "Prints the tarama file of another program's sweep file",
          "tarama import wandb sweep.yaml > tarama.yaml",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<ImportOptions>();
            app.add_option("FORM", options->form, "Whose file it is: wandb")
                ->required()
                ->check(CLI::IsMember({"wandb"}));
            app.add_option("FILE", options->file, "The file")->required();
            return [options](const Context& context) { return import_file(context, *options); };
          }};
}

}  // namespace tarama::cli
