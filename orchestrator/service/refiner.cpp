// Rounds: decided on the writer's thread, behind the rows of the runs that ended; taken up here.
#include "orchestrator/service/refiner.hpp"

#include "db/store_writer.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

void Refiner::look(SweepId sweep) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->refinement() || open->is_searching() || deciding_.contains(sweep)) {
    return;  // levels are compared once all of them are there
  }
  // Runs that are over because their sweep was cancelled ask for no further ones.
  const std::optional<SweepState> state = scheduler_.state(sweep);
  const Account account = scheduler_.account(sweep);
  if ((state != SweepState::running && state != SweepState::paused) ||
      account.pending + account.leased + account.running > 0) {
    return;
  }
  deciding_.insert(sweep);
  writer_.run([this, sweep, stage = *open->refinement(), now = clock_.now().wall](
                  db::RunStore& store) {
    auto written = std::make_shared<Result<WrittenRound>>(write_round(store, sweep, stage, now));
    boost::asio::post(loop_, [this, sweep, written] { take(sweep, std::move(*written)); });
  });
}

void Refiner::take(SweepId sweep, Result<WrittenRound> written) {
  deciding_.erase(sweep);
  if (!written) {
    const Error& error = written.error();
    const bool may_pass = db::may_pass(error);
    spdlog::error("sweep {}: the next round could not be decided{}: {}",
                  sweep,
                  may_pass ? ", and is tried again" : "",
                  error.message);
    if (may_pass) {
      again_.insert(sweep);
      return;
    }
    call_off(sweep);
    return end(sweep);
  }
  const RefineRound& round = written->round;
  views_[sweep] = {round.levels_left, round.runs_to_go};
  if (round.is_done) {
    spdlog::info("sweep {}: {}", sweep, round.outcome);
    return end(sweep);
  }
  spdlog::info(
      "sweep {}: {} runs more, for {} levels", sweep, round.more.size(), round.levels_left);
  handlers_.added(std::move(written->added));
}

void Refiner::end(SweepId sweep) {
  views_.erase(sweep);
  if (OpenSweep* const open = catalog_.find(sweep)) {
    open->set_refinement({});
    handlers_.ended(sweep);
  }
}

void Refiner::tick() {
  for (const SweepId sweep : std::exchange(again_, {})) {
    look(sweep);
  }
}

void Refiner::call_off(SweepId sweep) {
  OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->refinement()) {
    return;
  }
  const db::RefinementNews news{.stage = open->refinement()->stage,
                                .ended_at = clock_.now().wall,
                                .outcome = "called off before it was decided"};
  open->set_refinement({});
  views_.erase(sweep);
  writer_.run([sweep, news](db::RunStore& store) {
    if (const Result<void> told = store.tell_refinement(sweep, news); !told) {
      // The next stage ends it: see RunStore::begin_refinement.
      spdlog::error("sweep {}: {}", sweep, told.error().message);
    }
  });
}

std::string Refiner::describe(SweepId sweep) const {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || !open->refinement()) {
    return "";
  }
  const Refinement& asked = open->refinement()->asked;
  std::string text = asked.until ? fmt::format("until within {} of the best", *asked.until)
                                 : fmt::format("a budget of {} runs", asked.budget.value_or(0));
  if (const auto found = views_.find(sweep); found != views_.end()) {
    text += fmt::format(", {} levels left", found->second.levels_left);
    if (found->second.runs_to_go) {
      text += fmt::format(", about {} more runs", *found->second.runs_to_go);
    }
  }
  return text;
}

}  // namespace tarama::orchestrator
