// A saved model's answer to each line of a file.
#include "worker/agent/predict.hpp"

#include "worker/agent/predict_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tarama {

namespace {

/// Examples that a trainer takes at a time: making a learner costs as much as some hundred of them,
/// and the first answers should not wait for the last ones.
std::int64_t examples_in_part(std::int64_t examples, std::size_t trainers) {
  constexpr std::int64_t fewest = 128;
  constexpr std::int64_t most = 2048;
  return std::clamp(examples / static_cast<std::int64_t>(trainers) + 1, fewest, most);
}

/// `count` examples from `first` on, or as many as there are.
TokenizedSplit part_of(const TokenizedSplit& split, std::int64_t first, std::int64_t count) {
  TokenizedSplit part;
  const std::int64_t last = std::min(split.examples(), first + count);
  for (std::int64_t example = first; example < last; ++example) {
    const auto tokens = split.tokens_of(example);
    part.ids.insert(part.ids.end(), tokens.begin(), tokens.end());
    part.offsets.push_back(static_cast<std::int64_t>(part.ids.size()));
    part.second_starts.push_back(split.second_starts[static_cast<std::size_t>(example)]);
    part.labels.push_back(split.labels[static_cast<std::size_t>(example)]);
  }
  return part;
}

/// A reader that has gone away has what it wanted.
Result<void> written_or_not(int cause) {
  if (cause == EPIPE) {
    return {};
  }
  return Error{Errc::io, fmt::format("writing the predictions: {}", std::strerror(cause))};
}

/// The trainer's answer, or its exception as an error.
Result<std::vector<float>> probabilities_of(const input::PredictInput& input,
                                            const TokenizedSplit& part,
                                            Trainer& trainer) {
  try {
    return trainer.predict(input.config, *input.weights, part);
  } catch (const std::bad_alloc&) {
    return Error{Errc::internal, "the machine has no memory left to predict with this model"};
  } catch (const std::exception& error) {
    return Error{Errc::internal, fmt::format("the model cannot predict: {}", error.what())};
  }
}

struct Part {
  TokenizedSplit split;
  std::optional<Result<std::vector<float>>> probabilities;
};

/// The next parts, one a trainer, all at the same time.
std::vector<Part> predict_parts(const input::PredictInput& input,
                                std::int64_t first,
                                const std::vector<Trainer*>& trainers) {
  std::vector<Part> parts;
  const std::int64_t count = examples_in_part(input.split.examples(), trainers.size());
  for (std::size_t i = 0; i < trainers.size() && first < input.split.examples(); ++i) {
    parts.push_back({part_of(input.split, first, count), std::nullopt});
    first += count;
  }
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    threads.emplace_back([&input, &part = parts[i], trainer = trainers[i]] {
      part.probabilities = probabilities_of(input, part.split, *trainer);
    });
  }
  if (!parts.empty()) {
    parts[0].probabilities = probabilities_of(input, parts[0].split, *trainers[0]);
  }
  return parts;  // behind the threads: they are joined first
}

}  // namespace

Result<void> predict(const input::PredictRequest& request,
                     const std::vector<Trainer*>& trainers,
                     const PredictOutput& lines,
                     std::FILE* output) {
  const auto input = input::read_predict_input(request);
  if (!input) {
    return input.error();
  }
  const auto classes = static_cast<std::int64_t>(input->classes.size());
  ConfusionMatrix matrix(classes);
  std::int64_t first = 0;
  while (first < input->split.examples()) {
    for (const Part& part : predict_parts(*input, first, trainers)) {
      const Result<std::vector<float>>& answer = *part.probabilities;
      if (!answer) {
        return answer.error();
      }
      std::string text;
      for (std::int64_t example = 0; example < part.split.examples(); ++example) {
        const auto row = std::span(*answer).subspan(static_cast<std::size_t>(example * classes),
                                                    static_cast<std::size_t>(classes));
        matrix.add(part.split.labels[static_cast<std::size_t>(example)], argmax(row));
        text += prediction_line(lines, row, part.split.tokens_of(example), input->classes);
      }
      if (std::fwrite(text.data(), 1, text.size(), output) < text.size()) {
        return written_or_not(errno);
      }
      first += part.split.examples();
    }
    if (std::fflush(output) != 0) {
      return written_or_not(errno);
    }
  }
  if (request.label) {
    const std::string text = evaluation_text(lines.lines, matrix, input->classes);
    if (std::fwrite(text.data(), 1, text.size(), output) < text.size()) {
      return written_or_not(errno);
    }
  }
  return std::fflush(output) == 0 ? Result<void>() : written_or_not(errno);
}

}  // namespace tarama
