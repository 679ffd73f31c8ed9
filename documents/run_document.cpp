// See run_document.hpp.
#include "documents/run_document.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/run_state.hpp"
#include "documents/account_document.hpp"

#include <array>
#include <ctime>

namespace tarama {
namespace {

using nlohmann::ordered_json;

template <class Value>
ordered_json value_or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json moment_json(std::optional<TimePoint> moment) {
  return moment ? ordered_json(moment_text(moment)) : ordered_json(nullptr);
}

}  // namespace

std::string moment_text(std::optional<TimePoint> moment) {
  if (!moment) {
    return "-";
  }
  const std::time_t seconds = moment->milliseconds / 1000;
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&seconds, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::optional<TimePoint> moment_named(const std::string& text) {
  std::tm parts{};
  const char* const end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return end != nullptr && *end == '\0'
             ? std::optional(TimePoint{static_cast<std::int64_t>(timegm(&parts)) * 1000})
             : std::nullopt;
}

ordered_json sweep_json(const db::SweepInfo& sweep) {
  ordered_json document = {
      {"sweep", sweep.sweep.value}, {"name", sweep.name}, {"state", name_of(sweep.state)}};
  document.update(account_json(sweep.account));
  document.update({{"submitted_at", moment_json(sweep.submitted_at)},
                   {"ended_at", moment_json(sweep.ended_at)},
                   {"host", sweep.host},
                   {"version", sweep.version},
                   {"trainer", sweep.trainer}});
  return document;
}

ordered_json planned_steps_json(const RunPlan& plan) {
  return plan.planned_steps > 0 ? ordered_json(plan.planned_steps) : ordered_json(nullptr);
}

ordered_json run_json(const db::RunInfo& run) {
  ordered_json params = ordered_json::parse(run.params, nullptr, false);
  return {{"run", run.run.value},
          {"sweep", run.sweep.value},
          {"level", run.plan.level.value},
          {"state", name_of(run.standing.state)},
          {"failure_class",
           run.standing.failure ? ordered_json(name_of(*run.standing.failure)) : nullptr},
          {"message", run.standing.message},
          {"attempts", run.standing.attempt.value},
          {"params", params.is_object() ? std::move(params) : ordered_json::object()},
          {"seed", run.plan.seed},
          {"run_key", run.plan.run_key},
          {"planned_steps", planned_steps_json(run.plan)},
          {"metric", value_or_null(run.metric)},
          {"train_seconds", value_or_null(run.train_seconds)}};
}

ordered_json attempt_json(const db::AttemptInfo& attempt) {
  ordered_json seconds = nullptr;
  if (attempt.started_at && attempt.ended_at) {
    seconds =
        static_cast<double>(attempt.ended_at->milliseconds - attempt.started_at->milliseconds) /
        1000;
  }
  return {{"attempt", attempt.attempt.value},
          {"device", value_or_null(attempt.device)},
          {"leased_at", moment_json(attempt.leased_at)},
          {"started_at", moment_json(attempt.started_at)},
          {"ended_at", moment_json(attempt.ended_at)},
          {"seconds", std::move(seconds)},
          {"first_step", value_or_null(attempt.first_step)},
          {"from_run", attempt.from_run ? ordered_json(attempt.from_run->value) : nullptr},
          {"from_step", value_or_null(attempt.from_step)},
          {"outcome", value_or_null(attempt.outcome)},
          {"message", value_or_null(attempt.message)}};
}

ordered_json eval_json(const EvalRow& row) {
  return {{"epoch", row.epoch},
          {"split", name_of(row.split)},
          {"step", row.step},
          {"loss", row.loss},
          {"flat_accuracy", row.flat_accuracy},
          {"batch_mean_flat_accuracy", row.batch_mean_flat_accuracy},
          {"mcc", row.mcc},
          {"macro_f1", row.macro_f1},
          {"majority_accuracy", row.majority_accuracy},
          {"examples", row.examples}};
}

ordered_json story_json(const RunStory& story) {
  ordered_json document = run_json(story.run);
  document["sweep_name"] = story.sweep.name;
  document["steps"] = story.steps;
  document["history"] = ordered_json::array();
  for (const db::AttemptInfo& attempt : story.attempts) {
    document["history"].push_back(attempt_json(attempt));
  }
  document["evals"] = ordered_json::array();
  for (const EvalRow& row : story.evals) {
    document["evals"].push_back(eval_json(row));
  }
  document["metrics"] = reported_json(story.reported);
  document["host"] = story.sweep.host;
  document["driver"] =
      story.sweep.driver.empty() ? ordered_json() : ordered_json(story.sweep.driver);
  document["version"] = story.sweep.version;
  document["trainer"] = story.sweep.trainer;
  document["yaml"] = story.sweep.yaml;
  document["log_tail"] = story.log_tail;
  return document;
}

}  // namespace tarama
