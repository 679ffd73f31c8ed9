// Levels: decided on the writer's thread, behind the rows of the runs that ended; taken up here.
#include "orchestrator/service/searcher.hpp"

#include "core/sweep/enum_names.hpp"
#include "db/store_writer.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

void Searcher::look(SweepId sweep) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->is_searching() || deciding_.contains(sweep) ||
      scheduler_.state(sweep) != SweepState::running || !is_due(sweep, *open)) {
    return;
  }
  deciding_.insert(sweep);
  std::shared_ptr<SweepGrowth>& growth = growths_[sweep];
  if (growth == nullptr) {
    growth = growth_by(sweep, open->spec());
  }
  std::set<LevelId> changed = std::exchange(changed_[sweep], {});
  writer_.run([this, sweep, growth = growth, changed = std::move(changed), now = clock_.now().wall](
                  db::RunStore& store) {
    auto written = std::make_shared<Result<GrowthStep>>(growth->write_next(store, changed, now));
    boost::asio::post(loop_, [this, sweep, written] { take(sweep, std::move(*written)); });
  });
}

bool Searcher::is_due(SweepId sweep, const OpenSweep& open) const {
  const auto later = later_.find(sweep);
  if (later == later_.end() && !is_learning(open.spec())) {
    return true;  // how much is to come, only the rows say
  }
  if (later != later_.end() && later->second.waits) {
    return false;
  }
  // One that waits to be handed out is enough: the later a level is chosen, the more is known.
  const Account account = scheduler_.account(sweep);
  return account.pending + account.leased + account.running < handlers_.room(sweep);
}

void Searcher::take(SweepId sweep, Result<GrowthStep> written) {
  deciding_.erase(sweep);
  if (!written) {
    const Error& error = written.error();
    const bool may_pass = db::may_pass(error);
    spdlog::error("sweep {}: the next level could not be decided{}: {}",
                  sweep,
                  may_pass ? ", and is tried again" : "; the search ends here",
                  error.message);
    return may_pass ? void() : end(sweep);
  }
  if (written->is_over) {
    spdlog::info("sweep {}: the search is over", sweep);
    return end(sweep);
  }
  const bool has_news = !changed_[sweep].empty();
  later_[sweep] = {written->later, written->later_work, !written->added && !has_news};
  if (written->added) {
    for (const LevelRecord& level : written->added->levels) {
      spdlog::info("sweep {}: level {} is {}", sweep, level.level, level.params);
    }
    handlers_.added(std::move(*written->added));
  }
  look(sweep);
}

void Searcher::changed(SweepId sweep, RunId run) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open != nullptr && open->is_searching()) {
    changed_[sweep].insert(open->plan_of(run).level);
    if (const auto later = later_.find(sweep); later != later_.end()) {
      later->second.waits = false;
    }
  }
}

void Searcher::forget(SweepId sweep) {
  growths_.erase(sweep);
  changed_.erase(sweep);
  later_.erase(sweep);
}

void Searcher::end(SweepId sweep) {
  forget(sweep);
  if (OpenSweep* const open = catalog_.find(sweep)) {
    open->set_searching(false);
    handlers_.ended(sweep);
  }
}

// Room comes back by many ways, and what could not be decided on a full disk is tried again: to ask
// costs nothing.
void Searcher::tick() {
  for (const SweepId sweep : scheduler_.open_sweeps()) {
    look(sweep);
  }
}

std::int64_t Searcher::to_choose(SweepId sweep) const {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->is_searching()) {
    return 0;
  }
  if (is_learning(open->spec())) {
    return std::max<std::int64_t>(open->spec().max_runs - scheduler_.account(sweep).planned, 0);
  }
  const auto later = later_.find(sweep);
  return later == later_.end() ? 0 : later->second.runs;
}

double Searcher::work_to_choose(SweepId sweep) const {
  const OpenSweep* const open = catalog_.find(sweep);
  const auto later = later_.find(sweep);
  if (open != nullptr && !is_learning(open->spec())) {
    return later == later_.end() ? 0 : later->second.work;
  }
  // As long as those that have been chosen.
  const std::int64_t planned = scheduler_.account(sweep).planned;
  return planned == 0 ? 0 : static_cast<double>(to_choose(sweep)) / static_cast<double>(planned);
}

std::string Searcher::describe(SweepId sweep) const {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->is_searching()) {
    return "";
  }
  return fmt::format("{}, {} of {} runs chosen",
                     name_of(open->spec().method),
                     scheduler_.account(sweep).planned,
                     scheduler_.account(sweep).planned + to_choose(sweep));
}

}  // namespace tarama::orchestrator
