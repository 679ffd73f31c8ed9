// The answer of a sweep as people read it: a sentence, a table with intervals, and notes.
#pragma once

#include "cli/context.hpp"
#include "cli/text/text_style.hpp"
#include "documents/sweep_result.hpp"

#include <cstddef>
#include <string>

namespace tarama::cli {

enum class Glyphs { unicode, ascii };

/// How wide the text may be, and how many levels it lists.
struct LevelsLayout {
  std::size_t columns = 100;
  std::size_t most_levels = 1000;
  TextStyle style = TextStyle(ColourUse::none);
  Glyphs glyphs = Glyphs::unicode;
};

/// ASCII where LC_ALL, LC_CTYPE or LANG, whichever is set first, names another encoding than UTF-8;
/// where none is set, Unicode.
[[nodiscard]] Glyphs glyphs_of(const Environment& environment);

/// The sentence, wrapped; the table; the notes; what shows more.
[[nodiscard]] std::string answer_text(const SweepResult& result,
                                      const std::string& store,
                                      const LevelsLayout& layout);

/// A table of the levels, best first, each marked `best`, `cheapest` or `tied` where it is, with
/// its interval drawn on a common scale. What does not fit the columns is left out, the least
/// telling first; parameters that are the same for all stand above.
[[nodiscard]] std::string levels_table(const SweepResult& result, const LevelsLayout& layout);

}  // namespace tarama::cli
