// See unicode_properties.hpp. The tables were compared with Python 3.11 (unicodedata 14.0.0)
// over all code points.
#include "input/text/unicode_properties.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utf8proc.h>

namespace tarama::input {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t size>
bool contains(const std::array<Range, size>& ranges, char32_t code_point) {
  const auto behind = std::upper_bound(
      ranges.begin(), ranges.end(), code_point, [](char32_t value, const Range& range) {
        return value < range.first;
      });
  return behind != ranges.begin() && code_point <= std::prev(behind)->last;
}

// Assigned in Unicode 15.0 and 15.1, hence not in 14.
constexpr std::array assigned_after_14 = {
    Range{0xCF3, 0xCF3},     Range{0xECE, 0xECE},     Range{0x2FFC, 0x2FFF},
    Range{0x31EF, 0x31EF},   Range{0x10EFD, 0x10EFF}, Range{0x1123F, 0x11241},
    Range{0x11B00, 0x11B09}, Range{0x11F00, 0x11F10}, Range{0x11F12, 0x11F3A},
    Range{0x11F3E, 0x11F59}, Range{0x1342F, 0x1342F}, Range{0x13439, 0x13455},
    Range{0x1B132, 0x1B132}, Range{0x1B155, 0x1B155}, Range{0x1D2C0, 0x1D2D3},
    Range{0x1DF25, 0x1DF2A}, Range{0x1E030, 0x1E06D}, Range{0x1E08F, 0x1E08F},
    Range{0x1E4D0, 0x1E4F9}, Range{0x1F6DC, 0x1F6DC}, Range{0x1F774, 0x1F776},
    Range{0x1F77B, 0x1F77F}, Range{0x1F7D9, 0x1F7D9}, Range{0x1FA75, 0x1FA77},
    Range{0x1FA87, 0x1FA88}, Range{0x1FAAD, 0x1FAAF}, Range{0x1FABB, 0x1FABD},
    Range{0x1FABF, 0x1FABF}, Range{0x1FACE, 0x1FACF}, Range{0x1FADA, 0x1FADB},
    Range{0x1FAE8, 0x1FAE8}, Range{0x1FAF7, 0x1FAF8}, Range{0x2B739, 0x2B739},
    Range{0x2EBF0, 0x2EE5D}, Range{0x31350, 0x323AF}};

constexpr std::array han_blocks = {Range{0x3400, 0x4DBF},
                                   Range{0x4E00, 0x9FFF},
                                   Range{0xF900, 0xFAFF},
                                   Range{0x20000, 0x2A6DF},
                                   Range{0x2A700, 0x2B73F},
                                   Range{0x2B740, 0x2B81F},
                                   Range{0x2B820, 0x2CEAF},
                                   Range{0x2F800, 0x2FA1F}};

// Case_Ignorable beyond the categories Mn, Me, Cf, Lm and Sk.
constexpr std::array other_case_ignorable = {Range{0x27, 0x27},
                                             Range{0x2E, 0x2E},
                                             Range{0x3A, 0x3A},
                                             Range{0xB7, 0xB7},
                                             Range{0x387, 0x387},
                                             Range{0x55F, 0x55F},
                                             Range{0x5F4, 0x5F4},
                                             Range{0x2018, 0x2019},
                                             Range{0x2024, 0x2024},
                                             Range{0x2027, 0x2027},
                                             Range{0xFE13, 0xFE13},
                                             Range{0xFE52, 0xFE52},
                                             Range{0xFE55, 0xFE55},
                                             Range{0xFF07, 0xFF07},
                                             Range{0xFF0E, 0xFF0E},
                                             Range{0xFF1A, 0xFF1A}};

// Cased beyond the categories Lu, Ll and Lt, without those that are ignorable as well.
constexpr std::array other_cased = {Range{0xAA, 0xAA},
                                    Range{0xBA, 0xBA},
                                    Range{0x2160, 0x217F},
                                    Range{0x24B6, 0x24E9},
                                    Range{0x1F130, 0x1F149},
                                    Range{0x1F150, 0x1F169},
                                    Range{0x1F170, 0x1F189}};

utf8proc_category_t category_of(char32_t code_point) {
  if (contains(assigned_after_14, code_point)) {
    return UTF8PROC_CATEGORY_CN;
  }
  return utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
}

bool is_case_ignorable(char32_t code_point) {
  const auto category = category_of(code_point);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
         category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_LM ||
         category == UTF8PROC_CATEGORY_SK || contains(other_case_ignorable, code_point);
}

bool is_cased(char32_t code_point) {
  const auto category = category_of(code_point);
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
         category == UTF8PROC_CATEGORY_LT || contains(other_cased, code_point);
}

/// Whether the sigma at text[at] ends a word: behind a cased letter and before none, case
/// ignorable characters between them left aside.
bool is_final_sigma(const std::u32string& text, std::size_t at) {
  const auto before =
      std::find_if_not(std::make_reverse_iterator(text.begin() + static_cast<std::ptrdiff_t>(at)),
                       text.rend(),
                       is_case_ignorable);
  if (before == text.rend() || !is_cased(*before)) {
    return false;
  }
  const auto after = std::find_if_not(
      text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), is_case_ignorable);
  return after == text.end() || !is_cased(*after);
}

