// The curves of runs out of a store, those of runs that are over kept in memory: zooming asks for
// the same rows again and again.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/curves/curve.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace tarama {

/// What is drawn by step: of each step loss, flat_accuracy, lr; of each evaluation the others.
enum class CurveMetric { loss, flat_accuracy, lr, eval_loss, eval_flat_accuracy, eval_mcc };

/// "loss", "flat_accuracy", "lr", "eval.loss", "eval.flat_accuracy", "eval.mcc".
[[nodiscard]] std::optional<CurveMetric> curve_metric_named(std::string_view name);
[[nodiscard]] std::string_view name_of(CurveMetric metric);

enum class RowsToCome { no, yes };

/// For any threads; each reads by a store of its own.
class CurveReader {
 public:
  /// `most_bytes`: of curves that are kept; the one that was not asked for longest goes first.
  explicit CurveReader(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// `more`: whether the run may get rows yet, so that its curve is read anew each time.
  [[nodiscard]] Result<std::shared_ptr<const Curve>> read(
      const db::ReadStore& store, RunId run, Attempt attempt, CurveMetric metric, RowsToCome more);

 private:
  struct Key {
    std::int64_t run;
    std::int64_t attempt;  // a retry begins anew
    CurveMetric metric;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  struct Kept {
    std::shared_ptr<const Curve> curve;
    std::list<Key>::iterator use;
  };

  std::shared_ptr<const Curve> find(const Key& key);
  void keep(const Key& key, const std::shared_ptr<const Curve>& curve);

  std::size_t most_bytes_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Key> uses_;  // newest first
  std::map<Key, Kept> kept_;
};

}  // namespace tarama
