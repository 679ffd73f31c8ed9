// Norms, factors, updates.
#include "worker/packed/model/bert_adam.hpp"

#include <algorithm>
#include <cmath>

namespace tarama::packed {
namespace {

/// What clip_grad_norm_ multiplies a tensor's gradient by. The norm of the norm is no no-op: its
/// square underflows for the smallest ones.
template <class Real>
Real clip_factor(double squares, double max_norm) {
  if (max_norm <= 0) {
    return 1;
  }
  const Real norm = static_cast<Real>(std::sqrt(squares));
  const Real total = std::sqrt(norm * norm);
  const Real factor = Real{1} / (total + static_cast<Real>(1e-6)) * static_cast<Real>(max_norm);
  // Not by std::min: a norm that is not a number must stay one.
  return factor > 1 ? Real{1} : factor;
}

template <class Real>
UpdateRule<Real> rule_of(const UpdateSettings& settings, const Slot& slot, double squares) {
  return {.lr = static_cast<Real>(settings.lr),
          .factor = clip_factor<Real>(squares, settings.max_grad_norm),
          .weight_decay =
              is_decayed(slot.parameter.role) ? static_cast<Real>(settings.weight_decay) : Real{0}};
}

}  // namespace

template <class Real>
BertAdam<Real>::BertAdam(const ModelPlan& plan, const KernelTable<Real>& kernels)
    : next_m(plan.elements),
      next_v(plan.elements),
      plan_(plan),
      kernels_(kernels),
      has_gradient_(plan.pieces.size(), 0),
      has_moments_(plan.pieces.size(), 0) {}

template <class Real>
void BertAdam<Real>::forget() {
  std::fill_n(next_m.data(), next_m.size(), Real{0});
  std::fill_n(next_v.data(), next_v.size(), Real{0});
  std::ranges::fill(has_moments_, std::uint8_t{0});
}

template <class Real>
void BertAdam<Real>::moments_were_set() {
  std::ranges::fill(has_moments_, std::uint8_t{1});
}

template <class Real>
void BertAdam<Real>::update(const UpdateSettings& settings,
                            std::span<const std::int32_t> words,
                            Real* gradients,
                            Real* values) {
  for (const Slot& slot : plan_.slots) {
    if (slot.parameter.module == Module::word_embeddings) {
      update_words(settings, slot, words, gradients, values);
      continue;
    }
    Real* const gradient = gradients + slot.offset;
    const double squares =
        settings.max_grad_norm > 0 ? kernels_.sum_of_squares(gradient, slot.elements()) : 0;
    kernels_.update(rule_of<Real>(settings, slot, squares),
                    gradient,
                    slot.elements(),
                    values + slot.offset,
                    next_m.data() + slot.offset,
                    next_v.data() + slot.offset);
  }
}

template <class Real>
void BertAdam<Real>::update_words(const UpdateSettings& settings,
                                  const Slot& slot,
                                  std::span<const std::int32_t> words,
                                  Real* gradients,
                                  Real* values) {
  for (const std::int32_t row : words) {
    has_gradient_[static_cast<std::size_t>(row)] = 1;
    has_moments_[static_cast<std::size_t>(row)] = 1;
  }
  // In the order of rows, so that the sum's bits do not depend on the order of the examples.
  double squares = 0;
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    if (settings.max_grad_norm > 0 && has_gradient_[static_cast<std::size_t>(row)] != 0) {
      squares += kernels_.sum_of_squares(gradients + slot.offset + row * slot.width, slot.width);
    }
  }
  const UpdateRule<Real> rule = rule_of<Real>(settings, slot, squares);
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    const std::int64_t offset = slot.offset + row * slot.width;
    Real* const gradient = gradients + offset;
    if (has_moments_[static_cast<std::size_t>(row)] == 0) {
      if (rule.weight_decay > 0) {
        kernels_.decay(&rule.lr, 1, rule.weight_decay, slot.width, values + offset);
      }
      continue;
    }
    std::uint8_t& has_gradient = has_gradient_[static_cast<std::size_t>(row)];
    kernels_.update(rule,
                    has_gradient != 0 ? gradient : nullptr,
                    slot.width,
                    values + offset,
                    next_m.data() + offset,
                    next_v.data() + offset);
    if (has_gradient != 0) {
      std::fill_n(gradient, slot.width, Real{0});
      has_gradient = 0;
    }
  }
}

template class BertAdam<float>;
template class BertAdam<double>;

}  // namespace tarama::packed
