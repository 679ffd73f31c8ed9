// A vocab.txt as BERT's: a word piece per line, its id the number of the line from 0.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

struct VocabFile {
  std::vector<std::string> pieces;
  std::int64_t duplicates = 0;  // lines whose piece stands again further down: never used
};

/// LF or CRLF. Must hold [PAD], as id 0, [UNK], [CLS] and [SEP]; the message names what is wrong.
[[nodiscard]] Result<VocabFile> read_vocab_file(const std::filesystem::path& path);

/// The id of `piece`, which must be there; of several the last, as the tokenizer has it.
[[nodiscard]] std::int32_t id_of(const std::vector<std::string>& vocab, std::string_view piece);

}  // namespace tarama::input
