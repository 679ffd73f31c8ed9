// Whether the store is still where it was opened: folder and files, by their identity. What was
// moved, removed or replaced beneath a living orchestrator takes its writes along, or drops them,
// and nothing says so but this.
#pragma once

#include "core/sweep/result.hpp"
#include "db/store_folder.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>

namespace tarama::db {

class StoreWatch {
 public:
  /// Of a store that is open.
  explicit StoreWatch(StoreFolder folder);

  /// Why the store is not the one that was opened any more; nullopt: it is. Asks the file system
  /// about five names, so it may block as long as that does. One thread at a time.
  [[nodiscard]] std::optional<Error> trouble();

 private:
  using Identity = std::pair<dev_t, ino_t>;

  StoreFolder folder_;
  std::map<std::filesystem::path, Identity> known_;
};

}  // namespace tarama::db
