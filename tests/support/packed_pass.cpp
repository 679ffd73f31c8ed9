// The parts that the packed learner puts together, without its optimizer.
#include "tests/support/packed_pass.hpp"

#include "worker/packed/model/cross_entropy.hpp"

namespace tarama::test {

template <class Real>
PackedPass<Real>::PackedPass(const MadeUpCase& made_up, const packed::KernelTable<Real>& kernels)
    : batch_(made_up.batch()),
      dropout_{.rate = made_up.dropout, .seed = made_up.seed, .step = 5},
      capacity_(packed::capacity_for(made_up.lengths, kernels.padded)),
      plan_(packed::plan_model(made_up.config(), pieces_of(batch_), capacity_.longest)),
      tables_(plan_, kernels),
      model_(made_up.config(), plan_, capacity_, kernels) {
  const ModelWeights weights = made_up.weights();
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    tables_.set(i, weights.at(plan_.slots[i].parameter.name).values);
  }
  packed::lay_out(
      batch_.ids, batch_.offsets, batch_.second_starts, plan_.row_of, kernels.padded, layout_);
}

template <class Real>
double PackedPass<Real>::forward(std::vector<Real>& d_scores) {
  const std::span<const Real> scores = model_.forward(layout_, dropout_, tables_.values());
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
  std::vector<Real> gradients(static_cast<std::size_t>(plan_.elements));
  model_.backward(layout_, d_scores, tables_.values(), gradients.data());
  return gradients;
}

template class PackedPass<float>;
template class PackedPass<double>;

}  // namespace tarama::test
