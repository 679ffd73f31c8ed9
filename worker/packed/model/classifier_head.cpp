// A few rows: one per example.
#include "worker/packed/model/classifier_head.hpp"

#include <cmath>

namespace tarama::packed {
namespace {

/// By double, so that the float result hardly depends on the C library.
template <class Real>
Real tanh_of(Real x) {
  return static_cast<Real>(std::tanh(static_cast<double>(x)));
}

}  // namespace

template <class Real>
ClassifierHead<Real>::ClassifierHead(const Workbench<Real>& bench) {
  const std::int64_t elements = bench.capacity().examples * bench.config().hidden;
  if (bench.is_pre()) {
    norm_ = bench.make_norm(RowSet::first_tokens);
    normalized_ = Buffer<Real>(elements);
  }
  pooled_ = Buffer<Real>(elements);
  bits_ = Buffer<std::uint64_t>(bench.capacity().examples * bench.row_words());
  dropped_ = Buffer<Real>(elements);
  scores_ = Buffer<Real>(bench.capacity().examples * bench.config().classes);
  d_pooled_ = Buffer<Real>(elements);
}

template <class Real>
std::span<const Real> ClassifierHead<Real>::forward(Workbench<Real>& bench,
                                                    const ModelPlan& plan,
                                                    const TokenLayout& batch,
                                                    const Real* values,
                                                    const Real* x) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t classes = bench.config().classes;
  const std::int64_t rows = batch.examples();
  read_ = x;
  if (bench.is_pre()) {
    bench.normalize(
        {plan.final_gain, plan.final_shift}, values, rows, x, norm_, normalized_.data());
    read_ = normalized_.data();
  }
  bench.linear().forward({hidden, hidden},
                         values + plan.pooler,
                         values + plan.pooler_bias,
                         {read_, hidden},
                         rows,
                         {pooled_.data(), hidden});
  for (std::int64_t i = 0; i < rows * hidden; ++i) {
    pooled_[i] = tanh_of(pooled_[i]);
  }
  bench.fill_row_bits(Place::classifier_dropout, 0, batch, RowSet::first_tokens, bits_);
  bench.drop_rows(bits_, rows, pooled_.data(), dropped_.data());
  bench.linear().forward({classes, hidden},
                         values + plan.classifier,
                         values + plan.classifier_bias,
                         {dropped_.data(), hidden},
                         rows,
                         {scores_.data(), classes});
  return {scores_.data(), static_cast<std::size_t>(rows * classes)};
}

template <class Real>
void ClassifierHead<Real>::backward(Workbench<Real>& bench,
                                    const ModelPlan& plan,
                                    const TokenLayout& batch,
                                    const Real* values,
                                    std::span<const Real> d_scores,
                                    Real* d_x,
                                    Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t classes = bench.config().classes;
  const std::int64_t rows = batch.examples();
  const LinearShape classifier{classes, hidden};
  const LinearShape pooler{hidden, hidden};
  Linear<Real>& linear = bench.linear();
  linear.backward_parameters(classifier,
                             {d_scores.data(), classes},
                             {dropped_.data(), hidden},
                             rows,
                             gradients + plan.classifier,
                             gradients + plan.classifier_bias);
  linear.backward_input(classifier,
                        values + plan.classifier,
                        {d_scores.data(), classes},
                        rows,
                        {d_pooled_.data(), hidden},
                        Into::fresh);
  bench.drop_rows(bits_, rows, d_pooled_.data(), d_pooled_.data());
  for (std::int64_t i = 0; i < rows * hidden; ++i) {
    d_pooled_[i] *= 1 - pooled_[i] * pooled_[i];
  }
  linear.backward_parameters(pooler,
                             {d_pooled_.data(), hidden},
                             {read_, hidden},
                             rows,
                             gradients + plan.pooler,
                             gradients + plan.pooler_bias);
  linear.backward_input(
      pooler, values + plan.pooler, {d_pooled_.data(), hidden}, rows, {d_x, hidden}, Into::fresh);
  if (bench.is_pre()) {
    bench.normalize_backward(
        {plan.final_gain, plan.final_shift}, values, rows, norm_, d_x, gradients, d_x);
  }
}

template class ClassifierHead<float>;
template class ClassifierHead<double>;

}  // namespace tarama::packed
