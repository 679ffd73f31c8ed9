// Demands on new sweeps and on writes, with the words for a person.
#include "db/write_checks.hpp"

#include "db/stored_text.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tarama::db {

Result<void> check_new_runs(const NewSweep& more,
                            const std::map<LevelId, LevelRecord>& levels,
                            const std::function<bool(const std::string&)>& has_run_key) {
  std::unordered_set<LevelId> known;
  known.reserve(more.levels.size());
  for (const LevelRecord& level : more.levels) {
    const auto stored = levels.find(level.level);
    if (stored != levels.end() && stored->second != level) {
      return Error{Errc::invalid_argument,
                   fmt::format("level {} is in the sweep already, with other settings: {}",
                               level.level,
                               stored->second.params)};
    }
    if (!known.insert(level.level).second) {
      return Error{Errc::invalid_argument, fmt::format("level {} is given twice", level.level)};
    }
  }
  std::unordered_set<std::string_view> keys;
  keys.reserve(more.runs.size());
  for (const RunPlan& run : more.runs) {
    if (!known.contains(run.level) && !levels.contains(run.level)) {
      return Error{
          Errc::invalid_argument,
          fmt::format(
              "run {} is of level {}, which the sweep does not have", run.run_key, run.level)};
    }
    if (!keys.insert(run.run_key).second || has_run_key(run.run_key)) {
      return Error{Errc::invalid_argument,
                   fmt::format("the sweep has two runs with the key {}", run.run_key)};
    }
  }
  return {};
}

