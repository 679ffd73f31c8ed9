// Loss and gradients of a made-up case by the packed learner's own model, in either precision.
#pragma once

#include "tests/support/made_up_case.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/packed_bert.hpp"
#include "worker/packed/model/parameter_tables.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"

#include <span>
#include <vector>

namespace tarama::test {

template <class Real>
class PackedPass {
 public:
  PackedPass(const MadeUpCase& made_up, const packed::KernelTable<Real>& kernels);
  PackedPass(const PackedPass&) = delete;
  PackedPass& operator=(const PackedPass&) = delete;

  [[nodiscard]] const packed::ModelPlan& plan() const { return plan_; }

  /// All parameters by the plan, to be changed at will.
  [[nodiscard]] std::span<Real> values() {
    return {tables_.values(), static_cast<std::size_t>(plan_.elements)};
  }

  /// Of the case's batch, with its dropout in step 5.
  [[nodiscard]] double loss();
  /// Of the loss, by the plan.
  [[nodiscard]] std::vector<Real> gradients();

 private:
  double forward(std::vector<Real>& d_scores);

  training::PackedBatch batch_;
  packed::Dropout dropout_;
  packed::Capacity capacity_;
  packed::ModelPlan plan_;
  packed::ParameterTables<Real> tables_;
  packed::PackedBert<Real> model_;
  packed::TokenLayout layout_;
};

}  // namespace tarama::test
