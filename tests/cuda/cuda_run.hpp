// Learners of made-up runs over a stand-in, beside the packed learner on the CPU.
#pragma once

#include "tests/cuda/stand_in/stand_in.hpp"
#include "tests/packed/made_up_run.hpp"
#include "worker/cuda/cuda_learner.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cuda::test {

using packed::test::MadeUpRun;
using training::LearnerSpec;
using training::StepOutcome;

/// Enqueues as far ahead as the learner allows, as the loop of a run does.
inline std::vector<StepOutcome> train(training::Learner& learner,
                                      const MadeUpRun& run,
                                      std::int64_t first,
                                      std::int64_t past) {
  std::vector<StepOutcome> outcomes;
  std::int64_t next = first;
  for (std::int64_t step = first; step < past; ++step) {
    for (; next < past && next <= step + learner.lag(); ++next) {
      learner.enqueue(run.batch(next), next);
    }
    outcomes.push_back(learner.collect());
  }
  return outcomes;
}

inline std::vector<double> losses_of(const std::vector<StepOutcome>& outcomes) {
  std::vector<double> losses;
  for (const StepOutcome& outcome : outcomes) {
    losses.push_back(outcome.batch.loss);
  }
  return losses;
}

/// The largest difference of two sets of arrays, over the largest magnitude of the array that it is
/// in or `least`, whichever is more; infinity where names or sizes differ.
inline double distance_of(const std::map<std::string, NamedArray>& a,
                          const std::map<std::string, NamedArray>& b,
                          double least) {
  if (a.size() != b.size()) {
    return packed::test::infinite<double>;
  }
  double farthest = 0;
  for (const auto& [name, array] : a) {
    if (!b.contains(name) || b.at(name).shape != array.shape) {
      return packed::test::infinite<double>;
    }
    const SharedArray<float>& other = b.at(name).values;
    double largest = least;
    double difference = 0;
    for (std::size_t i = 0; i < other.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(other[i])));
      difference = tarama::test::worse_of(
          difference, std::abs(static_cast<double>(array.values[i]) - other[i]));
    }
    farthest = tarama::test::worse_of(farthest, difference / largest);
  }
  return farthest;
}

}  // namespace tarama::cuda::test
