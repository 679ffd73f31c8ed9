// The answer of a sweep as people read it.
#include "cli/levels_text.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/text/text_width.hpp"
#include "documents/effects_document.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

db::LevelInfo level(std::int64_t id,
                    double lr,
                    std::vector<double> values,
                    std::int64_t epochs = 2) {
  db::LevelInfo info;
  info.level = LevelId{id};
  info.params = ordered_json{{"lr", lr}, {"warmup", 0.1}, {"epochs", epochs}}.dump();
  for (std::size_t i = 0; i < values.size(); ++i) {
    info.seeds.push_back(static_cast<std::int64_t>(i) + 1);
    info.runs.push_back(RunId{10 * id + static_cast<std::int64_t>(i)});
  }
  info.values = std::move(values);
  info.steps_per_run = 10 * epochs;
  info.learner = "packed";
  info.numerics = 2;
  return info;
}

SweepResult result_of(std::vector<db::LevelInfo> levels, Take take = Take::last) {
  db::SweepInfo sweep;
  sweep.sweep = SweepId{1};
  sweep.name = "small";
  sweep.metric.take = take;
  for (const db::LevelInfo& each : levels) {
    sweep.account.succeeded += static_cast<std::int64_t>(each.values.size());
    sweep.account.failed += each.failed;
  }
  sweep.account.planned = sweep.account.succeeded + sweep.account.failed;
  return sweep_result_of(std::move(sweep), std::move(levels), {.majority = 0.5}, {});
}

SweepResult two_levels() {
  return result_of({level(1, 1e-3, {0.25, 0.25}), level(2, 3e-3, {0.75, 0.25})});
}

SweepResult one_clear_winner() {
  return result_of({level(1, 1e-5, {.80, .82, .81, .83}),
                    level(2, 2e-5, {.70, .72, .71, .72}),
                    level(3, 4e-5, {.60, .61, .63, .62})});
}

SweepResult a_cheaper_tie() {
  return result_of({level(1, 1e-5, {.80, .82, .81, .83}, 4),
                    level(2, 1e-5, {.81, .80, .82, .81}, 1),
                    level(3, 4e-5, {.60, .61, .63, .62}, 1)});
}

LevelsLayout layout(std::size_t columns, std::size_t most = 100) {
  return {.columns = columns, .most_levels = most};
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    widest = std::max(widest, display_width(text.substr(from, end - from)));
    from = end + 1;
  }
  return widest;
}

TEST(AnswerSentence, OfOneClearWinnerSaysToTrainWithIt) {
  EXPECT_EQ(
      answer_sentence(one_clear_winner()),
      "Train with lr 1e-5: it is better than each of the other 2 levels, with 95 % confidence "
      "(eval.flat_accuracy 0.8150 over 4 runs).");
}

TEST(AnswerSentence, OfATieNamesTheCheapest) {
  EXPECT_EQ(answer_sentence(a_cheaper_tie()),
            "lr 1e-5, epochs 4 came out best (eval.flat_accuracy 0.8150 over 4 runs), but 1 of the "
            "other 2 levels may be as good (1 is worse, with 95 % confidence); the cheapest of "
            "these is lr 1e-5, epochs 1 (0.8100), at 25 % of the cost: train with that.");
}

TEST(AnswerSentence, OfATieOfAllSaysSo) {
  const SweepResult result =
      result_of({level(1, 1e-5, {.80, .82, .81}), level(2, 2e-5, {.81, .80, .82})});

  EXPECT_THAT(answer_sentence(result),
              HasSubstr("but these runs do not tell the other level apart from it; it is the "
                        "cheapest of these too: train with it."));
}

TEST(AnswerSentence, WithOneOrTwoRunsALevelSaysThatItMayBeLuck) {
  EXPECT_EQ(answer_sentence(result_of({level(1, 1e-3, {.25}), level(2, 3e-3, {.75})})),
            "lr 0.003 came out first (eval.flat_accuracy 0.7500), but with one run a level luck "
            "cannot be told from merit: run every level with more seeds (`tarama refine`).");
  EXPECT_THAT(answer_sentence(two_levels()), HasSubstr("but with two runs a level luck"));
}

