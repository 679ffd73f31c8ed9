// Reads the cases, and compares.
#include "tests/reference/bertadam_case.hpp"

#include "core/sweep/enum_names.hpp"
#include "tests/support/reference_vectors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tarama::test {
namespace {

using nlohmann::json;

/// The largest magnitude of a tensor.
double scale_of(const std::vector<double>& values) {
  double scale = 0;
  for (const double value : values) {
    scale = std::max(scale, std::abs(value));
  }
  return scale;
}

/// In float64 relative to the number itself, plus a floor for those that rounding alone keeps
/// from 0. In float32 relative to its tensor: an element near 0 is the difference of larger ones
/// and has their rounding.
double allowed_difference(double expected, double scale, bool is_double) {
  return is_double ? 1e-12 * std::abs(expected) + 1e-18
                   : 1e-5 * std::max(std::abs(expected), scale);
}

Schedule schedule_of_class(const std::string& name) {
  const std::map<std::string, Schedule> kinds = {
      {"WarmupLinearSchedule", Schedule::warmup_linear},
      {"WarmupCosineSchedule", Schedule::warmup_cosine},
      {"WarmupConstantSchedule", Schedule::warmup_constant},
      {"WarmupCosineWithHardRestartsSchedule", Schedule::warmup_cosine_with_hard_restarts},
      {"WarmupCosineWithWarmupRestartsSchedule", Schedule::warmup_cosine_with_warmup_restarts}};
  return kinds.at(name);
}

/// The constructor's schedule: an object of its own, or by name; the original's defaults.
LrSchedule schedule_of_case(const json& one) {
  const json& constructor = one.at("ctor");
  const json object = one.value("schedule_object", json());
  const bool has_object = !object.is_null();
  const json& arguments = has_object ? object.at("kwargs") : constructor;
  const Schedule kind =
      has_object ? schedule_of_class(object.at("class"))
                 : schedule_named(constructor.value("schedule", "warmup_linear")).value();
  return {.kind = kind,
          .warmup = arguments.value("warmup", has_object ? 0.002 : -1.0),
          .t_total = arguments.value("t_total", -1.0),
          .cycles = arguments.value("cycles", default_cycles(kind))};
}

}  // namespace

BertAdamCaseOptions options_of(const json& one, const json& group) {
  const auto option = [&](const char* name, double otherwise) {
    return group.value(name, one.at("ctor").value(name, otherwise));
  };
  const BertAdamCaseOptions defaults;
  return {.lr = option("lr", defaults.lr),
          .schedule = schedule_of_case(one),
          .b1 = option("b1", defaults.b1),
          .b2 = option("b2", defaults.b2),
          .e = option("e", defaults.e),
          .weight_decay = option("weight_decay", defaults.weight_decay),
          .max_grad_norm = option("max_grad_norm", defaults.max_grad_norm)};
}

void for_each_bertadam_case(const std::function<void(const json&, const json&)>& work) {
  const json vectors = reference_vectors("bertadam_vectors");
  std::int64_t cases = 0;
  for (const json& one : vectors.at("cases")) {
    if (one.at("version") != "0.6.2") {
      continue;
    }
    SCOPED_TRACE(one.at("name").dump() + " " + one.at("dtype").dump());
    work(vectors, one);
    ++cases;
  }
  EXPECT_GT(cases, 0);
}

const json& gradient_of(const json& vectors, const json& step, const std::string& name) {
  static const json none;
  const json& gradients = vectors.at("grads").at(step.at("t").get<std::size_t>());
  return gradients.contains(name) ? gradients.at(name) : none;
}

void BertAdamComparison::compare(const json& step,
                                 const char* kind,
                                 const std::string& name,
                                 const std::vector<double>& actual) {
  if (!step.contains(kind) || !step.at(kind).contains(name) || step.at(kind).at(name).is_null()) {
    return;
  }
  const auto values = step.at(kind).at(name).get<std::vector<double>>();
  ASSERT_EQ(actual.size(), values.size());
  const double scale = scale_of(values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(actual[i], values[i], allowed_difference(values[i], scale, is_double_))
        << kind << " of " << name << ", element " << i;
    ++numbers_;
    equal_bits_ += actual[i] == values[i] ? 1 : 0;
    const double of = is_double_ ? std::abs(values[i]) : scale;
    if (actual[i] != values[i] && of > 0) {
      largest_ = std::max(largest_, std::abs(actual[i] - values[i]) / of);
    }
  }
}

void BertAdamComparison::compare_rate(const json& step,
                                      const std::string& name,
                                      double rate,
                                      double base) const {
  // A cosine's rounding differs with the processor; lr_schedule_test.cpp has the rest exact.
  EXPECT_NEAR(rate, step.at("lr_used").at(name).get<double>(), 1e-15 * base) << "lr of " << name;
}

std::string BertAdamComparison::summary() const {
  return fmt::format(
      "{} of {} numbers equal bit for bit, {:.2g} at most", equal_bits_, numbers_, largest_);
}

}  // namespace tarama::test
