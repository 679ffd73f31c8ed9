// `rungs`, and the methods that stand for it: what must hold between its keys and the rest.
#include "core/search/rung_book.hpp"
#include "core/sweep/enum_names.hpp"
#include "orchestrator/config/sweep_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tarama::config {

namespace {

Method method_in(const SweepReading& reading) {
  const auto found = reading.values.find("method");
  const auto* const name =
      found == reading.values.end() ? nullptr : std::get_if<std::string>(&found->second);
  return name == nullptr ? Method::grid : value_named(method_names, *name).value_or(Method::grid);
}

// Steps and epochs beyond that are slips of the pen, and stay whole numbers in doubles.
constexpr std::int64_t most_restarted = 1'000'000'000;

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

const Axis* restarted_axis(const SweepReading& reading, const std::string& name) {
  const auto found = std::ranges::find(reading.axes, name, &Axis::key);
  return found == reading.axes.end() ? nullptr : &*found;
}

/// How much of it a whole run has; nullopt: it is no parameter that can grow.
std::optional<std::int64_t> whole_resource(const SweepReading& reading, const std::string& name) {
  const Axis* const axis = restarted_axis(reading, name);
  if (axis == nullptr || axis->values.size() != 1 || axis->drawn || !axis->when.empty()) {
    return std::nullopt;
  }
  const auto* const whole = std::get_if<std::int64_t>(&axis->values.front());
  return whole == nullptr ? std::nullopt : std::optional(*whole);
}

void check_growing_parameter(SweepReading& reading, const std::string& name) {
  const auto report = [&](const std::string& message) {
    report_rungs(reading, "rungs.restart", message);
  };
  if (!reading.program && name != "epochs") {
    return report(
        fmt::format("'{}' cannot grow from rung to rung: of the built-in trainer it is "
                    "epochs",
                    name));
  }
  const auto whole = whole_resource(reading, name);
  if (!whole || *whole < 2 || *whole > most_restarted) {
    return report(
        fmt::format("'{0}' must be one of the parameters, with one whole number from 2 to {1}, "
                    "which is that of "
                    "a whole run, as in parameters: {{{0}: {{value: 9}}}}; rungs have an eta-th of "
                    "it, and so on",
                    name,
                    most_restarted));
  }
  for (const Axis& axis : reading.axes) {
    if (std::ranges::find(axis.when, name, &AxisCondition::key) != axis.when.end()) {
      report(
          fmt::format("parameters.{} depends on '{}', which grows from rung to rung; leave its "
                      "condition out",
                      axis.key,
                      name));
    }
  }
  if (const auto rungs = build_rungs(reading); rung_places(*rungs).empty()) {
    report(fmt::format("there is no rung: an eta-th of {} {} is less than min_resource, {:.6g}",
                       *whole,
                       name,
                       rungs->first));
  }
}

void check_restart(SweepReading& reading, const std::string& name) {
  if (method_in(reading) == Method::tpe) {
    report_rungs(reading,
                 "rungs.restart",
                 "method: tpe cannot learn from runs of different lengths yet; choose sobol or "
                 "random, or leave it out");
  }
  if (reading.positions.has("rungs.max_resource")) {
    report_rungs(reading,
                 "rungs.max_resource",
                 fmt::format("with restart it is the value of parameters.{}; leave it out", name));
  }
  check_growing_parameter(reading, name);
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
  rungs.restart = rung_value<std::string>(reading, "rungs.restart").value_or("");
  if (!rungs.restart.empty()) {
    const auto whole = static_cast<double>(whole_resource(reading, rungs.restart).value_or(0));
    rungs.end = whole;
    rungs.first = rung_value<double>(reading, "rungs.min_resource")
                      .value_or(std::max(1.0, std::round(whole * second * second)));
  } else if (reading.program) {
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
  if (const auto restart = rung_value<std::string>(reading, "rungs.restart")) {
    check_restart(reading, *restart);
  } else {
    reading.program ? check_rungs_of_program(reading) : check_rungs_of_shares(reading);
  }
  check_one_seed(reading);
  if (reading.problems.size() == before) {
    check_brackets(reading);
  }
}

std::string words_for_restart() {
  return "which parameter grows from rung to rung must stand there as well, as in rungs: {restart: "
         "epochs}";
}

}  // namespace tarama::config
