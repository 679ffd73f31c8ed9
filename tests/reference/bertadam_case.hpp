// The cases of bertadam_vectors.json.gz: what each asks of an optimizer, and the comparison of what
// it did. Read by the tests of both learners' optimizers.
#pragma once

#include "core/training/lr_schedule.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tarama::test {

/// Of one group of parameters; the original's names and defaults.
struct BertAdamCaseOptions {
  double lr = 0;
  LrSchedule schedule;
  double b1 = 0.9;
  double b2 = 0.999;
  double e = 1e-6;
  double weight_decay = 0.01;
  double max_grad_norm = 1;
};

/// A group's own options stand before the constructor's; unknown keys (weight_decay_rate, as the
/// published recipe has it) are ignored, as the original ignores them.
[[nodiscard]] BertAdamCaseOptions options_of(const nlohmann::json& one,
                                             const nlohmann::json& group);

/// Calls `work` with every case of version 0.6.2. The vectors of 0.4.0 show where versions before
/// 0.6.2 differ (a jump after the warm-up, a negative rate past t_total, a crash); they document
/// the schedules that tarama has not.
void for_each_bertadam_case(
    const std::function<void(const nlohmann::json& vectors, const nlohmann::json& one)>& work);

/// Null where the parameter has no gradient in that step.
[[nodiscard]] const nlohmann::json& gradient_of(const nlohmann::json& vectors,
                                                const nlohmann::json& step,
                                                const std::string& name);

/// One expectation per number; and how many are equal bit for bit.
class BertAdamComparison {
 public:
  explicit BertAdamComparison(const nlohmann::json& one)
      : is_double_(one.at("dtype") == "float64") {}

  /// `kind`: "params", "next_m", "next_v" or "clipped_grad". Not every step of the vectors has
  /// every kind; null stands for "no gradient".
  void compare(const nlohmann::json& step,
               const char* kind,
               const std::string& name,
               const std::vector<double>& actual);

  /// The rate of an update that was made.
  void compare_rate(const nlohmann::json& step,
                    const std::string& name,
                    double rate,
                    double base) const;

  /// Counts and the largest difference, for the log: the source of the table in docs/NUMERICS.md.
  [[nodiscard]] std::string summary() const;

 private:
  bool is_double_;
  std::int64_t numbers_ = 0;
  std::int64_t equal_bits_ = 0;
  double largest_ = 0;  // in float64 relative to the number, in float32 to the tensor's largest
};

}  // namespace tarama::test
