// The levels' intervals as an SVG picture, for pages that are read without JavaScript. Pure.
#pragma once

#include "documents/sweep_result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tarama::cli {

/// Text as it may stand in HTML or SVG, between tags or within quotes. What is no UTF-8, and
/// control characters, become U+FFFD.
[[nodiscard]] std::string html_text(std::string_view text);

/// The first `most` levels, best first; empty where none has a value. It carries no style of its
/// own: classes `best`, `cheapest`, `tied`, `other` are the page's.
[[nodiscard]] std::string interval_picture(const SweepResult& result, std::size_t most);

/// How a level is marked: "best", "cheapest", "tied", "" for the others.
[[nodiscard]] std::string level_mark(const SweepResult& result, const RankedLevel& level);

}  // namespace tarama::cli
