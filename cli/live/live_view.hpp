// What the live progress shows, as lines of text: rendering alone, no terminal. The loop that
// draws it is in await_sweep.cpp, the terminal in terminal_guard.hpp.
#pragma once

#include "cli/text/text_style.hpp"
#include "documents/status_document.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

/// The room that the lines must fit in, and their colours.
struct Frame {
  std::size_t columns = 80;
  std::size_t rows = 24;
  TextStyle style = TextStyle(ColourUse::none);
};

/// The best level so far, of the sweep that is shown.
struct BestSoFar {
  nlohmann::ordered_json params;
  double mean = 0;
  std::int64_t replicates = 0;
  std::int64_t planned = 0;  // replicates
};

/// A bar per sweep, a line per worker, the best level, failures and what waits: at most
/// frame.rows - 1 lines, none wider than frame.columns. Workers that find no room are counted.
[[nodiscard]] std::vector<std::string> live_lines(const StatusDocument& status,
                                                  const std::optional<BestSoFar>& best,
                                                  const Frame& frame);

/// Off a terminal: one line per finished run, "run 7 succeeded  lr 2e-5 · … seed 2  0.8123  in
/// 1.2 s  7/36"; `done` of `planned` runs of its sweep are over.
[[nodiscard]] std::string finished_line(const FinishedRun& run,
                                        std::int64_t done,
                                        std::int64_t planned);

}  // namespace tarama::cli
