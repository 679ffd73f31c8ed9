// See stored_curves.hpp.
#include "documents/curves/stored_curves.hpp"

#include "core/bytes/base64.hpp"
#include "documents/curves/curve_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

/// The curves of one metric, a column each of what a curve has.
class MetricColumns {
 public:
  void add(const db::RunInfo& run, const std::vector<float>& values) {
    const PackedNumbers numbers = packed(values);
    columns_["run"].push_back(run.run.value);
    columns_["low"].push_back(numbers.low);
    columns_["high"].push_back(numbers.high);
    columns_["y"].push_back(numbers.base64);
  }

  /// Of evaluations.
  void add_at(const db::RunInfo& run,
              const std::vector<float>& values,
              const std::vector<std::int64_t>& steps) {
    add(run, values);
    const auto place = places_.emplace(steps, places_.size()).first->second;
    if (place == columns_["steps"].size()) {
      columns_["steps"].push_back(steps);
    }
    columns_["x"].push_back(place);
  }

  ordered_json take() { return std::move(columns_); }

 private:
  ordered_json columns_ = {{"run", ordered_json::array()},
                           {"low", ordered_json::array()},
                           {"high", ordered_json::array()},
                           {"y", ordered_json::array()},
                           {"steps", ordered_json::array()},
                           {"x", ordered_json::array()}};
  std::map<std::vector<std::int64_t>, std::size_t> places_;
};

/// What is put down by step.
void add_steps(MetricColumns& columns, const db::RunInfo& run, const Curve& curve) {
  const auto planned = std::max<std::int64_t>(run.plan.planned_steps, 1);
  const std::size_t pieces = std::min(stored_curve_points, static_cast<std::size_t>(planned));
  // Steps count from 0: the last one belongs to the last piece, and none to the end itself.
  columns.add(run, piece_means(curve, static_cast<double>(planned), pieces));
}

void add_evaluations(MetricColumns& columns, const db::RunInfo& run, const Curve& curve) {
  // More evaluations than points: evenly fewer, the last one among them.
  const std::size_t count = std::min(curve.size(), stored_curve_points);
  std::vector<float> values;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = (i + 1) * curve.size() / count - 1;
    values.push_back(curve.y[place]);
    steps.push_back(static_cast<std::int64_t>(curve.x[place]));
  }
  columns.add_at(run, values, steps);
}

void add_reported(MetricColumns& columns, const db::RunInfo& run, const Curve& curve) {
  const std::size_t count = std::min(curve.size(), stored_curve_points);
  std::vector<float> values;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * curve.size() / count;
    const std::size_t end = (i + 1) * curve.size() / count;
    double sum = 0;
    std::size_t numbers = 0;
    for (std::size_t place = begin; place < end; ++place) {
      if (std::isfinite(curve.y[place])) {
        sum += static_cast<double>(curve.y[place]);
        ++numbers;
      }
    }
    values.push_back(numbers > 0 ? static_cast<float>(sum / static_cast<double>(numbers))
                                 : std::numeric_limits<float>::quiet_NaN());
    steps.push_back(static_cast<std::int64_t>(curve.x[end - 1]));
  }
  columns.add_at(run, values, steps);
}

/// To six digits: a 16-bit place between two such ends is no coarser for it, and 1,000 curves are
/// 20 kB shorter.
double rounded(double value) {
  double result = value;
  const std::string text = fmt::format("{:.6g}", value);
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

class StoredCurves {
 public:
  explicit StoredCurves(const db::ReadStore& store) : store_(store) {}

  Result<void> add(const db::RunInfo& run) {
    const bool is_first = levels_.insert(run.plan.level.value).second;
    for (const CurveMetric metric : metrics) {
      if (metric == CurveMetric::lr && !is_first) {
        continue;
      }
      // Read once: metrics that come with others are kept.
      const auto curve = reader_.read(store_, {run.run, run.standing.attempt, true}, metric);
      if (!curve) {
        return curve.error();
      }
      if (curve->size() > 0) {
        const bool is_eval =
            metric == CurveMetric::eval_loss || metric == CurveMetric::eval_flat_accuracy;
        (is_eval ? add_evaluations : add_steps)(columns_[metric], run, *curve);
      }
    }
    return {};
  }

  Result<void> add_all_reported(const db::RunInfo& run, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto curve = reader_.read_reported(store_, {run.run, run.standing.attempt, true}, name);
      if (!curve) {
        return curve.error();
      }
      if (curve->size() > 0) {
        add_reported(reported_[name], run, *curve);
      }
    }
    return {};
  }

  ordered_json take() {
    ordered_json document = ordered_json::object();
    if (!reported_.empty()) {
      for (auto& [name, columns] : reported_) {
        document[name] = columns.take();
      }
      return document;
    }
    for (const CurveMetric metric : metrics) {
      document[std::string(name_of(metric))] = columns_[metric].take();
    }
    return document;
  }

 private:
  static constexpr std::array<CurveMetric, 5> metrics = {CurveMetric::loss,
                                                         CurveMetric::flat_accuracy,
                                                         CurveMetric::lr,
                                                         CurveMetric::eval_loss,
                                                         CurveMetric::eval_flat_accuracy};

  const db::ReadStore& store_;
  CurveReader reader_{std::size_t{64} * 1024 * 1024};
  std::set<std::int64_t> levels_;
  std::map<CurveMetric, MetricColumns> columns_;
  std::map<std::string, MetricColumns> reported_;
};

}  // namespace

PackedNumbers packed(const std::vector<float>& numbers) {
  PackedNumbers result;
  bool has_any = false;
  for (const float number : numbers) {
    if (std::isfinite(number)) {
      const auto value = static_cast<double>(number);
      result.low = has_any ? std::min(result.low, value) : value;
      result.high = has_any ? std::max(result.high, value) : value;
      has_any = true;
    }
  }
  result.low = rounded(result.low);
  result.high = rounded(result.high);
  std::string bytes;
  const double range = result.high - result.low;
  for (const float number : numbers) {
    std::uint32_t place = 65535;
    if (std::isfinite(number)) {
      const double share = range > 0 ? (static_cast<double>(number) - result.low) / range : 0;
      place = static_cast<std::uint32_t>(std::lround(std::clamp(share, 0.0, 1.0) * 65534));
    }
    bytes += static_cast<char>(place & 0xffU);
    bytes += static_cast<char>(place >> 8U);
  }
  result.base64 = base64_of(bytes);
  return result;
}

Result<ordered_json> stored_curves_json(const db::ReadStore& store,
                                        const std::vector<db::RunInfo>& runs,
                                        const std::vector<std::string>& reported) {
  StoredCurves curves(store);
  for (const db::RunInfo& run : runs) {
    const auto added = reported.empty() ? curves.add(run) : curves.add_all_reported(run, reported);
    if (!added) {
      return added.error();
    }
  }
  return Result<ordered_json>(Result<ordered_json>::in_place_value, curves.take());
}

}  // namespace tarama
