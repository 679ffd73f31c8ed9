// See scheduler_turns.hpp.
#include "core/scheduling/scheduler_turns.hpp"

#include "core/sweep/assert.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace tarama::scheduling {

namespace {

using Seconds = std::chrono::duration<double>;

// A run is taken to last as long as those before it, and until one has ended a minute: it only
// decides who gets how many of slots that are free at the same moment, and is corrected by what it
// takes.
constexpr Seconds first_length = std::chrono::minutes(1);

/// How much the sweep will have been served when the runs at hand have got on.
double served_soon(const Sweep& sweep) {
  const bool has_ended_one = sweep.handed_out > static_cast<std::int64_t>(sweep.active.size());
  const Seconds length =
      has_ended_one ? sweep.time_at_work / static_cast<double>(sweep.handed_out) : first_length;
  return sweep.served + static_cast<double>(sweep.active.size()) * length.count() /
                            weight_of(sweep.rules.priority);
}

bool has_something_to_do(const Sweep& sweep) {
  const bool is_to_go_on = sweep.state == SweepState::running || sweep.is_paused_by_itself();
  return !sweep.active.empty() || (is_to_go_on && (!sweep.ready.empty() || !sweep.choosy.empty()));
}

}  // namespace

double weight_of(std::int64_t priority) {
  const auto steps = static_cast<double>(priority);
  return priority >= 0 ? 1 + steps : 1 / (1 - steps);
}

void count_turns(SchedulerBook& book, std::chrono::milliseconds awake) {
  const Seconds passed = awake - book.turns_counted_at;
  book.turns_counted_at = awake;
  if (passed.count() <= 0) {
    return;
  }
  for (const SweepId id : book.open_sweeps()) {
    Sweep& sweep = *book.sweep(id);
    const Seconds at_work = passed * static_cast<double>(sweep.active.size());
    sweep.time_at_work += at_work;
    sweep.served += at_work.count() / weight_of(sweep.rules.priority);
  }
}

void let_in(SchedulerBook& book) {
  std::optional<double> least_at_work;
  std::vector<Sweep*> newcomers;
  for (const SweepId id : book.open_sweeps()) {
    Sweep& sweep = *book.sweep(id);
    const bool was_in = sweep.is_in_turn;
    sweep.is_in_turn = has_something_to_do(sweep);
    if (sweep.is_in_turn && !was_in) {
      newcomers.push_back(&sweep);
    } else if (!sweep.active.empty()) {
      least_at_work = std::min(least_at_work.value_or(sweep.served), sweep.served);
    }
  }
  for (Sweep* const newcomer : newcomers) {
    newcomer->served = std::max(newcomer->served, least_at_work.value_or(0));
  }
}

void begin_anew(SchedulerBook& book) {
  for (const SweepId id : book.open_sweeps()) {
    book.sweep(id)->served = 0;
  }
}

SweepId next_in_turn(SchedulerBook& book, const std::set<SweepId>& among) {
  TARAMA_ASSERT(!among.empty(), "somebody's turn is asked for");
  return *std::ranges::min_element(
      among, {}, [&](SweepId id) { return served_soon(*book.sweep(id)); });
}

}  // namespace tarama::scheduling
