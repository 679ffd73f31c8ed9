// `until` by Kim and Nelson's procedure, `budget` by OCBA's ratios.
#include "core/search/refine_policy.hpp"

#include "core/statistics/kim_nelson.hpp"
#include "core/statistics/ocba.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tarama {
namespace {

using statistics::LevelSample;

bool has_value(const RefinedLevel& level, std::int64_t seed) {
  return std::ranges::any_of(level.sample.values,
                             [&](const statistics::SeedValue& each) { return each.seed == seed; });
}

RefineRound done(RefineRound round, std::string outcome) {
  round.more.clear();
  round.is_done = true;
  round.outcome = std::move(outcome);
  return round;
}

class RefineSteps {
 public:
  RefineSteps(const RefinementStage& stage,
              const std::vector<RefinedLevel>& levels,
              const RefineRules& rules)
      : stage_(stage), levels_(levels), rules_(rules) {
    for (std::size_t place = 0; place < levels.size(); ++place) {
      // What mostly fails is no candidate, and would never end.
      const RefinedLevel& level = levels[place];
      if (!level.sample.values.empty() && 2 * level.sample.values.size() >= level.planned.size()) {
        candidates_.push_back(place);
      }
      planned_ += static_cast<std::int64_t>(level.planned.size());
    }
  }

  RefineRound next() {
    if (candidates_.empty()) {
      return done({}, "no level has a result");
    }
    return stage_.asked.until ? within_zone() : by_budget();
  }

 private:
  RefineRound within_zone() {
    std::vector<LevelSample> samples;
    for (const std::size_t place : candidates_) {
      samples.push_back(levels_[place].sample);
    }
    const Refinement& asked = stage_.asked;
    const auto verdict = statistics::within_zone(samples,
                                                 {.goal = rules_.goal,
                                                  .within = *asked.until,
                                                  .confidence = asked.confidence,
                                                  .first = asked.first,
                                                  .most = asked.most});
    RefineRound round{.levels_left = static_cast<std::int64_t>(verdict.living.size())};
    for (const statistics::DroppedLevel& dropped : verdict.dropped) {
      round.looks.push_back({samples[dropped.place].level, dropped.seeds});
    }
    if (verdict.is_reached) {
      round.reached = samples[verdict.living.front()].level;
      round.runs_to_go = 0;
      return done(std::move(round),
                  fmt::format("within {} of the best, with {:.3g} % confidence",
                              *asked.until,
                              100 * asked.confidence));
    }
    std::vector<std::size_t> living;
    for (const std::size_t place : verdict.living) {
      living.push_back(candidates_[place]);
    }
    // Before the first decision every level gets its first seeds.
    const std::int64_t wanted = std::max(
        std::min(verdict.seeds + seeds_ahead(verdict), std::max(asked.most, verdict.seeds + 1)),
        asked.first);
    if (!verdict.is_exhausted && give_in_common(living, wanted, round)) {
      const auto now = static_cast<std::int64_t>(round.more.size());
      if (verdict.runs_to_go) {
        round.runs_to_go = std::max<std::int64_t>(*verdict.runs_to_go - now, 0);
      }
      return round;
    }
    return done(
        std::move(round),
        fmt::format("no level is known to be within {} of the best with {} seeds; {} are "
                    "left{}",
                    *asked.until,
                    verdict.seeds,
                    verdict.living.size(),
                    verdict.runs_to_go
                        ? fmt::format(", and it would need about {} more runs", *verdict.runs_to_go)
                        : ""));
  }

  /// Seeds that each level gets at once. Decisions are taken seed by seed whatever is planned
  /// ahead, so that more of them keep the workers busy and change no decision; what a level has
  /// beyond its drop is spent in vain. So it is a share of what is likely still to come, and one by
  /// one towards the end.
  [[nodiscard]] static std::int64_t seeds_ahead(const statistics::ZoneVerdict& verdict) {
    constexpr std::int64_t share = 8;       // in vain at most about an eighth of what was to come
    constexpr std::int64_t most_runs = 16;  // a round: the workers of two machines of eight GPUs
    const auto living = static_cast<std::int64_t>(verdict.living.size());
    const std::int64_t each = verdict.runs_to_go.value_or(0) / living;
    return std::max<std::int64_t>(1, std::min(each / share, most_runs / living));
  }

