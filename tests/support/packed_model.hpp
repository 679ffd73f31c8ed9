// The model that the packed learner is made of, without its optimizer, in either precision.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/packed_bert.hpp"
#include "worker/packed/model/parameter_tables.hpp"
#include "worker/packed/model/token_layout.hpp"
#include "worker/packed/model/workbench.hpp"
#include "worker/training/packed_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarama::test {

template <class Real>
class PackedModel {
 public:
  /// `pieces`: the word pieces of its batches, ascending; `capacity`: what the largest needs.
  PackedModel(const ModelConfig& config,
              const std::vector<std::int32_t>& pieces,
              const packed::Capacity& capacity,
              const ModelWeights& weights,
              const packed::KernelTable<Real>& kernels)
      : kernels_(kernels),
        plan_(packed::plan_model(config, pieces, capacity.longest)),
        tables_(plan_, kernels),
        model_(config, plan_, capacity, kernels) {
    tables_.set(weights);
  }

  PackedModel(const PackedModel&) = delete;
  PackedModel& operator=(const PackedModel&) = delete;

  [[nodiscard]] const packed::ModelPlan& plan() const { return plan_; }

  [[nodiscard]] const packed::KernelTable<Real>& kernels() const { return kernels_; }

  /// All parameters by the plan, to be changed at will.
  [[nodiscard]] std::span<Real> values() {
    return {tables_.values(), static_cast<std::size_t>(plan_.elements)};
  }

  /// Valid until the next call.
  [[nodiscard]] std::span<const Real> scores(const training::PackedBatch& batch,
                                             const packed::Dropout& dropout) {
    packed::lay_out(
        batch.ids, batch.offsets, batch.second_starts, plan_.row_of, kernels_.padded, layout_);
    return model_.forward(layout_, dropout, tables_.values());
  }

  /// Of the batch whose scores were the last ones. `gradients` is by the plan, and zero where it
  /// has words.
  void backward(std::span<const Real> d_scores, std::span<Real> gradients) {
    model_.backward(layout_, d_scores, tables_.values(), gradients.data());
  }

  /// The rows of the table of words that the last batch has.
  [[nodiscard]] std::span<const std::int32_t> words() const { return layout_.words; }

 private:
  const packed::KernelTable<Real>& kernels_;
  packed::ModelPlan plan_;
  packed::ParameterTables<Real> tables_;
  packed::PackedBert<Real> model_;
  packed::TokenLayout layout_;
};

}  // namespace tarama::test
