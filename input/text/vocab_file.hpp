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

/// Lines end at LF, CRLF or CR, and spaces around a piece are no part of it, as in
/// pytorch_pretrained_bert; empty lines at the end are none. Must hold [PAD], [UNK], [CLS] and
/// [SEP]; the message names what is wrong.
[[nodiscard]] Result<VocabFile> read_vocab_file(const std::filesystem::path& path);

/// Without what Python's str.strip() takes away.
[[nodiscard]] std::string_view stripped_piece(std::string_view piece);

/// Which of [PAD], [UNK], [CLS] and [SEP] are not there, with commas between them.
[[nodiscard]] std::string missing_pieces(const std::vector<std::string>& pieces);

/// The id of `piece`, which must be there; of several the last, as the tokenizer has it.
[[nodiscard]] std::int32_t id_of(const std::vector<std::string>& vocab, std::string_view piece);

}  // namespace tarama::input
