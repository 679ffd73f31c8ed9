// Loss and gradients of a made-up case by the packed learner's own model, in either precision.
#pragma once

#include "tests/support/made_up_case.hpp"
#include "tests/support/packed_model.hpp"

#include <span>
#include <vector>

namespace tarama::test {

template <class Real>
class PackedPass {
 public:
  PackedPass(const MadeUpCase& made_up, const packed::KernelTable<Real>& kernels);

  [[nodiscard]] const packed::ModelPlan& plan() const { return model_.plan(); }

  /// All parameters by the plan, to be changed at will.
  [[nodiscard]] std::span<Real> values() { return model_.values(); }

  /// Of the case's batch, with its dropout in step 5.
  [[nodiscard]] double loss();
  /// Of the loss, by the plan.
  [[nodiscard]] std::vector<Real> gradients();

 private:
  double forward(std::vector<Real>& d_scores);

  training::PackedBatch batch_;
  packed::Dropout dropout_;
  PackedModel<Real> model_;
};

}  // namespace tarama::test
