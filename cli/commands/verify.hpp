// Training a run again and comparing every number: `tarama show RUN --verify`.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/metric_rows.hpp"
#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

/// The numbers that a run left.
struct RunNumbers {
  std::vector<StepRow> steps;
  std::vector<EvalRow> evals;
};

struct Difference {
  std::string row;     // "step 17", "evaluation of epoch 2 on eval"
  std::string column;  // "loss"; empty: the row is there once only
  std::string stored;
  std::string again;

  friend bool operator==(const Difference&, const Difference&) = default;
};

/// The first place where two trainings of a run differ, by bits; the time of day does not count.
/// Pure.
[[nodiscard]] std::optional<Difference> first_difference(const RunNumbers& stored,
                                                         const RunNumbers& again);

struct Verification {
  std::int64_t steps = 0;  // that were compared
  std::int64_t evals = 0;
  std::optional<Difference> difference;
};

/// Trains the run in a temporary store, on the kind of device that its last attempt had.
/// `refused`: the run is not over, its data or model changed, or another trainer trained it.
/// `worker`: as --worker.
[[nodiscard]] Result<Verification> verify_run(const Context& context,
                                              const db::ReadStore& store,
                                              const db::RunInfo& run,
                                              const std::string& worker);

}  // namespace tarama::cli
