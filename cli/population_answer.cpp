// See population_answer.hpp.
#include "cli/population_answer.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "cli/text/text_width.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace tarama::cli {
namespace {

using statistics::PopulationInterval;
using statistics::PredictedRun;

constexpr std::size_t most_levels_resampled = 20;

/// Rows (level, run, seed, example, predicted, label), ordered by the first four.
class PredictionSink final : public db::RowSink {
 public:
  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto number = [&](std::size_t cell) { return std::get<std::int64_t>(cells.at(cell)); };
    std::vector<PredictedRun>& runs = by_level[LevelId{number(0)}];
    if (number(1) != run_) {
      run_ = number(1);
      runs.push_back({.seed = number(2), .classes = {}});
    }
    std::vector<std::int32_t>& classes = runs.back().classes;
    const auto example = static_cast<std::size_t>(number(3));
    // Two epochs may have the run's numbers: their predictions stand side by side, one counts.
    if (example == classes.size()) {
      classes.push_back(class_of(std::get<std::string>(cells.at(4))));
      if (labels.size() == example) {
        labels.push_back(class_of(std::get<std::string>(cells.at(5))));
      }
    }
    return Next::go_on;
  }

  std::map<LevelId, std::vector<PredictedRun>> by_level;
  std::vector<std::int32_t> labels;

  [[nodiscard]] std::int64_t classes() const { return static_cast<std::int64_t>(numbers_.size()); }

 private:
  std::int32_t class_of(const std::string& name) {
    return numbers_.try_emplace(name, static_cast<std::int32_t>(numbers_.size())).first->second;
  }

  std::int64_t run_ = 0;
  std::map<std::string, std::int32_t> numbers_;
};

std::string sql_for(const SweepResult& result, const std::vector<std::int64_t>& levels) {
  return fmt::format(
      "SELECT r.level_id, r.run_id, r.seed, p.example, p.predicted, p.label FROM results AS r "
      "JOIN predictions AS p ON p.run_id = r.run_id "
      "JOIN evals AS e ON e.run_id = p.run_id AND e.epoch = p.epoch AND e.split = 'eval' "
      "AND e.loss IS r.eval_loss AND e.flat_accuracy IS r.flat_accuracy "
      "WHERE r.sweep_id = {} AND p.split = 'eval' AND r.level_id IN ({}) "
      "ORDER BY r.level_id, r.run_id, p.example",
      result.sweep.sweep,
      fmt::join(levels, ", "));
}

/// By seed, and only runs that predicted every example.
std::vector<PredictedRun> whole_runs(std::vector<PredictedRun> runs, std::size_t examples) {
  std::erase_if(runs, [&](const PredictedRun& run) { return run.classes.size() != examples; });
  std::ranges::sort(runs, {}, &PredictedRun::seed);
  return runs;
}

Error too_few_predictions() {
  return {Errc::not_found,
          "--population needs the predictions of two runs of a level: they come with runs that "
          "succeed, where the sweep file's keep.predictions is chosen (the default) or all"};
}

/// The place of the best of `levels` but for `not_this`.
std::optional<std::size_t> best_other(const std::vector<LevelPopulation>& levels,
                                      std::size_t not_this,
                                      Goal goal) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool is_better =
        !best || (goal == Goal::maximize ? levels[i].mean.mean > levels[*best].mean.mean
                                         : levels[i].mean.mean < levels[*best].mean.mean);
    if (i != not_this && is_better) {
      best = i;
    }
  }
  return best;
}

nlohmann::ordered_json interval_json(const PopulationInterval& interval) {
  return {{"mean", interval.mean}, {"low", interval.low}, {"high", interval.high}};
}

std::string range_text(const PopulationInterval& interval) {
  return fmt::format("{} to {}", metric_text(interval.low), metric_text(interval.high));
}

