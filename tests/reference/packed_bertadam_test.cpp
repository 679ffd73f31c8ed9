// The packed learner's BertAdam against pytorch_pretrained_bert 0.6.2 run under torch 1.13:
// parameters and moments after each of 30 updates, in float64, and in float32 by every vector unit.
#include "tests/reference/bertadam_case.hpp"
#include "tests/support/vector_units.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/bert_adam.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::json;

template <class Real>
std::vector<double> doubles_of(const Real* values, std::int64_t count) {
  return {values, values + count};
}

/// The packed optimizer updates all parameters of a model at once, each of which has a gradient in
/// every step. Here some have none, so that each is a model of its own.
template <class Real>
class OneParameter {
 public:
  OneParameter(const json& vectors,
               std::string name,
               const BertAdamCaseOptions& options,
               const packed::KernelTable<Real>& kernels)
      : name_(std::move(name)),
        options_(options),
        values_(vectors.at("init").at(name_).get<std::vector<Real>>()),
        plan_(plan_of(std::ssize(values_))),
        optimizer_(plan_, kernels) {}

  OneParameter(const OneParameter&) = delete;
  OneParameter& operator=(const OneParameter&) = delete;

  void take_step(const json& vectors, const json& expected, BertAdamComparison& comparison) {
    const json& gradient = gradient_of(vectors, expected, name_);
    if (!gradient.is_null()) {
      const double rate = options_.lr * lr_factor(options_.schedule, updates_);
      comparison.compare_rate(expected, name_, rate, options_.lr);
      auto gradients = gradient.get<std::vector<Real>>();
      optimizer_.update({.lr = rate,
                         .weight_decay = options_.weight_decay,
                         .max_grad_norm = options_.max_grad_norm},
                        {},
                        gradients.data(),
                        values_.data());
      ++updates_;
    }
    comparison.compare(expected, "params", name_, doubles_of(values_.data(), plan_.elements));
    comparison.compare(
        expected, "next_m", name_, doubles_of(optimizer_.next_m.data(), plan_.elements));
    comparison.compare(
        expected, "next_v", name_, doubles_of(optimizer_.next_v.data(), plan_.elements));
  }

 private:
  static packed::ModelPlan plan_of(std::int64_t elements) {
    packed::ModelPlan plan;
    plan.slots.push_back({.parameter = {.module = Module::pooler,
                                        .role = Role::matrix,
                                        .name = "parameter",
                                        .shape = {elements}},
                          .offset = 0,
                          .rows = 1,
                          .width = elements});
    plan.elements = elements;
    return plan;
  }

  std::string name_;
  BertAdamCaseOptions options_;
  std::vector<Real> values_;
  packed::ModelPlan plan_;
  packed::BertAdam<Real> optimizer_;
  std::int64_t updates_ = 0;
};

/// The packed optimizer has the original's b1, b2 and e built in; a sweep cannot set them.
bool is_within_reach(const BertAdamCaseOptions& options) {
  const BertAdamCaseOptions defaults;
  return options.b1 == defaults.b1 && options.b2 == defaults.b2 && options.e == defaults.e;
}

template <class Real>
void expect_case(const json& vectors, const json& one, const packed::KernelTable<Real>& kernels) {
  std::vector<std::unique_ptr<OneParameter<Real>>> parameters;
  for (const json& group : one.at("groups")) {
    const BertAdamCaseOptions options = options_of(one, group);
    for (const std::string name : group.at("params")) {
      if (is_within_reach(options)) {
        parameters.push_back(std::make_unique<OneParameter<Real>>(vectors, name, options, kernels));
      }
    }
  }
  EXPECT_FALSE(parameters.empty());
  BertAdamComparison comparison(one);
  for (const json& expected : one.at("steps")) {
    SCOPED_TRACE("t " + expected.at("t").dump());
    for (const auto& parameter : parameters) {
      parameter->take_step(vectors, expected, comparison);
    }
  }
  std::cout << "  " << one.at("name") << " " << kernels.name << ": " << comparison.summary()
            << "\n";
}

TEST(PackedBertAdam, EqualsTheOriginalAfterEveryUpdateOfEveryCase) {
  for_each_bertadam_case([](const json& vectors, const json& one) {
    if (one.at("dtype") == "float64") {
      expect_case(vectors, one, packed::exact_kernels());
      return;
    }
    for (const char* const unit : packed::test::vector_units) {
      // Null: this processor lacks it; another one has it.
      if (const packed::KernelTable<float>* const kernels = packed::kernels_named(unit)) {
        expect_case(vectors, one, *kernels);
      }
    }
  });
}

}  // namespace
}  // namespace tarama::test
