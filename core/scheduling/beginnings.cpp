// Walks up and down the ties, without recursion: a chain may be as long as a sweep has runs.
#include "core/scheduling/beginnings.hpp"

#include "core/scheduling/scheduler_book.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

namespace tarama::scheduling {

namespace {

RunState state_of(const Run& run) {
  return run.record.standing.state;
}

/// So that nothing can be its own beginning, whatever the records say.
bool may_begin_as(const RunRecord& run, const RunRecord& shorter) {
  return std::pair(shorter.planned_steps, shorter.run) < std::pair(run.planned_steps, run.run);
}

}  // namespace

const Kinship* Beginnings::of(RunId run) const {
  const auto found = kin_.find(run);
  return found == kin_.end() ? nullptr : &found->second;
}

void Beginnings::tie(const std::vector<RunRecord>& records) {
  std::unordered_set<RunId> added;
  for (const RunRecord& record : records) {
    added.insert(record.run);
  }
  for (const RunRecord& record : records) {
    const Run* const shorter = find_(record.begins_as);
    if (shorter != nullptr && may_begin_as(record, shorter->record) &&
        kin_[record.run].beginning == RunId{}) {
      kin_[record.run].beginning = record.begins_as;
      const auto [tied, is_new] = kin_.try_emplace(record.begins_as);
      tied->second.takers.push_back(record.run);
      // One that is at work and had no ties so far was told to keep nothing.
      const bool was_told = is_new && is_active(state_of(*shorter));
      tied->second.is_state_kept &= !was_told || added.contains(record.begins_as);
    }
  }
  settle(records);
}

void Beginnings::settle(const std::vector<RunRecord>& records) {
  for (const RunId first : firsts_of(records)) {
    settle_family(first);
  }
}

/// Of the families of these runs. Each tie is walked once, however many hang on it.
std::vector<RunId> Beginnings::firsts_of(const std::vector<RunRecord>& records) const {
  std::vector<RunId> firsts;
  std::unordered_set<RunId> seen;
  for (const RunRecord& record : records) {
    RunId run = record.run;
    const Kinship* kin = of(run);
    while (kin != nullptr && seen.insert(run).second) {
      if (kin->beginning == RunId{}) {
        firsts.push_back(run);
      }
      run = kin->beginning;
      kin = of(run);
    }
  }
  return firsts;
}

/// Numbers the family, and finds how long and how early the runs are that each leads to.
void Beginnings::settle_family(RunId first) {
  std::vector<RunId> family = {first};
  for (std::size_t i = 0; i < family.size(); ++i) {
    Kinship& kin = kin_[family[i]];
    kin.family = first;
    kin.longest = find_(family[i])->record.planned_steps;
    kin.first = find_(family[i])->record.rank;
    family.insert(family.end(), kin.takers.begin(), kin.takers.end());
  }
  for (std::size_t i = family.size(); i-- > 1;) {  // those that take before whom they take from
    const Kinship& kin = kin_[family[i]];
    Kinship& shorter = kin_[kin.beginning];
    shorter.longest = std::max(shorter.longest, kin.longest);
    shorter.first = std::min(shorter.first, kin.first);
  }
}

RunOrder Beginnings::order_of(const Run& run) const {
  const Kinship* const kin = of(run.record.run);
  return {.replicate = run.record.replicate,
          .planned_steps = kin != nullptr ? kin->longest : run.record.planned_steps,
          .run = run.record.run,
          .family = kin != nullptr ? kin->family : run.record.run,
          .own_steps = run.record.planned_steps,
          .rank = kin != nullptr ? kin->first : run.record.rank};
}

/// Whether others may wait for it: it has succeeded, or nothing is known that keeps it from that.
bool Beginnings::is_counted_on(const Run& run) const {
  using enum RunState;
  switch (state_of(run)) {
    case succeeded:
      return true;
    case pending:
      return !run.record.standing.is_held;
    case leased:
    case running:
      return !run.record.standing.is_held && of(run.record.run)->is_state_kept;
    case cancelling:
    case stopped:
    case failed:
    case cancelled:
      return false;
  }
  return false;
}

const Run* Beginnings::provider_of(const Run& run) const {
  const Kinship* kin = of(run.record.run);
  while (kin != nullptr && kin->beginning != RunId{}) {
    const Run* const shorter = find_(kin->beginning);
    if (is_counted_on(*shorter)) {
      return shorter;
    }
    kin = of(kin->beginning);
  }
  return nullptr;
}

bool Beginnings::must_wait(const Run& run) const {
  if (run.record.standing.attempt != Attempt{}) {
    return false;  // it has a start of its own, and perhaps a checkpoint
  }
  const Run* const provider = provider_of(run);
  return provider != nullptr && !is_terminal(state_of(*provider));
}

std::vector<RunId> Beginnings::touched_by(RunId run) const {
  std::vector<RunId> touched;
  const Kinship* const kin = of(run);
  if (kin == nullptr) {
    return touched;
  }
  touched = kin->takers;
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (!is_counted_on(*find_(touched[i]))) {  // then those behind it count on `run`
      const std::vector<RunId>& takers = of(touched[i])->takers;
      touched.insert(touched.end(), takers.begin(), takers.end());
    }
  }
  return touched;
}

bool Beginnings::is_needed(RunId run) const {
  return std::ranges::any_of(touched_by(run), [&](RunId taker) {
    const Run& other = *find_(taker);
    const Run* const provider = is_terminal(state_of(other)) ? nullptr : provider_of(other);
    return provider != nullptr && provider->record.run == run;
  });
}

bool Beginnings::decide_to_keep(RunId run) {
  const auto found = kin_.find(run);
  if (found == kin_.end()) {
    return false;
  }
  found->second.is_state_kept = true;  // or nobody would count on it
  found->second.is_state_kept = is_needed(run);
  return found->second.is_state_kept;
}

std::vector<RunId> Beginnings::unneeded_since(const std::vector<RunId>& ended) const {
  std::vector<RunId> unneeded;
  std::set<RunId> seen;  // the runs of a sweep end together where it is cancelled
  const auto look_at = [&](RunId id) {
    const bool is_new = seen.insert(id).second;
    const Kinship* const kin = of(id);
    const Run& run = *find_(id);
    const bool may_have_a_state = is_new && kin->is_state_kept && !kin->takers.empty() &&
                                  run.record.standing.attempt != Attempt{};
    if (may_have_a_state && is_terminal(state_of(run)) && !is_needed(id)) {
      unneeded.push_back(id);
    }
    return is_new;
  };
  for (const RunId run : ended) {
    if (of(run) == nullptr) {
      continue;
    }
    static_cast<void>(look_at(run));
    // Beyond one that has succeeded nobody has looked for a state.
    for (RunId id = of(run)->beginning; id != RunId{} && look_at(id); id = of(id)->beginning) {
      if (state_of(*find_(id)) == RunState::succeeded) {
        break;
      }
    }
  }
  return unneeded;
}

}  // namespace tarama::scheduling
