// What a program has reported of one run: each number by its name, and how it went.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama {

struct ReportedNumber {
  std::string name;
  std::int64_t last_step = 0;
  std::vector<std::optional<double>> values;  // by step; nullopt: reported, but no number
  std::optional<double> least;                // of the numbers among them
  std::optional<double> greatest;

  friend bool operator==(const ReportedNumber&, const ReportedNumber&) = default;
};

/// Of the rows that count, by name. Empty: none, or the built-in trainer's run.
[[nodiscard]] Result<std::vector<ReportedNumber>> read_reported(const db::ReadStore& store,
                                                                RunId run);

/// An array: `name`, `reports`, `last_step`, `last`, `least`, `greatest`.
[[nodiscard]] nlohmann::ordered_json reported_json(const std::vector<ReportedNumber>& numbers);

/// Behind the highest step that any of them was reported at.
[[nodiscard]] std::int64_t reported_steps(const std::vector<ReportedNumber>& numbers);

}  // namespace tarama
