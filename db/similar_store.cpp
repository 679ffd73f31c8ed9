// See similar_store.hpp.
#include "db/similar_store.hpp"

#include "core/sweep/nearest_name.hpp"
#include "db/store_folder.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

namespace tarama::db {

std::optional<std::filesystem::path> similar_store(const std::filesystem::path& root) {
  const std::filesystem::path around =
      root.has_parent_path() ? root.parent_path() : std::filesystem::path(".");
  std::vector<std::string> stores;
  std::error_code problem;  // a courtesy: what cannot be read is not offered
  for (std::filesystem::directory_iterator entry(around, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code ignored;
    if (std::filesystem::exists(StoreFolder{entry->path()}.database(), ignored)) {
      stores.push_back(entry->path().filename().string());
    }
  }
  std::ranges::sort(stores);
  const auto nearest = nearest_name(root.filename().string(), stores);
  if (!nearest || *nearest == root.filename()) {
    return std::nullopt;
  }
  return root.has_parent_path() ? root.parent_path() / *nearest : std::filesystem::path(*nearest);
}

}  // namespace tarama::db
