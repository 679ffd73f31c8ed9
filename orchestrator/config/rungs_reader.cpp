// `rungs`, and the methods that stand for it: what must hold between its keys and the rest.
#include "core/search/rung_book.hpp"
#include "core/sweep/enum_names.hpp"
#include "orchestrator/config/sweep_reading.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tarama::config {

namespace {

Method method_in(const SweepReading& reading) {
  const auto found = reading.values.find("method");
  const auto* const name =
      found == reading.values.end() ? nullptr : std::get_if<std::string>(&found->second);
  return name == nullptr ? Method::grid : value_named(method_names, *name).value_or(Method::grid);
}

template <class T>
std::optional<T> rung_value(const SweepReading& reading, const char* key) {
  const auto found = reading.values.find(key);
  const T* const value = found == reading.values.end() ? nullptr : std::get_if<T>(&found->second);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

/// At the key, or where it would have to stand.
void report_rungs(SweepReading& reading, const std::string& key, const std::string& message) {
  const std::string place = reading.positions.has(key)       ? key
                            : reading.positions.has("rungs") ? "rungs"
                                                             : "method";
  reading.report(reading.positions.position_of(place), fmt::format("{}: {}", key, message));
}

void check_rungs_of_program(SweepReading& reading) {
  const auto first = rung_value<double>(reading, "rungs.min_resource");
  const auto end = rung_value<double>(reading, "rungs.max_resource");
  if (!reading.positions.has("rungs.min_resource")) {
    report_rungs(
        reading,
        "rungs.min_resource",
        "it is missing: the step, as the program counts, at which runs are first compared");
  } else if (first && end && *end <= *first) {
    report_rungs(
        reading,
        "rungs.max_resource",
        fmt::format("{} is not beyond min_resource, {}: no run would be compared", *end, *first));
  }
  if (method_in(reading) == Method::hyperband && !reading.positions.has("rungs.max_resource")) {
    report_rungs(reading,
                 "rungs.max_resource",
                 "method: hyperband needs it: the step at which a whole run of the program ends");
  }
}

void check_rungs_of_shares(SweepReading& reading) {
  const auto first = rung_value<double>(reading, "rungs.min_resource");
  if (first && *first >= 1) {
    report_rungs(reading,
                 "rungs.min_resource",
                 fmt::format("{} is no share of a run's own steps, at which runs of different "
                             "epochs are compared; expected a number above 0 and below 1",
                             *first));
  }
  if (reading.positions.has("rungs.max_resource")) {
    report_rungs(
        reading,
        "rungs.max_resource",
        "the built-in trainer counts in shares of a run's own steps, which end at 1; leave "
        "it out");
  }
}

void check_brackets(SweepReading& reading) {
  const auto given = rung_value<std::int64_t>(reading, "rungs.brackets");
  const auto rungs = static_cast<std::int64_t>(rung_places(*build_rungs(reading)).size());
  if (given && *given > rungs + 1) {
    report_rungs(reading,
                 "rungs.brackets",
                 fmt::format("each bracket leaves out one rung more, and there are {} in all; "
                             "expected at most {}",
                             rungs,
                             rungs + 1));
  }
}

void check_one_seed(SweepReading& reading) {
  const auto replicates = rung_value<std::int64_t>(reading, "replicates");
  if (replicates && *replicates > 1 && !reading.sections.contains("replicates")) {
    report_rungs(reading,
                 "replicates",
                 fmt::format("at rungs one seed of each level is compared, and stopped runs are no "
                             "replicates; for more seeds of the levels that are left write "
                             "replicates: {{first: {}, budget: RUNS}}",
                             *replicates));
  }
}

}  // namespace

bool has_rungs(const SweepReading& reading) {
  const Method method = method_in(reading);
  return reading.sections.contains("rungs") || method == Method::asha ||
         method == Method::hyperband;
}

std::optional<Rungs> build_rungs(const SweepReading& reading) {
  if (!has_rungs(reading)) {
    return std::nullopt;
  }
  Rungs rungs;
  rungs.eta = rung_value<std::int64_t>(reading, "rungs.eta").value_or(rungs.eta);
  const double second = 1.0 / static_cast<double>(rungs.eta);
  rungs.first = rung_value<double>(reading, "rungs.min_resource").value_or(second * second);
  if (reading.program) {
    rungs.end = rung_value<double>(reading, "rungs.max_resource");
  }
  // As many as there can be: the last one of them stops nobody.
  const bool has_all = method_in(reading) == Method::hyperband;
  const auto most = std::min<std::int64_t>(static_cast<std::int64_t>(rung_places(rungs).size()) + 1,
                                           most_brackets);
  rungs.brackets = rung_value<std::int64_t>(reading, "rungs.brackets").value_or(has_all ? most : 1);
  return rungs;
}

void check_rungs(SweepReading& reading) {
  if (!has_rungs(reading)) {
    return;
  }
  const std::size_t before = reading.problems.size();
  reading.program ? check_rungs_of_program(reading) : check_rungs_of_shares(reading);
  check_one_seed(reading);
  if (reading.problems.size() == before) {
    check_brackets(reading);
  }
}

std::string words_for_restart() {
  return "restart, a shorter schedule of its own for each rung, is not there: runs are compared at "
         "equal shares of their own schedules; write rungs: {eta: 3, min_resource: 0.1}, or leave "
         "it out";
}

}  // namespace tarama::config
