// Decisions at rungs, by the words of run_store.hpp alone.
#include "db/write_checks.hpp"
#include "tests/support/memory_store.hpp"

#include <algorithm>
#include <tuple>

namespace tarama::test {

Result<void> MemoryStore::write_rungs(const std::vector<RungRow>& rows) {
  for (const RungRow& row : rows) {
    const auto known = runs_.find(row.run);
    if (known == runs_.end()) {
      return db::unknown_run(row.run);
    }
    const bool is_taken = std::ranges::any_of(runs_, [&](const auto& entry) {
      const auto other = entry.second.rungs.find(row.rung);
      return entry.first != row.run && entry.second.sweep == known->second.sweep &&
             other != entry.second.rungs.end() && other->second.bracket == row.bracket &&
             other->second.place == row.place;
    });
    if (is_taken) {
      return Error{Errc::invalid_argument, "another run has this place"};
    }
  }
  for (const RungRow& row : rows) {
    runs_.at(row.run).rungs.try_emplace(row.rung, row);
  }
  return {};
}

Result<std::vector<RungRow>> MemoryStore::rungs(SweepId sweep) {
  std::vector<RungRow> rows;
  for (const auto& [id, run] : runs_) {
    for (const auto& [rung, row] : run.rungs) {
      if (run.sweep == sweep) {
        rows.push_back(row);
      }
    }
  }
  std::ranges::sort(
      rows, {}, [](const RungRow& row) { return std::tuple(row.bracket, row.rung, row.place); });
  return rows;
}

}  // namespace tarama::test
