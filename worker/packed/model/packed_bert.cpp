// The parts in their order, there and back.
#include "worker/packed/model/packed_bert.hpp"

#include <utility>

namespace tarama::packed {

template <class Real>
PackedBert<Real>::PackedBert(const ModelConfig& config,
                             const ModelPlan& plan,
                             const Capacity& capacity,
                             const KernelTable<Real>& kernels)
    : plan_(plan),
      bench_(config, capacity, kernels),
      embeddings_(bench_),
      head_(bench_),
      d_stream_(capacity.tokens * config.hidden),
      d_next_(capacity.tokens * config.hidden) {
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const bool is_last = layer + 1 == config.layers;
    layers_.emplace_back(bench_,
                         plan.layers[static_cast<std::size_t>(layer)],
                         layer,
                         is_last ? RowSet::first_tokens : RowSet::all_tokens);
  }
}

template <class Real>
std::span<const Real> PackedBert<Real>::forward(const TokenLayout& batch,
                                                const Dropout& dropout,
                                                const Real* values) {
  bench_.begin(dropout);
  embeddings_.forward(bench_, plan_, batch, values);
  const Real* x = embeddings_.out();
  for (EncoderLayer<Real>& layer : layers_) {
    layer.forward(bench_, batch, values, x);
    x = layer.out();
  }
  return head_.forward(bench_, plan_, batch, values, x);
}

template <class Real>
void PackedBert<Real>::backward(const TokenLayout& batch,
                                std::span<const Real> d_scores,
                                const Real* values,
                                Real* gradients) {
  Real* d_out = d_stream_.data();
  Real* d_x = d_next_.data();
  head_.backward(bench_, plan_, batch, values, d_scores, d_out, gradients);
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    layer->backward(bench_, batch, values, d_out, d_x, gradients);
    std::swap(d_out, d_x);
  }
  embeddings_.backward(bench_, plan_, batch, values, d_out, gradients);
}

template class PackedBert<float>;
template class PackedBert<double>;

}  // namespace tarama::packed
