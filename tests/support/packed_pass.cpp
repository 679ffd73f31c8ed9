// A batch, forward and backward.
#include "tests/support/packed_pass.hpp"

#include "worker/packed/model/cross_entropy.hpp"

namespace tarama::test {

template <class Real>
PackedPass<Real>::PackedPass(const MadeUpCase& made_up, const packed::KernelTable<Real>& kernels)
    : batch_(made_up.batch()),
      dropout_{.rate = made_up.dropout, .seed = made_up.seed, .step = 5},
      model_(made_up.config(),
             pieces_of(batch_),
             packed::capacity_for(made_up.lengths, kernels.padded),
             made_up.weights(),
             kernels) {}

template <class Real>
double PackedPass<Real>::forward(std::vector<Real>& d_scores) {
  const std::span<const Real> scores = model_.scores(batch_, dropout_);
  d_scores.resize(scores.size());
  return packed::cross_entropy<Real>(scores, batch_.labels, d_scores);
}

template <class Real>
double PackedPass<Real>::loss() {
  std::vector<Real> d_scores;
  return forward(d_scores);
}

template <class Real>
std::vector<Real> PackedPass<Real>::gradients() {
  std::vector<Real> d_scores;
  forward(d_scores);
  std::vector<Real> gradients(static_cast<std::size_t>(plan().elements));
  model_.backward(d_scores, gradients);
  return gradients;
}

template class PackedPass<float>;
template class PackedPass<double>;

}  // namespace tarama::test
