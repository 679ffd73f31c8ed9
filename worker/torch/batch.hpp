// A batch as the model takes it: examples side by side, padded to the longest of them. Plain
// arrays; no LibTorch.
#pragma once

#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tarama::torch_trainer {

/// `ids` and `segments` are [examples, longest], row-major, 0 behind an example's end.
struct Batch {
  std::int64_t examples = 0;
  std::int64_t longest = 0;
  std::int64_t tokens = 0;  // without padding
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> segments;  // 0, and 1 from second_starts on
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> labels;
};

/// Why a model of `config` cannot take `split`, for a person: a token id, a length or a label out
/// of its range. LibTorch reads past its tables where one is.
[[nodiscard]] std::optional<std::string> misfit(const TokenizedSplit& split,
                                                const ModelConfig& config);

/// The named examples of `split`, in the order given. At least one.
[[nodiscard]] Batch make_batch(const TokenizedSplit& split, std::span<const std::int64_t> examples);

/// The examples first .. first + count - 1 of `split`, in file order.
[[nodiscard]] Batch make_batch_in_order(const TokenizedSplit& split,
                                        std::int64_t first,
                                        std::int64_t count);

}  // namespace tarama::torch_trainer
