// What a sweep can tell before it runs: how far a level must be from the best for its replicates
// to tell them apart. Pure.
#pragma once

#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <optional>

namespace tarama::statistics {

struct SweepDesign {
  std::int64_t levels = 2;
  std::int64_t replicates = 1;
  double spread = 0;         // standard deviation of a level's value over seeds
  double confidence = 0.95;  // of the tied set
};

/// The difference from the best that is told apart in four sweeps of five, by the comparison
/// `paired` where seeds have nothing in common: the margin, and what chance takes off in one of
/// five, (t(alpha / rivals) + t(0.2)) * spread * sqrt(2 / n), each t with n - 1 degrees of freedom
/// (as for planned sample sizes: Zar, Biostatistical Analysis, 1984, section 9.7). nullopt where
/// nothing can be told: below three replicates, or of one level.
[[nodiscard]] std::optional<double> detectable_difference(const SweepDesign& design);

/// The replicates, at most `most`, that tell `difference` apart; nullopt: more than that.
[[nodiscard]] std::optional<std::int64_t> replicates_to_tell(double difference,
                                                             SweepDesign design,
                                                             std::int64_t most);

/// What fine-tuned models of BERT's kind spread over seeds, where nothing better is known: about a
/// hundredth of accuracy, twice that of what counts rare classes as well (Dodge et al., Fine-tuning
/// pretrained language models, 2020; Mosbach et al., On the stability of fine-tuning BERT, 2021).
[[nodiscard]] double typical_spread(MetricName metric);

}  // namespace tarama::statistics
