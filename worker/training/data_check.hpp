// Whether a model can take the examples of a split. Pure.
#pragma once

#include "core/training/model_config.hpp"
#include "core/training/tokenized_data.hpp"

#include <optional>
#include <string>

namespace tarama::training {

/// Why a model of `config` cannot take `split`, for a person: a token id, a length or a label out
/// of its range, where a learner would read past its tables. nullopt: it can.
[[nodiscard]] std::optional<std::string> misfit(const TokenizedSplit& split,
                                                const ModelConfig& config);

}  // namespace tarama::training
