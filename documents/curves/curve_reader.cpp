// See curve_reader.hpp.
#include "documents/curves/curve_reader.hpp"

#include "documents/reported_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace tarama {
namespace {

constexpr std::array<std::pair<std::string_view, CurveMetric>, 6> metric_names = {{
    {"loss", CurveMetric::loss},
    {"flat_accuracy", CurveMetric::flat_accuracy},
    {"lr", CurveMetric::lr},
    {"eval.loss", CurveMetric::eval_loss},
    {"eval.flat_accuracy", CurveMetric::eval_flat_accuracy},
    {"eval.mcc", CurveMetric::eval_mcc},
}};

bool is_of_evaluation(CurveMetric metric) {
  using enum CurveMetric;
  return metric == eval_loss || metric == eval_flat_accuracy || metric == eval_mcc;
}

/// Its place among the three that are read together.
std::size_t place_of(CurveMetric metric) {
  return static_cast<std::size_t>(metric) % 3;
}

db::StepNumber step_number_of(CurveMetric metric) {
  return db::step_numbers[place_of(metric)];
}

db::CurvePart part_in(const CurveSight& sight) {
  constexpr double farthest = 1e15;  // a step that no run has, and every double up to it is exact
  const double from = std::clamp(sight.from, 0.0, farthest);
  const double to = std::clamp(sight.to, from, farthest);
  return {
      .from = static_cast<std::int64_t>(from),
      .to = static_cast<std::int64_t>(std::ceil(to)),
      .most_steps_per_point = sight.pixels ? db::steps_per_point_for(to - from, *sight.pixels) : 1};
}

Curve curve_of(const db::StoredCurve& stored, CurveSight::Points points) {
  const auto width = static_cast<double>(stored.steps_per_point);
  const bool has_extremes = points == CurveSight::Points::extremes && !stored.low.empty();
  Curve curve;
  for (std::size_t i = 0; i < stored.mean.size(); ++i) {
    // Of steps a, a + 1, ..., a + width - 1.
    const double first = static_cast<double>(stored.first_step) + static_cast<double>(i) * width;
    if (has_extremes) {
      curve.x.insert(curve.x.end(), {first, first + width / 2});
      curve.y.insert(curve.y.end(), {stored.low[i], stored.high[i]});
    } else {
      curve.x.push_back(first + (width - 1) / 2);
      curve.y.push_back(stored.mean[i]);
    }
  }
  return curve;
}

/// Steps at which a program has reported nothing are no points of its curve.
Curve without_gaps(const Curve& curve) {
  Curve points;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    if (!std::isnan(curve.y[i])) {
      points.x.push_back(curve.x[i]);
      points.y.push_back(curve.y[i]);
    }
  }
  return points;
}

float number_in(const db::Cell& cell) {
  if (const auto* const number = std::get_if<double>(&cell)) {
    return static_cast<float>(*number);
  }
  if (const auto* const whole = std::get_if<std::int64_t>(&cell)) {
    return static_cast<float>(*whole);
  }
  return std::numeric_limits<float>::quiet_NaN();
}

/// Of rows (step, number).
struct ReportedCurveSink : db::RowSink {
  Curve curve;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    curve.x.push_back(static_cast<double>(std::get<std::int64_t>(cells.at(0))));
    curve.y.push_back(number_in(cells.at(1)));
    return Next::go_on;
  }
};

}  // namespace

/// Of rows (step, and the three metrics).
class CurveReader::Sink : public db::RowSink {
 public:
  explicit Sink(Rows& rows) : rows_(rows) {}

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    rows_.x.push_back(static_cast<double>(std::get<std::int64_t>(cells.at(0))));
    for (std::size_t i = 0; i < rows_.y.size(); ++i) {
      rows_.y[i].push_back(number_in(cells.at(i + 1)));
    }
    return Next::go_on;
  }

 private:
  Rows& rows_;
};

std::optional<CurveMetric> curve_metric_named(std::string_view name) {
  for (const auto& [known, metric] : metric_names) {
    if (known == name) {
      return metric;
    }
  }
  return std::nullopt;
}

std::string_view name_of(CurveMetric metric) {
  return metric_names.at(static_cast<std::size_t>(metric)).first;
}

