// The names of what a program reports, which are its own: any text.
#pragma once

#include "core/sweep/result.hpp"
#include "db/sqlite/read_store.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// As SQL writes a text, whatever it holds.
[[nodiscard]] std::string sql_text(std::string_view text);

/// Of the runs of a sweep: its metric, then the names that most of its newest runs report, at most
/// `most`. Empty: no program trains it.
[[nodiscard]] Result<std::vector<std::string>> reported_names(const db::ReadStore& store,
                                                              const db::SweepInfo& sweep,
                                                              std::size_t most);

}  // namespace tarama
