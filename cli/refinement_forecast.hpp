// What `refine` says before it begins: its first round by the rows as they are, and how many runs
// to expect.
#pragma once

#include "cli/context.hpp"
#include "core/search/refine_policy.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

struct RefinementForecast {
  RefineRound first;  // what the first round would be
  std::int64_t levels = 0;
  /// Runs that the whole is likely to take, where values tell; nullopt: nobody knows yet.
  std::optional<std::int64_t> runs{};
  std::int64_t runs_at_most = 0;
};

[[nodiscard]] Result<RefinementForecast> forecast_refinement(const db::ReadStore& store,
                                                             const db::SweepInfo& sweep,
                                                             const Refinement& asked);

/// "about 34 runs, 60 at most".
[[nodiscard]] std::string expectation(const Refinement& asked, const RefinementForecast& forecast);

/// What one more promise does to those that the sweep's answer holds already: "it is wrong in 5 %
/// by itself; with the tied levels and the stage before, all hold with at least 85 %". Empty where
/// nothing is promised, as with a budget.
[[nodiscard]] std::string price_of_promise(const Refinement& asked,
                                           const std::vector<RefinementStage>& before);

/// Of a sweep that the store had when its file was handed in: that the file asks for a refinement
/// which the sweep was not begun with, and how to get it. Else empty.
[[nodiscard]] std::string refinement_left_out(const Context& context,
                                              SweepId sweep,
                                              const std::optional<Refinement>& asked);

/// Of a sweep file, before any run of it.
struct FileForecast {
  std::int64_t first = 0;     // runs before anything is decided
  std::int64_t expected = 0;  // in all
  std::int64_t most = 0;
  std::int64_t wanted = 0;  // as `expected`, were there no most

  friend bool operator==(const FileForecast&, const FileForecast&) = default;
};

/// `spread`: of a level over its seeds; levels are supposed to differ by about twice that.
[[nodiscard]] FileForecast forecast_of_file(const Refinement& asked,
                                            std::int64_t levels,
                                            double spread);

[[nodiscard]] std::string expectation_of_file(const Refinement& asked,
                                              const FileForecast& forecast);

}  // namespace tarama::cli
