// From a checked spec and its prepared inputs to the rows of a new sweep, or to the rows that an
// open one does not have yet. Pure: the service persists what comes out here.
#pragma once

#include "core/sweep/gpu_needs.hpp"
#include "core/sweep/learner_choice.hpp"
#include "core/sweep/refinement.hpp"
#include "core/sweep/result.hpp"
#include "core/sweep/sweep_spec.hpp"
#include "db/run_store.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// What a client submits; not trusted to be sane.
struct Submission {
  SweepSpec spec;
  PreparedSummary prepared;
  std::string yaml;  // as written
  std::string host;
  std::string driver;                      // of the GPUs; empty: none
  std::optional<Refinement> refinement{};  // where its replicates decide themselves
};

/// Who is there to train it.
struct TrainedBy {
  std::string trainer;  // of the worker program: trainer_of_learners or "fake"
  LearnerSupply supply{};
  /// That it is trained on, and then says what of the supply there is; nullptr: the supply does.
  const Machine* machine = nullptr;
};

/// What levels ask of GPUs. Of inputs that are not those of these levels nothing is known.
[[nodiscard]] LearnerNeeds learner_needs(const std::vector<Level>& levels,
                                         const PreparedSummary& prepared,
                                         std::int64_t max_tokens);

/// All rows of the new sweep. `invalid_argument` where spec and prepared inputs do not fit, or no
/// worker could train a level; `refused` where a learner is asked for that cannot.
[[nodiscard]] Result<db::NewSweep> plan_sweep(const Submission& submission,
                                              const TrainedBy& by,
                                              TimePoint now);

/// The identities that the sweep would have if its file, which names no learner, had been submitted
/// when another one was the default: a sweep that the store has by one of them goes on.
[[nodiscard]] std::vector<std::string> earlier_identities(const db::NewSweep& planned,
                                                          const SweepSpec& spec);

/// The rows of `planned` that the sweep does not have yet; within a sweep a point is its settings
/// and its seed. Levels that it has keep their ids, new ones follow, by the learner that the
/// sweep's levels name where `extension` names none. `refused` where the two disagree on what holds
/// for a whole sweep (data, metric, seed, what is kept), where the data have changed, and where
/// `planned` is to be refined: that is begun by itself.
[[nodiscard]] Result<db::NewSweep> plan_extension(db::NewSweep planned,
                                                  const SweepSpec& extension,
                                                  const db::StoredSweep& stored);

/// `spec` with what may change when a sweep is submitted again: resources, limits, order, what
/// is kept, on_end; of a sweep that learns from its runs, how many there are.
[[nodiscard]] SweepSpec with_newest_limits(SweepSpec spec, const SweepSpec& newest);

/// The limits of `spec`, without what depends on the machine.
[[nodiscard]] SweepRules limits_of(const SweepSpec& spec);

}  // namespace tarama::orchestrator
