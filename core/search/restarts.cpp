// See restarts.hpp.
#include "core/search/restarts.hpp"

#include "core/search/rung_book.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

namespace tarama {

namespace {

/// Of all rungs, and of the whole run.
std::vector<std::int64_t> resources_of(const Rungs& rungs) {
  std::vector<std::int64_t> resources;
  for (const double place : rung_places(rungs)) {
    resources.push_back(std::llround(place));
  }
  resources.push_back(std::llround(rungs.end.value_or(0)));
  return resources;
}

std::size_t first_rung_of(const Rungs& rungs, std::size_t number, std::size_t last) {
  const LevelId level{static_cast<std::int64_t>(number)};
  return std::min(static_cast<std::size_t>(bracket_of(rungs, level)), last);
}

/// A rung of one bracket.
struct RungOfBracket {
  std::vector<const RungLevel*> levels;
  std::int64_t tried_again = 0;
};

/// Those with a number, the better first.
std::vector<const RungLevel*> best_first(const RungOfBracket& rung, Goal goal) {
  std::vector<const RungLevel*> levels;
  std::ranges::copy_if(rung.levels, std::back_inserter(levels), [](const RungLevel* level) {
    return level->is_over && level->value && !std::isnan(*level->value);
  });
  std::ranges::sort(levels, {}, [goal](const RungLevel* level) {
    return std::pair(goal == Goal::maximize ? -*level->value : *level->value, level->level);
  });
  return levels;
}

/// The levels by bracket and rung, and what follows from them.
class Halving {
 public:
  Halving(const Rungs& rungs, Goal goal, const std::vector<RungLevel>& levels)
      : rungs_(rungs), goal_(goal), resources_(resources_of(rungs)) {
    for (const RungLevel& level : levels) {
      const auto found = std::ranges::find(resources_, level.resource);
      if (found != resources_.end()) {
        tries_[level.rest][static_cast<std::size_t>(found - resources_.begin())] = &level;
      }
    }
    for (const auto& [rest, tries] : tries_) {
      const std::size_t bracket = tries.begin()->first;
      for (const auto& [rung, level] : tries) {
        RungOfBracket& here = brackets_[{bracket, rung}];
        here.levels.push_back(level);
        here.tried_again += tries.contains(rung + 1) ? 1 : 0;
      }
    }
  }

  Restarts next() {
    restarts_ = {.now = {}, .later = 0, .later_resource = 0, .is_done = true};
    const std::size_t last = resources_.size() - 1;
    for (std::size_t bracket = 0; bracket <= last; ++bracket) {
      auto all = static_cast<std::int64_t>(brackets_[{bracket, bracket}].levels.size());
      for (std::size_t rung = bracket; rung < last; ++rung) {
        all = add_certain(brackets_[{bracket, rung}], rung, all);
      }
      restarts_.is_done = restarts_.is_done && open_of(brackets_[{bracket, last}], all) == 0;
    }
    std::ranges::stable_sort(restarts_.now, {}, &Restart::resource);
    restarts_.is_done = restarts_.is_done && restarts_.now.empty();
    return restarts_;
  }

 private:
  static std::int64_t open_of(const RungOfBracket& here, std::int64_t all) {
    return std::max<std::int64_t>(all - std::ranges::count_if(here.levels, &RungLevel::is_over), 0);
  }

  /// `all`: so many levels come to the rung in the end. Answers how many of them go on then.
  std::int64_t add_certain(const RungOfBracket& here, std::size_t rung, std::int64_t all) {
    const std::int64_t open = open_of(here, all);
    const std::int64_t most = all > 0 ? going_on(rungs_, all) : 0;
    std::int64_t go_on = here.tried_again;
    std::int64_t better = open;  // each of them may be
    for (const RungLevel* const level : best_first(here, goal_)) {
      if (better++ >= most) {
        break;
      }
      if (!tries_.at(level->rest).contains(rung + 1)) {
        restarts_.now.push_back({level->level, resources_[rung + 1]});
        ++go_on;
      }
    }
    const std::int64_t in_the_end = open > 0 ? std::max(most, go_on) : go_on;
    restarts_.later += in_the_end - go_on;
    restarts_.later_resource +=
        static_cast<double>(in_the_end - go_on) * static_cast<double>(resources_[rung + 1]);
    restarts_.is_done = restarts_.is_done && open == 0;
    return in_the_end;
  }

  const Rungs& rungs_;
  Goal goal_;
  std::vector<std::int64_t> resources_;
  std::map<std::string, std::map<std::size_t, const RungLevel*>> tries_;  // by rung
  std::map<std::pair<std::size_t, std::size_t>, RungOfBracket> brackets_;
  Restarts restarts_;
};

}  // namespace

Point at_first_rung(const SweepSpec& spec, const Point& point, std::size_t number) {
  if (!spec.rungs || spec.rungs->restart.empty()) {
    return point;
  }
  const std::vector<std::int64_t> resources = resources_of(*spec.rungs);
  Point first = point;
  for (std::size_t axis = 0; axis < spec.parameters.size(); ++axis) {
    if (spec.parameters[axis].key == spec.rungs->restart) {
      first[axis] = resources[first_rung_of(*spec.rungs, number, resources.size() - 1)];
    }
  }
  return first;
}

Restarts next_restarts(const Rungs& rungs, Goal goal, const std::vector<RungLevel>& levels) {
  return Halving(rungs, goal, levels).next();
}

std::vector<std::pair<std::int64_t, std::int64_t>> expected_restarts(const Rungs& rungs,
                                                                     std::int64_t levels) {
  const std::vector<std::int64_t> resources = resources_of(rungs);
  const std::size_t last = resources.size() - 1;
  std::vector<std::int64_t> begun(resources.size(), 0);  // by bracket
  for (std::int64_t number = 1; number <= levels; ++number) {
    ++begun[first_rung_of(rungs, static_cast<std::size_t>(number), last)];
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> expected;
  for (std::size_t rung = 1; rung <= last; ++rung) {
    std::int64_t come = 0;
    for (std::size_t bracket = 0; bracket < rung; ++bracket) {
      begun[bracket] = begun[bracket] > 0 ? going_on(rungs, begun[bracket]) : 0;
      come += begun[bracket];
    }
    expected.emplace_back(resources[rung], come);
  }
  return expected;
}

}  // namespace tarama
