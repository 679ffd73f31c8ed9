// See search_plan.hpp.
#include "orchestrator/sweeps/search_plan.hpp"

#include "core/search/grid.hpp"
#include "core/search/tpe.hpp"
#include "core/statistics/metric_scale.hpp"
#include "core/statistics/sweep_answer.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/learner_choice.hpp"
#include "core/sweep/numerics_version.hpp"
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/params_from_json.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/sweeps/run_plan.hpp"
#include "orchestrator/sweeps/rung_restarts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tarama::orchestrator {
namespace {

/// What the level says of each axis, whether active or not.
Point point_of(const std::vector<Axis>& axes, const LevelRecord& level) {
  const Result<LevelParams> read = params_from_json(level.params);
  const LevelParams params = read ? *read : LevelParams();
  Point point(axes.size());
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const auto found = std::ranges::find(params, axes[axis].key, &LevelParams::value_type::first);
    if (found != params.end()) {
      point[axis] = found->second;
    }
  }
  return point;
}

/// What the level is trained by, as the sweep's others are.
std::string learner_among(const std::vector<LevelRecord>& kinds, const TrainingSettings& training) {
  const std::string& first = kinds.front().learner;
  if (!value_named(learner_names, first)) {
    return first;  // a scripted trainer is its own learner
  }
  if (training.learner) {
    return std::string(name_of(*training.learner));
  }
  const std::optional<LearnerName> kept = kept_learner(kinds, training);
  return kept ? std::string(name_of(*kept)) : first;
}

Result<LevelRecord> chosen_record(const Level& level, const std::vector<LevelRecord>& kinds) {
  const auto alike = std::ranges::find_if(kinds, [&](const LevelRecord& known) {
    return known.model == level.model && known.training.norm == level.training.norm;
  });
  if (alike == kinds.end()) {
    return Error{Errc::refused,
                 fmt::format("level {} has a model that none of the first levels had, so that "
                             "nobody has checked its files; sweep its model by a grid",
                             params_text(level.params))};
  }
  std::string learner = learner_among(kinds, level.training);
  LevelRecord record{.level = level.id,
                     .params = params_json(level.params),
                     .training = level.training,
                     .model = level.model,
                     .learner = {},
                     .numerics = numerics_version_of(learner),
                     .inputs = alike->inputs};
  record.learner = std::move(learner);
  record.training.learner.reset();  // the record's own field has it
  return record;
}

db::NewSweep level_and_runs(const LevelRecord& level, const SweepSpec& spec, TimePoint now) {
  db::NewSweep rows = growth_of(spec.name, now);
  rows.levels = {level};
  for (std::int64_t replicate = 0; replicate < spec.replicates; ++replicate) {
    rows.runs.push_back(run_plan_of(level, replicate, spec.seed + replicate));
  }
  return rows;
}

/// The levels but for those that differ in their parameters alone.
void add_kind(std::vector<LevelRecord>& kinds, const LevelRecord& level) {
  const bool is_known = std::ranges::any_of(kinds, [&](const LevelRecord& kind) {
    return kind.model == level.model && kind.training.norm == level.training.norm &&
           kind.training.precision == level.training.precision && kind.learner == level.learner;
  });
  if (!is_known) {
    kinds.push_back(level);
  }
}

}  // namespace

/// What the rows said.
struct LevelChooser::Known {
  SweepSpec spec;
  statistics::AnswerRules rules;
  bool has_majority = false;
  std::vector<LevelRecord> kinds;
  LevelId last;
  std::map<LevelId, std::size_t> places;  // in tpe
  Tpe tpe;

  void add(const LevelRecord& level) {
    places[level.level] = static_cast<std::size_t>(tpe.levels());
    last = std::max(last, level.level);
    tpe.add(point_of(spec.parameters, level));
    add_kind(kinds, level);
  }

  void set(const LevelOutcome& outcome) {
    const statistics::LevelSample sample = statistics::sample_of(outcome, rules);
    tpe.set_value(
        places.at(outcome.level),
        sample.values.empty() ? std::nullopt : std::optional(statistics::mean_of(sample)));
  }
};

LevelChooser::LevelChooser(SweepId sweep) : sweep_(sweep) {}

