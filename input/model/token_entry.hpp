// One added token as the JSON files of tokenizers write it.
#pragma once

#include "core/training/tokenizer_settings.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace tarama::input {

/// {"content": ..., "special": ..., "single_word": ..., ...}; the id is the caller's. Nothing where
/// it is no such object.
[[nodiscard]] std::optional<AddedToken> added_token_of(const nlohmann::json& entry);

// Ids beyond any vocabulary; what claims a higher one would only cost memory.
inline constexpr std::int64_t highest_piece = 2'000'000;

}  // namespace tarama::input
