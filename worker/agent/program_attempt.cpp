// See program_attempt.hpp.
#include "worker/agent/program_attempt.hpp"

#include "core/sweep/argument_template.hpp"
#include "core/sweep/enum_names.hpp"
#include "files/left_processes.hpp"
#include "files/program_fingerprint.hpp"
#include "files/wandb_module.hpp"
#include "files/whole_file.hpp"
#include "worker/agent/left_reports.hpp"
#include "worker/agent/newer_attempt.hpp"
#include "worker/program/program_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace tarama {

namespace fs = std::filesystem;

fs::path run_folder(const fs::path& store, RunId run) {
  return store / "runs" / fmt::format("{}", run) / "files";
}

namespace {

/// What stands for the agent before a program.
class SessionHost final : public program::ProgramHost {
 public:
  SessionHost(AttemptSession& session, const RunLog& log) : session_(session), log_(log) {}

  void on_report(const ReportedRow& row) override { session_.send(row); }

  void on_line(const std::string& line) override { log_.say(line); }

  bool are_reports_kept(std::chrono::milliseconds limit) override {
    return session_.wait_until_kept(limit);
  }

  bool should_end() override {
    // Whether it hangs, its own silence says.
    session_.sign_of_progress();
    return session_.stop_cause().has_value();
  }

 private:
  AttemptSession& session_;
  const RunLog& log_;
};

protocol::Finished program_end(const JobSpec& job, AttemptEnd end) {
  protocol::Finished result;
  result.run = job.run;
  result.attempt = job.attempt;
  result.end = end;
  return result;
}

protocol::Finished program_failure(const JobSpec& job, FailureClass failure, std::string message) {
  protocol::Finished result = program_end(job, AttemptEnd::failed);
  result.failure = failure;
  result.message = std::move(message);
  return result;
}

program::ProgramStart start_of(const JobSpec& job,
                               const fs::path& folder,
                               std::vector<std::string> arguments) {
  program::ProgramStart start{
      .arguments = std::move(arguments), .folder = job.program->folder, .environment = {}};
  const auto set = [&](const char* name, std::string value) {
    start.environment.emplace_back(name, std::move(value));
  };
  set("TARAMA_RUN", fmt::format("{}", job.run));
  set("TARAMA_ATTEMPT", fmt::format("{}", job.attempt));
  set("TARAMA_PARAMS", job.params);
  set("TARAMA_SEED", fmt::format("{}", job.seed));
  set("TARAMA_RUN_DIR", folder.native());
  set("TARAMA_RESUME", job.attempt.value > 1 ? "1" : "0");
  set("TARAMA_STOP_FILE", (folder / "stop").native());
  set("PYTHONUNBUFFERED", "1");
  if (job.program->metrics == MetricsFrom::file || job.program->metrics == MetricsFrom::wandb) {
    set("TARAMA_METRICS", metrics_file(folder, job.attempt).native());
  } else {
    start.environment.emplace_back("TARAMA_METRICS", std::nullopt);
  }
  // A secret between worker and orchestrator.
  start.environment.emplace_back("TARAMA_WORKER_TOKEN", std::nullopt);
  return start;
}

/// Puts what stands in for `wandb` before all that the program imports.
Result<void> put_before_imports(program::ProgramStart& start, const fs::path& store) {
  const Result<fs::path> folder = files::place_wandb_module(store);
  if (!folder) {
    return folder.error();
  }
  const char* const others = std::getenv("PYTHONPATH");
  const bool has_others = others != nullptr && *others != '\0';
  start.environment.emplace_back("PYTHONPATH",
                                 folder->native() + (has_others ? ":" + std::string(others) : ""));
  return {};
}

std::unique_ptr<program::MetricSource> source_of(const JobSpec& job, const fs::path& folder) {
  switch (job.program->metrics) {
    case MetricsFrom::standard_output:
      return nullptr;
    case MetricsFrom::file:
    case MetricsFrom::wandb:
      return program::make_metrics_file(metrics_file(folder, job.attempt));
    case MetricsFrom::tensorboard:
      return program::make_event_files(folder);
  }
  return nullptr;
}

/// Without it the run is as good, but for what is lost where its worker is killed.
std::optional<program::OutputJournal> journal_of(const JobSpec& job,
                                                 const fs::path& store,
                                                 const program::MetricSource* source,
                                                 const RunLog& log) {
  const JournalFiles files = journal_files(store, job.run, job.attempt);
  auto journal = program::OutputJournal::create(files.journal, files.mark);
  Result<void> marked;
  if (journal && source != nullptr) {
    marked = program::write_mark(files.mark, source->beginning());
  }
  if (!journal || !marked) {
    log.say(fmt::format("what it reports just before its worker is killed may be missing: {}",
                        !journal ? journal.error().message : marked.error().message));
    return std::nullopt;
  }
  return std::move(*journal);
}

/// The run's folder, and what else must lie on disk before the program starts.
Result<void> prepare(program::ProgramStart& start,
                     const JobSpec& job,
                     const fs::path& folder,
                     const fs::path& store) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    return files::failure_at(folder, "cannot be made", failure.value());
  }
  return job.program->metrics == MetricsFrom::wandb ? put_before_imports(start, store)
                                                    : Result<void>{};
}

