// See row_errors.hpp.
#include "input/data/row_errors.hpp"

#include <fmt/format.h>

namespace tarama::input {
namespace {

constexpr std::size_t most_shown = 3;  // enough to see a pattern

}  // namespace

void RowErrors::add(std::int64_t line, std::optional<std::size_t> column, const std::string& what) {
  Found& found = found_[column];
  ++found.count;
  if (found.messages.size() < most_shown) {
    found.messages.push_back(fmt::format("{}:{}: {}", file_, line, what));
  }
}

void RowErrors::append_to(Table& table) const {
  for (const auto& [column, found] : found_) {
    for (std::size_t i = 0; i < found.messages.size(); ++i) {
      const auto more = found.count - static_cast<std::int64_t>(most_shown);
      const bool is_last = i + 1 == found.messages.size();
      table.errors.push_back(
          {column,
           is_last && more > 0
               ? fmt::format("{} (and {} more rows that cannot be read)", found.messages[i], more)
               : found.messages[i]});
    }
  }
}

}  // namespace tarama::input