  /// Plans what these levels lack of `wanted` seeds in common; false: nothing can be planned.
  bool give_in_common(const std::vector<std::size_t>& places,
                      std::int64_t wanted,
                      RefineRound& round) const {
    const std::int64_t last = rules_.first_seed + 2 * stage_.asked.most;
    std::int64_t common = 0;
    for (std::int64_t seed = rules_.first_seed; seed < last && common < wanted; ++seed) {
      const bool has_failed = std::ranges::any_of(places, [&](std::size_t place) {
        return levels_[place].planned.contains(seed) && !has_value(levels_[place], seed);
      });
      if (has_failed) {
        continue;
      }
      ++common;
      for (const std::size_t place : places) {
        if (!levels_[place].planned.contains(seed)) {
          round.more.push_back({place, seed});
        }
      }
    }
    return !round.more.empty();
  }

  RefineRound by_budget() {
    RefineRound round{.levels_left = static_cast<std::int64_t>(candidates_.size())};
    const std::int64_t left = *stage_.asked.budget - (planned_ - stage_.runs_before);
    if (left <= 0) {
      round.runs_to_go = 0;
      return done(std::move(round), fmt::format("{} runs are spent", *stage_.asked.budget));
    }
    if (candidates_.size() < 2) {
      return done(std::move(round), "there is one level alone");
    }
    give_first(left, round);
    if (round.more.empty()) {
      give_by_ratios(left, round);
    }
    round.runs_to_go = left - static_cast<std::int64_t>(round.more.size());
    return round;
  }

  /// The best levels first: where not all can have their first seeds, those have them that are
  /// likeliest to be chosen, and can be compared.
  void give_first(std::int64_t left, RefineRound& round) const {
    for (const std::size_t place : best_first()) {
      const auto planned = static_cast<std::int64_t>(levels_[place].planned.size());
      for (std::int64_t seed = planned; seed < stage_.asked.first; ++seed) {
        if (static_cast<std::int64_t>(round.more.size()) == left) {
          return;
        }
        give_next(place, round);
      }
    }
  }

  [[nodiscard]] std::vector<std::size_t> best_first() const {
    std::vector<std::size_t> places = candidates_;
    std::ranges::stable_sort(places, {}, [&](std::size_t place) {
      const double mean = statistics::mean_of(levels_[place].sample);
      return rules_.goal == Goal::maximize ? -mean : mean;
    });
    return places;
  }

  void give_by_ratios(std::int64_t left, RefineRound& round) const {
    // A few at a time, so that the next ones follow what these have shown.
    const auto count = static_cast<std::int64_t>(candidates_.size());
    const std::int64_t now = std::min(left, std::max<std::int64_t>(4, count / 2));
    std::vector<statistics::AllocationLevel> known;
    const double least = std::max(rules_.resolution, 1e-9);
    for (const std::size_t place : candidates_) {
      const LevelSample& sample = levels_[place].sample;
      known.push_back({statistics::mean_of(sample),
                       std::max(statistics::variance_of(sample), least * least),
                       static_cast<std::int64_t>(levels_[place].planned.size())});
    }
    const auto shares = statistics::allocate_runs(known, now, rules_.goal);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      for (std::int64_t run = 0; run < shares[i]; ++run) {
        give_next(candidates_[i], round);
      }
    }
  }

  /// The lowest seed that the level does not have.
  void give_next(std::size_t place, RefineRound& round) const {
    std::int64_t seed = rules_.first_seed;
    while (levels_[place].planned.contains(seed) ||
           std::ranges::find(round.more, SeedOfLevel{place, seed}) != round.more.end()) {
      ++seed;
    }
    round.more.push_back({place, seed});
  }

  const RefinementStage& stage_;
  const std::vector<RefinedLevel>& levels_;
  const RefineRules& rules_;
  std::vector<std::size_t> candidates_;
  std::int64_t planned_ = 0;
};

}  // namespace

RefineRound next_round(const RefinementStage& stage,
                       const std::vector<RefinedLevel>& levels,
                       const RefineRules& rules) {
  return RefineSteps(stage, levels, rules).next();
}

}  // namespace tarama
