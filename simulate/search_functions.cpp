// Dixon and Szegoe's and their kin (Surjanovic and Bingham, sfu.ca/~ssurjano), none with its best
// point in the middle of its range, and two that look like sweeps.
#include "simulate/search_functions.hpp"

#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace tarama::simulate {
namespace {

using Numbers = std::vector<double>;
constexpr double pi = std::numbers::pi;

double square(double x) {
  return x * x;
}

double sphere(const Numbers& x) {
  double sum = 0;
  for (const double v : x) {
    sum += square(v - 1.7);
  }
  return sum;
}

double rosenbrock(const Numbers& x) {
  return 100 * square(x[1] - x[0] * x[0]) + square(1 - x[0]);
}

double branin(const Numbers& x) {
  return square(x[1] - 5.1 / (4 * pi * pi) * x[0] * x[0] + 5 / pi * x[0] - 6) +
         10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10;
}

template <std::size_t n>
double hartmann(const Numbers& x,
                const std::array<std::array<double, n>, 4>& a,
                const std::array<std::array<double, n>, 4>& p) {
  constexpr std::array alpha = {1.0, 1.2, 3.0, 3.2};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < n; ++j) {
      exponent += a[i][j] * square(x[j] - p[i][j]);
    }
    sum -= alpha[i] * std::exp(-exponent);
  }
  return sum;
}

double hartmann3(const Numbers& x) {
  return hartmann<3>(x,
                     {{{3, 10, 30}, {0.1, 10, 35}, {3, 10, 30}, {0.1, 10, 35}}},
                     {{{0.3689, 0.1170, 0.2673},
                       {0.4699, 0.4387, 0.7470},
                       {0.1091, 0.8732, 0.5547},
                       {0.0381, 0.5743, 0.8828}}});
}

double hartmann6(const Numbers& x) {
  return hartmann<6>(x,
                     {{{10, 3, 17, 3.5, 1.7, 8},
                       {0.05, 10, 17, 0.1, 8, 14},
                       {3, 3.5, 1.7, 10, 17, 8},
                       {17, 8, 0.05, 10, 0.1, 14}}},
                     {{{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                       {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                       {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                       {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}});
}

double ackley(const Numbers& x) {
  const auto n = static_cast<double>(x.size());
  double squares = 0;
  double waves = 0;
  for (const double v : x) {
    squares += v * v;
    waves += std::cos(2 * pi * v);
  }
  return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(waves / n) + 20 + std::numbers::e;
}

double rastrigin(const Numbers& x) {
  double sum = 0;
  for (const double v : x) {
    sum += v * v - 10 * std::cos(2 * pi * v) + 10;
  }
  return sum;
}

double levy(const Numbers& x) {
  const auto w = [&](std::size_t i) { return 1 + (x[i] - 1) / 4; };
  const double last = w(x.size() - 1);
  double sum =
      square(std::sin(pi * w(0))) + square(last - 1) * (1 + square(std::sin(2 * pi * last)));
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    sum += square(w(i) - 1) * (1 + 10 * square(std::sin(pi * w(i) + 1)));
  }
  return sum;
}

double camel(const Numbers& x) {
  const double a = x[0] * x[0];
  const double b = x[1] * x[1];
  return (4 - 2.1 * a + a * a / 3) * a + x[0] * x[1] + (-4 + 4 * b) * b;
}

double styblinski(const Numbers& x) {
  double sum = 0;
  for (const double v : x) {
    sum += (v * v * v * v - 16 * v * v + 5 * v) / 2;
  }
  return sum;
}

/// Of rate, decay and layers; the first two depend on each other.
double rates(const Numbers& x) {
  const double lr = std::log10(x[0]) + 3.2;
  const double decay = std::log10(x[1]) + 2.5;
  return square(lr) + 0.3 * square(decay + 0.5 * lr) + 0.2 * square(x[2] - 5);
}

Axis range(std::string key, DrawnRange drawn) {
  return {.key = std::move(key), .values = {}, .drawn = drawn};
}

SearchFunction on_box(std::string name,
                      const std::vector<std::pair<double, double>>& bounds,
                      double (*function)(const Numbers&),
                      double best) {
  SearchFunction made{.name = std::move(name), .axes = {}, .value = {}, .best = best};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    made.axes.push_back(
        range(fmt::format("x{}", i), {.min = bounds[i].first, .max = bounds[i].second}));
  }
  made.value = [function](const Point& point) {
    Numbers numbers;
    for (const auto& value : point) {
      numbers.push_back(number_of(*value).value_or(0));
    }
    return function(numbers);
  };
  return made;
}

SearchFunction rates_and_layers() {
  SearchFunction made = on_box("rates", {}, rates, 0);
  constexpr auto log = Distribution::log_uniform;
  made.axes = {range("lr", {.distribution = log, .min = 1e-6, .max = 1}),
               range("weight_decay", {.distribution = log, .min = 1e-6, .max = 0.1}),
               range("layers", {.min = 1, .max = 8, .is_whole = true})};
  return made;
}

SearchFunction conditional() {
  SearchFunction made{.name = "conditional", .axes = {}, .value = {}, .best = 0.1};
  made.axes = {{.key = "kind", .values = {"a", "b", "c"}},
               range("drop", {.min = 0, .max = 0.5, .q = 0.05}),
               range("momentum", {.min = 0, .max = 1}),
               range("beta", {.distribution = Distribution::log_uniform, .min = 1e-4, .max = 1})};
  made.axes[2].when = {{"kind", {"a"}}};
  made.axes[3].when = {{"kind", {"b"}}};
  made.value = [](const Point& point) {
    const double base = 4 * square(number_of(*point[1]).value_or(0) - 0.15);
    if (point[2]) {
      return base + 0.6 + square(number_of(*point[2]).value_or(0) - 0.9);
    }
    return point[3] ? base + 0.1 + 0.3 * square(std::log10(number_of(*point[3]).value_or(1)) + 2.3)
                    : base + 0.5;
  };
  return made;
}

}  // namespace

std::vector<SearchFunction> search_functions() {
  using Box = std::vector<std::pair<double, double>>;
  return {on_box("sphere", Box(5, {-5, 5}), sphere, 0),
          on_box("rosenbrock", Box(2, {-2, 2}), rosenbrock, 0),
          on_box("branin", {{-5, 10}, {0, 15}}, branin, 0.39788735772973816),
          on_box("hartmann3", Box(3, {0, 1}), hartmann3, -3.8627797869493365),
          on_box("hartmann6", Box(6, {0, 1}), hartmann6, -3.3223680114155147),
          on_box("ackley", Box(5, {-20, 40}), ackley, 0),
          on_box("rastrigin", Box(3, {-4, 6.24}), rastrigin, 0),
          on_box("levy", Box(4, {-10, 10}), levy, 0),
          on_box("camel", {{-3, 3}, {-2, 2}}, camel, -1.0316284534898774),
          on_box("styblinski", Box(4, {-5, 5}), styblinski, 4 * -39.16616570377142),
          rates_and_layers(),
          conditional()};
}

}  // namespace tarama::simulate
