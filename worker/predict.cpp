// A saved model's answer to each line of a file.
#include "worker/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <span>

namespace tarama {

Result<void> predict(const input::PredictRequest& request, Trainer& trainer, std::FILE* output) {
  const auto input = input::read_predict_input(request);
  if (!input) {
    return input.error();
  }
  const std::vector<float> probabilities =
      trainer.predict(input->config, *input->weights, input->split);
  const std::size_t classes = input->classes.size();
  for (std::size_t example = 0; example * classes < probabilities.size(); ++example) {
    const auto row = std::span(probabilities).subspan(example * classes, classes);
    const auto best = std::max_element(row.begin(), row.end());
    const auto label = static_cast<std::size_t>(std::distance(row.begin(), best));
    fmt::print(output, "{}\t{:.6f}\n", input->classes[label], *best);
  }
  if (std::fflush(output) != 0) {
    return Error{Errc::io, fmt::format("writing the predictions: {}", std::strerror(errno))};
  }
  return {};
}

}  // namespace tarama
