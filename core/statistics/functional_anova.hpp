// What each parameter of a grid does to the metric: exact functional analysis of variance of the
// levels' means. No forest, no random numbers but in the intervals. Pure.
//
// Source: the decomposition is Hoeffding's, as in Hutter, Hoos and Leyton-Brown, An efficient
// approach for assessing hyperparameter importance, ICML 2014, whose random forest a full grid does
// not need; noise is subtracted as in omega squared (Hays, Statistics, 1963), each level with its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tarama::statistics {

/// A level by its place on each axis, with its mean and that mean's squared standard error.
struct GridCell {
  std::vector<std::size_t> at;
  double mean = 0;
  std::optional<double> squared_error{};  // nullopt: one run, its noise is not known
};

/// The share of the variance between levels that a parameter, or a pair of them, accounts for.
struct EffectShare {
  std::vector<std::size_t> axes;  // one or two
  double share = 0;  // of all levels' variance without noise; 0 where noise explains it
  /// 95 %, approximate: percentiles over simulated noise. nullopt where the noise is not known.
  std::optional<double> low{};
  std::optional<double> high{};
};

enum class EffectsKind { exact, least_squares, not_estimable };

struct Effects {
  EffectsKind kind = EffectsKind::not_estimable;
  std::vector<EffectShare> shares{};         // parameters first, then pairs; each largest first
  double rest = 0;                           // share of interactions of three and more
  bool is_without_noise = false;             // noise was subtracted
  std::vector<std::vector<double>> means{};  // by axis and place: over all other parameters
};

/// `sizes`: how many values each axis has; axes of one value have no effect and no share. An
/// incomplete grid is completed by the parameters' and pairs' effects by least squares; where even
/// the parameters alone cannot be told apart (sampled sweeps), the answer is `not_estimable`.
[[nodiscard]] Effects analyse_effects(const std::vector<GridCell>& cells,
                                      const std::vector<std::size_t>& sizes);

}  // namespace tarama::statistics
