// Two maps that agree.
#include "orchestrator/sweeps/catalog.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <utility>

namespace tarama::orchestrator {

Result<void> Catalog::open(const db::StoredSweep& stored) {
  const SweepId id = stored.record.sweep;
  Result<OpenSweep> sweep = OpenSweep::from_rows(stored);
  if (!sweep) {
    set_unreadable(id, stored.name, sweep.error().message);
    return in_context(fmt::format("sweep {} '{}'", id, stored.name), sweep.error());
  }
  unreadable_.erase(id);
  sweeps_.insert_or_assign(id, std::move(*sweep));
  name_runs(id, stored);
  return {};
}

Result<void> Catalog::extend(const db::StoredSweep& added) {
  const auto found = sweeps_.find(added.record.sweep);
  TARAMA_ASSERT(found != sweeps_.end(), "only an open sweep is extended");
  const Result<void> taken = found->second.add(added);
  if (taken) {
    name_runs(added.record.sweep, added);
  }
  return taken;
}

void Catalog::set_unreadable(SweepId sweep, const std::string& name, const std::string& reason) {
  unreadable_[sweep] = {name, reason};
}

void Catalog::close(SweepId sweep) {
  const auto found = sweeps_.find(sweep);
  if (found == sweeps_.end()) {
    return;
  }
  for (const auto& [run, plan] : found->second.runs()) {
    sweep_by_run_.erase(run);
  }
  sweeps_.erase(found);
}

OpenSweep* Catalog::find(SweepId sweep) {
  const auto found = sweeps_.find(sweep);
  return found == sweeps_.end() ? nullptr : &found->second;
}

const OpenSweep* Catalog::find(SweepId sweep) const {
  const auto found = sweeps_.find(sweep);
  return found == sweeps_.end() ? nullptr : &found->second;
}

std::optional<SweepId> Catalog::sweep_of(RunId run) const {
  const auto found = sweep_by_run_.find(run);
  return found == sweep_by_run_.end() ? std::nullopt : std::optional(found->second);
}

const OpenSweep& Catalog::holder_of(RunId run) const {
  const OpenSweep* const sweep = find(sweep_by_run_.at(run));
  TARAMA_ASSERT(sweep != nullptr, "a named run is of an open sweep");
  return *sweep;
}

void Catalog::name_runs(SweepId sweep, const db::StoredSweep& stored) {
  for (const db::StoredRun& run : stored.runs) {
    sweep_by_run_[run.run] = sweep;
  }
}

}  // namespace tarama::orchestrator