int combining_class(char32_t code_point) {
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point))->combining_class;
}

/// Sorts every run of combining characters by their class, as the canonical order demands.
void order_combining_characters(std::u32string& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const int here = combining_class(text[i]);
    if (here == 0) {
      continue;
    }
    for (std::size_t j = i; j > 0 && combining_class(text[j - 1]) > here; --j) {
      std::swap(text[j - 1], text[j]);
    }
  }
}

}  // namespace

bool is_other(char32_t code_point) {
  const auto category = category_of(code_point);
  return category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CC ||
         category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CS ||
         category == UTF8PROC_CATEGORY_CO;
}

bool is_nonspacing_mark(char32_t code_point) {
  return category_of(code_point) == UTF8PROC_CATEGORY_MN;
}

bool is_punctuation(char32_t code_point) {
  if (code_point < 0x80) {
    return (code_point >= 33 && code_point <= 47) || (code_point >= 58 && code_point <= 64) ||
           (code_point >= 91 && code_point <= 96) || (code_point >= 123 && code_point <= 126);
  }
  const auto category = category_of(code_point);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool is_word_character(char32_t code_point) {
  const auto category = category_of(code_point);
  const bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
  const bool is_mark = category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
  return is_letter || is_mark || category == UTF8PROC_CATEGORY_ND ||
         category == UTF8PROC_CATEGORY_NL || category == UTF8PROC_CATEGORY_PC ||
         code_point == 0x200C || code_point == 0x200D;
}

bool is_space(char32_t code_point) {
  return (code_point >= 0x09 && code_point <= 0x0D) || (code_point >= 0x1C && code_point <= 0x20) ||
         code_point == 0x85 || code_point == 0xA0 || code_point == 0x1680 ||
         (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028 ||
         code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F ||
         code_point == 0x3000;
}

bool is_han(char32_t code_point) {
  return code_point >= 0x3400 && contains(han_blocks, code_point);
}

std::u32string lower(const std::u32string& text) {
  constexpr char32_t capital_sigma = 0x3A3;
  constexpr char32_t capital_i_with_dot = 0x130;  // the only one with a longer lower case
  std::u32string lowered;
  lowered.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == capital_sigma) {
      lowered += is_final_sigma(text, i) ? char32_t{0x3C2} : char32_t{0x3C3};
    } else if (text[i] == capital_i_with_dot) {
      lowered += {char32_t{'i'}, char32_t{0x307}};
    } else {
      lowered += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(text[i])));
    }
  }
  return lowered;
}

std::u32string decompose(const std::u32string& text) {
  // The longest canonical decomposition of one character has 4 code points (U+1F82 and kin).
  std::array<utf8proc_int32_t, 8> parts{};
  std::u32string decomposed;
  decomposed.reserve(text.size());
  for (const char32_t code_point : text) {
    int boundary_class = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point),
                                               parts.data(),
                                               static_cast<utf8proc_ssize_t>(parts.size()),
                                               UTF8PROC_DECOMPOSE,
                                               &boundary_class);
    if (count < 1 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
      decomposed += code_point;  // no decomposition is that long: not a character
      continue;
    }
    std::transform(parts.begin(),
                   parts.begin() + count,
                   std::back_inserter(decomposed),
                   [](utf8proc_int32_t part) { return static_cast<char32_t>(part); });
  }
  order_combining_characters(decomposed);
  return decomposed;
}

}  // namespace tarama::input
