// See sweep_submission.hpp; the checks themselves are in orchestrator/sweeps/submission.cpp.
#include "cli/sweep_submission.hpp"

#include "cli/orchestrator_client.hpp"
#include "cli/slow_work.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/terminal_text.hpp"
#include "core/sweep/refinement_json.hpp"
#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/store_folder.hpp"
#include "input/model_report.hpp"
#include "orchestrator/devices/machine_watch.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <system_error>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

/// Copies under a temporary name and renames: another process may read the cache meanwhile, and
/// the folders may lie on different file systems.
void copy_into(const fs::path& file, const fs::path& folder) {
  std::error_code problem;
  const fs::path target = folder / file.filename();
  if (fs::exists(target, problem)) {
    return;
  }
  const fs::path partial = folder / (file.filename().string() + ".partial");
  fs::copy_file(file, partial, fs::copy_options::overwrite_existing, problem);
  if (!problem) {
    fs::rename(partial, target, problem);
  }
}

void print_problems(const Context& context,
                    const std::vector<config::ConfigProblem>& problems,
                    const std::string& file) {
  for (const config::ConfigProblem& problem : problems) {
    context.streams.err << for_terminal(config::to_text(problem)) << '\n';
  }
  context.note(fmt::format("{} in {}; nothing was started or written",
                           counted(static_cast<std::int64_t>(problems.size()), "problem"),
                           file));
}

ordered_json request_of(const char* what, const orchestrator::Submission& submission) {
  ordered_json request = {
      {"do", what},
      {"name", submission.spec.name},
      {"yaml", submission.yaml},
      {"spec", ordered_json::parse(to_json(submission.spec))},
      {"prepared", ordered_json::parse(orchestrator::to_json(submission.prepared))},
      {"host", submission.host}};
  if (submission.refinement) {
    request["refinement"] = ordered_json::parse(to_json(*submission.refinement));
  }
  return request;
}

/// The machine as an orchestrator of this store would see it: its workers are no strangers. Whether
/// the worker program can use CUDA only it can tell; where there are GPUs, it should.
orchestrator::Machine machine_of(const Context& context) {
  std::error_code problem;
  const fs::path store = fs::weakly_canonical(context.store(), problem);
  return orchestrator::survey_of_this_machine(true, problem ? context.store() : store)({});
}

}  // namespace

void declare_sweep_file(CLI::App& app, SweepFileOptions& options) {
  app.add_option("FILE", options.file, "The sweep file (YAML); docs/CONFIG.md describes its keys")
      ->required();
  app.add_option("--set",
                 options.overrides,
                 "Override a key of the file, e.g. --set training.batch_size=16; repeatable")
      ->type_name("KEY=YAML")
      ->allow_extra_args(false);
}

void declare_again(CLI::App& app, SweepFileOptions& options) {
  app.add_flag_callback(
      "--again",
      [&options] { options.occasion = Occasion::again; },
      "As a new sweep, whose runs are all trained, even if the store has them already");
}

CheckingCache::CheckingCache(const db::StoreFolder& store) : store_cache_(store.cache()) {
  std::error_code problem;
  if (fs::is_directory(store_cache_, problem)) {
    folder_ = store_cache_;
  } else {
    folder_ = temporary_.emplace("tarama-check").path();
  }
}

void CheckingCache::hand_over() {
  if (!temporary_ || folder_.empty()) {
    return;
  }
  std::error_code problem;
  fs::create_directories(store_cache_, problem);
  for (const auto& entry : fs::directory_iterator(folder_, problem)) {
    copy_into(entry.path(), store_cache_);
  }
}

void CheckingCache::discard() {
  temporary_.reset();
}