TEST(AnswerSentence, SaysHowOftenTrainingBrokeDown) {
  db::LevelInfo fragile = level(1, 1e-5, {.99, .98, .99, .99});
  fragile.diverged = fragile.failed = 1;
  fragile.diverged_seeds = {5};
  fragile.runs.push_back(RunId{99});
  const SweepResult result = result_of({fragile, level(2, 2e-5, {.60, .61, .63, .62, .60})});

  EXPECT_THAT(
      answer_sentence(result),
      HasSubstr("0.8900 over 5 runs; its training broke down in 1 of 5 runs, which may be up "
                "to 65.7 % of all)"));
}

TEST(AnswerSentence, IsProvisionalWhileRunsAreToCome) {
  SweepResult result = one_clear_winner();
  result.sweep.account.pending = 3;
  result.sweep.account.planned += 3;

  EXPECT_THAT(answer_sentence(result),
              StartsWith("Provisional, with 12 of 15 runs over: train with lr 1e-5:"));
}

TEST(AnswerSentence, WithoutAResultSaysSo) {
  EXPECT_EQ(answer_sentence(result_of({level(1, 1e-3, {}), level(2, 3e-3, {})})),
            "No level has a result yet.");
  EXPECT_EQ(answer_sentence(result_of({level(1, 1e-3, {.5, .6})})),
            "There is one level, lr 0.001, warmup 0.1, epochs 2, and nothing to compare it with "
            "(eval.flat_accuracy 0.5500 over 2 runs).");
}

TEST(AnswerNotes, NameEdgesAndWhatTheWinnerIsWorth) {
  const std::vector<std::string> notes = answer_notes(one_clear_winner());

  EXPECT_THAT(notes,
              testing::ElementsAre(
                  "on a new seed expect 0.8150: the best mean is the luckiest of many as well",
                  "lr 1e-5 is the lowest tried; the optimum may lie below"));
  EXPECT_THAT(answer_notes(result_of({level(1, 1e-3, {.5})}, Take::best)),
              testing::Contains(HasSubstr("take: best")));
}

TEST(AnswerNotes, SayThatRunsOfAnotherLengthAreAnotherThing) {
  EXPECT_THAT(
      answer_notes(a_cheaper_tie()),
      testing::Contains("epoch 1 of a run of 4 epochs is another thing than a run of 1: the "
                        "schedule spans the whole run, so their rates differ from step 0 on"));
}

TEST(AnswerSentence, LabelsTheBestOfARunsEpochs) {
  const SweepResult result =
      result_of({level(1, 1e-5, {.80, .82, .81}), level(2, 2e-5, {.81, .80, .82})}, Take::best);

  EXPECT_THAT(answer_sentence(result), HasSubstr("(best epoch's eval.flat_accuracy 0.8100"));
  EXPECT_THAT(levels_table(result, layout(80)), HasSubstr("mean of best"));
}

TEST(LevelsText, TheFirstLineIsTheAnswer) {
  EXPECT_THAT(answer_text(one_clear_winner(), "store", layout(200)),
              StartsWith("Train with lr 1e-5:"));
}

TEST(LevelsText, MarksTheBestTheCheapestAndTheTied) {
  const std::string text = levels_table(a_cheaper_tie(), layout(80));

  EXPECT_THAT(text, StartsWith("all with warmup 0.1\n"));
  EXPECT_THAT(text, HasSubstr("\nbest      1e-5       4  0.8150"));
  EXPECT_THAT(text, HasSubstr("\ncheapest  1e-5       1  0.8100"));
  EXPECT_THAT(text, HasSubstr("\n          4e-5       1  0.6150"));
}

