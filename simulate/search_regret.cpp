// Runs cost nothing here, so that the search itself is all that is measured.
#include "simulate/search_regret.hpp"

#include "core/search/tpe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

namespace tarama::simulate {
namespace {

SweepSpec spec_of(const SearchFunction& function, Method method, std::int64_t runs) {
  SweepSpec spec;
  spec.method = method;
  spec.max_runs = runs;
  spec.parameters = function.axes;
  spec.metric.goal = Goal::minimize;
  return spec;
}

double best_drawn(const SearchFunction& function, const SweepSpec& spec) {
  double best = std::numeric_limits<double>::infinity();
  visit_points(spec, [&](const Point& point) {
    best = std::min(best, function.value(point));
    return true;
  });
  return best;
}

double best_learned(const SearchFunction& function, const SweepSpec& spec) {
  Tpe tpe(spec);
  double best = std::numeric_limits<double>::infinity();
  while (tpe.levels() < spec.max_runs) {
    const std::optional<Point> point = tpe.next();
    if (!point) {
      break;
    }
    const double value = function.value(*point);
    best = std::min(best, value);
    tpe.add(*point);
    tpe.set_value(static_cast<std::size_t>(tpe.levels() - 1), value);
  }
  return best;
}

}  // namespace

double median_regret(const SearchFunction& function,
                     Chooser chooser,
                     std::int64_t runs,
                     std::int64_t seeds) {
  std::vector<double> regrets;
  const Method method = chooser == Chooser::random ? Method::random : Method::sobol;
  SweepSpec spec = spec_of(function, method, runs);
  for (spec.seed = 1; spec.seed <= seeds; ++spec.seed) {
    const double best =
        chooser == Chooser::tpe ? best_learned(function, spec) : best_drawn(function, spec);
    regrets.push_back(best - function.best);
  }
  std::ranges::sort(regrets);
  const std::size_t half = regrets.size() / 2;
  return regrets.size() % 2 == 1 ? regrets[half] : (regrets[half - 1] + regrets[half]) / 2;
}

double suggestion_milliseconds(const SearchFunction& function, std::int64_t levels) {
  constexpr int times = 20;
  const SweepSpec spec = spec_of(function, Method::sobol, levels + times);
  SweepSpec drawn = spec;
  drawn.method = Method::random;
  Tpe tpe(spec);
  const auto add = [&](const Point& point) {
    tpe.add(point);
    tpe.set_value(static_cast<std::size_t>(tpe.levels() - 1), function.value(point));
    return tpe.levels() < levels;
  };
  visit_points(drawn, add);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) {
    if (const std::optional<Point> point = tpe.next()) {
      add(*point);
    }
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return took.count() / times;
}

std::string regret_table(std::int64_t seeds) {
  constexpr std::int64_t runs = 100;
  constexpr std::int64_t many = 10'000;
  std::string table =
      "| function | random | sobol | tpe | a suggestion behind 10,000 levels |\n"
      "|---|---|---|---|---|\n";
  for (const SearchFunction& function : search_functions()) {
    table += fmt::format("| {} | {:.4g} | {:.4g} | {:.4g} | {:.2f} ms |\n",
                         function.name,
                         median_regret(function, Chooser::random, runs, seeds),
                         median_regret(function, Chooser::sobol, runs, seeds),
                         median_regret(function, Chooser::tpe, runs, seeds),
                         suggestion_milliseconds(function, many));
  }
  return table;
}

}  // namespace tarama::simulate
