// What a picture of curves is made of, as the page gets it: bytes for typed arrays, since numbers
// as text would be several times as long and slow to read.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/curves/curve_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

/// share: of the run's planned steps; of a program's those that it has reported.
enum class CurvePlace { step, share };

struct CurvesQuestion {
  SweepId sweep;
  std::vector<LevelId> levels{};  // a band each
  std::vector<RunId> runs{};      // a line each
  CurveMetric metric = CurveMetric::loss;
  std::string reported{};  // of a program: the number's name, instead
  CurvePlace place = CurvePlace::step;
  std::optional<double> from{};  // nullopt: from the start, to the longest run's planned end
  std::optional<double> to{};
  std::size_t pixels = 600;
  double half_life = 0;  // of the smoothing, in points; before anything is left out
};

// A picture of more is not looked at, and a request must end.
inline constexpr std::size_t most_curve_runs = 200;
inline constexpr std::size_t most_curve_levels = 32;
inline constexpr std::size_t most_curve_pixels = 4096;

/// A little-endian 32-bit length, so many bytes of JSON, then float32 of each series in its order:
/// x and y of a run; x, low, median and high of a level (quantiles 0.1, 0.5, 0.9 over its runs).
/// JSON: `metric`, `place`, `from`, `to`, `series`: each `run` or `level`, `points`, `runs` (with
/// rows), `lengths` (how many different planned lengths there are in the whole picture, once).
/// `not_found`: a level or run that the sweep does not have.
[[nodiscard]] Result<std::string> curves_answer(const db::ReadStore& store,
                                                CurveReader& reader,
                                                const CurvesQuestion& question);

}  // namespace tarama