/// What the bounds of the differences leave open.
std::string population_sentence(const SweepResult& result, const PopulationAnswer& answer) {
  const LevelPopulation& best = answer.levels.front();
  std::string text = fmt::format("On new data of this kind {} has {} {} ({})",
                                 level_words(result, result.levels[best.place]),
                                 metric_name(result.sweep.metric),
                                 metric_text(best.mean.mean),
                                 range_text(best.mean));
  if (!best.difference) {
    return text + ".";
  }
  const bool is_clear = result.sweep.metric.goal == Goal::maximize ? best.difference->low > 0
                                                                   : best.difference->high < 0;
  return text + (is_clear ? "; it would be ahead of the next there, too."
                          : "; another one may be ahead there: seeds and these examples leave it "
                            "open.");
}

}  // namespace

Result<PopulationAnswer> read_population(const db::ReadStore& store, const SweepResult& result) {
  if (result.sweep.metric.name == MetricName::loss) {
    return Error{Errc::invalid_argument,
                 "--population: predicted classes do not give eval.loss; it takes flat_accuracy, "
                 "mcc and macro_f1"};
  }
  const std::size_t count = std::min(result.tied_places.size(), most_levels_resampled);
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(result.levels[result.tied_places[i]].summary().level.value);
  }
  PredictionSink sink;
  if (const auto asked = store.query(sql_for(result, ids), sink); !asked) {
    return asked.error();
  }
  const statistics::EvaluationSet set{sink.labels, std::max<std::int64_t>(2, sink.classes())};
  const statistics::PopulationRules rules{.metric = result.sweep.metric.name,
                                          .confidence = result.request.confidence};
  PopulationAnswer answer{.levels = {}, .examples = static_cast<std::int64_t>(sink.labels.size())};
  std::vector<std::vector<PredictedRun>> runs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = result.tied_places[i];
    auto of_level = whole_runs(std::move(sink.by_level[LevelId{ids[i]}]), sink.labels.size());
    if (const auto mean = statistics::population_mean(of_level, set, rules)) {
      answer.levels.push_back({.place = place,
                               .runs = static_cast<std::int64_t>(of_level.size()),
                               .mean = *mean,
                               .difference = {}});
      runs.push_back(std::move(of_level));
    }
  }
  if (answer.levels.empty()) {
    return too_few_predictions();
  }
  for (std::size_t i = 0; i < answer.levels.size(); ++i) {
    if (const auto other = best_other(answer.levels, i, result.sweep.metric.goal)) {
      answer.levels[i].difference =
          statistics::population_difference(runs[i], runs[*other], set, rules);
    }
  }
  return answer;
}

std::string population_text(const SweepResult& result,
                            const PopulationAnswer& answer,
                            const LevelsLayout& layout) {
  TextTable table{.columns = {{"on new data", Align::left},
                              {"mean", Align::right},
                              {"interval", Align::right},
                              {"to best other", Align::right},
                              {"runs", Align::right}},
                  .rows = {}};
  for (const LevelPopulation& level : answer.levels) {
    table.rows.push_back({level_words(result, result.levels[level.place]),
                          metric_text(level.mean.mean),
                          range_text(level.mean),
                          level.difference ? range_text(*level.difference) : "-",
                          count_text(level.runs)});
  }
  const std::string text = fmt::format(
      "{}\n{}seeds and the {} evaluation examples drawn anew, {:.3g} %; of the tied levels alone\n",
      wrapped(population_sentence(result, answer), layout.columns),
      to_text(table, layout.style),
      count_text(answer.examples),
      100 * result.request.confidence);
  return layout.glyphs == Glyphs::ascii ? in_ascii(text) : text;
}

nlohmann::ordered_json population_json(const SweepResult& result, const PopulationAnswer& answer) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const LevelPopulation& level : answer.levels) {
    nlohmann::ordered_json document = interval_json(level.mean);
    document["params"] = result.levels[level.place].params;
    document["runs"] = level.runs;
    document["difference"] = level.difference ? interval_json(*level.difference) : nullptr;
    levels.push_back(std::move(document));
  }
  return {{"examples", answer.examples}, {"levels", std::move(levels)}};
}

}  // namespace tarama::cli
