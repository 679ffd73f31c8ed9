// See stage_info.hpp.
#include "db/sqlite/stage_info.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace tarama::db {
namespace {

std::optional<std::int64_t> whole_in(const Cell& cell) {
  const auto* const number = std::get_if<std::int64_t>(&cell);
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<double> number_in(const Cell& cell) {
  const auto* const number = std::get_if<double>(&cell);
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

class StageRows final : public RowSink {
 public:
  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<Cell>& cells) override {
    StageInfo info;
    info.stage.stage = whole_in(cells.at(0)).value_or(1);
    info.stage.asked = {.until = number_in(cells.at(1)),
                        .budget = whole_in(cells.at(2)),
                        .first = whole_in(cells.at(3)).value_or(0),
                        .most = whole_in(cells.at(4)).value_or(0),
                        .confidence = Refinement{}.confidence};
    if (info.stage.asked.until) {
      info.stage.asked.confidence = 1 - number_in(cells.at(5)).value_or(0);
    }
    info.stage.runs_before = whole_in(cells.at(6)).value_or(0);
    info.stage.asked_at = TimePoint{whole_in(cells.at(7)).value_or(0)};
    if (const auto ended = whole_in(cells.at(8))) {
      info.stage.ended_at = TimePoint{*ended};
    }
    const auto* const outcome = std::get_if<std::string>(&cells.at(9));
    info.stage.outcome = outcome != nullptr ? *outcome : "";
    if (const auto reached = whole_in(cells.at(10))) {
      info.stage.reached = LevelId{*reached};
    }
    stages.push_back(std::move(info));
    return Next::go_on;
  }

  std::vector<StageInfo> stages;
};

class LookRows final : public RowSink {
 public:
  explicit LookRows(std::vector<StageInfo>& stages) : stages_(stages) {}

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<Cell>& cells) override {
    for (StageInfo& info : stages_) {
      if (info.stage.stage == whole_in(cells.at(0))) {
        info.looks.push_back(
            {LevelId{whole_in(cells.at(1)).value_or(0)}, whole_in(cells.at(2)).value_or(0)});
      }
    }
    return Next::go_on;
  }

 private:
  std::vector<StageInfo>& stages_;
};

}  // namespace

Result<std::vector<StageInfo>> read_stages(const ReadStore& store, SweepId sweep) {
  StageRows stages;
  const Result<void> asked = store.query(
      fmt::format("SELECT stage, within, budget, first, most, alpha, runs_before, asked_at, "
                  "ended_at, outcome, reached FROM refinements WHERE sweep_id = {} ORDER BY stage",
                  sweep),
      stages);
  if (!asked) {
    // A store that an earlier tarama wrote, and that none of ours has opened for writing yet.
    return asked.error().code == Errc::refused ? Result<std::vector<StageInfo>>() : asked.error();
  }
  LookRows looks(stages.stages);
  const Result<void> looked =
      store.query(fmt::format("SELECT stage, level_id, seeds FROM looks WHERE sweep_id = {} "
                              "ORDER BY stage, seeds, level_id",
                              sweep),
                  looks);
  if (!looked) {
    return looked.error();
  }
  return std::move(stages.stages);
}

}  // namespace tarama::db
