// Reads the vectors, and compares.
#include "tests/reference/parity_run.hpp"

#include "core/sweep/enum_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <utility>

namespace tarama::test {
namespace {

std::vector<double> flat_rows(const nlohmann::json& rows) {
  std::vector<double> values;
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

double largest_of(const std::map<std::string, double>& values) {
  double largest = 0;
  for (const auto& [name, value] : values) {
    largest = std::max(largest, value);
  }
  return largest;
}

/// The largest |actual - expected|, for the log; each number is its own expectation.
class Comparison {
 public:
  Comparison(std::string kind, Tolerance tolerance)
      : kind_(std::move(kind)), tolerance_(tolerance) {}

  ~Comparison() {
    std::cout << "  " << kind_ << ": differs by at most " << largest_ << ", " << largest_share_
              << " of what is allowed\n";
  }

  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  void expect(double actual, double expected, const std::string& what) {
    const double allowed = tolerance_.relative * (std::abs(expected) + tolerance_.scale);
    EXPECT_NEAR(actual, expected, allowed) << kind_ << " " << what;
    largest_ = std::max(largest_, std::abs(actual - expected));
    largest_share_ = std::max(largest_share_, std::abs(actual - expected) / allowed);
  }

  void expect_all(const std::vector<double>& actual, const std::vector<double>& expected) {
    ASSERT_EQ(actual.size(), expected.size()) << kind_;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      expect(actual[i], expected[i], "number " + std::to_string(i));
    }
  }

  void expect_all(const std::map<std::string, double>& actual,
                  const std::map<std::string, double>& expected) {
    ASSERT_EQ(actual.size(), expected.size()) << kind_;
    for (const auto& [name, value] : expected) {
      ASSERT_TRUE(actual.contains(name)) << kind_ << " of " << name;
      expect(actual.at(name), value, "of " + name);
    }
  }

 private:
  std::string kind_;
  Tolerance tolerance_;
  double largest_ = 0;
  double largest_share_ = 0;
};

}  // namespace

ParitySettings parity_settings(const nlohmann::json& run) {
  const auto kind = schedule_named(run.at("schedule").get<std::string>());
  if (!kind) {
    throw std::runtime_error("the vectors name an unknown schedule: " + run.at("schedule").dump());
  }
  return {.lr = run.at("lr"),
          .schedule = {.kind = *kind,
                       .warmup = run.at("warmup"),
                       .t_total = run.at("t_total"),
                       .cycles = default_cycles(*kind)},
          .weight_decay = run.at("weight_decay"),
          .max_grad_norm = run.at("max_grad_norm"),
          .steps = run.at("steps").size(),
          .is_double = run.value("dtype", "float32") == "float64"};
}

ParityNumbers expected_numbers(const nlohmann::json& run) {
  ParityNumbers numbers;
  for (const auto& step : run.at("steps")) {
    numbers.losses.push_back(step.at("loss"));
    numbers.flat_accuracies.push_back(step.at("flat_accuracy"));
  }
  numbers.logits_before = flat_rows(run.at("logits_before"));
  numbers.logits_after = flat_rows(run.at("logits_after"));
  numbers.gradient_norms = run.at("grad_norm_of").get<std::map<std::string, double>>();
  numbers.parameter_norms_after =
      run.at("parameter_norm_after").get<std::map<std::string, double>>();
  return numbers;
}

std::vector<training::PackedBatch> parity_batches(const nlohmann::json& batches) {
  std::vector<training::PackedBatch> result;
  for (const auto& batch : batches) {
    TokenizedSplit split;
    for (const std::vector<std::int32_t> ids : batch.at("ids")) {
      split.ids.insert(split.ids.end(), ids.begin(), ids.end());
      split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
      split.second_starts.push_back(static_cast<std::int32_t>(ids.size()));
    }
    split.labels = batch.at("labels").get<std::vector<std::int32_t>>();
    result.push_back(training::pack_in_order(split, 0, split.examples()));
  }
  return result;
}

std::vector<double> leads_of(std::span<const double> logits, std::int64_t classes) {
  std::vector<double> leads;
  for (std::size_t row = 0; row < logits.size(); row += static_cast<std::size_t>(classes)) {
    const auto scores = logits.subspan(row, static_cast<std::size_t>(classes));
    std::vector<double> sorted(scores.begin(), scores.end());
    std::ranges::sort(sorted, std::greater());
    leads.push_back(sorted.at(0) - sorted.at(1));
  }
  return leads;
}

/// A lead that is within the tolerance may go to either class on another vector unit.
void expect_accuracies(const ParityNumbers& actual,
                       const ParityNumbers& expected,
                       Tolerance tolerance) {
  ASSERT_EQ(actual.flat_accuracies.size(), expected.flat_accuracies.size());
  double narrowest = std::numeric_limits<double>::infinity();
  for (std::size_t step = 0; step < actual.leads.size(); ++step) {
    const std::vector<double>& leads = actual.leads[step];
    const auto undecided = std::ranges::count_if(
        leads, [&](double lead) { return lead <= tolerance.relative * (1 + tolerance.scale); });
    EXPECT_NEAR(actual.flat_accuracies[step],
                expected.flat_accuracies[step],
                static_cast<double>(undecided) / static_cast<double>(leads.size()))
        << "flat accuracy of step " << step;
    narrowest = std::min(narrowest, std::ranges::min(leads));
  }
  std::cout << "  flat accuracy: the narrowest lead of a class is " << narrowest << "\n";
}

void expect_parity(const ParityNumbers& actual,
                   const ParityNumbers& expected,
                   Tolerance tolerance) {
  expect_accuracies(actual, expected, tolerance);
  Comparison("loss", tolerance).expect_all(actual.losses, expected.losses);
  Comparison("logits before", tolerance).expect_all(actual.logits_before, expected.logits_before);
  Comparison("logits after", tolerance).expect_all(actual.logits_after, expected.logits_after);
  Comparison("gradient norm",
             {.relative = tolerance.gradient_relative,
              .scale = 1e-3 * largest_of(expected.gradient_norms)})
      .expect_all(actual.gradient_norms, expected.gradient_norms);
  Comparison("parameter norm after", tolerance)
      .expect_all(actual.parameter_norms_after, expected.parameter_norms_after);
}

}  // namespace tarama::test
