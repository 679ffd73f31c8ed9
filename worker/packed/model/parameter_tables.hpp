// A model's parameters as one array by a plan, and the rows of its tables that no data use, which
// are kept apart: they have no gradient, but BertAdam decays them at each step. That is done when
// somebody asks for them, step by step as it would have been, so that the bits are the same.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/model_plan.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::packed {

template <class Real>
class ParameterTables {
 public:
  /// `plan` outlives it.
  ParameterTables(const ModelPlan& plan, const KernelTable<Real>& kernels);

  /// By the plan.
  [[nodiscard]] Real* values() { return values_.data(); }

  /// Takes the model's parameters, before their first update. Throws std::invalid_argument, with
  /// words that follow a name, if one is missing or has another shape.
  void set(const ModelWeights& weights);

  /// The whole model. `rates`: the learning rates of all updates that the unused rows are to have
  /// had since they were `set`; those of earlier calls, and more of them.
  [[nodiscard]] ModelWeights get(std::span<const Real> rates, Real weight_decay);

 private:
  void set(std::size_t slot, std::span<const float> whole);
  void get(std::size_t slot,
           std::span<const Real> rates,
           Real weight_decay,
           std::span<float> whole);

  /// The rows of a slot's parameter that the plan leaves out.
  struct Unused {
    std::vector<std::int32_t> rows;  // of the whole parameter, ascending
    Buffer<Real> values;
    std::size_t updates = 0;  // that they have had since they were set
  };

  const ModelPlan& plan_;
  const KernelTable<Real>& kernels_;
  Buffer<Real> values_;
  std::vector<Unused> unused_;  // of each slot
};

/// Scatters a slot's rows into the whole parameter; the others are left as they are.
template <class Real>
void scatter(const ModelPlan& plan, const Slot& slot, const Real* rows, std::span<float> whole);

/// The way back.
template <class Real>
void gather(const ModelPlan& plan, const Slot& slot, std::span<const float> whole, Real* rows);

}  // namespace tarama::packed
