// The command line of both worker programs.
#include "worker/agent/worker_program.hpp"

#include "transport/process_signals.hpp"
#include "worker/agent/agent.hpp"
#include "worker/agent/predict.hpp"
#include "worker/program/program_guard.hpp"
#include "worker/training/complaint.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tarama {

namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct CommandLine {
  bool asks_version = false;
  bool asks_probe = false;
  AgentOptions agent;
  input::PredictRequest prediction;
  std::string text_column;
  std::string text_pair_column;
  std::string label_column;
  PredictOutput output;
  bool has_header = false;
  bool wants_json = false;
  CLI::App* predict = nullptr;
};

void add_agent_options(CLI::App& app, CommandLine& line) {
  app.add_option("--connect", line.agent.socket, "control.sock of the store's orchestrator");
  // Usually by the environment: arguments can be read by every user of the machine.
  app.add_option("--token", line.agent.token, "what the orchestrator gave this worker to show")
      ->envname("TARAMA_WORKER_TOKEN");
  app.add_option(
      "--session", line.agent.session, "the worker's identity, which outlives the process");
  app.add_option("--worker", line.agent.worker.value, "the worker's number");
  app.add_option("--device", line.agent.device, "cpu or cuda:N")->capture_default_str();
  app.add_option("--store", line.agent.store, "folder for logs, checkpoints, models and cache");
  app.add_option("--threads", line.agent.threads, "threads to train with")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option_function<std::int64_t>(
         "--grace",
         [&line](std::int64_t milliseconds) {
           line.agent.grace = std::chrono::milliseconds{milliseconds};
         },
         "how long to live on without an orchestrator and without a run, in milliseconds")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--slots",
                 line.agent.slots,
                 "attempts at once, each on a thread of its own; 0: as many as it is given")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void add_predict_options(CLI::App& app, CommandLine& line) {
  line.predict = app.add_subcommand("predict", "label and probability of every text of a file");
  line.predict->add_option("--model", line.prediction.model, "a Hugging Face folder")->required();
  line.predict->add_option("--file", line.prediction.file, ".tsv, .csv, .jsonl, or a text a line")
      ->required();
  line.predict->add_option("--text", line.text_column, "column: index from 0, or name");
  line.predict->add_option("--text-pair", line.text_pair_column, "column of the second text");
  line.predict->add_option("--label", line.label_column, "column of labels to hold them against");
  line.predict->add_option("--top", line.output.top, "so many of the likeliest classes")
      ->check(CLI::PositiveNumber);
  line.predict->add_flag("--header", line.has_header, "the file's first line names its columns");
  line.predict->add_flag("--json", line.wants_json, "an object per line, with all probabilities");
}

std::optional<ColumnRef> column_of(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t index = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (code == std::errc{} && end == text.data() + text.size() && index >= 0) {
    return ColumnRef(index);
  }
  return ColumnRef(text);
}

int probe(const TrainerFactory& factory) {
  const ProbeInfo info = factory.probe();
  nlohmann::ordered_json document = {
      {"trainer", factory.kind},
      {"version", TARAMA_VERSION},
      {"cuda", info.can_use_cuda},
      {"libtorch",
       info.libtorch ? nlohmann::ordered_json(*info.libtorch) : nlohmann::ordered_json()},
      {"devices", info.devices},
      {"learners", info.learners}};
  if (info.libtorch_cuda) {
    document["libtorch_cuda"] = *info.libtorch_cuda;
  }
  if (info.learners_on_gpus) {
    document["learners_on_gpus"] = *info.learners_on_gpus;
  }
  if (info.kernel_compiler) {
    document["kernel_compiler"] = *info.kernel_compiler;
  }
  if (info.packed_fault) {
    document["packed_fault"] = *info.packed_fault;
  }
  fmt::print("{}\n", document.dump());
  return 0;
}

// Beyond it, memory and the reading of the file decide.
constexpr unsigned most_predicting_threads = 32;

Result<std::unique_ptr<Trainer>> make_trainer(const TrainerFactory& factory,
                                              const CommandLine& line) {
  auto trainer = factory.make(line.agent.device, line.agent.threads);
  if (!trainer) {
    complain(trainer.error().message);
  }
  return trainer;
}

int run_predict(CommandLine& line, const TrainerFactory& factory) {
  line.prediction.text = column_of(line.text_column);
  line.prediction.text_pair = column_of(line.text_pair_column);
  line.prediction.header = line.has_header ? input::Header::present : input::Header::absent;
  line.prediction.label = column_of(line.label_column);
  // One a core, each on its own thread; a GPU takes one.
  const bool is_cpu = line.agent.device.starts_with("cpu");
  const unsigned cores =
      std::clamp(std::thread::hardware_concurrency(), 1U, most_predicting_threads);
  std::vector<std::unique_ptr<Trainer>> trainers;
  std::vector<Trainer*> in_use;
  for (unsigned i = 0; i < (is_cpu ? cores : 1); ++i) {
    auto trainer = make_trainer(factory, line);
    if (!trainer) {
      return exit_usage;
    }
    trainers.push_back(std::move(*trainer));
    in_use.push_back(trainers.back().get());
  }
  line.output.lines = line.wants_json ? PredictLines::json : PredictLines::text;
  const auto done = predict(line.prediction, in_use, line.output, stdout);
  if (!done) {
    complain(done.error().message);
    const Errc code = done.error().code;
    const bool is_failure = code == Errc::io || code == Errc::disk_full || code == Errc::internal;
    return is_failure ? exit_failure : exit_usage;
  }
  return 0;
}

int serve(const CommandLine& line, const TrainerFactory& factory) {
  if (line.agent.socket.empty() || line.agent.store.empty() || line.agent.worker.value < 1) {
    complain(
        "--connect, --store and --worker are needed; `tarama run` and `tarama serve` start "
        "workers by themselves");
    return exit_usage;
  }
  const auto trainer = make_trainer(factory, line);
  if (!trainer) {
    return exit_usage;
  }
  AgentOptions options = line.agent;
  options.store = std::filesystem::absolute(options.store);
  const int code = run_agent(options, **trainer);
  if (code == exit_device_failed) {
    // Without destructors: those of a poisoned CUDA context may hang or crash.
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}

int run_program(int argc, char** argv, const TrainerFactory& factory) {
  CommandLine line;
  CLI::App app("Trains runs for an orchestrator of tarama, which starts it.");
  app.add_flag("--version", line.asks_version, "print the version");
  app.add_flag("--probe", line.asks_probe, "print what this program can train with, as JSON");
  add_agent_options(app, line);
  add_predict_options(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;  // 0: --help
  }
  if (line.asks_version) {
    fmt::print("tarama-worker {} ({})\n", TARAMA_VERSION, factory.kind);
    return 0;
  }
  if (line.asks_probe) {
    return probe(factory);
  }
  return line.predict->parsed() ? run_predict(line, factory) : serve(line, factory);
}

}  // namespace

int worker_main(int argc, char** argv, const TrainerFactory& factory) {
  if (argc > 1 && std::string_view(argv[1]) == "guard") {
    return program::guard_main(argc, argv);
  }
  transport::open_closed_streams();
  transport::survive_broken_pipes();
  // Lines as they come: what a crash leaves in the log should be all that was printed before.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    return run_program(argc, argv, factory);
  } catch (const std::exception& error) {
    complain(fmt::format("tarama-worker: unexpected: {}", error.what()));
    return exit_failure;
  }
}

}  // namespace tarama
