// The torch learner's BertAdam against pytorch_pretrained_bert 0.6.2 run under torch 1.13:
// parameters, moments, clipped gradients, rates and counts after each of 30 updates, in float32 and
// float64.
#include "core/training/lr_schedule.hpp"
#include "tests/reference/bertadam_case.hpp"
#include "worker/torch/bert_adam.hpp"

#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

using nlohmann::json;
using torch_trainer::BertAdamGroup;

BertAdamGroup make_group(const BertAdamCaseOptions& options) {
  BertAdamGroup made;
  made.options = {.lr = options.lr,
                  .lr_factor = [schedule = options.schedule](
                                   std::int64_t updates) { return lr_factor(schedule, updates); },
                  .b1 = options.b1,
                  .b2 = options.b2,
                  .e = options.e,
                  .weight_decay = options.weight_decay,
                  .max_grad_norm = options.max_grad_norm};
  return made;
}

at::Tensor tensor_of(const json& values, const json& shape, at::ScalarType type) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble)
      .to(type)
      .view(shape.get<std::vector<std::int64_t>>());
}

/// Where a parameter stands: its group, and its place in the group.
struct Slot {
  BertAdamGroup& group;
  std::size_t place;

  [[nodiscard]] double rate() const {
    return group.options.lr * group.options.lr_factor(group.updates[place]);
  }
};

std::vector<double> flat(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
  const double* const first = values.const_data_ptr<double>();
  return {first, first + values.numel()};
}

class CaseRun {
 public:
  CaseRun(const json& vectors, const json& one)
      : vectors_(vectors),
        type_(one.at("dtype") == "float64" ? at::kDouble : at::kFloat),
        comparison_(one) {
    groups_.reserve(one.at("groups").size());  // slots refer to the groups
    for (const json& group : one.at("groups")) {
      BertAdamGroup& made = groups_.emplace_back(make_group(options_of(one, group)));
      for (const std::string name : group.at("params")) {
        const at::Tensor parameter =
            tensor_of(vectors.at("init").at(name), vectors.at("shapes").at(name), type_);
        parameter.set_requires_grad(true);
        slots_.emplace(name, Slot{made, made.parameters.size()});
        add_parameter(made, parameter);
      }
    }
  }

  void take_step(const json& expected) {
    for (auto& [name, slot] : slots_) {
      const json& gradient = gradient_of(vectors_, expected, name);
      slot.group.parameters[slot.place].mutable_grad() =
          gradient.is_null() ? at::Tensor()
                             : tensor_of(gradient, vectors_.at("shapes").at(name), type_);
      EXPECT_EQ(expected.at("lr_used").at(name).is_null(), gradient.is_null());
      if (!gradient.is_null()) {
        comparison_.compare_rate(expected, name, slot.rate(), slot.group.options.lr);
      }
    }
    for (BertAdamGroup& group : groups_) {
      step(group);
    }
    compare(expected);
  }

  [[nodiscard]] std::string summary() const { return comparison_.summary(); }

 private:
  void compare(const json& expected) {
    for (auto& [name, slot] : slots_) {
      const at::Tensor& parameter = slot.group.parameters[slot.place];
      comparison_.compare(expected, "params", name, flat(parameter));
      comparison_.compare(expected, "next_m", name, flat(slot.group.next_m[slot.place]));
      comparison_.compare(expected, "next_v", name, flat(slot.group.next_v[slot.place]));
      if (parameter.grad().defined()) {
        comparison_.compare(expected, "clipped_grad", name, flat(parameter.grad()));
      }
      EXPECT_EQ(slot.group.updates[slot.place], expected.at("step_counter").value(name, 0));
    }
  }

  const json& vectors_;
  at::ScalarType type_;
  std::vector<BertAdamGroup> groups_;
  std::map<std::string, Slot> slots_;
  BertAdamComparison comparison_;
};

TEST(BertAdam, EqualsTheOriginalAfterEveryUpdateOfEveryCase) {
  for_each_bertadam_case([](const json& vectors, const json& one) {
    CaseRun run(vectors, one);
    for (const json& expected : one.at("steps")) {
      SCOPED_TRACE("t " + expected.at("t").dump());
      run.take_step(expected);
    }
    std::cout << "  " << one.at("name") << " " << one.at("dtype") << ": " << run.summary() << "\n";
  });
}

}  // namespace
}  // namespace tarama::test
