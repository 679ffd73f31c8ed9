// See effects_document.hpp.
#include "documents/effects_document.hpp"

#include <algorithm>
#include <optional>

namespace tarama {
namespace {

using nlohmann::ordered_json;

void add_value(std::vector<ordered_json>& values, const ordered_json& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) {
    values.push_back(value);
  }
}

/// Numbers by size; what is no number stays where it came.
void sort_values(std::vector<ordered_json>& values) {
  const bool are_numbers = std::all_of(
      values.begin(), values.end(), [](const ordered_json& value) { return value.is_number(); });
  if (are_numbers) {
    std::sort(values.begin(), values.end(), [](const ordered_json& l, const ordered_json& r) {
      return l.get<double>() < r.get<double>();
    });
  }
}

std::optional<statistics::GridCell> cell_of(const RankedLevel& level, const SweepEffects& grid) {
  if (!level.answer.score) {
    return std::nullopt;
  }
  statistics::GridCell cell{.at = {}, .mean = *level.answer.score};
  cell.squared_error = level.answer.squared_error;
  for (std::size_t axis = 0; axis < grid.parameters.size(); ++axis) {
    const ordered_json value = level.params.value(grid.parameters[axis], ordered_json());
    const auto& values = grid.values[axis];
    cell.at.push_back(
        static_cast<std::size_t>(std::find(values.begin(), values.end(), value) - values.begin()));
  }
  return cell;
}

template <class Number>
ordered_json share_or_null(const std::optional<Number>& number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

std::string_view kind_name(statistics::EffectsKind kind) {
  switch (kind) {
    case statistics::EffectsKind::exact:
      return "exact";
    case statistics::EffectsKind::least_squares:
      return "least_squares";
    case statistics::EffectsKind::not_estimable:
      return "not_estimable";
  }
  return "";
}

}  // namespace

SweepEffects effects_of(const SweepResult& result) {
  SweepEffects grid;
  if (result.levels.empty()) {
    return grid;
  }
  for (const std::string& key : result.parameters()) {
    std::vector<ordered_json> values;
    for (const RankedLevel& level : result.levels) {
      add_value(values, level.params.value(key, ordered_json()));
    }
    if (values.size() > 1) {
      sort_values(values);
      grid.parameters.push_back(key);
      grid.values.push_back(std::move(values));
    }
  }
  std::vector<std::size_t> sizes;
  for (const auto& values : grid.values) {
    sizes.push_back(values.size());
  }
  std::vector<statistics::GridCell> cells;
  for (const RankedLevel& level : result.levels) {
    if (auto cell = cell_of(level, grid)) {
      cells.push_back(std::move(*cell));
    }
  }
  grid.effects = statistics::analyse_effects(cells, sizes);
  return grid;
}

ordered_json effects_json(const SweepResult& result, const SweepEffects& grid) {
  ordered_json shares = ordered_json::array();
  for (const statistics::EffectShare& share : grid.effects.shares) {
    ordered_json names = ordered_json::array();
    for (const std::size_t axis : share.axes) {
      names.push_back(grid.parameters[axis]);
    }
    shares.push_back({{"parameters", std::move(names)},
                      {"share", share.share},
                      {"low", share_or_null(share.low)},
                      {"high", share_or_null(share.high)}});
  }
  ordered_json means = ordered_json::object();
  for (std::size_t axis = 0; axis < grid.effects.means.size(); ++axis) {
    ordered_json of_axis = ordered_json::array();
    for (std::size_t place = 0; place < grid.effects.means[axis].size(); ++place) {
      of_axis.push_back(
          {{"value", grid.values[axis][place]}, {"mean", grid.effects.means[axis][place]}});
    }
    means[grid.parameters[axis]] = std::move(of_axis);
  }
  return {{"sweep", result.sweep.sweep.value},
          {"name", result.sweep.name},
          {"metric", metric_name(result.sweep.metric)},
          {"kind", kind_name(grid.effects.kind)},
          {"without_noise", grid.effects.is_without_noise},
          {"shares", std::move(shares)},
          {"rest", grid.effects.rest},
          {"means", std::move(means)}};
}

}  // namespace tarama
