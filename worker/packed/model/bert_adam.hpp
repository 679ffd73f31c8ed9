// BertAdam over a plan: each parameter is clipped by itself, and updated in one pass.
#pragma once

#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/buffer.hpp"
#include "worker/packed/model/model_plan.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tarama::packed {

/// Of one update; as docs/NUMERICS.md names them.
struct UpdateSettings {
  double lr = 0;  // times the schedule's factor
  double weight_decay = 0;
  double max_grad_norm = 0;  // of each parameter by itself; 0 or less: no clipping
};

template <class Real>
class BertAdam {
 public:
  BertAdam(const ModelPlan& plan, const KernelTable<Real>& kernels);

  /// `words`: the rows of the table of words that have a gradient, in any order and as often as
  /// they come; they are zero in `gradients` afterwards.
  void update(const UpdateSettings& settings,
              std::span<const std::int32_t> words,
              Real* gradients,
              Real* values);

  /// Moments, by the plan. Whoever sets them says so.
  Buffer<Real> next_m;
  Buffer<Real> next_v;

  /// Moments of 0, as before the first update.
  void forget();
  /// The moments are no longer zero where no gradient has been.
  void moments_were_set();

 private:
  void update_words(const UpdateSettings& settings,
                    const Slot& slot,
                    std::span<const std::int32_t> words,
                    Real* gradients,
                    Real* values);

  const ModelPlan& plan_;
  const KernelTable<Real>& kernels_;
  // Of each row of the table of words. A row that never had a gradient has moments of 0, and is
  // decayed alone: the same bits for a third of the work, and most words are rare.
  std::vector<std::uint8_t> has_gradient_;
  std::vector<std::uint8_t> has_moments_;
};

}  // namespace tarama::packed
