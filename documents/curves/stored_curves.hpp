// All curves of a sweep, small enough to travel within a page: at most 64 points of 16 bits each.
#pragma once

#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tarama {

inline constexpr std::size_t stored_curve_points = 64;

/// Numbers as `low`, `high` and base64 of little-endian 16-bit places between them, 0 to 65,534;
/// 65,535: no number.
struct PackedNumbers {
  double low = 0;
  double high = 0;
  std::string base64;
};

[[nodiscard]] PackedNumbers packed(const std::vector<float>& numbers);

/// An object by metric ("loss", "flat_accuracy", "eval.loss", "eval.flat_accuracy", and "lr" of the
/// first run of each level, since a level's runs have the same): arrays `run`, `low`, `high`, `y`,
/// an entry a run. Points are means over equal pieces of the run's planned steps; evaluations stand
/// at the steps `steps[x]`, since most runs have the same ones. Runs without rows are left out. Of
/// a program's runs instead the numbers `reported`, each point the mean of as many reports, at the
/// step of the last one.
[[nodiscard]] Result<nlohmann::ordered_json> stored_curves_json(
    const db::ReadStore& store,
    const std::vector<db::RunInfo>& runs,
    const std::vector<std::string>& reported = {});

}  // namespace tarama
