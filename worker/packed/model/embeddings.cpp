// Rows of three tables, gathered and scattered.
#include "worker/packed/model/embeddings.hpp"

#include <algorithm>

namespace tarama::packed {

template <class Real>
Embeddings<Real>::Embeddings(const Workbench<Real>& bench)
    : bits_(bench.capacity().tokens * bench.row_words()),
      out_(bench.capacity().tokens * bench.config().hidden),
      partial_(bench.config().type_vocab_size * bench.config().hidden) {
  if (!bench.is_pre()) {
    norm_ = bench.make_norm(RowSet::all_tokens);
  }
}

template <class Real>
void Embeddings<Real>::forward(Workbench<Real>& bench,
                               const ModelPlan& plan,
                               const TokenLayout& batch,
                               const Real* values) {
  const std::int64_t hidden = bench.config().hidden;
  const KernelTable<Real>& kernels = bench.kernels();
  for (std::int64_t token = 0; token < batch.tokens(); ++token) {
    const auto i = static_cast<std::size_t>(token);
    Real* const row = out_.data() + token * hidden;
    std::copy_n(values + plan.words + batch.words[i] * hidden, hidden, row);
    kernels.add(values + plan.types + batch.types[i] * hidden, hidden, row);
    kernels.add(values + plan.positions + batch.position_of[i] * hidden, hidden, row);
  }
  if (!bench.is_pre()) {
    bench.normalize({plan.embedding_gain, plan.embedding_shift},
                    values,
                    batch.tokens(),
                    out_.data(),
                    norm_,
                    out_.data());
  }
  bench.fill_row_bits(Place::embedding_dropout, 0, batch, RowSet::all_tokens, bits_);
  bench.drop_rows(bits_, batch.tokens(), out_.data(), out_.data());
}

template <class Real>
void Embeddings<Real>::backward(Workbench<Real>& bench,
                                const ModelPlan& plan,
                                const TokenLayout& batch,
                                const Real* values,
                                Real* d_out,
                                Real* gradients) {
  const std::int64_t hidden = bench.config().hidden;
  const std::int64_t padding = bench.config().padding_piece;  // no gradient, as in transformers
  const KernelTable<Real>& kernels = bench.kernels();
  bench.drop_rows(bits_, batch.tokens(), d_out, d_out);
  if (!bench.is_pre()) {
    bench.normalize_backward({plan.embedding_gain, plan.embedding_shift},
                             values,
                             batch.tokens(),
                             norm_,
                             d_out,
                             gradients,
                             d_out);
  }
  const std::int64_t position_rows = bench.capacity().longest;
  std::fill_n(gradients + plan.positions, position_rows * hidden, Real{0});
  std::fill_n(gradients + plan.types, bench.config().type_vocab_size * hidden, Real{0});
  // Every token is in the sum of its segment: by blocks, so that no running sum becomes long.
  const std::int64_t segments = bench.config().type_vocab_size;
  Real* const partial = partial_.data();
  for (std::int64_t token = 0; token < batch.tokens(); ++token) {
    const auto i = static_cast<std::size_t>(token);
    const Real* const row = d_out + token * hidden;
    if (plan.pieces[static_cast<std::size_t>(batch.words[i])] != padding) {
      kernels.add(row, hidden, gradients + plan.words + batch.words[i] * hidden);
    }
    kernels.add(row, hidden, partial + batch.types[i] * hidden);
    kernels.add(row, hidden, gradients + plan.positions + batch.position_of[i] * hidden);
    if (token % rows_per_sum == rows_per_sum - 1 || token + 1 == batch.tokens()) {
      kernels.add(partial, segments * hidden, gradients + plan.types);
      std::fill_n(partial, segments * hidden, Real{0});
    }
  }
}

template class Embeddings<float>;
template class Embeddings<double>;

}  // namespace tarama::packed