TEST(LevelsText, HasAColumnForWhatTheBestLevelLacks) {
  db::LevelInfo best = level(1, 1e-5, {.80, .82});
  best.params = R"({"norm": "pre", "epochs": 2})";
  db::LevelInfo other = level(2, 1e-5, {.70, .72});
  other.params = R"({"norm": "post", "warmup": 0.1, "epochs": 2})";
  const SweepResult result = result_of({best, other});

  EXPECT_EQ(result.parameters(), (std::vector<std::string>{"norm", "warmup", "epochs"}));
  EXPECT_THAT(
      levels_table(result, layout(80)),
      AllOf(HasSubstr("\nbest   pre       -  0.8100"), HasSubstr("\n      post     0.1  0.7100")));
  EXPECT_EQ(effects_of(result).parameters, (std::vector<std::string>{"norm", "warmup"}));
}

TEST(LevelsText, FitsEveryWidthAndKeepsThePlot) {
  for (const std::size_t columns : {60, 80, 100, 120, 200}) {
    const std::string text = answer_text(a_cheaper_tie(), "s", layout(columns));
    EXPECT_LE(widest_line(levels_table(a_cheaper_tie(), layout(columns))), columns);
    EXPECT_THAT(text, HasSubstr("●")) << columns;
  }
  EXPECT_THAT(levels_table(a_cheaper_tie(), layout(200)),
              AllOf(HasSubstr("95 % interval"), HasSubstr("p(best)"), HasSubstr("steps")));
  EXPECT_THAT(levels_table(a_cheaper_tie(), layout(40)), Not(HasSubstr("●")));
}

TEST(LevelsText, InAsciiHasNoOtherCharacter) {
  LevelsLayout ascii = layout(80);
  ascii.glyphs = Glyphs::ascii;
  const std::string text = answer_text(two_levels(), "s", ascii);

  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; })) << text;
  EXPECT_EQ(glyphs_of([](const std::string& name) {
              return name == "LANG" ? std::optional<std::string>("C") : std::nullopt;
            }),
            Glyphs::ascii);
  EXPECT_EQ(glyphs_of([](const std::string& name) {
              return name == "LC_ALL" ? std::optional<std::string>("de_DE.UTF-8") : std::nullopt;
            }),
            Glyphs::unicode);
}

TEST(LevelsText, ALongTableSaysHowManyLevelsItLeftOut) {
  EXPECT_THAT(levels_table(two_levels(), layout(80, 1)), HasSubstr("… and 1 more level"));
}

TEST(LevelsText, LevelsWhoseRunsWereAllStoppedAreCounted) {
  db::LevelInfo one = level(3, 4e-5, {});
  one.stopped = 1;
  db::LevelInfo other = level(4, 5e-5, {});
  other.stopped = 2;
  db::LevelInfo failed = level(5, 6e-5, {});
  failed.failed = 1;

  const std::string text = levels_table(
      result_of({level(1, 1e-5, {.80, .82}), level(2, 2e-5, {.70, .72}), failed, one, other}),
      layout(80));

  EXPECT_THAT(text, AllOf(HasSubstr("6e-5"), Not(HasSubstr("4e-5")), Not(HasSubstr("5e-5"))));
  EXPECT_THAT(text, HasSubstr("\n… and 2 levels whose runs were all stopped early\n"));
}

TEST(LevelsText, LevelsOfTwoLearnersAreSaidToMixNumerics) {
  db::LevelInfo other = level(2, 3e-3, {0.75, 0.25});
  other.learner = "torch";
  other.numerics = 1;

  EXPECT_THAT(answer_text(result_of({level(1, 1e-3, {.25, .25}), other}), "s", layout(80)),
              HasSubstr("numerics mix: 1 level by packed (numerics 2), 1 level by torch (numerics "
                        "1); between them, means differ by more than the parameters\n"));
  EXPECT_THAT(answer_text(two_levels(), "s", layout(80)), Not(HasSubstr("numerics mix")));
}

TEST(LevelsText, EndsWithAWayOn) {
  EXPECT_THAT(answer_text(two_levels(), "my store", layout(80)),
              HasSubstr("tarama query --store 'my store'"));
}

TEST(WrappedText, BreaksBetweenWords) {
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree");
  EXPECT_EQ(wrapped("alongword b", 4), "alongword\nb");
  EXPECT_EQ(wrapped("", 4), "");
}

}  // namespace
}  // namespace tarama::cli
