// "Did you mean" for the name of a store that is not there.
#pragma once

#include <filesystem>
#include <optional>

namespace tarama::db {

/// The store beside `root` whose name is nearest to it, if it is near enough to be meant; nullopt
/// as well where the folder around cannot be read.
[[nodiscard]] std::optional<std::filesystem::path> similar_store(const std::filesystem::path& root);

}  // namespace tarama::db
