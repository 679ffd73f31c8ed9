// One function for each kind of report, and the checks that they share.
#include "orchestrator/service/reports.hpp"

#include "core/bytes/json_extent.hpp"
#include "core/training/predictions.hpp"
#include "failpoints/failpoint.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace tarama::orchestrator {
namespace {

// Enough for any message of a trainer; a worker that sends a novel fills no table with it.
constexpr std::size_t longest_message = 4000;

// A worker that says that it has trained for longer is not believed; any number fits the clock
// then.
constexpr std::chrono::years longest_attempt{1};

std::string shortened(std::string message) {
  if (message.size() > longest_message) {
    message.resize(longest_message);
    message += " …";
  }
  return message;
}

/// Why rows cannot be of a run of this plan; nullopt: they can.
std::optional<std::string> misfit(const protocol::Metrics& report,
                                  const RunPlan& plan,
                                  const SweepSpec& spec) {
  if (!report.reported.empty() && !spec.program) {
    return "numbers of a program, which it is not";
  }
  const bool is_of_earlier = report.reported_by != Attempt{};
  if (is_of_earlier && (report.reported_by < Attempt{1} || report.reported_by >= report.attempt ||
                        !report.steps.empty() || !report.evals.empty())) {
    return fmt::format(
        "rows of attempt {}, which attempt {} cannot have", report.reported_by, report.attempt);
  }
  const auto is_no_step = [&](std::int64_t step) { return step < 0 || step >= plan.planned_steps; };
  for (const StepRow& row : report.steps) {
    if (is_no_step(row.step) || row.epoch < 1 || row.epoch > plan.planned_evals) {
      return fmt::format("a row of step {}, epoch {}; the run has {} steps",
                         row.step,
                         row.epoch,
                         plan.planned_steps);
    }
  }
  for (const EvalRow& row : report.evals) {
    if (is_no_step(row.step) || row.epoch < 1 || row.epoch > plan.planned_evals) {
      return fmt::format(
          "an evaluation of epoch {} after step {}; the run has {} evaluations and "
          "{} steps",
          row.epoch,
          row.step,
          plan.planned_evals,
          plan.planned_steps);
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> names_in(const std::string& text) {
  if (beyond(JsonLimits{.depth = 1}, text)) {
    return std::nullopt;
  }
  const auto names = nlohmann::json::parse(text, nullptr, false);
  const auto is_text = [](const nlohmann::json& name) { return name.is_string(); };
  if (!names.is_array() || !std::ranges::all_of(names, is_text)) {
    return std::nullopt;
  }
  return names.get<std::vector<std::string>>();
}

/// What a report of predicted classes says; nullopt where it cannot be of a run of this level.
std::optional<db::PredictionRows> rows_of(const protocol::Predictions& report,
                                          const LevelRecord& level) {
  const LevelInputs& data = level.inputs;
  const std::int64_t examples =
      report.split == Split::eval ? data.eval_examples : data.test_examples;
  auto names = names_in(report.names);
  if (report.epoch < 1 || report.epoch > level.training.epochs || examples < 1 || !names ||
      static_cast<std::int64_t>(names->size()) != data.classes ||
      !are_coded_classes(report.classes, examples, data.classes) ||
      !are_coded_classes(report.labels, examples, data.classes)) {
    return std::nullopt;
  }
  return db::PredictionRows{
      .run = report.run,
      .attempt = report.attempt,
      .predictions = {.epoch = report.epoch, .split = report.split, .classes = report.classes},
      .labels = report.labels,
      .names = std::move(*names)};
}

std::chrono::milliseconds believable(std::int64_t milliseconds) {
  return std::clamp<std::chrono::milliseconds>(
      std::chrono::milliseconds(milliseconds), std::chrono::milliseconds(0), longest_attempt);
}

Heartbeat heartbeat_of(WorkerId worker, const protocol::Beat& beat) {
  Heartbeat heartbeat{.worker = worker, .attempts = {}};
  for (const protocol::AttemptProgress& progress : beat.attempts) {
    heartbeat.attempts.push_back({progress.run,
                                  progress.attempt,
                                  progress.signs,
                                  progress.steps,
                                  believable(progress.trained_ms)});
  }
  return heartbeat;
}

WorkerReturned return_of(WorkerId worker, const protocol::Hello& hello) {
  // Of one that takes as many as it is given, as many as it has, until more are wanted.
  const auto at_hand = std::max<std::int64_t>(1, std::ssize(hello.attempts));
  WorkerReturned event{
      .worker = worker, .slots = hello.slots > 0 ? hello.slots : at_hand, .attempts = {}};
  for (const protocol::AttemptAtHand& attempt : hello.attempts) {
    HeldAttempt held{.run = attempt.run, .attempt = attempt.attempt};
    if (attempt.first_step >= 0) {
      held.first_step = attempt.first_step;
      held.running = believable(attempt.running_ms);
      held.from_run = attempt.from_run;
      held.from_step = attempt.from_step;
    }
    event.attempts.push_back(held);
  }
  return event;
}

/// 0 where it cannot be: what a worker says of its time decides nothing. 10,000 years are none.
double sound_seconds(double seconds) {
  return std::isfinite(seconds) && seconds > 0 && seconds < 3e11 ? seconds : 0;
}

/// Why the run cannot go on from the state that the report names; nullopt: it can.
std::optional<std::string> misfit_of_beginning(const auto& start, const Catalog& catalog) {
  if (start.from_run == RunId{}) {
    return std::nullopt;
  }
  const OpenSweep& sweep = catalog.holder_of(start.run);
  const auto from = sweep.runs().find(start.from_run);
  if (from != sweep.runs().end() && start.from_run != start.run &&
      from->second.planned_steps == start.from_step &&
      start.from_step <= sweep.plan_of(start.run).planned_steps) {
    return std::nullopt;
  }
  return fmt::format(
      "a start of run {} where run {} was at step {}", start.run, start.from_run, start.from_step);
}

/// Of steps that nobody has told of yet: after a stream broke, rows come again.
std::int64_t new_tokens(const std::vector<StepRow>& steps, const RunProgress* known) {
  std::int64_t tokens = 0;
  for (const StepRow& row : steps) {
    tokens += known != nullptr && row.step >= known->steps_done ? row.tokens : 0;
  }
  return std::max<std::int64_t>(0, tokens);
}

bool is_the_peers_fault(const Error& error) {
  return error.code == Errc::invalid_argument || error.code == Errc::not_found;
}

}  // namespace

Reports::Reports(boost::asio::any_io_executor loop, ReportParts parts)
    : loop_(std::move(loop)), parts_(std::move(parts)) {}

void Reports::take(WorkerId worker, const protocol::Message& message) {
  if (const auto* beat = std::get_if<protocol::Beat>(&message)) {
    parts_.effector.handle(heartbeat_of(worker, *beat));
  } else if (const auto* report = std::get_if<protocol::Started>(&message)) {
    started(worker, *report);
  } else if (const auto* rows_of = std::get_if<protocol::Metrics>(&message)) {
    rows(worker, *rows_of);
  } else if (const auto* classes = std::get_if<protocol::Predictions>(&message)) {
    predictions(worker, *classes);
  } else if (const auto* end = std::get_if<protocol::Finished>(&message)) {
    finished(worker, *end);
  } else {
    breach(worker, "a message that is not a worker's");
  }
}

void Reports::breach(WorkerId worker, const std::string& what) {
  parts_.roster.kill(worker, FailureClass::bad_report, fmt::format("the worker sent {}", what));
}

void Reports::started(WorkerId worker, const protocol::Started& report) {
  if (!parts_.roster.has_held(worker, report.run, report.attempt)) {
    return breach(worker, fmt::format("a start of run {}, which it does not hold", report.run));
  }
  if (!parts_.catalog.sweep_of(report.run)) {
    return;  // its sweep is over and let go
  }
  const RunPlan& plan = parts_.catalog.holder_of(report.run).plan_of(report.run);
  if (report.first_step < 0 || report.first_step > plan.planned_steps) {
    return breach(worker,
                  fmt::format("a start of run {} at step {} of {}",
                              report.run,
                              report.first_step,
                              plan.planned_steps));
  }
  if (const auto why = misfit_of_beginning(report, parts_.catalog)) {
    return breach(worker, *why);
  }
  if (parts_.scheduler.run(report.run)->standing.attempt != report.attempt) {
    return;
  }
  TARAMA_FAILPOINT("reports.start_came");
  parts_.stops.attempt_changed(report.run);
  parts_.live.running.started(
      report.run, worker, report.attempt, report.first_step, parts_.clock.now());
  parts_.effector.handle(RunStarted{.worker = worker,
                                    .run = report.run,
                                    .attempt = report.attempt,
                                    .first_step = report.first_step,
                                    .from_run = report.from_run,
                                    .from_step = report.from_step});
}

// Rows of an older attempt count as long as they lie before the newer one's first step.
void Reports::drop_outdated(protocol::Metrics& report) const {
  const RunProgress* const newest = parts_.live.running.of(report.run);
  if (newest == nullptr || newest->attempt <= report.attempt) {
    return;
  }
  const auto is_outdated = [&](const auto& row) { return row.step >= newest->first_step; };
  std::erase_if(report.steps, is_outdated);
  std::erase_if(report.evals, is_outdated);
}

void Reports::rows(WorkerId worker, protocol::Metrics report) {
  if (!parts_.roster.has_held(worker, report.run, report.attempt)) {
    return breach(
        worker,
        fmt::format(
            "rows of attempt {} of run {}, which it does not hold", report.attempt, report.run));
  }
  const protocol::MetricsStored stored{report.run, report.attempt, report.batch};
  if (!parts_.catalog.sweep_of(report.run)) {
    return parts_.roster.send(worker, stored);  // nobody wants them any more
  }
  const OpenSweep& sweep = parts_.catalog.holder_of(report.run);
  if (const auto why = misfit(report, sweep.plan_of(report.run), sweep.spec())) {
    return breach(worker, fmt::format("of run {} {}", report.run, *why));
  }
  TARAMA_FAILPOINT("reports.rows_came");
  drop_outdated(report);
  const std::int64_t tokens = new_tokens(report.steps, parts_.live.running.of(report.run));
  parts_.sharing.worked(
      worker, report.run, static_cast<double>(tokens) * sweep.cost_of_token(report.run));
  parts_.live.running.rows(
      report.run, report.attempt, report.steps, report.evals, parts_.clock.now().wall);
  if (parts_.live.running.advances(report.run, report.attempt, report.steps)) {
    parts_.effector.handle(RunAdvanced{worker, report.run, report.attempt});
  }
  const bool is_own = report.reported_by == Attempt{};
  if (is_own) {
    parts_.live.running.reported(
        report.run, report.attempt, report.reported, sweep.spec().metric, parts_.clock.now().wall);
  }
  if (parts_.live.running.advances(report.run, report.attempt, report.reported)) {
    parts_.effector.handle(RunAdvanced{worker, report.run, report.attempt});
  }
  const double seconds = sound_seconds(report.train_seconds);
  if (seconds > 0) {
    parts_.live.trained(report.run, report.attempt, seconds);
  }
  const std::int64_t judged = EarlyStops::values_in(report, sweep.spec());
  const RunId run = report.run;
  write(worker,
        db::MetricBatch{.run = report.run,
                        .attempt = is_own ? report.attempt : report.reported_by,
                        .steps = std::move(report.steps),
                        .evals = std::move(report.evals),
                        .reported = std::move(report.reported),
                        .train_seconds = is_own ? seconds : 0},
        [this, worker, stored] {
          TARAMA_FAILPOINT("reports.before_acknowledgement");
          parts_.roster.send(worker, stored);
          TARAMA_FAILPOINT("reports.acknowledged");
        });
  parts_.stops.look_at_new(run, judged);  // behind these rows
}

// In the writer's queue before the end that follows them, so that a run that has succeeded has
// them.
void Reports::predictions(WorkerId worker, const protocol::Predictions& report) {
  if (!parts_.roster.has_held(worker, report.run, report.attempt)) {
    return breach(worker,
                  fmt::format("predicted classes of attempt {} of run {}, which it does not hold",
                              report.attempt,
                              report.run));
  }
  if (!parts_.catalog.sweep_of(report.run)) {
    return;  // nobody wants them any more
  }
  auto rows = rows_of(report, parts_.catalog.holder_of(report.run).level_of(report.run));
  if (!rows) {
    return breach(worker,
                  fmt::format("predicted classes of epoch {} that cannot be those of run {}",
                              report.epoch,
                              report.run));
  }
  if (parts_.scheduler.run(report.run)->standing.attempt == report.attempt) {
    write(worker, std::move(*rows), [] {});
  }
}

void Reports::write(WorkerId worker, db::Write row, std::function<void()> committed) {
  std::vector<db::Write> writes;
  writes.push_back(std::move(row));
  parts_.writer.enqueue(std::move(writes), [this, worker, committed](const Result<void>& done) {
    boost::asio::post(loop_, [this, worker, committed, done] {
      if (done) {
        committed();
      } else if (is_the_peers_fault(done.error())) {
        breach(worker, fmt::format("rows that cannot be stored: {}", done.error().message));
      } else {
        parts_.store_failed(done.error());
      }
    });
  });
}

void Reports::finished(WorkerId worker, const protocol::Finished& report) {
  if (!parts_.roster.has_held(worker, report.run, report.attempt)) {
    return breach(worker, fmt::format("an end of run {}, which it does not hold", report.run));
  }
  if (!parts_.catalog.sweep_of(report.run)) {
    return acknowledge(worker, report.run, report.attempt);  // nobody wants it any more
  }
  parts_.stops.attempt_changed(report.run);
  if (std::isfinite(report.train_seconds) && report.train_seconds >= 0) {
    const double seconds = sound_seconds(report.train_seconds);
    parts_.live.trained(report.run, report.attempt, seconds);
    parts_.effector.write_soon(db::TrainSeconds{report.run, report.attempt, seconds});
  }
  const RunFinished event{
      .worker = worker,
      .run = report.run,
      .attempt = report.attempt,
      .end = report.end,
      .failure = report.failure,
      .message = shortened(report.message),
      .had_own_process = parts_.catalog.holder_of(report.run).spec().program.has_value()};
  if (event.end == AttemptEnd::failed && (event.failure == FailureClass::out_of_memory ||
                                          event.failure == FailureClass::device_error)) {
    parts_.too_many(worker);
  }
  TARAMA_FAILPOINT("reports.end_came");
  if (event.end == AttemptEnd::succeeded) {
    succeeded(event);
  } else {
    parts_.effector.handle(event);
    acknowledge(event.worker, event.run, event.attempt);
  }
}

// Behind the commit. Where nothing is taken any more (the store has failed), the worker keeps it,
// for the next orchestrator.
void Reports::acknowledge(WorkerId worker, RunId run, Attempt attempt) {
  if (!parts_.effector.is_listening()) {
    return;
  }
  parts_.writer.run([this, worker, run, attempt](db::RunStore& /*store*/) {
    boost::asio::post(loop_, [this, worker, run, attempt] {
      TARAMA_FAILPOINT("reports.end_stored");
      parts_.roster.send(worker, protocol::FinishedStored{run, attempt});
      TARAMA_FAILPOINT("reports.end_acknowledged");
    });
  });
}

void Reports::returned(WorkerId worker, const protocol::Hello& hello) {
  for (const protocol::AttemptAtHand& attempt : hello.attempts) {
    const auto sweep = parts_.catalog.sweep_of(attempt.run);
    const bool is_possible =
        !sweep || attempt.first_step <=
                      parts_.catalog.holder_of(attempt.run).plan_of(attempt.run).planned_steps;
    if (!is_possible || attempt.first_step < protocol::AttemptAtHand::not_started) {
      return breach(worker,
                    fmt::format("a start of run {} at step {}", attempt.run, attempt.first_step));
    }
    const auto why = sweep ? misfit_of_beginning(attempt, parts_.catalog) : std::nullopt;
    if (why) {
      return breach(worker, *why);
    }
  }
  TARAMA_FAILPOINT("adoption.hello_came");
  parts_.effector.handle(return_of(worker, hello));
  TARAMA_FAILPOINT("adoption.decided");
  for (const protocol::AttemptAtHand& attempt : hello.attempts) {
    if (is_at_work(worker, attempt.run, attempt.attempt)) {
      adopt(worker, attempt);
    }
  }
}

bool Reports::is_at_work(WorkerId worker, RunId run, Attempt attempt) const {
  const std::vector<AssignRun> assignments = parts_.scheduler.assignments(worker);
  return std::ranges::find(assignments, AssignRun{worker, run, attempt}) != assignments.end();
}

// The store is asked behind the attempt's start: from then on the rows from its first step on are
// its own, and those of older attempts below. Of one that has not started it may still have older
// rows above, which count for nothing once it has.
void Reports::adopt(WorkerId worker, const protocol::AttemptAtHand& attempt) {
  const auto& limit = parts_.catalog.holder_of(attempt.run).spec().time_limit;
  parts_.roster.send(worker,
                     protocol::TimeLimit{attempt.run, attempt.attempt, limit ? limit->count() : 0});
  protocol::Adopted adopted{attempt.run, attempt.attempt, 0};
  if (attempt.first_step < 0) {
    return parts_.roster.send(worker, adopted);
  }
  parts_.live.running.started(
      attempt.run, worker, attempt.attempt, attempt.first_step, parts_.clock.now());
  parts_.writer.run([this, worker, adopted](db::RunStore& store) {
    const Result<db::Committed> found = store.committed(adopted.run);
    boost::asio::post(loop_, [this, worker, adopted, found] {
      if (!found) {
        return parts_.store_failed(found.error());
      }
      parts_.live.running.has_come_to(
          adopted.run, adopted.attempt, found->steps, found->reported_steps);
      TARAMA_FAILPOINT("adoption.committed");
      parts_.roster.send(worker, protocol::Adopted{adopted.run, adopted.attempt, found->steps});
      TARAMA_FAILPOINT("adoption.told");
    });
  });
}

// The store is asked behind the attempt's last rows, and before the scheduler hears of the end: a
// success that lacks rows fails that attempt, with the reason, and nothing else.
void Reports::succeeded(const RunFinished& event) {
  const OpenSweep& sweep = parts_.catalog.holder_of(event.run);
  const RunPlan& plan = sweep.plan_of(event.run);
  const db::Committed planned{plan.planned_steps, plan.planned_evals};
  const std::string lacks = sweep.spec().program
                                ? fmt::format(
                                      "the program ended well, but of '{}' (metric.name) it "
                                      "has reported no number that counts",
                                      sweep.spec().metric.program_name)
                                : std::string();
  const StopQuestion question = parts_.stops.question_of(event.run);
  // Where the store takes nothing now, it waits as any commit does: what is to be decided at a rung
  // is decided, however full the disk was.
  parts_.writer.run_until_it_works(
      [this, event, planned, lacks, question](db::RunStore& store) -> Result<void> {
        const Result<db::Committed> found = store.committed(event.run);
        const auto given_up = verdict_on(question, store);
        if (!given_up && db::may_pass(given_up.error())) {
          return given_up.error();
        }
        boost::asio::post(loop_, [this, event, planned, lacks, found, given_up] {
          TARAMA_FAILPOINT("reports.success_checked");
          RunFinished checked = event;
          if (!found || !given_up) {
            return parts_.store_failed(found ? given_up.error() : found.error());
          }
          const bool is_whole = found->steps == planned.steps && found->evals == planned.evals;
          const std::optional<SweepId> holder = parts_.catalog.sweep_of(event.run);
          if (given_up && *given_up && holder) {
            // It was quicker than the order to stop: what it has reported decides, and not who was
            // first.
            parts_.effector.handle(EndEarlyAsked{*holder, event.run, (*given_up)->reason});
            checked.end = AttemptEnd::stopped;
          } else if (!is_whole && !lacks.empty()) {
            checked.end = AttemptEnd::failed;
            checked.failure = FailureClass::program_error;
            checked.message = lacks;
          } else if (!is_whole) {
            checked.end = AttemptEnd::failed;
            checked.failure = FailureClass::bad_report;
            checked.message = fmt::format(
                "the worker reported success, but of the run's {} steps and "
                "{} evaluations the first {} and {} arrived",
                planned.steps,
                planned.evals,
                found->steps,
                found->evals);
          }
          parts_.effector.handle(checked);
          acknowledge(checked.worker, checked.run, checked.attempt);
        });
        return {};
      });
}

}  // namespace tarama::orchestrator
