// See vocab_file.hpp.
#include "input/text/vocab_file.hpp"

#include "core/sweep/assert.hpp"
#include "input/files/text_file.hpp"
#include "input/files/utf8.hpp"
#include "input/text/unicode_properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace tarama::input {
namespace {

constexpr std::array<std::string_view, 4> required_pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};

/// The lines as Python's text mode gives them.
std::vector<std::string_view> vocab_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\r\n", from), text.size());
    lines.push_back(text.substr(from, end - from));
    from = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
  }
  return lines;
}

bool is_space_at(std::string_view text, std::size_t at, std::size_t& end) {
  end = at;
  const std::optional<char32_t> code_point = next_code_point(text, end);
  return code_point && is_space(*code_point);
}

}  // namespace

std::string_view stripped_piece(std::string_view piece) {
  std::size_t begin = 0;
  std::size_t kept_until = 0;
  bool has_begun = false;
  for (std::size_t at = 0; at < piece.size();) {
    std::size_t end = at;
    if (!is_space_at(piece, at, end)) {
      begin = has_begun ? begin : at;
      has_begun = true;
      kept_until = end;
    }
    at = end;
  }
  return piece.substr(begin, has_begun ? kept_until - begin : 0);
}

std::string missing_pieces(const std::vector<std::string>& pieces) {
  std::string missing;
  for (const std::string_view piece : required_pieces) {
    if (std::find(pieces.begin(), pieces.end(), piece) != pieces.end()) {
      continue;
    }
    missing += missing.empty() ? "" : ", ";
    missing += piece;
  }
  return missing;
}

Result<VocabFile> read_vocab_file(const std::filesystem::path& path) {
  constexpr std::uint64_t largest_vocabulary = std::uint64_t{64} << 20U;  // BERT's has 0.2 MB
  Result<std::string> bytes = read_bytes(path, largest_vocabulary);
  if (!bytes) {
    return bytes.error();
  }
  const Text text = text_of(std::move(*bytes));
  if (text.replaced > 0) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: is not UTF-8, expected a vocab.txt as BERT's", path.string())};
  }
  VocabFile vocab;
  std::unordered_set<std::string_view> distinct;
  for (const std::string_view line : vocab_lines(text.text)) {
    const std::string_view piece = stripped_piece(line);
    vocab.pieces.emplace_back(piece);
    if (!piece.empty() && !distinct.insert(piece).second) {
      ++vocab.duplicates;
    }
  }
  while (!vocab.pieces.empty() && vocab.pieces.back().empty()) {
    vocab.pieces.pop_back();
  }
  if (const std::string missing = missing_pieces(vocab.pieces); !missing.empty()) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: the vocabulary ({} lines) lacks {}; expected a vocab.txt as "
                             "BERT's, a word piece per line",
                             path.string(),
                             vocab.pieces.size(),
                             missing)};
  }
  return vocab;
}

std::int32_t id_of(const std::vector<std::string>& vocab, std::string_view piece) {
  const auto found = std::find(vocab.rbegin(), vocab.rend(), piece);
  TARAMA_ASSERT(found != vocab.rend(), "read_vocab_file and build_vocab see to the special pieces");
  return static_cast<std::int32_t>(vocab.rend() - found) - 1;
}

}  // namespace tarama::input
