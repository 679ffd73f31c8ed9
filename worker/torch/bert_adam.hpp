// BertAdam, the optimizer of pytorch_pretrained_bert 0.6.2, number for number: the operations of
// the original in the original's order, so that results agree bit for bit where LibTorch's own
// operations do. docs/NUMERICS.md says how it differs from Adam and AdamW.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace at {
class Tensor;
}

namespace tarama::torch_trainer {

/// The original's names and defaults.
struct BertAdamOptions {
  double lr = 0;
  /// What lr is multiplied by, given the updates that the parameter has had so far: the
  /// schedule is read before the count goes up, so that a warm-up starts at a rate of 0.
  std::function<double(std::int64_t updates)> lr_factor;
  double b1 = 0.9;
  double b2 = 0.999;
  double e = 1e-6;
  double weight_decay = 0.01;
  double max_grad_norm = 1.0;  // of each parameter tensor by itself; 0 or less: no clipping
};

/// Parameters that share options, and what BertAdam remembers of each, in the same order.
struct BertAdamGroup {
  BertAdamOptions options;
  std::vector<at::Tensor> parameters;  // leaves that hold their gradient
  std::vector<at::Tensor> next_m;
  std::vector<at::Tensor> next_v;
  std::vector<std::int64_t> updates;
};

/// Takes `parameter` into the group, with moments of zero and no update so far.
void add_parameter(BertAdamGroup& group, const at::Tensor& parameter);

/// One update of every parameter that has a gradient; the others, their moments and their counts
/// stay. Clipping changes the gradients in place, as in the original.
void step(BertAdamGroup& group);

}  // namespace tarama::torch_trainer
