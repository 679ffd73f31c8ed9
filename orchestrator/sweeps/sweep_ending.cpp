// Files and commands at a sweep's end; everything here may block.
#include "orchestrator/sweeps/sweep_ending.hpp"

#include "core/statistics/models_to_keep.hpp"
#include "db/sqlite/level_evidence.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <system_error>
#include <vector>

namespace tarama::orchestrator {
namespace {

Result<void> remove_model(const std::filesystem::path& store, RunId run) {
  std::error_code error;
  std::filesystem::remove_all(db::StoreFolder{store}.model(run), error);
  if (error) {
    return Error{Errc::io,
                 fmt::format("cannot remove the model of run {}: {}", run, error.message())};
  }
  return {};
}

/// Looking at all levels takes its time, and many sweeps keep models of none, or none any more.
bool has_models(const std::filesystem::path& store) {
  std::error_code ignored;  // a folder that cannot be read is looked at by whoever removes from it
  const std::filesystem::directory_iterator models(store / "models", ignored);
  return models != std::filesystem::directory_iterator();
}

/// Whether the models of the level are given up.
class GivenUp {
 public:
  GivenUp(const std::vector<db::LevelInfo>& levels,
          const statistics::AnswerRules& rules,
          Pruning pruning)
      : is_over_(pruning == Pruning::at_the_end),
        named_(is_over_ ? statistics::kept_at_the_end(db::evidence_of(levels), rules)
                        : statistics::clearly_behind(db::evidence_of(levels), rules)) {}

  [[nodiscard]] bool holds(LevelId level) const { return named_.contains(level) != is_over_; }

 private:
  bool is_over_;
  std::set<LevelId> named_;
};

}  // namespace

Result<void> prune_models(const std::filesystem::path& store,
                          SweepId sweep,
                          const SweepSpec& spec,
                          Pruning pruning) {
  if (spec.keep.models != KeepModels::best || !has_models(store)) {
    return {};
  }
  Result<db::ReadStore> database = db::ReadStore::open(db::StoreFolder{store}.database());
  if (!database) {
    return database.error();
  }
  const Result<std::vector<db::LevelInfo>> levels = database->levels(sweep);
  if (!levels) {
    return levels.error();
  }
  const Result<std::optional<double>> majority = database->majority_accuracy(sweep);
  if (!majority) {
    return majority.error();
  }
  const GivenUp given_up(*levels, db::rules_for(spec.metric, *levels, *majority), pruning);
  for (const db::LevelInfo& level : *levels) {
    for (const RunId run : level.runs) {
      if (!given_up.holds(level.level)) {
        continue;
      }
      if (Result<void> removed = remove_model(store, run); !removed) {
        return removed;
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

std::filesystem::path on_end_lock(const std::filesystem::path& store, std::int64_t duty) {
  return store / fmt::format("on_end.{}.lock", duty);
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
          .output = store / "on_end.log",
          .lock = on_end_lock(store, duty.duty)};
}

}  // namespace tarama::orchestrator
