// Levels: decided on the writer's thread, behind the rows of the runs that ended; taken up here.
#include "orchestrator/service/searcher.hpp"

#include "core/sweep/enum_names.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

void Searcher::look(SweepId sweep) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->is_searching() || deciding_.contains(sweep) ||
      scheduler_.state(sweep) != SweepState::running) {
    return;
  }
  // One that waits to be handed out is enough: the later a level is chosen, the more is known.
  const Account account = scheduler_.account(sweep);
  if (account.pending + account.leased + account.running >= handlers_.room(sweep)) {
    return;
  }
  deciding_.insert(sweep);
  std::shared_ptr<LevelChooser>& chooser = choosers_[sweep];
  if (chooser == nullptr) {
    chooser = std::make_shared<LevelChooser>(sweep);
  }
  std::set<LevelId> changed = std::exchange(changed_[sweep], {});
  writer_.run([this, sweep, chooser, changed = std::move(changed), now = clock_.now().wall](
                  db::RunStore& store) {
    auto written = std::make_shared<Result<std::optional<db::StoredSweep>>>(
        chooser->write_next(store, changed, now));
    boost::asio::post(loop_, [this, sweep, written] { take(sweep, std::move(*written)); });
  });
}

void Searcher::take(SweepId sweep, Result<std::optional<db::StoredSweep>> written) {
  deciding_.erase(sweep);
  if (!written) {
    const Error& error = written.error();
    const bool may_pass = error.code == Errc::disk_full || error.code == Errc::timed_out;
    spdlog::error("sweep {}: the next level could not be decided{}: {}",
                  sweep,
                  may_pass ? ", and is tried again" : "; the search ends here",
                  error.message);
    return may_pass ? void() : end(sweep);
  }
  if (!*written) {
    spdlog::info("sweep {}: the search is over", sweep);
    return end(sweep);
  }
  spdlog::info("sweep {}: level {} is {}",
               sweep,
               (*written)->levels.front().level,
               (*written)->levels.front().params);
  handlers_.added(std::move(**written));
  look(sweep);
}

void Searcher::changed(SweepId sweep, RunId run) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open != nullptr && open->is_searching()) {
    changed_[sweep].insert(open->plan_of(run).level);
  }
}

void Searcher::forget(SweepId sweep) {
  choosers_.erase(sweep);
  changed_.erase(sweep);
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
  return open == nullptr || !open->is_searching()
             ? 0
             : std::max<std::int64_t>(open->spec().max_runs - scheduler_.account(sweep).planned, 0);
}

std::string Searcher::describe(SweepId sweep) const {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->is_searching()) {
    return "";
  }
  return fmt::format("{}, {} of {} runs chosen",
                     name_of(open->spec().method),
                     scheduler_.account(sweep).planned,
                     open->spec().max_runs);
}

}  // namespace tarama::orchestrator
