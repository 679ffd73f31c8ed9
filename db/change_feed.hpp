// The feed of changes as a reader gets it.
#pragma once

#include "core/sweep/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::db {

// As many changes as are kept, at least. 10,000 are an hour of a sweep with a run's end a second,
// and less than 3 MB: a reader that was away longer has less to read in what is there now.
inline constexpr std::int64_t changes_kept = 10'000;

struct ChangeRow {
  std::int64_t seq = 0;
  TimePoint at;
  std::string kind;
  std::string json;

  friend bool operator==(const ChangeRow&, const ChangeRow&) = default;
};

/// What happened behind some number.
struct ChangeFeed {
  /// Some of it is not kept any more, or the number is not of this store: read everything anew,
  /// and go on behind `last`.
  bool must_reload = false;
  std::int64_t last = 0;           // the number of the newest change of all; 0: none yet
  std::vector<ChangeRow> changes;  // by number; empty where one must reload

  friend bool operator==(const ChangeFeed&, const ChangeFeed&) = default;
};

}  // namespace tarama::db
