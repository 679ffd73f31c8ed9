// Learners of a made-up case, and what a test asks of their bits.
#pragma once

#include "tests/packed/tables.hpp"
#include "tests/support/made_up_case.hpp"
#include "worker/packed/packed_learner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tarama::packed::test {

using tarama::test::MadeUpCase;
using training::LearnerSpec;
using training::PackedBatch;

/// A case whose batches change from step to step, in lengths, order and words.
class MadeUpRun {
 public:
  MadeUpRun(Norm norm, std::string unit, std::int64_t hidden = 24) : unit_(std::move(unit)) {
    made_up_ = {.norm = norm,
                .hidden = hidden,
                .layers = 2,
                .heads = 3,
                .intermediate = 40,
                .lengths = {9, 4, 17, 1, 6},
                .dropout = 0.1,
                .seed = 3};
  }

  static constexpr std::int64_t steps = 12;

  [[nodiscard]] const MadeUpCase& made_up() const { return made_up_; }

  /// In the last epoch's way: batches get shorter, and the order of lengths turns.
  [[nodiscard]] PackedBatch batch(std::int64_t step) const {
    MadeUpCase other = made_up_;
    std::ranges::rotate(other.lengths, other.lengths.begin() + step % 5);
    other.lengths.resize(static_cast<std::size_t>(5 - step % 3));
    PackedBatch batch = other.batch(step);
    // Half of the vocabulary is in no data.
    for (std::int32_t& id : batch.ids) {
      id -= id % 2;
    }
    return batch;
  }

  /// Of all batches' pieces.
  [[nodiscard]] LearnerSpec spec() const {
    LearnerSpec spec;
    spec.config = made_up_.config();
    spec.training.lr = 3e-3;
    spec.training.dropout = made_up_.dropout;
    spec.schedule = {.kind = Schedule::warmup_linear, .warmup = 0.2, .t_total = steps + 3};
    spec.seed = 11;
    spec.longest_batch = made_up_.lengths;
    PackedBatch all;
    for (std::int64_t step = 0; step < steps; ++step) {
      const PackedBatch one = batch(step);
      all.ids.insert(all.ids.end(), one.ids.begin(), one.ids.end());
    }
    spec.pieces = tarama::test::pieces_of(all);
    return spec;
  }

  [[nodiscard]] std::unique_ptr<PackedLearner> learner() const { return learner(spec()); }

  [[nodiscard]] std::unique_ptr<PackedLearner> learner(const LearnerSpec& spec) const {
    return std::make_unique<PackedLearner>(spec, made_up_.weights(), unit_);
  }

  /// The steps first .. past - 1; their losses.
  std::vector<double> train(PackedLearner& learner, std::int64_t first, std::int64_t past) const {
    std::vector<double> losses;
    for (std::int64_t step = first; step < past; ++step) {
      learner.enqueue(batch(step), step);
      losses.push_back(learner.collect().batch.loss);
    }
    return losses;
  }

 private:
  MadeUpCase made_up_;
  std::string unit_;
};

/// The arrays that are not equal bit for bit, by name; empty: all are.
[[nodiscard]] inline std::vector<std::string> differences(
    const std::map<std::string, NamedArray>& a, const std::map<std::string, NamedArray>& b) {
  std::vector<std::string> names;
  for (const auto& [name, array] : a) {
    if (!b.contains(name) || b.at(name).shape != array.shape ||
        !same_bits<float>(b.at(name).values, array.values)) {
      names.push_back(name);
    }
  }
  if (a.size() != b.size()) {
    names.emplace_back("their number");
  }
  return names;
}

}  // namespace tarama::packed::test
