// Checkpoints in two places: a run's own, and those that are kept for others.
#include "worker/agent/start_state.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <utility>

namespace tarama {

namespace {

namespace fs = std::filesystem;

/// A folder for each run whose state is kept, so that each has one owner. The trajectory's key
/// stands in the file, and guards against a state of anything else.
fs::path kept_folder(const fs::path& store, RunId run) {
  return store / "trajectories" / fmt::format("{}", run);
}

}  // namespace

StartState load_start(const fs::path& store, const JobSpec& job, const FindMisfit& find_misfit) {
  LoadedCheckpoint own = load_newest_checkpoint(
      store / "checkpoints" / fmt::format("{}", job.run), job.run_key, find_misfit);
  StartState start{std::move(own.state), std::nullopt, std::move(own.remarks)};
  if (!job.begins_with || (start.state && start.state->steps_done >= job.begins_with->steps)) {
    return start;
  }
  const Beginning& beginning = *job.begins_with;
  LoadedCheckpoint kept = load_newest_checkpoint(
      kept_folder(store, beginning.run),
      beginning.trajectory,
      [&](const TrainerState& state) -> std::optional<std::string> {
        if (state.steps_done != beginning.steps) {
          return fmt::format("it is at step {}, not at {}", state.steps_done, beginning.steps);
        }
        return find_misfit(state);
      });
  if (kept.state) {
    return {std::move(kept.state), beginning, std::move(start.remarks)};
  }
  start.remarks.insert(start.remarks.end(), kept.remarks.begin(), kept.remarks.end());
  start.remarks.push_back(
      fmt::format("run {} has trained its first {} steps, but left no state that it could go on "
                  "from: it trains them itself",
                  beginning.run,
                  beginning.steps));
  return start;
}

bool is_whole(const TrainerState& state, const JobSpec& job, std::int64_t run_steps) {
  return state.steps_done == run_steps &&
         static_cast<std::int64_t>(state.evals.size()) == job.training.epochs &&
         state.evals.back().split == Split::eval;
}

Result<void> keep_state(const fs::path& store, const JobSpec& job, const TrainerState& state) {
  TARAMA_ASSERT(job.keeps, "only what is asked for is kept");
  return save_checkpoint(
      kept_folder(store, job.keeps->run), job.keeps->trajectory, job.attempt, state);
}

}  // namespace tarama
