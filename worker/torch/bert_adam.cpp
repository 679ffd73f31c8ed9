// BertAdam's update in the original's order of operations.
#include "worker/torch/bert_adam.hpp"

#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cstddef>

namespace tarama::torch_trainer {
namespace {

// On the CPU the ten passes over a tensor go block by block: the six arrays of a block (at most
// 768 KiB in float32) stay in a core's L2 cache. Every pass is element by element, so the bits
// are those of one pass over all.
constexpr std::int64_t block_elements = std::int64_t{32} << 10;

/// clip_grad_norm_ of torch 1.13 for one tensor. The norm of the stacked norms is not a
/// no-op: squaring underflows for norms below 1e-23.
void clip_to_norm(at::Tensor& gradient, double max_norm) {
  const at::Tensor total = at::norm(at::stack({at::norm(gradient, 2.0)}), 2.0);
  // `max_norm / tensor` in Python is the reciprocal times max_norm.
  const at::Tensor factor = at::reciprocal(total + 1e-6) * max_norm;
  gradient.mul_(at::clamp_max(factor, 1.0));
}

/// What `update_block` needs beside the parameter's own tensors, made once per step.
struct Scratch {
  at::Tensor update;
  at::Tensor decay;
  at::Tensor weight_decay;  // the option as a tensor without dimensions
};

/// All tensors flat and of one length.
void update_block(const BertAdamOptions& options,
                  double lr,
                  at::Tensor parameter,
                  const at::Tensor& gradient,
                  at::Tensor next_m,
                  at::Tensor next_v,
                  const Scratch& scratch) {
  next_m.mul_(options.b1).add_(gradient, 1 - options.b1);
  next_v.mul_(options.b2).addcmul_(gradient, gradient, 1 - options.b2);
  at::Tensor update = scratch.update.narrow(0, 0, parameter.numel());
  at::sqrt_out(update, next_v);
  update.add_(options.e);
  at::div_out(update, next_m, update);
  if (options.weight_decay > 0) {
    // Product and sum rounded apart, as `update += weight_decay * p` does.
    at::Tensor decay = scratch.decay.narrow(0, 0, parameter.numel());
    at::mul_out(decay, parameter, scratch.weight_decay);
    update.add_(decay);
  }
  update.mul_(lr);
  parameter.sub_(update);
}

void update_parameter(BertAdamGroup& group, std::size_t i, const Scratch& scratch) {
  const BertAdamOptions& options = group.options;
  at::Tensor gradient = group.parameters[i].grad();
  if (options.max_grad_norm > 0) {
    clip_to_norm(gradient, options.max_grad_norm);
  }
  const double lr = options.lr * options.lr_factor(group.updates[i]);
  const at::Tensor flat_parameter = group.parameters[i].view({-1});
  const at::Tensor flat_gradient = gradient.reshape({-1});
  const at::Tensor flat_m = group.next_m[i].view({-1});
  const at::Tensor flat_v = group.next_v[i].view({-1});
  const std::int64_t elements = flat_parameter.numel();
  const std::int64_t block = scratch.update.numel();
  for (std::int64_t from = 0; from < elements; from += block) {
    const std::int64_t count = std::min(block, elements - from);
    update_block(options,
                 lr,
                 flat_parameter.narrow(0, from, count),
                 flat_gradient.narrow(0, from, count),
                 flat_m.narrow(0, from, count),
                 flat_v.narrow(0, from, count),
                 scratch);
  }
  ++group.updates[i];
}

Scratch make_scratch(const BertAdamGroup& group) {
  std::int64_t longest = 0;
  for (const at::Tensor& parameter : group.parameters) {
    longest = std::max(longest, parameter.numel());
  }
  const at::Tensor& any = group.parameters.front();
  const std::int64_t elements = any.is_cpu() ? std::min(longest, block_elements) : longest;
  return {at::empty({elements}, any.options()),
          at::empty({elements}, any.options()),
          at::scalar_tensor(group.options.weight_decay, at::kDouble)};
}

}  // namespace

void add_parameter(BertAdamGroup& group, const at::Tensor& parameter) {
  const c10::NoGradGuard no_grad;
  group.parameters.push_back(parameter);
  group.next_m.push_back(at::zeros_like(parameter, at::MemoryFormat::Contiguous));
  group.next_v.push_back(at::zeros_like(parameter, at::MemoryFormat::Contiguous));
  group.updates.push_back(0);
}

void step(BertAdamGroup& group) {
  if (group.parameters.empty()) {
    return;
  }
  const c10::NoGradGuard no_grad;
  const Scratch scratch = make_scratch(group);
  for (std::size_t i = 0; i < group.parameters.size(); ++i) {
    if (group.parameters[i].grad().defined()) {
      update_parameter(group, i, scratch);
    }
  }
}

}  // namespace tarama::torch_trainer
