// Files and commands at a sweep's end; everything here may block.
#include "orchestrator/sweeps/sweep_ending.hpp"

#include "core/statistics/sweep_answer.hpp"
#include "db/sqlite/level_evidence.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tarama::orchestrator {
namespace {

/// As the answer of the sweep names it.
std::optional<LevelId> best_level(const std::vector<db::LevelInfo>& levels,
                                  const Metric& metric,
                                  std::optional<double> majority) {
  const statistics::SweepAnswer answer =
      statistics::answer_of(db::evidence_of(levels), db::rules_for(metric, levels, majority));
  return answer.best ? std::optional(levels[*answer.best].level) : std::nullopt;
}

}  // namespace

Result<void> prune_models(const std::filesystem::path& store,
                          SweepId sweep,
                          const SweepSpec& spec) {
  if (spec.keep.models != KeepModels::best) {
    return {};
  }
  Result<db::ReadStore> database = db::ReadStore::open(db::StoreFolder{store}.database());
  if (!database) {
    return database.error();
  }
  Result<std::vector<db::LevelInfo>> levels = database->levels(sweep);
  if (!levels) {
    return levels.error();
  }
  const Result<std::optional<double>> majority = database->majority_accuracy(sweep);
  if (!majority) {
    return majority.error();
  }
  const std::optional<LevelId> best = best_level(*levels, spec.metric, *majority);
  for (const db::LevelInfo& level : *levels) {
    if ((best && level.level == *best) || level.failed > 0) {
      continue;
    }
    for (const RunId run : level.runs) {
      std::error_code error;
      std::filesystem::remove_all(db::StoreFolder{store}.model(run), error);
      if (error) {
        return Error{Errc::io,
                     fmt::format("cannot remove the model of run {}: {}", run, error.message())};
      }
    }
  }
  return {};
}

std::string event_of(SweepState state, const Account& account) {
  switch (state) {
    case SweepState::paused:
      return "paused";
    case SweepState::cancelled:
      return "cancelled";
    case SweepState::running:
    case SweepState::finished:
      return account.failed > 0 ? "failed" : "ended";
  }
  return "ended";
}

ProcessStart on_end_command(const std::filesystem::path& store,
                            const db::Duty& duty,
                            const SweepSpec& spec,
                            const Account& account) {
  return {.program = "/bin/sh",
          .arguments = {"-c", spec.on_end},
          .environment = {{"TARAMA_EVENT", duty.detail},
                          {"TARAMA_EVENT_ID", fmt::format("{}", duty.duty)},
                          {"TARAMA_SWEEP", fmt::format("{}", duty.sweep)},
                          {"TARAMA_NAME", spec.name},
                          {"TARAMA_STORE", store},
                          {"TARAMA_PLANNED", fmt::format("{}", account.planned)},
                          {"TARAMA_SUCCEEDED", fmt::format("{}", account.succeeded)},
                          {"TARAMA_STOPPED", fmt::format("{}", account.stopped)},
                          {"TARAMA_FAILED", fmt::format("{}", account.failed)},
                          {"TARAMA_CANCELLED", fmt::format("{}", account.cancelled)}},
          .output = store / "on_end.log"};
}

}  // namespace tarama::orchestrator
