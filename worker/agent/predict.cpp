// A saved model's answer to each line of a file.
#include "worker/agent/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

namespace {

/// JSON whose numbers are float32, so that they are printed with no more digits than those have.
using FloatJson = nlohmann::basic_json<nlohmann::ordered_map,
                                       std::vector,
                                       std::string,
                                       bool,
                                       std::int64_t,
                                       std::uint64_t,
                                       float>;

struct Prediction {
  std::size_t label = 0;
  std::span<const float> probabilities;  // one per class
  std::span<const std::int32_t> ids;
};

std::string json_line(const Prediction& prediction, const std::vector<std::string>& classes) {
  FloatJson probabilities = FloatJson::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    probabilities[classes[i]] = prediction.probabilities[i];
  }
  const FloatJson line = {
      {"label", classes[prediction.label]},
      {"probability", prediction.probabilities[prediction.label]},
      {"probabilities", std::move(probabilities)},
      {"ids", std::vector<std::int32_t>(prediction.ids.begin(), prediction.ids.end())}};
  return line.dump(-1, ' ', false, FloatJson::error_handler_t::replace);
}

/// A reader that has gone away has what it wanted.
Result<void> written_or_not(int cause) {
  if (cause == EPIPE) {
    return {};
  }
  return Error{Errc::io, fmt::format("writing the predictions: {}", std::strerror(cause))};
}

/// The trainer's answer, or its exception as an error.
Result<std::vector<float>> probabilities_of(const input::PredictInput& input, Trainer& trainer) {
  try {
    return trainer.predict(input.config, *input.weights, input.split);
  } catch (const std::bad_alloc&) {
    return Error{Errc::internal, "the machine has no memory left to predict with this model"};
  } catch (const std::exception& error) {
    return Error{Errc::internal, fmt::format("the model cannot predict: {}", error.what())};
  }
}

}  // namespace

Result<void> predict(const input::PredictRequest& request,
                     Trainer& trainer,
                     PredictLines lines,
                     std::FILE* output) {
  const auto input = input::read_predict_input(request);
  if (!input) {
    return input.error();
  }
  const auto probabilities = probabilities_of(*input, trainer);
  if (!probabilities) {
    return probabilities.error();
  }
  const std::size_t classes = input->classes.size();
  for (std::size_t example = 0; example * classes < probabilities->size(); ++example) {
    const auto row = std::span(*probabilities).subspan(example * classes, classes);
    const auto best = std::max_element(row.begin(), row.end());
    const auto label = static_cast<std::size_t>(std::distance(row.begin(), best));
    std::string line;
    if (lines == PredictLines::json) {
      const auto ids = input->split.tokens_of(static_cast<std::int64_t>(example));
      line = json_line({label, row, ids}, input->classes) + "\n";
    } else {
      line = fmt::format("{}\t{:.6f}\n", input->classes[label], *best);
    }
    if (std::fwrite(line.data(), 1, line.size(), output) < line.size()) {
      return written_or_not(errno);
    }
  }
  return std::fflush(output) == 0 ? Result<void>() : written_or_not(errno);
}

}  // namespace tarama
