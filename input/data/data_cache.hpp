// Tokenized data on disk, by a hash of all that they were made of, so that a machine tokenizes
// a data set once. Processes share the folder without locks: a file is there whole or not at
// all, and one that is damaged counts as not there.
#pragma once

#include "core/sweep/result.hpp"
#include "input/data/labelled_splits.hpp"
#include "input/data/tokenized_inputs.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarama::input {

/// The key of what `label_splits` and `tokenize` make of these: a hash of the files' bytes, not
/// of their names, and of every setting that changes the outcome. All files of `data` must be
/// there.
[[nodiscard]] std::string data_cache_key(const DataSpec& data,
                                         const DataFiles& files,
                                         std::int64_t sweep_seed,
                                         const TokenizeSettings& settings);

/// The tokens stay in the file, mapped.
[[nodiscard]] std::optional<TokenizedInputs> read_data_cache(const std::filesystem::path& folder,
                                                             const std::string& key);

/// Makes the folder if need be.
[[nodiscard]] Result<void> write_data_cache(const std::filesystem::path& folder,
                                            const std::string& key,
                                            const TokenizedInputs& inputs);

/// The bytes of a cache file, and back; nothing for bytes that are not whole. With a `keeper`,
/// which keeps them, the arrays stay where they are. Exposed for tests.
[[nodiscard]] std::string to_cache_bytes(const TokenizedInputs& inputs);
[[nodiscard]] std::optional<TokenizedInputs> from_cache_bytes(
    std::string_view bytes, const std::shared_ptr<const void>& keeper = nullptr);

}  // namespace tarama::input
