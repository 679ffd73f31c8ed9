// See vocab_file.hpp.
#include "input/text/vocab_file.hpp"

#include "core/sweep/assert.hpp"
#include "input/files/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace tarama::input {
namespace {

constexpr std::array<std::string_view, 4> required_pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};

}  // namespace

Result<VocabFile> read_vocab_file(const std::filesystem::path& path) {
  Result<std::string> bytes = read_bytes(path);
  if (!bytes) {
    return bytes.error();
  }
  const Text text = text_of(std::move(*bytes));
  VocabFile vocab;
  std::unordered_set<std::string_view> distinct;
  for (const TextLine& line : lines_of(text.text)) {
    vocab.pieces.emplace_back(line.text);
    if (!distinct.insert(line.text).second) {
      ++vocab.duplicates;
    }
  }
  std::string missing;
  for (const std::string_view piece : required_pieces) {
    if (distinct.contains(piece)) {
      continue;
    }
    missing += missing.empty() ? "" : ", ";
    missing += piece;
  }
  if (!missing.empty()) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: the vocabulary ({} lines) lacks {}; expected a vocab.txt as "
                             "BERT's, a word piece per line",
                             path.string(),
                             vocab.pieces.size(),
                             missing)};
  }
  if (const std::int32_t pad = id_of(vocab.pieces, "[PAD]"); pad != 0) {
    return Error{Errc::invalid_config,
                 fmt::format("{}:{}: [PAD] is piece {}, expected it in the first line alone: texts "
                             "are filled up with id 0, as BERT's are",
                             path.string(),
                             pad + 1,
                             pad)};
  }
  return vocab;
}

std::int32_t id_of(const std::vector<std::string>& vocab, std::string_view piece) {
  const auto found = std::find(vocab.rbegin(), vocab.rend(), piece);
  TARAMA_ASSERT(found != vocab.rend(), "read_vocab_file and build_vocab see to the special pieces");
  return static_cast<std::int32_t>(vocab.rend() - found) - 1;
}

}  // namespace tarama::input
