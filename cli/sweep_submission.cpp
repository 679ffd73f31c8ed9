// See sweep_submission.hpp; the checks themselves are in orchestrator/sweeps/submission.cpp.
#include "cli/sweep_submission.hpp"

#include "cli/orchestrator_client.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "db/store_folder.hpp"
#include "orchestrator/devices/machine_watch.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
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
    context.streams.err << config::to_text(problem) << '\n';
  }
  const char* noun = problems.size() == 1 ? "problem" : "problems";
  context.note(
      fmt::format("{} {} in {}; nothing was started or written", problems.size(), noun, file));
}

ordered_json request_of(const char* what, const orchestrator::Submission& submission) {
  return {{"do", what},
          {"name", submission.spec.name},
          {"yaml", submission.yaml},
          {"spec", ordered_json::parse(to_json(submission.spec))},
          {"prepared", ordered_json::parse(orchestrator::to_json(submission.prepared))},
          {"host", submission.host}};
}

Result<Extended> extend_by_orchestrator(const Context& context,
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

TimePoint now() {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<milliseconds>(since_epoch).count()};
}

/// The machine as an orchestrator of this store would see it: its workers are no strangers. Whether
/// the worker program can use CUDA only it can tell; where there are GPUs, it should.
orchestrator::Machine machine_of(const Context& context) {
  std::error_code problem;
  const fs::path store = fs::weakly_canonical(context.store(), problem);
  return orchestrator::survey_of_this_machine(true, problem ? context.store() : store)({});
}

/// Under the store's lock: no orchestrator starts meanwhile.
Result<Extended> extend_in_store(const Context& context,
                                 SweepId sweep,
                                 const orchestrator::Submission& submission) {
  const auto lock = db::StoreLock::take(context.folder());
  if (!lock) {
    return lock.error();
  }
  const auto info = db::ReadStore::open(context.folder().database());
  const auto known = info ? info->sweep(sweep) : info.error();
  if (!known) {
    return known.error();
  }
  const auto store = db::open_sqlite_store(context.folder().database(),
                                           [&](const std::string& text) { context.note(text); });
  const auto stored = store ? (*store)->load_sweep(sweep) : store.error();
  if (!stored) {
    return stored.error();
  }
  const auto places = orchestrator::places_for(submission.spec.resources, machine_of(context));
  if (!places) {
    return places.error();
  }
  auto planned = orchestrator::plan_sweep(
      submission,
      {.trainer = known->trainer, .supply = {.devices = orchestrator::worker_devices_of(*places)}},
      now());
  if (!planned) {
    return planned.error();
  }
  const auto more = orchestrator::plan_extension(std::move(*planned), submission.spec, *stored);
  const auto added = more ? (*store)->extend_sweep(sweep, *more) : more.error();
  if (!added) {
    return added.error();
  }
  const auto count = static_cast<std::int64_t>(added->runs.size());
  return Extended{
      sweep, stored->name, static_cast<std::int64_t>(stored->runs.size()) + count, count};
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
  return std::move(outcome.checked);
}

void print_warnings(const Context& context,
                    const std::vector<config::ConfigWarning>& warnings,
                    const std::string& file) {
  if (context.is_quiet() || context.wants_json()) {
    return;
  }
  for (const config::ConfigWarning& warning : warnings) {
    const std::string where = warning.line > 0 ? fmt::format("{}:{}", file, warning.line) : file;
    context.streams.err << where << ": " << context.err_style()(Paint::yellow, "warning:") << ' '
                        << warning.message << " [" << warning.code << "]\n";
  }
}

Result<Submitted> submit_sweep(const Context& context, const orchestrator::Submission& submission) {
  const auto reply = ask_orchestrator(context, request_of("submit", submission));
  if (!reply) {
    return reply.error();
  }
  return Submitted{SweepId{reply->value("sweep", std::int64_t{0})},
                   reply->value("name", submission.spec.name),
                   reply->value("planned", std::int64_t{0}),
                   reply->value("is_new", true)};
}

Result<Extended> extend_sweep(const Context& context,
                              SweepId sweep,
                              const orchestrator::Submission& submission) {
  const auto running = find_orchestrator(context);
  if (!running) {
    return running.error();
  }
  return running->has_value() ? extend_by_orchestrator(context, sweep, submission)
                              : extend_in_store(context, sweep, submission);
}

}  // namespace tarama::cli
