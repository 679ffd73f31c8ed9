// The distributions of W&B's sweep files, as its schema names them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

/// `other`: there is no counterpart.
enum class WandbShape { listed, constant, even, geometric, bell, other };

struct WandbDistribution {
  std::string_view name;
  WandbShape shape = WandbShape::other;
  bool is_whole = false;
  bool is_stepped = false;     // by q, which is 1 where it is not there
  bool has_exponents = false;  // of e, as bounds
  bool is_inverse = false;     // of 1/x
};

/// nullptr: W&B knows none of this name.
[[nodiscard]] const WandbDistribution* find_wandb_distribution(std::string_view name);

[[nodiscard]] std::vector<std::string> wandb_distribution_names();

/// What may stand beside `distribution`.
[[nodiscard]] std::vector<std::string> keys_of(const WandbDistribution& distribution);

}  // namespace tarama::config
