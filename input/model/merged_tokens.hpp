// The added tokens of a folder, each once and with its id, of the files that name them. Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/tokenizer_settings.hpp"

#include <string>
#include <vector>

namespace tarama::input {

/// `with_ids`: the first one of a content says how it is matched. `special`: contents alone; those
/// that have no id yet get the next ones, as in `transformers`. In the order of their ids, without
/// the five special pieces. Two ids for a content, or two contents for an id, are an error.
[[nodiscard]] Result<std::vector<AddedToken>> merge_added_tokens(
    const std::vector<std::string>& pieces,
    const std::vector<AddedToken>& with_ids,
    const std::vector<std::string>& special);

}  // namespace tarama::input