Result<Curve> CurveReader::read(const db::ReadStore& store,
                                const CurveOwner& owner,
                                CurveMetric metric,
                                const CurveSight& sight) {
  if (owner.is_over && !is_of_evaluation(metric)) {
    const auto stored = store.curve(owner.run, step_number_of(metric), part_in(sight));
    if (!stored) {
      return stored.error();
    }
    if (*stored) {
      return curve_of(**stored, sight.points);
    }
  }
  return read_rows(store, owner, metric);
}

Result<Curve> CurveReader::read_rows(const db::ReadStore& store,
                                     const CurveOwner& owner,
                                     CurveMetric metric) {
  const Key key{owner.run.value, owner.attempt.value, is_of_evaluation(metric)};
  std::shared_ptr<const Rows> rows = find(key);
  if (!rows || !rows->is_whole) {
    auto read = read_on(store, key, rows.get(), owner.is_over);
    if (!read) {
      return read.error();
    }
    rows = std::move(*read);
    keep(key, rows);
  }
  return Curve{rows->x, rows->y[place_of(metric)]};
}

Result<Curve> CurveReader::read_reported(const db::ReadStore& store,
                                         const CurveOwner& owner,
                                         const std::string& name,
                                         const CurveSight& sight) {
  if (owner.is_over) {
    const auto stored = store.reported_curve(owner.run, name, part_in(sight));
    if (!stored) {
      return stored.error();
    }
    if (*stored) {
      return without_gaps(curve_of(**stored, sight.points));
    }
  }
  const Key key{owner.run.value, owner.attempt.value, false, name};
  if (const auto kept = owner.is_over ? find(key) : nullptr) {
    return Curve{kept->x, kept->y[0]};
  }
  ReportedCurveSink sink;
  const auto read = store.query(
      fmt::format("SELECT step, value FROM reported WHERE run_id = {} AND name = {} ORDER BY step",
                  owner.run,
                  sql_text(name)),
      sink);
  if (!read) {
    return read.error();
  }
  if (owner.is_over) {
    auto rows = std::make_shared<Rows>();
    rows->x = sink.curve.x;
    rows->y[0] = sink.curve.y;
    rows->is_whole = true;
    keep(key, rows);
  }
  return std::move(sink.curve);
}

void CurveReader::forget() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
  uses_.clear();
  bytes_ = 0;
}

Result<std::shared_ptr<const CurveReader::Rows>> CurveReader::read_on(const db::ReadStore& store,
                                                                      const Key& key,
                                                                      const Rows* kept,
                                                                      bool is_whole) {
  // An attempt's rows come in the order of its steps, and those that are there stay: a newer
  // attempt has a key of its own.
  auto rows = kept == nullptr ? std::make_shared<Rows>() : std::make_shared<Rows>(*kept);
  rows->is_whole = is_whole;
  const auto last = rows->x.empty() ? -1 : static_cast<std::int64_t>(rows->x.back());
  const std::string sql =
      key.is_of_evaluations
          ? fmt::format(
                "SELECT step, loss, flat_accuracy, mcc FROM evals WHERE run_id = {} "
                "AND split = 'eval' AND step > {} ORDER BY step",
                key.run,
                last)
          : fmt::format(
                "SELECT step, loss, flat_accuracy, lr FROM steps WHERE run_id = {} "
                "AND step > {} ORDER BY step",
                key.run,
                last);
  Sink sink(*rows);
  if (const auto answered = store.query(sql, sink); !answered) {
    return answered.error();
  }
  return std::shared_ptr<const Rows>(std::move(rows));
}

std::shared_ptr<const CurveReader::Rows> CurveReader::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) {
    return nullptr;
  }
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.rows;
}

void CurveReader::keep(const Key& key, const std::shared_ptr<const Rows>& rows) {
  const std::lock_guard lock(mutex_);
  if (const auto found = kept_.find(key); found != kept_.end()) {
    bytes_ -= found->second.rows->bytes();
    uses_.erase(found->second.use);
    kept_.erase(found);
  }
  uses_.push_front(key);
  kept_.emplace(key, Kept{rows, uses_.begin()});
  bytes_ += rows->bytes();
  while (bytes_ > most_bytes_ && uses_.size() > 1) {
    const auto oldest = kept_.find(uses_.back());
    bytes_ -= oldest->second.rows->bytes();
    kept_.erase(oldest);
    uses_.pop_back();
  }
}

}  // namespace tarama
