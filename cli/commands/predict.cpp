// `tarama predict MODEL_DIR FILE`: hands over to the worker program, which has the model's code.
#include "cli/command.hpp"
#include "cli/local_service.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace tarama::cli {
namespace {

struct PredictOptions {
  std::string model;
  std::string file;
  std::string text;
  std::string text_pair;
  std::string label;
  std::int64_t top = 1;
  bool has_header = false;
  std::string worker;
};

std::vector<std::string> arguments_of(const std::string& program,
                                      const PredictOptions& options,
                                      Output output) {
  std::vector<std::string> arguments = {
      program, "predict", "--model", options.model, "--file", options.file};
  if (!options.text.empty()) {
    arguments.insert(arguments.end(), {"--text", options.text});
  }
  if (!options.text_pair.empty()) {
    arguments.insert(arguments.end(), {"--text-pair", options.text_pair});
  }
  if (!options.label.empty()) {
    arguments.insert(arguments.end(), {"--label", options.label});
  }
  if (options.top != 1) {
    arguments.insert(arguments.end(), {"--top", std::to_string(options.top)});
  }
  if (options.has_header) {
    arguments.emplace_back("--header");
  }
  if (output == Output::json) {
    arguments.emplace_back("--json");
  }
  return arguments;
}

/// Becomes the worker program: its output and exit code are the command's.
ExitCode predict(const Context& context, const PredictOptions& options) {
  const auto program = find_worker_program(context, options.worker);
  if (!program) {
    return context.fail(program.error());
  }
  auto arguments = arguments_of(program->string(), options, context.options.output);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  context.streams.out.flush();
  execv(program->c_str(), pointers.data());
  return context.fail({Errc::io,
                       fmt::format("the worker program {} cannot be started: {}",
                                   program->string(),
                                   std::strerror(errno))});
}

}  // namespace

Command predict_command() {
  return {
      "predict",
      "Label and probability of every text of a file, by a model that a sweep kept",
      "tarama predict tarama-store/models/7 new.tsv --text 0",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<PredictOptions>();
        app.add_option("MODEL_DIR", options->model, "A Hugging Face folder")->required();
        app.add_option("FILE", options->file, ".tsv, .csv, .jsonl, or a text a line")->required();
        app.add_option("--text",
                       options->text,
                       "The text's column: index from 0, or name; needed where there are several")
            ->type_name("COL");
        app.add_option("--text-pair", options->text_pair, "The second text's column")
            ->type_name("COL");
        app.add_option("--label",
                       options->label,
                       "A column of labels: prints accuracy, MCC, macro-F1 and a confusion matrix "
                       "behind the predictions")
            ->type_name("COL");
        app.add_option("--top", options->top, "So many of the likeliest classes for each text")
            ->type_name("K")
            ->check(CLI::PositiveNumber);
        app.add_flag("--header", options->has_header, "The file's first line names its columns");
        app.add_option("--worker", options->worker, "The worker program")->type_name("PROGRAM");
        return [options](const Context& context) { return predict(context, *options); };
      }};
}

}  // namespace tarama::cli
