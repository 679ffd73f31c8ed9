// The curves of runs out of a store. Of those that succeeded, the store has them ready, in the
// grain that a picture needs (db/stored_curve.hpp). Of the others the rows are read, and kept in
// memory: zooming asks for the same ones again and again, and of a run under way only what has
// come since is read.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/curves/curve.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// What is drawn by step: of each step loss, flat_accuracy, lr; of each evaluation the others. What
/// a program reports has a name instead.
enum class CurveMetric { loss, flat_accuracy, lr, eval_loss, eval_flat_accuracy, eval_mcc };

/// "loss", "flat_accuracy", "lr", "eval.loss", "eval.flat_accuracy", "eval.mcc".
[[nodiscard]] std::optional<CurveMetric> curve_metric_named(std::string_view name);
[[nodiscard]] std::string_view name_of(CurveMetric metric);

/// A run's curve, and whether rows may still come.
struct CurveOwner {
  RunId run;
  Attempt attempt;  // a retry begins anew
  bool is_over = false;
};

/// What a picture shows of a curve; as it stands, all of it, step by step.
struct CurveSight {
  double from = 0;  // steps
  double to = std::numeric_limits<double>::max();
  /// A point may stand for as many steps as share half a pixel; nullopt: each is its own.
  std::optional<std::size_t> pixels{};
  /// What stands for several steps: their mean, or the least and the greatest of them.
  enum class Points { means, extremes } points = Points::means;
};

/// For any threads; each reads by a store of its own.
class CurveReader {
 public:
  /// `most_bytes`: of curves that are kept; those not asked for longest go first.
  explicit CurveReader(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  /// More than the sight may come.
  [[nodiscard]] Result<Curve> read(const db::ReadStore& store,
                                   const CurveOwner& owner,
                                   CurveMetric metric,
                                   const CurveSight& sight = {});

  /// Of a number that a program reports, by its name. That of a run under way is read anew each
  /// time, since a program may report any step again.
  [[nodiscard]] Result<Curve> read_reported(const db::ReadStore& store,
                                            const CurveOwner& owner,
                                            const std::string& name,
                                            const CurveSight& sight = {});

  /// All that is kept: the store is another one.
  void forget();

 private:
  /// What one reading gives: three metrics at the same steps.
  struct Rows {
    std::vector<double> x;
    std::array<std::vector<float>, 3> y;
    bool is_whole = false;

    [[nodiscard]] std::size_t bytes() const {
      return x.size() * (sizeof(double) + 3 * sizeof(float));
    }
  };

  struct Key {
    std::int64_t run;
    std::int64_t attempt;
    bool is_of_evaluations;
    std::string reported{};  // of a program; else empty

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  struct Kept {
    std::shared_ptr<const Rows> rows;
    std::list<Key>::iterator use;
  };

  class Sink;

  [[nodiscard]] std::shared_ptr<const Rows> find(const Key& key);
  void keep(const Key& key, const std::shared_ptr<const Rows>& rows);
  [[nodiscard]] Result<Curve> read_rows(const db::ReadStore& store,
                                        const CurveOwner& owner,
                                        CurveMetric metric);
  /// What is kept, and the rows behind it.
  [[nodiscard]] static Result<std::shared_ptr<const Rows>> read_on(const db::ReadStore& store,
                                                                   const Key& key,
                                                                   const Rows* kept,
                                                                   bool is_whole);

  std::size_t most_bytes_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Key> uses_;  // newest first
  std::map<Key, Kept> kept_;
};

}  // namespace tarama
