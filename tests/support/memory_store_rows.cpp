// Which rows count, by the words of run_store.hpp alone.
#include "core/statistics/metric_value.hpp"
#include "core/sweep/enum_names.hpp"
#include "tests/support/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

namespace tarama::test {

db::Committed MemoryStore::committed_of(RunId run) const {
  db::Committed committed;
  const auto metric = program_metrics_.find(runs_.at(run).sweep);
  if (metric != program_metrics_.end()) {
    committed.evals = has_metric(run, metric->second) ? 1 : 0;
    for (const auto& [attempt, rows] : runs_.at(run).attempts) {
      for (const auto& [key, row] : rows.reported) {
        committed.reported_steps = std::max(committed.reported_steps, row.step + 1);
      }
    }
    return committed;
  }
  for (const StepRow& row : steps(run)) {
    if (row.step != committed.steps) {
      break;
    }
    ++committed.steps;
  }
  bool has_test = false;
  for (const EvalRow& row : evals(run)) {
    has_test = has_test || row.split == Split::test;
    if (row.split == Split::eval && row.epoch == committed.evals + 1) {
      ++committed.evals;
    }
  }
  if (has_test && committed.evals + 1 == runs_.at(run).plan.planned_evals) {
    ++committed.evals;
  }
  return committed;
}

bool MemoryStore::has_metric(RunId run, const Metric& metric) const {
  bool has_one = false;
  for (const ReportedRow& row : reported(run)) {
    if (row.name == metric.program_name) {
      const bool is_number = std::isfinite(row.value);
      has_one = metric.take == Take::last ? is_number : has_one || is_number;
    }
  }
  return has_one;
}

Result<std::vector<MetricPoint>> MemoryStore::values(RunId run, const std::string& metric) {
  std::vector<MetricPoint> values;
  for (const EvalRow& row : evals(run)) {
    const std::string_view split = row.split == Split::eval ? "eval." : "test.";
    for (const NamedValue<MetricName>& name : metric_names) {
      if (metric == fmt::format("{}{}", split, name.name)) {
        values.push_back({row.step, value_of(row, name.value)});
      }
    }
  }
  for (const ReportedRow& row : reported(run)) {
    if (row.name == metric) {
      values.push_back({row.step, row.value});
    }
  }
  return values;
}

std::vector<ReportedRow> MemoryStore::reported(RunId run) const {
  std::map<std::pair<std::string, std::int64_t>, ReportedRow> counting;
  const auto known = runs_.find(run);
  if (known == runs_.end()) {
    return {};
  }
  for (const auto& [attempt, rows] : known->second.attempts) {
    // From its lowest step on an attempt's rows take the place of all older ones.
    std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
    for (const auto& [key, row] : rows.reported) {
      lowest = std::min(lowest, row.step);
    }
    std::erase_if(counting, [&](const auto& entry) { return entry.second.step >= lowest; });
    counting.insert(rows.reported.begin(), rows.reported.end());
  }
  const auto values = counting | std::views::values;
  return {values.begin(), values.end()};
}

bool MemoryStore::counts(const Run& run, Attempt attempt, std::int64_t step) {
  Attempt newest;
  for (const auto& [number, rows] : run.attempts) {
    if (rows.merged.first_step && *rows.merged.first_step <= step) {
      newest = number;
    }
  }
  return newest == attempt;
}

bool MemoryStore::made_a_newer_one(const Run& run, Attempt attempt, const EvalRow& row) {
  return std::ranges::any_of(run.attempts, [&](const auto& entry) {
    const auto& [number, rows] = entry;
    const auto same = rows.evals.find({row.split, row.epoch});
    return number > attempt && rows.merged.first_step && same != rows.evals.end() &&
           *rows.merged.first_step <= same->second.step + 1;
  });
}

bool MemoryStore::counts(const Run& run, Attempt attempt, const EvalRow& row) {
  const auto& first_step = run.attempts.at(attempt).merged.first_step;
  const bool is_trained_again = std::ranges::any_of(run.attempts, [&](const auto& entry) {
    const auto& later_first_step = entry.second.merged.first_step;
    return entry.first > attempt && later_first_step && *later_first_step <= row.step;
  });
  return first_step && *first_step <= row.step + 1 && !is_trained_again &&
         !made_a_newer_one(run, attempt, row);
}

std::vector<StepRow> MemoryStore::steps(RunId run) const {
  std::map<std::int64_t, StepRow> counting;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    for (const auto& [attempt, rows] : known->second.attempts) {
      for (const auto& [step, row] : rows.steps) {
        if (counts(known->second, attempt, step)) {
          counting[step] = row;
        }
      }
    }
  }
  const auto values = counting | std::views::values;
  return {values.begin(), values.end()};
}

std::vector<EvalRow> MemoryStore::evals(RunId run) const {
  std::map<std::pair<Split, std::int64_t>, EvalRow> counting;
  if (const auto known = runs_.find(run); known != runs_.end()) {
    for (const auto& [attempt, rows] : known->second.attempts) {
      for (const auto& [key, row] : rows.evals) {
        if (counts(known->second, attempt, row)) {
          counting[key] = row;
        }
      }
    }
  }
  const auto values = counting | std::views::values;
  return {values.begin(), values.end()};
}

}  // namespace tarama::test
