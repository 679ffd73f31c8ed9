// The grid: everything at once, and then nothing more.
#include "core/search/search_policy.hpp"

#include "core/search/grid.hpp"

#include <utility>

namespace tarama {
namespace {

class Grid final : public SearchPolicy {
 public:
  Grid(std::vector<Level> levels, std::vector<PlannedRun> runs)
      : levels_(std::move(levels)), runs_(std::move(runs)) {}

  SearchAnswer begin() override {
    return {.levels = std::move(levels_), .runs = std::move(runs_), .stop = {}, .is_done = true};
  }

  SearchAnswer report(const SearchReport& /*report*/) override { return nothing_more(); }

  SearchAnswer end(const SearchEnd& /*end*/) override { return nothing_more(); }

 private:
  static SearchAnswer nothing_more() {
    return {.levels = {}, .runs = {}, .stop = {}, .is_done = true};
  }

  std::vector<Level> levels_;
  std::vector<PlannedRun> runs_;
};

}  // namespace

Result<std::unique_ptr<SearchPolicy>> make_search_policy(const SweepSpec& spec) {
  Result<std::vector<Level>> levels = expand_levels(spec);
  if (!levels) {
    return levels.error();
  }
  std::vector<PlannedRun> runs = expand_runs(spec, *levels);
  return std::unique_ptr<SearchPolicy>(std::make_unique<Grid>(std::move(*levels), std::move(runs)));
}

}  // namespace tarama
