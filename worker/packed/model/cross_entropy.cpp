// log of the sum of exponentials, less the score of the label.
#include "worker/packed/model/cross_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tarama::packed {

template <class Real>
double cross_entropy(std::span<const Real> scores,
                     std::span<const std::int32_t> labels,
                     std::span<Real> d_scores) {
  const std::size_t classes = scores.size() / labels.size();
  const auto examples = static_cast<double>(labels.size());
  double loss = 0;
  for (std::size_t example = 0; example < labels.size(); ++example) {
    const std::span<const Real> row = scores.subspan(example * classes, classes);
    const auto label = static_cast<std::size_t>(labels[example]);
    const auto largest = static_cast<double>(*std::ranges::max_element(row));
    double sum = 0;
    for (const Real score : row) {
      sum += std::exp(static_cast<double>(score) - largest);
    }
    loss += std::log(sum) + largest - static_cast<double>(row[label]);
    if (!d_scores.empty()) {
      for (std::size_t i = 0; i < classes; ++i) {
        const double probability = std::exp(static_cast<double>(row[i]) - largest) / sum;
        const double wanted = i == label ? 1 : 0;
        d_scores[example * classes + i] = static_cast<Real>((probability - wanted) / examples);
      }
    }
  }
  return loss / examples;
}

template double cross_entropy(std::span<const float>,
                              std::span<const std::int32_t>,
                              std::span<float>);
template double cross_entropy(std::span<const double>,
                              std::span<const std::int32_t>,
                              std::span<double>);

}  // namespace tarama::packed
