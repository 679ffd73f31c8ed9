// One case of how much the runs can say after the other.
#include "cli/answer_sentence.hpp"

#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"
#include "core/sweep/sweep_spec_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace tarama::cli {
namespace {

using statistics::Certainty;

bool differs(const SweepResult& result, const std::string& key) {
  const auto value_in = [&](const RankedLevel& level) {
    return level.params.value(key, nlohmann::ordered_json());
  };
  return std::any_of(result.levels.begin(), result.levels.end(), [&](const RankedLevel& level) {
    return value_in(level) != value_in(result.levels.front());
  });
}

std::string runs_words(std::int64_t runs) {
  return counted(runs, "run");
}

std::string levels_words(std::size_t levels) {
  return counted(static_cast<std::int64_t>(levels), "level");
}

std::string percent(double share) {
  return fmt::format("{:.3g} %", 100 * share);
}

/// "eval.flat_accuracy 0.8123 over 5 runs"; the best of each run's epochs is no plain value.
std::string value_words(const SweepResult& result, const RankedLevel& level) {
  return fmt::format(
      "{}{} {}{}",
      result.sweep.metric.take != Take::best             ? ""
      : result.sweep.metric.name == MetricName::reported ? "best "
                                                         : "best epoch's ",
      metric_name(result.sweep.metric),
      metric_text(level.answer.score),
      level.answer.compared_values > 1 ? " over " + runs_words(level.answer.compared_values) : "");
}

/// A program's steps are not planned: what its runs cost is the time that they took.
bool is_cost_time(const RankedLevel& level) {
  return !level.flops_per_run && level.summary().steps_per_run == 0;
}

double cost_of(const RankedLevel& level) {
  return is_cost_time(level)
             ? level.seconds_per_run.value_or(0)
             : level.flops_per_run.value_or(static_cast<double>(level.summary().steps_per_run));
}

/// "at 38 % of its cost"; nothing where both cost the same.
std::string saving_words(const RankedLevel& cheap, const RankedLevel& best) {
  const double share = cost_of(cheap) / cost_of(best);
  return share < 0.995
             ? fmt::format(
                   ", at {:.0f} % of the {}", 100 * share, is_cost_time(best) ? "time" : "cost")
             : "";
}

/// Levels with values that comparison had to do with.
std::size_t compared_levels(const SweepResult& result) {
  return static_cast<std::size_t>(
      std::count_if(result.levels.begin(), result.levels.end(), [](const RankedLevel& level) {
        return level.answer.compared.difference.has_value();
      }));
}

std::string of_divergence(const RankedLevel& level) {
  const auto& rate = level.answer.divergence;
  return !rate ? ""
               : fmt::format("; its training broke down in {} of {}, which may be up to {} of all",
                             rate->diverged,
                             runs_words(rate->of),
                             percent(rate->rate_at_most));
}

std::string one_best(const SweepResult& result) {
  const RankedLevel& best = *result.best();
  const std::size_t others = compared_levels(result) - 1;
  return fmt::format(
      "train with {}: it is better than {}, with {} confidence ({}{})",
      level_words(result, best),
      others == 1 ? "the other level" : fmt::format("each of the other {}", levels_words(others)),
      percent(result.request.confidence),
      value_words(result, best),
      of_divergence(best));
}

/// Which levels the runs leave open.
std::string open_levels(const SweepResult& result) {
  const std::size_t compared = compared_levels(result);
  const std::size_t tied = result.tied_places.size();
  if (tied == compared) {
    return compared == 2 ? "these runs do not tell the other level apart from it"
                         : fmt::format("these runs tell none of the other {} apart from it",
                                       levels_words(compared - 1));
  }
  return fmt::format("{} of the other {} may be as good ({} worse, with {} confidence)",
                     tied - 1,
                     levels_words(compared - 1),
                     compared - tied == 1 ? "1 is" : fmt::format("{} are", compared - tied),
                     percent(result.request.confidence));
}

std::string tied_best(const SweepResult& result) {
  const RankedLevel& best = *result.best();
  const RankedLevel& cheap = *result.cheapest_tied();
  std::string text = fmt::format("{} came out best ({}{}), but {}",
                                 level_words(result, best),
                                 value_words(result, best),
                                 of_divergence(best),
                                 open_levels(result));
  if (&cheap == &best) {
    return text + (is_cost_time(best) ? "; none of these takes notably less time: train with it"
                                      : "; it is the cheapest of these too: train with it");
  }
  return fmt::format("{}; the cheapest of these is {} ({}{}){}: train with that",
                     text,
                     level_words(result, cheap),
                     metric_text(cheap.answer.score),
                     of_divergence(cheap),
                     saving_words(cheap, best));
}

std::string first_of_few(const SweepResult& result, std::string_view runs) {
  return fmt::format(
      "{} came out first ({}{}), but with {} a level luck cannot be told from merit: "
      "{}",
      level_words(result, *result.best()),
      value_words(result, *result.best()),
      of_divergence(*result.best()),
      runs,
      "run every level with more seeds (`tarama refine`)");
}

std::string best_of_compared(const SweepResult& result) {
  if (compared_levels(result) < 2) {
    return fmt::format(
        "{} came out first ({}{}), and no other level has enough runs to be compared",
        level_words(result, *result.best()),
        value_words(result, *result.best()),
        of_divergence(*result.best()));
  }
  return result.tied_places.size() > 1 ? tied_best(result) : one_best(result);
}

std::string sentence_of(const SweepResult& result) {
  switch (result.certainty) {
    case Certainty::nothing:
      return "no level has a result yet";
    case Certainty::one_level:
      return result.levels.size() == 1
                 ? fmt::format("there is one level, {}, and nothing to compare it with ({}{})",
                               level_words(result, *result.best()),
                               value_words(result, *result.best()),
                               of_divergence(*result.best()))
                 : fmt::format("only {} has a result so far ({}{})",
                               level_words(result, *result.best()),
                               value_words(result, *result.best()),
                               of_divergence(*result.best()));
    case Certainty::one_replicate:
      return first_of_few(result, "one run");
    case Certainty::two_replicates:
      return result.tied_places.size() > 1
                 ? first_of_few(result, result.has_single() ? "at most two runs" : "two runs")
                 : best_of_compared(result);
    case Certainty::compared:
      return best_of_compared(result);
  }
  return "";
}

/// "refine: lr 3e-5 is within 0.005 of the best, with 95 % confidence".
std::string stage_note(const SweepResult& result, const RefinementStage& stage) {
  const RankedLevel* const level = stage.reached ? result.level_of(*stage.reached) : nullptr;
  if (!stage.ended_at) {
    return stage.asked.until
               ? fmt::format("refine: goes on until one level is within {} of the best",
                             short_number(*stage.asked.until))
               : fmt::format("refine: goes on, with a budget of {}",
                             runs_words(stage.asked.budget.value_or(0)));
  }
  return fmt::format("refine: {}{}",
                     level != nullptr ? level_words(result, *level) + " is " : "",
                     printable(stage.outcome));
}

/// What the stages say, and how sure all of it is together.
void add_stage_notes(const SweepResult& result, std::vector<std::string>& notes) {
  double alpha = 1 - result.request.confidence;
  std::int64_t promises = 1;
  for (const db::StageInfo& info : result.stages) {
    notes.push_back(stage_note(result, info.stage));
    if (info.stage.asked.until) {
      alpha += 1 - info.stage.asked.confidence;
      ++promises;
    }
  }
  if (promises > 1) {
    notes.push_back(fmt::format(
        "each of the {} statements (tied levels, and what refine says) may be wrong by itself: "
        "all of them hold with at least {}",
        promises,
        percent(std::max(0.0, 1 - alpha))));
  }
}

std::string edge_note(const statistics::GridEdge& edge) {
  const bool is_low = edge.side == statistics::EdgeSide::low;
  return fmt::format("{} {} is the {} tried; the optimum may lie {}",
                     printable(edge.parameter),
                     short_number(edge.value),
                     is_low ? "lowest" : "highest",
                     is_low ? "below" : "above");
}

/// Where runs of different length stand side by side, what must not be read into it.
std::string lengths_note(const SweepResult& result) {
  std::optional<double> shortest;
  std::optional<double> longest;
  for (const RankedLevel& level : result.levels) {
    const auto found = level.params.find("epochs");
    if (found != level.params.end() && found->is_number()) {
      const auto epochs = found->get<double>();
      shortest = std::min(shortest.value_or(epochs), epochs);
      longest = std::max(longest.value_or(epochs), epochs);
    }
  }
  const auto spec = sweep_spec_from_json(result.sweep.spec);
  const bool has_constant_rate =
      spec && (spec->training.t_total == TTotal::none || spec->training.schedule == Schedule::none);
  if (!shortest || *shortest == *longest || has_constant_rate) {
    return "";
  }
  const std::string fewer = short_number(*shortest);
  const std::string more = short_number(*longest);
  return fmt::format(
      "epoch {} of a run of {} epochs is another thing than a run of {}: the schedule spans the "
      "whole run, so their rates differ from step 0 on",
      fewer,
      more,
      fewer);
}

/// Where others were compared: those that are tied for want of runs, not of a difference.
std::string few_runs_note(const SweepResult& result) {
  if (result.certainty != Certainty::compared) {
    return "";
  }
  const auto few = std::count_if(
      result.tied_places.begin(), result.tied_places.end(), [&](const std::size_t place) {
        return place != result.best_place &&
               result.levels[place].answer.compared_values < statistics::fewest_to_tell_apart;
      });
  if (few == 0) {
    return "";
  }
  return fmt::format(
      "{} of the tied levels {} fewer than {} runs with a result: hardly anything could tell {} "
      "apart",
      few,
      few == 1 ? "has" : "have",
      statistics::fewest_to_tell_apart,
      few == 1 ? "it" : "them");
}

std::vector<std::string> winner_notes(const SweepResult& result) {
  std::vector<std::string> notes;
  if (result.winner_honest) {
    notes.push_back(fmt::format(
        "on a new seed expect {}: the best mean is the luckiest of many as well{}",
        metric_text(result.winner_honest),
        result.winner_test ? fmt::format("; on test: {}", metric_text(result.winner_test)) : ""));
  } else if (result.winner_test) {
    notes.push_back(fmt::format("on test: {}", metric_text(result.winner_test)));
  }
  if (result.certainty == Certainty::one_replicate && result.evaluation_error) {
    notes.push_back(fmt::format(
        "the size of the evaluation set alone makes a value uncertain by {} (one standard error)",
        metric_text(result.evaluation_error)));
  }
  return notes;
}

}  // namespace

