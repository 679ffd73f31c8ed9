// Widths, tables, numbers and small pictures: the text below all commands.
#include "cli/text/json_text.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/terminal_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "cli/text/text_width.hpp"
#include "core/sweep/nearest_name.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

const TextStyle plain(ColourUse::none);

TEST(TextWidth, WideCharactersTakeTwoColumnsAndCombiningOnesNone) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("e\xCC\x81"), 1u);  // e and a combining acute accent
  EXPECT_EQ(display_width("\xFF"), 1u);       // an invalid byte
}

TEST(TerminalText, ACharacterThatIsCutWaitsForItsRest) {
  EXPECT_EQ(whole_characters("abc"), 3u);
  EXPECT_EQ(whole_characters("ab\r"), 2u);
  EXPECT_EQ(whole_characters("ab\xC3"), 2u);
  EXPECT_EQ(whole_characters("ab\xC3\xA4"), 4u);
  EXPECT_EQ(whole_characters("ab\xF0\x9F\x98"), 2u);
  EXPECT_EQ(whole_characters("\xE2\x82"), 0u);
  EXPECT_EQ(whole_characters("\x80\x80\x80\x80"), 4u);  // no character at all
}

TEST(TextWidth, ColoursTakeNoRoom) {
  EXPECT_EQ(display_width("\x1b[1;31mred\x1b[0m"), 3u);
}

TEST(TextWidth, WhatFitsStaysAsItIs) {
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(fit("", 0), "");
}

TEST(TextWidth, ACutTextEndsInAnEllipsisWithinItsColumns) {
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("日本語", 4), "日…");  // half a character cannot stand there
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(TextWidth, ACutClosesTheColourThatItLeavesOpen) {
  EXPECT_EQ(fit("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc…\x1b[0m");
}

TEST(TextWidth, PrintableTextCannotMoveTheCursor) {
  EXPECT_EQ(printable("a\x1b[2Jb\nc\x7F"), "a\\x1b[2Jb c\\x7f");
  EXPECT_EQ(printable("\xFFx"), "\\xffx");
  EXPECT_EQ(printable("a\u009b31m\u202eb"), "a\\x9b31m\\u202eb");
  EXPECT_EQ(printable("grün 日本"), "grün 日本");
}

TEST(TextWidth, ACutNeverLeavesTheBeginningOfANumber) {
  EXPECT_EQ(fit("run 4/64 done", 8), "run …");
  EXPECT_EQ(fit("run 4/64 done", 10), "run 4/64 …");
  EXPECT_EQ(fit("lr 2e-5", 5), "lr …");
  EXPECT_EQ(fit("1,024 steps", 4), "…");
  EXPECT_EQ(fit("seen", 3), "se…");
}

TEST(JsonText, WhatSteersATerminalIsAnEscapeOfJson) {
  const nlohmann::ordered_json document = {
      {"a", "\x1b[2J\x7f\u009b31m\u061c\u200f\u202e\u2069\u00a0\u2019 grün"}};

  const std::string text = json_text(document, -1);

  EXPECT_EQ(text,
            R"({"a":"\u001b[2J\u007f\u009b31m\u061c\u200f\u202e\u2069)"
            "\u00a0\u2019 grün\"}");
  EXPECT_EQ(nlohmann::ordered_json::parse(text), document);
}

TEST(NumberText, OneOfAThingHasNoPlural) {
  EXPECT_EQ(counted(1, "level"), "1 level");
  EXPECT_EQ(counted(0, "level"), "0 levels");
  EXPECT_EQ(counted(1200, "run"), "1,200 runs");
}

TEST(TextTable, ColumnsAlignByDisplayWidth) {
  const TextTable table{{{"name"}, {"runs", Align::right}}, {{"日本", "3"}, {"ab", "12"}}};

  EXPECT_EQ(to_text(table, plain),
            "name  runs\n"
            "日本     3\n"
            "ab      12\n");
}

TEST(TextTable, LinesHaveNoTrailingSpaces) {
  const TextTable table{{{"a"}, {"b"}}, {{"1", ""}}};

  EXPECT_EQ(to_text(table, plain), "a  b\n1\n");
}

TEST(NumberText, ExponentsHaveNoPadding) {
  EXPECT_EQ(short_number(2e-5), "2e-5");
  EXPECT_EQ(short_number(1e20), "1e20");
  EXPECT_EQ(short_number(0.1), "0.1");
  EXPECT_EQ(short_number(3), "3");
  EXPECT_EQ(short_number(0.000138949549437), "0.00013895");
}

TEST(NumberText, ThousandsStandApart) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(13400), "13,400");
  EXPECT_EQ(count_text(-1234567), "-1,234,567");
}

TEST(NumberText, DurationsHaveTheUnitsOfTheirSize) {
  EXPECT_EQ(duration_text(0.42), "0.4 s");
  EXPECT_EQ(duration_text(45.2), "45 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(59.7), "1 min 00 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(duration_text(273600), "3 d 4 h");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "-");
}

TEST(NumberText, SizesStepByAThousand) {
  EXPECT_EQ(bytes_text(820), "820 B");
  EXPECT_EQ(bytes_text(12'345'678), "12.3 MB");
  EXPECT_EQ(bytes_text(999.9), "1.0 kB");
}

