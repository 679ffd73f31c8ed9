// See wandb_distribution.hpp.
#include "orchestrator/config/wandb_distribution.hpp"

#include <algorithm>
#include <array>

namespace tarama::config {

namespace {

constexpr std::array distributions = {
    WandbDistribution{.name = "categorical", .shape = WandbShape::listed},
    WandbDistribution{.name = "constant", .shape = WandbShape::constant},
    WandbDistribution{.name = "int_uniform", .shape = WandbShape::even, .is_whole = true},
    WandbDistribution{.name = "uniform", .shape = WandbShape::even},
    WandbDistribution{.name = "q_uniform", .shape = WandbShape::even, .is_stepped = true},
    WandbDistribution{.name = "log_uniform", .shape = WandbShape::geometric, .has_exponents = true},
    WandbDistribution{.name = "log_uniform_values", .shape = WandbShape::geometric},
    WandbDistribution{.name = "q_log_uniform",
                      .shape = WandbShape::geometric,
                      .is_stepped = true,
                      .has_exponents = true},
    WandbDistribution{
        .name = "q_log_uniform_values", .shape = WandbShape::geometric, .is_stepped = true},
    WandbDistribution{.name = "inv_log_uniform",
                      .shape = WandbShape::geometric,
                      .has_exponents = true,
                      .is_inverse = true},
    WandbDistribution{.name = "inv_log_uniform_values", .shape = WandbShape::geometric},
    WandbDistribution{.name = "normal", .shape = WandbShape::bell},
    WandbDistribution{.name = "q_normal", .shape = WandbShape::bell, .is_stepped = true},
    WandbDistribution{.name = "categorical_w_probabilities"},
    WandbDistribution{.name = "log_normal"},
    WandbDistribution{.name = "q_log_normal"},
    WandbDistribution{.name = "beta"},
    WandbDistribution{.name = "q_beta"}};

}  // namespace

const WandbDistribution* find_wandb_distribution(std::string_view name) {
  const auto* const found = std::ranges::find(distributions, name, &WandbDistribution::name);
  return found == distributions.end() ? nullptr : found;
}

std::vector<std::string> wandb_distribution_names() {
  std::vector<std::string> names;
  for (const WandbDistribution& distribution : distributions) {
    names.emplace_back(distribution.name);
  }
  return names;
}

std::vector<std::string> keys_of(const WandbDistribution& distribution) {
  switch (distribution.shape) {
    case WandbShape::listed:
      return {"values"};
    case WandbShape::constant:
      return {"value"};
    case WandbShape::even:
    case WandbShape::geometric:
      return distribution.is_stepped ? std::vector<std::string>{"min", "max", "q"}
                                     : std::vector<std::string>{"min", "max"};
    case WandbShape::bell:
      return distribution.is_stepped ? std::vector<std::string>{"mu", "sigma", "q"}
                                     : std::vector<std::string>{"mu", "sigma"};
    case WandbShape::other:
      break;
  }
  return {};
}

}  // namespace tarama::config
