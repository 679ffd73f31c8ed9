// How much levels spread over their seeds, as a store knows it from earlier sweeps.
#pragma once

#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tarama::db {

struct KnownSpread {
  double sd = 0;            // of the level in the middle
  std::int64_t levels = 0;  // that it is known from
  bool is_of_same_data = false;

  friend bool operator==(const KnownSpread&, const KnownSpread&) = default;
};

/// Of levels with three values or more by this metric: those trained on these data, else on any.
/// nullopt: there are none.
[[nodiscard]] Result<std::optional<KnownSpread>> known_spread(const ReadStore& store,
                                                              MetricName metric,
                                                              const std::string& data_fingerprint);

}  // namespace tarama::db