namespace {

// No training gets there, and every number up to it is exact in JSON as well, whose readers have
// doubles. Sums and successors of such numbers do not overflow.
constexpr std::int64_t highest_number = std::int64_t{1} << 53;
// 30 times a second for a year: attempts are counted by restarts and pauses.
constexpr std::int64_t highest_attempt = 1'000'000'000;
// 300 centuries.
constexpr double longest_training = 1e12;
// Of sessions, devices, hosts, outcomes: words, not texts.
constexpr std::size_t longest_word = 4096;
constexpr std::size_t longest_change = std::size_t{1} << 20;

Error bad_number(RunId run, std::string_view what) {
  return {Errc::invalid_argument, fmt::format("run {}: {}", run, what)};
}

bool is_number_from(std::int64_t lowest, std::int64_t number) {
  return number >= lowest && number <= highest_number;
}

template <class Value, class IsRight>
bool is_right_if_set(const std::optional<Value>& value, IsRight is_right) {
  return !value || is_right(*value);
}

Result<void> check_attempt(RunId run, Attempt attempt) {
  if (attempt < Attempt{1} || attempt.value > highest_attempt) {
    return bad_number(run, fmt::format("attempts count from 1; this one is {}", attempt));
  }
  return {};
}

Result<void> check_word(std::string_view what, std::string_view word) {
  if (word.size() > longest_word || !is_sound_text(word)) {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: expected at most {} bytes of UTF-8", what, longest_word)};
  }
  return {};
}

Result<void> check_words(
    std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
  for (const auto& [what, word] : words) {
    if (auto checked = check_word(what, word); !checked) {
      return checked;
    }
  }
  return {};
}

bool is_right_row(const StepRow& row) {
  return is_number_from(0, row.step) && is_number_from(1, row.epoch) &&
         is_number_from(0, row.examples) && is_number_from(0, row.tokens) &&
         is_number_from(0, row.at);
}

bool is_right_row(const EvalRow& row) {
  return is_number_from(1, row.epoch) && is_number_from(0, row.step) &&
         is_number_from(0, row.examples);
}

bool is_right_row(const ReportedRow& row) {
  return !row.name.empty() && row.name.size() <= longest_metric_name && is_sound_text(row.name) &&
         is_number_from(0, row.step) && is_number_from(ReportedRow::no_epoch, row.epoch) &&
         is_number_from(0, row.at);
}

Result<void> check(const MetricBatch& batch) {
  const auto is_right = [](const auto& row) { return is_right_row(row); };
  if (!std::ranges::all_of(batch.steps, is_right) || !std::ranges::all_of(batch.evals, is_right)) {
    return bad_number(batch.run,
                      "epochs count from 1, steps, examples, tokens and times from 0, none beyond "
                      "2^53");
  }
  const auto is_right_report = [](const ReportedRow& row) { return is_right_row(row); };
  if (!std::ranges::all_of(batch.reported, is_right_report)) {
    return bad_number(batch.run,
                      "what a program reports has a name of at most 200 bytes of UTF-8 and a step "
                      "from 0 to 2^53");
  }
  return check_attempt(batch.run, batch.attempt);
}

Result<void> check(const PredictionRows& rows) {
  const auto classes = static_cast<std::int64_t>(rows.names.size());
  const std::string& predicted = rows.predictions.classes;
  const auto examples = static_cast<std::int64_t>(predicted.size() / bytes_per_class(classes));
  if (!is_number_from(1, rows.predictions.epoch) || examples < 1 ||
      !are_coded_classes(predicted, examples, classes) ||
      !are_coded_classes(rows.labels, examples, classes)) {
    return bad_number(rows.run,
                      "predicted classes and labels are of the classes that are named, of as many "
                      "examples, and epochs count from 1");
  }
  return check_attempt(rows.run, rows.attempt);
}

Result<void> check(const PersistRun& run) {
  const RunStanding& standing = run.standing;
  if (standing.attempt < Attempt{} || standing.attempt.value > highest_attempt ||
      standing.failed_attempts < 0) {
    return bad_number(run.run, "attempts count from 1, failed ones from 0");
  }
  return {};
}

Result<void> check(const PersistAttempt& attempt) {
  const auto is_step = [](std::int64_t step) { return is_number_from(0, step); };
  if (!is_right_if_set(attempt.first_step, is_step) ||
      !is_right_if_set(attempt.from_step, is_step)) {
    return bad_number(attempt.run, "steps count from 0, none is beyond 2^53");
  }
  if (auto checked = check_words({{"session", attempt.session.value_or("")},
                                  {"device", attempt.device.value_or("")},
                                  {"outcome", attempt.outcome.value_or("")}});
      !checked) {
    return checked;
  }
  return check_attempt(attempt.run, attempt.attempt);
}

Result<void> check(const PersistSweep& /*sweep*/) {
  return {};
}

Result<void> check(const PersistQuarantine& quarantine) {
  return check_word("the device", quarantine.device);
}

Result<void> check(const DeviceReading& reading) {
  return check_word("the device", reading.device);
}

Result<void> check(const TrainSeconds& seconds) {
  // Not a number is kept as NULL, as everywhere.
  if (seconds.seconds < 0 ||
      (std::isfinite(seconds.seconds) && seconds.seconds > longest_training)) {
    return bad_number(seconds.run, "seconds of training are not negative");
  }
  return check_attempt(seconds.run, seconds.attempt);
}

Result<void> check(const PersistSession& session) {
  if (session.session.empty()) {
    return Error{Errc::invalid_argument, "a session has a name"};
  }
  if (!is_number_from(0, session.pid) || !is_number_from(0, session.worker.value)) {
    return Error{Errc::invalid_argument, "process ids and workers' numbers are not negative"};
  }
  return check_words({{"session", session.session},
                      {"token", session.token},
                      {"launcher", session.launcher},
                      {"device", session.device},
                      {"host", session.host},
                      {"process", session.process}});
}

Result<void> check(const Duty& duty) {
  return check_words({{"duty", duty.detail}});
}

Result<void> check(const DutyDone& /*duty*/) {
  return {};
}

Result<void> check(const Change& change) {
  // nlohmann's reader refuses what is not UTF-8 as well.
  if (change.json.size() > longest_change ||
      !nlohmann::json::parse(change.json, nullptr, false).is_object()) {
    return Error{Errc::invalid_argument,
                 fmt::format("a change is a JSON object of at most {} bytes", longest_change)};
  }
  return check_words({{"change", change.kind}});
}

}  // namespace

Result<void> check_write(const Write& write) {
  return std::visit([](const auto& one) { return check(one); }, write);
}

Error unknown_run(RunId run) {
  return {Errc::not_found, fmt::format("the store has no run {}", run)};
}

Error unknown_sweep(SweepId sweep) {
  return {Errc::not_found, fmt::format("the store has no sweep {}", sweep)};
}

Error refined_already(SweepId sweep) {
  return {Errc::refused,
          fmt::format("sweep {} is being refined already, by another rule; wait for its end, or "
                      "cancel it",
                      sweep)};
}

Error duty_given_before(std::int64_t duty, std::int64_t last) {
  return {
      Errc::invalid_argument,
      fmt::format("duty {} was given already: the last one is {}, and numbers rise", duty, last)};
}

Error rows_missing(RunId run,
                   const Committed& stored,
                   std::int64_t planned_steps,
                   std::int64_t planned_evals) {
  return {Errc::corrupt,
          fmt::format("run {} was reported as succeeded, but the store has its first {} steps of "
                      "{} and {} evaluations of {}; it cannot count as succeeded",
                      run,
                      stored.steps,
                      planned_steps,
                      stored.evals,
                      planned_evals)};
}

}  // namespace tarama::db