TEST(NumberText, ParametersStandInTheirOrder) {
  const auto params =
      nlohmann::ordered_json::parse(R"({"lr":2e-05,"warmup":0,"epochs":3,"norm":"pre"})");

  EXPECT_EQ(params_line(params), "lr 2e-5 · warmup 0 · epochs 3 · norm pre");
}

TEST(NumberText, MissingValuesAreADash) {
  EXPECT_EQ(metric_text(std::nullopt), "-");
  EXPECT_EQ(metric_text(std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(metric_text(0.81234), "0.8123");
}

TEST(NumberText, MetricsOfAnySizeHaveDigitsThatTellThemApart) {
  EXPECT_EQ(metric_text(0.0), "0.0000");
  EXPECT_EQ(metric_text(-0.0123456), "-0.0123");
  EXPECT_EQ(metric_text(0.00341), "0.00341");
  EXPECT_EQ(metric_text(0.003), "0.00300");
  EXPECT_EQ(metric_text(1.2345e-6), "1.23e-6");
  EXPECT_EQ(metric_text(12345.678), "12345.6780");
  EXPECT_EQ(metric_text(10'200'000.0), "1.02e7");
  EXPECT_EQ(metric_text(-10'212'345.0), "-1.02123e7");
}

TEST(NumberText, ParametersHaveTheDigitsThatTheyWereGiven) {
  const auto text_of = [](double value) { return value_text(nlohmann::ordered_json(value)); };

  EXPECT_EQ(text_of(0.1234567), "0.1234567");
  EXPECT_EQ(text_of(0.1234568), "0.1234568");
  EXPECT_EQ(text_of(0.000819885), "0.000819885");
  EXPECT_EQ(text_of(2e-5), "2e-5");
  EXPECT_EQ(text_of(1.0 / 3), "0.333333");
  EXPECT_EQ(text_of(100000.0), "100000");
  EXPECT_EQ(text_of(1e20), "1e20");
}

TEST(NumberText, WordsOfAShellAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(shell_word("configs/a.yaml"), "configs/a.yaml");
  EXPECT_EQ(shell_word("my store"), "'my store'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(NumberText, DurationsAreReadWithTheirUnits) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("1.5m"), milliseconds(90'000));
  EXPECT_EQ(parse_duration("2h"), milliseconds(7'200'000));
  EXPECT_EQ(parse_duration("3"), milliseconds(3000));
}

TEST(NumberText, WhatIsNoDurationIsNotGuessedAt) {
  for (const char* text : {"", "s", "-1s", "5 m", "1w", "nan", "inf", "1e300h"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(TextChart, ASparklineSpansItsOwnRange) {
  EXPECT_EQ(sparkline({0.0, 0.5, 1.0}, 10), "▁▅█");
  EXPECT_EQ(sparkline({2.0, 2.0}, 10), "▅▅");
  EXPECT_EQ(sparkline({}, 10), "");
}

TEST(TextChart, ADivergenceShowsInASparkline) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sparkline({0.0, std::nullopt, 1.0}, 10), "▁?█");
  EXPECT_EQ(sparkline({0.0, 1.0, 1.0, infinite}, 2), "▅?");
}

TEST(TextChart, MoreValuesThanColumnsAreAveraged) {
  EXPECT_EQ(sparkline({0.0, 0.0, 1.0, 1.0}, 2), "▁█");
}

TEST(TextChart, ABarStaysWithinItsColumns) {
  EXPECT_EQ(bar(0.5, 4), "██░░");
  EXPECT_EQ(bar(7, 4), "████");
  EXPECT_EQ(bar(-1, 4), "░░░░");
  EXPECT_EQ(bar(std::numeric_limits<double>::quiet_NaN(), 2), "░░");
}

TEST(TextChart, AnIntervalHasItsMeanItsValuesAndItsEnds) {
  const PlotRow row{0.5, 0.2, 0.8, {0.4, 0.6}};

  EXPECT_EQ(interval_line(row, {0, 1}, 11), "  ├─·●·─┤  ");
}

TEST(TextChart, AnIntervalBeyondTheScaleSaysSo) {
  const PlotRow row{0.5, -3.0, 4.0, {}};

  EXPECT_EQ(interval_line(row, {0, 1}, 5), "◂─●─▸");
}

TEST(TextChart, AScaleOfEqualValuesIsNotEmpty) {
  const PlotScale scale = scale_of({PlotRow{0.5, std::nullopt, std::nullopt, {0.5}}});

  EXPECT_LT(scale.from, 0.5);
  EXPECT_GT(scale.to, 0.5);
}

TEST(NearestWord, ASlipFindsItsWord) {
  const std::vector<std::string> commands = {"run", "plan", "serve", "status"};
  EXPECT_EQ(nearest_name("stauts", commands), "status");
  EXPECT_EQ(nearest_name("paln", commands), "plan");
}

TEST(NearestWord, AnotherWordFindsNone) {
  EXPECT_EQ(nearest_name("banana", {"run", "plan"}), std::nullopt);
}

}  // namespace
}  // namespace tarama::cli