std::optional<orchestrator::CheckedSubmission> check_sweep(const Context& context,
                                                           const SweepFileOptions& options,
                                                           const CheckingCache& cache) {
  auto outcome = orchestrator::check_submission(
      {.path = options.file, .overrides = options.overrides, .environment = context.environment},
      cache.folder(),
      machine_of(context));
  if (!outcome.checked) {
    print_problems(context, outcome.problems, options.file);
    return std::nullopt;
  }
  const std::string& model = outcome.checked->submission.spec.model.path;
  if (context.options.verbosity == Verbosity::verbose && !model.empty()) {
    if (const auto tensors = input::tensors_of_model(model)) {
      context.note(*tensors);
    }
  }
  return std::move(outcome.checked);
}

std::optional<orchestrator::CheckedSubmission> check_sweep(const Context& context,
                                                           const SweepFileOptions& options,
                                                           CheckingCache& cache,
                                                           Interrupts& interrupts,
                                                           ExitCode& code) {
  using Checked = std::optional<orchestrator::CheckedSubmission>;
  auto checked = unless_interrupted<Checked>(
      interrupts,
      [&](const std::stop_token& /*stop*/) { return check_sweep(context, options, cache); },
      [&] { cache.discard(); });
  code = checked ? ExitCode::usage : ExitCode::interrupted;
  return checked ? std::move(*checked) : std::nullopt;
}

void print_warnings(const Context& context,
                    const std::vector<config::ConfigWarning>& warnings,
                    const std::string& file) {
  if (context.is_quiet() || context.wants_json()) {
    return;
  }
  for (const config::ConfigWarning& warning : warnings) {
    const std::string where = warning.line > 0 ? fmt::format("{}:{}", file, warning.line) : file;
    context.streams.err << for_terminal(where) << ": "
                        << context.err_style()(Paint::yellow, "warning:") << ' '
                        << for_terminal(warning.message) << " [" << warning.code << "]\n";
  }
}

Result<Submitted> submit_sweep(const Context& context,
                               const orchestrator::Submission& submission,
                               Occasion occasion) {
  ordered_json request = request_of("submit", submission);
  if (occasion == Occasion::again) {
    request["again"] = true;
  }
  const auto reply = ask_orchestrator(context, request);
  if (!reply) {
    return reply.error();
  }
  return Submitted{SweepId{reply->value("sweep", std::int64_t{0})},
                   reply->value("name", submission.spec.name),
                   reply->value("planned", std::int64_t{0}),
                   reply->value("is_new", true),
                   reply->value("taken_over", std::int64_t{0}),
                   reply->value("state", std::string()),
                   reply->value("pending", std::int64_t{0}),
                   reply->value("failed", std::int64_t{0}),
                   reply->value("cancelled", std::int64_t{0})};
}

std::string what_becomes_of(const Submitted& submitted) {
  if (submitted.is_new) {
    return submitted.taken_over == 0
               ? ""
               : fmt::format("{} of them {} done in other sweeps of the store, and taken over",
                             submitted.taken_over,
                             submitted.taken_over == 1 ? "was" : "were");
  }
  if (submitted.state == name_of(SweepState::cancelled)) {
    return fmt::format(
        "the store has it already, and it was cancelled: nothing more is done; `tarama retry {}` "
        "runs what was cancelled or failed",
        submitted.sweep);
  }
  if (submitted.pending > 0 || submitted.state == name_of(SweepState::running)) {
    return "the store has it already: it goes on where it stood";
  }
  if (submitted.failed > 0) {
    return fmt::format(
        "the store has it already, and it is finished: nothing more is done; {} failed, and "
        "`tarama "
        "retry {} --failed` runs what did",
        counted(submitted.failed, "run"),
        submitted.sweep);
  }
  return "the store has it already, and it is finished: nothing more is done; --again trains it "
         "anew";
}

Result<Extended> extend_sweep(const Context& context,
                              SweepId sweep,
                              const orchestrator::Submission& submission) {
  ordered_json request = request_of("extend", submission);
  request["sweep"] = sweep.value;
  const auto reply = ask_orchestrator(context, request);
  if (!reply) {
    return reply.error();
  }
  return Extended{sweep,
                  reply->value("name", std::string()),
                  reply->value("planned", std::int64_t{0}),
                  reply->value("added", std::int64_t{0})};
}

}  // namespace tarama::cli
