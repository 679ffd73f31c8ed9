// One training run of the parity vectors: what the vectors ask for, what a run printed (ours, or
// the reference's), and the comparison of two. Read by the tests of tiny models and of MiniLM;
// torch_parity.hpp and packed_parity.hpp train.
#pragma once

#include "core/training/lr_schedule.hpp"
#include "core/training/model_config.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace tarama::test {

/// The numbers that are compared. Logits are those of the first batch, row by row.
struct ParityNumbers {
  std::vector<double> losses;
  std::vector<double> flat_accuracies;
  /// Ours alone. Of each example of each step: by how much its likeliest class leads the next.
  std::vector<std::vector<double>> leads;
  std::vector<double> logits_before;
  std::vector<double> logits_after;
  std::map<std::string, double> gradient_norms;  // of step 0, before clipping
  std::map<std::string, double> parameter_norms_after;
};

/// What one entry of the vectors says about how to train.
struct ParitySettings {
  double lr = 0;
  LrSchedule schedule;
  double weight_decay = 0;
  double max_grad_norm = 0;
  std::size_t steps = 0;
  bool is_double = false;
};

[[nodiscard]] ParitySettings parity_settings(const nlohmann::json& run);
[[nodiscard]] ParityNumbers expected_numbers(const nlohmann::json& run);

/// Token ids are whole sequences of one segment.
[[nodiscard]] std::vector<training::PackedBatch> parity_batches(const nlohmann::json& batches);

/// Of each row of logits, [rows, classes], by how much its likeliest class leads the next.
[[nodiscard]] std::vector<double> leads_of(std::span<const double> logits, std::int64_t classes);

/// How far numbers may be apart: |actual - expected| <= relative * (|expected| + scale).
struct Tolerance {
  double relative = 0;
  double scale = 0;  // numbers far below it are rounding noise
  /// Of gradient norms, in place of `relative`; their scale is a thousandth of the largest, so
  /// that a gradient that is missing shows, and that of a key bias, 0 but for rounding, passes.
  double gradient_relative = relative;
};

/// One expectation per number, named; flat accuracies must be equal, but for examples between
/// whose classes the tolerance leaves no decision. Prints the largest difference of each kind, the
/// source of the table in docs/NUMERICS.md.
void expect_parity(const ParityNumbers& actual, const ParityNumbers& expected, Tolerance tolerance);

}  // namespace tarama::test
