// Is a store whole? The database by SQLite's own checks, the account against the rows, the files
// against both. For `tarama doctor --store`; it reads alone, beside an orchestrator or without one.
#pragma once

#include "db/store_folder.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::db {

struct StoreFinding {
  /// `remark`: nothing is lost, but a person should know. `problem`: something is.
  enum class Weight { fine, remark, problem };

  std::string check;  // what was looked at: "database", "account", "models", ...
  Weight weight = Weight::fine;
  std::string what;
  std::string remedy{};  // empty: nothing is to be done
};

/// Told what is looked at next, since a large store takes a while.
using StoreCheckProgress = std::function<void(std::string_view)>;

/// Whether an orchestrator is at work on the store, whose files are then no leftovers.
enum class StoreUse { idle, in_use };

/// One finding at least for each check that could be made. A database that cannot be read is one
/// problem, and the only finding.
[[nodiscard]] std::vector<StoreFinding> check_store(const StoreFolder& folder,
                                                    StoreUse use,
                                                    const StoreCheckProgress& progress);

}  // namespace tarama::db
