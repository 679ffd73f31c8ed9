// Sweeps that get further runs by what those before have shown: levels, then replicates.
#include "orchestrator/service/orchestrator.hpp"
#include "orchestrator/sweeps/search_plan.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

RefinerHandlers Orchestrator::refiner_handlers() {
  return {.added = [this](db::StoredSweep added) { take_added(std::move(added)); },
          .ended =
              [this](SweepId sweep) {
                handle(RulesChanged{sweep, rules_of(*catalog_.find(sweep))});
              }};
}

SearcherHandlers Orchestrator::searcher_handlers() {
  return {.room = [this](SweepId sweep) { return room_for(sweep); },
          .added = [this](db::StoredSweep added) { take_added(std::move(added)); },
          .ended =
              [this](SweepId sweep) {
                handle(RulesChanged{sweep, rules_of(*catalog_.find(sweep))});
                refiner_->look(sweep);
              }};
}

/// Of a refinement or a search.
void Orchestrator::take_added(db::StoredSweep added) {
  const SweepId sweep = added.record.sweep;
  if (catalog_.find(sweep) == nullptr) {
    return;  // whoever opens it next reads them
  }
  const bool was_cancelled = scheduler_.state(sweep) == SweepState::cancelled;
  if (const Result<void> taken = take_runs(std::move(added)); !taken) {
    spdlog::error("sweep {}: {}", sweep, taken.error().message);
  } else if (was_cancelled) {
    handle(CancelAsked{sweep, std::nullopt});  // meanwhile; these runs as well
  }
}

// Whether there is anything left to be chosen, the rows say.
void Orchestrator::search_on(SweepId sweep) {
  OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !is_growing(open->spec())) {
    return;
  }
  if (!open->is_searching()) {
    open->set_searching(true);
    handle(RulesChanged{sweep, rules_of(*open)});
  }
  searcher_->look(sweep);
}

/// As many of its runs as workers would be given to it, but one at least: where there is no worker
/// at all, a search that is over must end.
std::int64_t Orchestrator::room_for(SweepId sweep) const {
  if (is_draining_ || !disk_->shortage().empty()) {
    return 0;
  }
  const OpenSweep& open = *catalog_.find(sweep);
  const Result<std::vector<Place>> places = places_of(open);
  std::int64_t workers = 0;
  for (const Place& place : places ? *places : std::vector<Place>()) {
    workers += roster_->has_given_up(place.device) ? 0 : place.workers;
  }
  const std::int64_t most = open.spec().max_concurrent;
  return std::max<std::int64_t>(1, most > 0 ? std::min(most, workers) : workers);
}

void Orchestrator::refine(SweepId sweep, RefinementStage stage) {
  OpenSweep& open = *catalog_.find(sweep);
  open.set_refinement(std::move(stage));
  handle(RulesChanged{sweep, rules_of(open)});
  refiner_->look(sweep);
}

void Orchestrator::look_further(const PersistRun& run) {
  const RunState state = run.standing.state;
  const std::optional<SweepId> sweep = catalog_.sweep_of(run.run);
  if (!sweep || (!is_terminal(state) && state != RunState::pending)) {
    return;
  }
  searcher_->changed(*sweep, run.run);
  if (is_terminal(state)) {
    searcher_->look(*sweep);
    refiner_->look(*sweep);
  }
}

}  // namespace tarama::orchestrator