LevelChooser::~LevelChooser() = default;

bool is_learning(const SweepSpec& spec) {
  return spec.method == Method::tpe;
}

bool is_growing(const SweepSpec& spec) {
  return is_learning(spec) || (spec.rungs && !spec.rungs->restart.empty());
}

std::unique_ptr<SweepGrowth> growth_by(SweepId sweep, const SweepSpec& spec) {
  if (is_learning(spec)) {
    return std::make_unique<LevelChooser>(sweep);
  }
  return std::make_unique<RungRestarts>(sweep);
}

Result<void> LevelChooser::read(db::RunStore& store, const std::set<LevelId>& changed) {
  for (const LevelId level : known_ ? changed : std::set<LevelId>()) {
    const Result<db::SearchEvidence> evidence = store.evidence(sweep_, level);
    if (!evidence) {
      known_.reset();
      return evidence.error();
    }
    const bool is_new = !known_->places.contains(level);
    if (is_new || (evidence->majority && !known_->has_majority)) {
      known_.reset();  // by the majority, what diverged counts
      break;
    }
    for (const LevelOutcome& outcome : evidence->levels) {
      known_->set(outcome);
    }
  }
  if (known_) {
    return {};
  }
  const Result<db::StoredSweep> stored = store.load_sweep(sweep_);
  const Result<SweepSpec> spec =
      stored ? sweep_spec_from_json(stored->spec) : Result<SweepSpec>(stored.error());
  const Result<db::SearchEvidence> evidence =
      spec ? store.evidence(sweep_, std::nullopt) : Result<db::SearchEvidence>(spec.error());
  if (!evidence) {
    return evidence.error();
  }
  const LevelInputs inputs = stored->levels.empty() ? LevelInputs{} : stored->levels.front().inputs;
  known_.reset(new Known{.spec = *spec,
                         .rules = {.comparison = {.goal = spec->metric.goal},
                                   .constant_guess = statistics::constant_guess(
                                       spec->metric.name, evidence->majority, inputs.classes)},
                         .has_majority = evidence->majority.has_value(),
                         .kinds = {},
                         .last = {},
                         .places = {},
                         .tpe = Tpe(*spec)});
  for (const LevelRecord& level : stored->levels) {
    known_->add(level);
  }
  for (const LevelOutcome& outcome : evidence->levels) {
    known_->set(outcome);
  }
  return {};
}

Result<std::optional<db::NewSweep>> LevelChooser::next(TimePoint now) const {
  const SweepSpec& spec = known_->spec;
  const std::int64_t levels = known_->tpe.levels();
  if (!is_learning(spec) || levels == 0 ||
      levels >= spec.max_runs / std::max<std::int64_t>(spec.replicates, 1)) {
    return std::optional<db::NewSweep>();
  }
  const std::optional<Point> point = known_->tpe.next();
  if (!point) {
    return std::optional<db::NewSweep>();
  }
  const Result<Level> level =
      level_at(spec, *point, static_cast<std::size_t>(known_->last.value + 1));
  const Result<LevelRecord> record =
      level ? chosen_record(*level, known_->kinds) : Result<LevelRecord>(level.error());
  if (!record) {
    return record.error();
  }
  return std::optional(level_and_runs(*record, spec, now));
}

Result<GrowthStep> LevelChooser::write_next(db::RunStore& store,
                                            const std::set<LevelId>& changed,
                                            TimePoint now) {
  const bool may_be_old = known_ != nullptr;
  if (const Result<void> is_read = read(store, changed); !is_read) {
    return is_read.error();
  }
  const Result<std::optional<db::NewSweep>> rows = next(now);
  Result<db::StoredSweep> added = rows && *rows
                                      ? store.extend_sweep(sweep_, **rows)
                                      : Result<db::StoredSweep>(rows ? Error{} : rows.error());
  if (!added) {
    known_.reset();
    if (may_be_old) {
      return write_next(store, {}, now);  // an extension may have come in between
    }
    return rows && !*rows ? GrowthStep{.is_over = true} : Result<GrowthStep>(added.error());
  }
  known_->add((*rows)->levels.front());
  return GrowthStep{.added = std::move(*added)};
}

}  // namespace tarama::orchestrator
