// In which order an epoch goes through its examples, and which examples `eval: 0.1` sets aside.
// Both by Philox: the same on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarama {

/// Every index 0 .. examples-1 once, each order equally likely: Fisher-Yates from the end by
/// row {seed, Place::shuffle, step: epoch}. `epoch` counts from 1.
[[nodiscard]] std::vector<std::int64_t> shuffled_order(std::int64_t examples,
                                                       std::int64_t seed,
                                                       std::int64_t epoch);

/// The examples to evaluate on, ascending: of each class the share, rounded, but at least one
/// and not all where it has two or more; none of a class with one example. `share` in (0, 1).
[[nodiscard]] std::vector<std::int64_t> stratified_split(std::span<const std::int32_t> labels,
                                                         double share,
                                                         std::int64_t seed);

}  // namespace tarama
