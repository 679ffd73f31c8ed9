// See stored_curves.hpp.
#include "documents/curves/stored_curves.hpp"

#include "documents/curves/curve_reader.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

std::string base64_of(const std::string& bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < here ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= here ? digits[bits >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

ordered_json packed_json(RunId run, const PackedNumbers& numbers) {
  return {{"run", run.value}, {"low", numbers.low}, {"high", numbers.high}, {"y", numbers.base64}};
}

/// What is put down by step.
ordered_json train_curve_json(const db::RunInfo& run, const Curve& curve) {
  const auto planned = std::max<std::int64_t>(run.plan.planned_steps, 1);
  const std::size_t pieces = std::min(stored_curve_points, static_cast<std::size_t>(planned));
  // Steps count from 0: the last one belongs to the last piece, and none to the end itself.
  return packed_json(run.run, packed(piece_means(curve, static_cast<double>(planned), pieces)));
}

ordered_json eval_curve_json(const db::RunInfo& run, const Curve& curve) {
  // More evaluations than points: evenly fewer, the last one among them.
  const std::size_t count = std::min(curve.size(), stored_curve_points);
  std::vector<float> values;
  ordered_json steps = ordered_json::array();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = (i + 1) * curve.size() / count - 1;
    values.push_back(curve.y[place]);
    steps.push_back(static_cast<std::int64_t>(curve.x[place]));
  }
  ordered_json document = packed_json(run.run, packed(values));
  document["x"] = std::move(steps);
  return document;
}

class StoredCurves {
 public:
  explicit StoredCurves(const db::ReadStore& store) : store_(store) {
    for (const CurveMetric metric : metrics) {
      document_[std::string(name_of(metric))] = ordered_json::array();
    }
  }

  Result<void> add(const db::RunInfo& run) {
    const bool is_first = levels_.insert(run.plan.level.value).second;
    for (const CurveMetric metric : metrics) {
      if (metric == CurveMetric::lr && !is_first) {
        continue;
      }
      // Each run is read once: what is kept is the group of metrics that came with the last one.
      const auto curve =
          reader_.read(store_, run.run, run.standing.attempt, metric, RowsToCome::no);
      if (!curve) {
        return curve.error();
      }
      if ((*curve)->size() > 0) {
        const bool is_eval =
            metric == CurveMetric::eval_loss || metric == CurveMetric::eval_flat_accuracy;
        document_[std::string(name_of(metric))].push_back(is_eval ? eval_curve_json(run, **curve)
                                                                  : train_curve_json(run, **curve));
      }
    }
    return {};
  }

  ordered_json take() { return std::move(document_); }

 private:
  static constexpr std::array<CurveMetric, 5> metrics = {CurveMetric::loss,
                                                         CurveMetric::flat_accuracy,
                                                         CurveMetric::lr,
                                                         CurveMetric::eval_loss,
                                                         CurveMetric::eval_flat_accuracy};

  const db::ReadStore& store_;
  CurveReader reader_{std::size_t{64} * 1024 * 1024};
  std::set<std::int64_t> levels_;
  ordered_json document_ = ordered_json::object();
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
  std::string bytes;
  const double range = result.high - result.low;
  for (const float number : numbers) {
    std::uint32_t place = 65535;
    if (std::isfinite(number)) {
      const double share = range > 0 ? (static_cast<double>(number) - result.low) / range : 0;
      place = static_cast<std::uint32_t>(std::lround(share * 65534));
    }
    bytes += static_cast<char>(place & 0xffU);
    bytes += static_cast<char>(place >> 8U);
  }
  result.base64 = base64_of(bytes);
  return result;
}

Result<ordered_json> stored_curves_json(const db::ReadStore& store,
                                        const std::vector<db::RunInfo>& runs) {
  StoredCurves curves(store);
  for (const db::RunInfo& run : runs) {
    if (const auto added = curves.add(run); !added) {
      return added.error();
    }
  }
  return Result<ordered_json>(Result<ordered_json>::in_place_value, curves.take());
}

}  // namespace tarama