Result<std::vector<std::string>> arguments_of(const JobSpec& job, const fs::path& folder) {
  Result<ArgumentValues> values = argument_values(job.params);
  if (!values) {
    return values.error();
  }
  (*values)[std::string(seed_argument)] = fmt::format("{}", job.seed);
  (*values)[std::string(run_dir_argument)] = folder.native();
  return fill_arguments(job.program->command, *values);
}

/// Why the program is not the one that was submitted; nullopt: it is.
std::optional<std::string> changed_since(const JobSpec& job) {
  static files::ProgramFingerprints fingerprints;
  const auto now = fingerprints.of(*job.program);
  if (!now) {
    return now.error().message;
  }
  return *now == job.data_fingerprint
             ? std::nullopt
             : std::optional<std::string>(
                   "the program, or one of its inputs, has changed since the sweep was submitted, "
                   "so "
                   "that its runs would not compare; submit the file again, as a sweep of its own");
}

/// Of earlier attempts, or of one whose guard was killed: nothing of theirs is to be at work in the
/// folder beside the next one.
void end_what_is_left(const fs::path& folder, const RunLog& log) {
  const files::EndedProcesses ended = files::end_left_processes(folder);
  if (!ended.all.empty()) {
    log.say(fmt::format("[tarama: nobody watched over {}, which an attempt had started: ended]",
                        files::names_of(ended.all)));
  }
  if (!ended.still.empty()) {
    log.say(fmt::format("[tarama: in {} still runs, whatever it is sent: {}]",
                        folder.native(),
                        files::names_of(ended.still)));
  }
}

protocol::Finished finished_by(const JobSpec& job,
                               const program::Verdict& verdict,
                               const AttemptSession& session) {
  const bool is_late =
      verdict.end == AttemptEnd::succeeded
          ? session.is_overdue()
          : verdict.end == AttemptEnd::stopped && session.stop_cause() == StopCause::time_limit;
  if (is_late) {
    return program_failure(
        job, FailureClass::time_limit, "the run took longer than the sweep's time_limit");
  }
  return verdict.end == AttemptEnd::failed ? program_failure(job, verdict.failure, verdict.message)
                                           : program_end(job, verdict.end);
}

}  // namespace

protocol::Finished run_program_attempt(AttemptSession& session,
                                       const AgentOptions& options,
                                       const RunLog& log) {
  const JobSpec& job = session.job();
  const fs::path folder = run_folder(options.store, job.run);
  const Result<std::vector<std::string>> arguments = arguments_of(job, folder);
  if (!arguments) {
    return program_failure(job, FailureClass::bad_data, arguments.error().message);
  }
  log.say(fmt::format("run {}, attempt {}: {}; seed {}, on {}; '{}'",
                      job.run,
                      job.attempt,
                      job.params,
                      job.seed,
                      options.device,
                      fmt::join(*arguments, "' '")));
  if (const auto why = changed_since(job)) {
    return program_failure(job, FailureClass::bad_data, *why);
  }
  program::ProgramStart start = start_of(job, folder, *arguments);
  if (const Result<void> prepared = prepare(start, job, folder, options.store); !prepared) {
    return program_failure(
        job,
        prepared.error().code == Errc::disk_full ? FailureClass::disk_full : FailureClass::exited,
        prepared.error().message);
  }
  if (session.stop_cause() || has_newer_attempt(options.store, job.run, job.attempt)) {
    return program_end(job, AttemptEnd::stopped);
  }
  session.started(0);
  const bool is_first = job.attempt.value <= 1;
  if (!is_first) {
    end_what_is_left(folder, log);
  }
  const bool has_left_the_metric = take_left_reports(session, options.store, log);
  if (!is_first) {
    end_what_is_left(folder, log);  // a guard may have been killed while it was waited for
  }
  if (session.stop_cause()) {
    return program_end(job, AttemptEnd::stopped);
  }
  SessionHost host(session, log);
  std::unique_ptr<program::MetricSource> source = source_of(job, folder);
  std::optional<program::OutputJournal> journal = journal_of(job, options.store, source.get(), log);
  const program::Verdict verdict =
      program::run_program({.spec = *job.program,
                            .start = std::move(start),
                            .stop_file = folder / "stop",
                            .metric = job.metric,
                            .has_reported_before = job.committed_evals > 0 || has_left_the_metric,
                            .source = std::move(source),
                            .journal = std::move(journal)},
                           host);
  if (verdict.end == AttemptEnd::failed && verdict.failure == FailureClass::crashed) {
    end_what_is_left(folder, log);  // it may be its guard that was killed
  }
  protocol::Finished result = finished_by(job, verdict, session);
  result.train_seconds = std::chrono::duration<double>(session.trained()).count();
  return result;
}

}  // namespace tarama