std::string level_words(const SweepResult& result, const RankedLevel& level) {
  std::vector<std::string> words;
  for (const auto& [key, value] : level.params.items()) {
    if (result.levels.size() == 1 || differs(result, key)) {
      words.push_back(fmt::format("{} {}", printable(key), value_text(value)));
    }
  }
  return words.empty() ? "the level" : fmt::format("{}", fmt::join(words, ", "));
}

std::string answer_sentence(const SweepResult& result) {
  std::string sentence = sentence_of(result);
  const Account& account = result.sweep.account;
  if (result.is_provisional()) {
    const std::int64_t open = account.pending + account.leased + account.running;
    sentence = fmt::format("provisional, with {} of {} over{}: {}",
                           count_text(account.planned - open),
                           runs_words(account.planned),
                           open == 0 ? ", and more may be planned" : "",
                           sentence);
  }
  if (sentence.front() >= 'a' && sentence.front() <= 'z' &&
      (result.certainty == Certainty::nothing || result.is_provisional() ||
       sentence.starts_with("train ") || sentence.starts_with("there ") ||
       sentence.starts_with("only "))) {
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  }
  return sentence + ".";
}

std::vector<std::string> answer_notes(const SweepResult& result) {
  std::vector<std::string> notes;
  add_stage_notes(result, notes);
  for (std::string& note : winner_notes(result)) {
    notes.push_back(std::move(note));
  }
  for (const statistics::GridEdge& edge : result.edges) {
    notes.push_back(edge_note(edge));
  }
  if (result.sweep.metric.take == Take::best) {
    notes.push_back(fmt::format(
        "take: best: each value is the {} of a run's epochs, so longer runs have more tries",
        result.sweep.metric.goal == Goal::maximize ? "highest" : "lowest"));
  }
  if (auto note = lengths_note(result); !note.empty()) {
    notes.push_back(std::move(note));
  }
  if (auto note = few_runs_note(result); !note.empty()) {
    notes.push_back(std::move(note));
  }
  const auto left_out = static_cast<std::int64_t>(
      std::count_if(result.levels.begin(), result.levels.end(), [](const RankedLevel& level) {
        return !level.answer.compared.difference && level.answer.compared_values < 2;
      }));
  if (result.certainty == Certainty::compared && left_out > 0) {
    notes.push_back(
        fmt::format("{} too few runs with a result to be compared, and may be better or worse",
                    counted(left_out, "level") + (left_out == 1 ? " has" : " have")));
  }
  return notes;
}

}  // namespace tarama::cli
