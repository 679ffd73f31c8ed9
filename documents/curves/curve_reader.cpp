// See curve_reader.hpp.
#include "documents/curves/curve_reader.hpp"

#include <fmt/format.h>

#include <array>
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

/// Of rows (step, a value for each curve).
class CurveSink : public db::RowSink {
 public:
  explicit CurveSink(std::size_t curves) : curves_(curves) {}

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto step = static_cast<double>(std::get<std::int64_t>(cells.at(0)));
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      curves_[i].x.push_back(step);
      curves_[i].y.push_back(number_in(cells.at(i + 1)));
    }
    return Next::go_on;
  }

  std::vector<Curve> take() { return std::move(curves_); }

 private:
  static float number_in(const db::Cell& cell) {
    if (const auto* const number = std::get_if<double>(&cell)) {
      return static_cast<float>(*number);
    }
    if (const auto* const whole = std::get_if<std::int64_t>(&cell)) {
      return static_cast<float>(*whole);
    }
    return std::numeric_limits<float>::quiet_NaN();
  }

  std::vector<Curve> curves_;
};

/// The metrics that come with one reading.
struct MetricGroup {
  std::array<CurveMetric, 3> metrics;
  std::string sql;
};

MetricGroup group_of(CurveMetric metric, RunId run) {
  using enum CurveMetric;
  if (metric == loss || metric == flat_accuracy || metric == lr) {
    return {{loss, flat_accuracy, lr},
            fmt::format("SELECT step, loss, flat_accuracy, lr FROM steps WHERE run_id = {} "
                        "ORDER BY step",
                        run)};
  }
  return {{eval_loss, eval_flat_accuracy, eval_mcc},
          fmt::format("SELECT step, loss, flat_accuracy, mcc FROM evals WHERE run_id = {} "
                      "AND split = 'eval' ORDER BY step",
                      run)};
}

}  // namespace

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

Result<std::shared_ptr<const Curve>> CurveReader::read(
    const db::ReadStore& store, RunId run, Attempt attempt, CurveMetric metric, RowsToCome more) {
  if (more == RowsToCome::no) {
    if (auto kept = find({run.value, attempt.value, metric})) {
      return kept;
    }
  }
  const MetricGroup group = group_of(metric, run);
  CurveSink sink(group.metrics.size());
  if (const auto answered = store.query(group.sql, sink); !answered) {
    return answered.error();
  }
  std::vector<Curve> curves = sink.take();
  std::shared_ptr<const Curve> wanted;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto curve = std::make_shared<const Curve>(std::move(curves[i]));
    if (more == RowsToCome::no) {
      keep({run.value, attempt.value, group.metrics[i]}, curve);
    }
    wanted = group.metrics[i] == metric ? curve : wanted;
  }
  return wanted;
}

std::shared_ptr<const Curve> CurveReader::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(key);
  if (found == kept_.end()) {
    return nullptr;
  }
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.curve;
}

void CurveReader::keep(const Key& key, const std::shared_ptr<const Curve>& curve) {
  const std::lock_guard lock(mutex_);
  if (kept_.contains(key)) {
    return;  // another thread read it meanwhile
  }
  uses_.push_front(key);
  kept_.emplace(key, Kept{curve, uses_.begin()});
  bytes_ += curve->bytes();
  while (bytes_ > most_bytes_ && uses_.size() > 1) {
    const auto oldest = kept_.find(uses_.back());
    bytes_ -= oldest->second.curve->bytes();
    kept_.erase(oldest);
    uses_.pop_back();
  }
}

}  // namespace tarama
