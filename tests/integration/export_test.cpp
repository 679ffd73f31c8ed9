// `tarama export` on a finished sweep. What TensorBoard, Optuna, pandas and DuckDB make of it:
// tests/interop/check_exports.py.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <sstream>

namespace tarama::test {
namespace {

using testing::HasSubstr;

class Export : public SweepFixture {
 protected:
  void SetUp() override { ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0); }

  ProgramResult export_to(const std::string& path,
                          const std::string& format,
                          std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"export", "small", "--format", format, "-o", path});
    return tarama(std::move(more));
  }

  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  static std::vector<nlohmann::json> json_lines(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder() / name; }
};

TEST_F(Export, ATableHasTheRowsOfItsView) {
  ASSERT_EQ(export_to(path("runs.jsonl"), "jsonl").exit_code, 0);
  const ProgramResult evals = export_to("-", "jsonl", {"--table", "evals"});

  EXPECT_EQ(nlohmann::json(json_lines(text_of(path("runs.jsonl")))),
            query("SELECT * FROM results ORDER BY run_id"));
  EXPECT_EQ(nlohmann::json(json_lines(evals.output)),
            query("SELECT * FROM evals ORDER BY run_id, split, epoch"));
}

TEST_F(Export, ASweptKeyThatIsNoColumnOfResultsGetsOne) {
  const std::string file = sweep_file(
      "  lr: {value: 1e-3}\n  warmup: {value: 0}\n  epochs: {value: 1}\n"
      "  intermediate: {values: [16, 24]}\n",
      "training: {batch_size: 8}\n");
  ASSERT_EQ(tarama({"run", file, "--set", "name=wide"}).exit_code, 0);

  const ProgramResult rows = tarama({"export", "wide", "--format", "jsonl", "-o", "-"});

  const std::vector<nlohmann::json> lines = json_lines(rows.output);
  ASSERT_EQ(lines.size(), 2U) << rows.errors;
  EXPECT_EQ(lines[0]["intermediate"], 16);
  EXPECT_EQ(lines[1]["intermediate"], 24);
}

TEST_F(Export, NothingThatIsThereIsWrittenOver) {
  const std::string file = write("mine.csv", "mine");
  std::filesystem::create_directory(folder() / "events");

  const ProgramResult table = export_to(file, "csv");
  const ProgramResult events = export_to(path("events"), "tensorboard");

  EXPECT_EQ(table.exit_code, 4);
  EXPECT_THAT(table.errors, HasSubstr("is there already"));
  EXPECT_EQ(text_of(file), "mine");
  EXPECT_EQ(events.exit_code, 4);
  EXPECT_TRUE(std::filesystem::is_empty(folder() / "events"));
}

TEST_F(Export, EachRunIsATrialWithItsParametersAndItsMetric) {
  ASSERT_EQ(export_to(path("study.journal"), "optuna").exit_code, 0);

  std::vector<nlohmann::json> trials;
  for (const nlohmann::json& line : json_lines(text_of(path("study.journal")))) {
    if (line["op_code"] == 4) {
      trials.push_back(line);
    }
  }
  ASSERT_EQ(trials.size(), 4U);
  const nlohmann::json runs = query("SELECT metric, lr, seed FROM results ORDER BY run_id");
  for (std::size_t i = 0; i < trials.size(); ++i) {
    EXPECT_EQ(trials[i]["state"], 1);
    EXPECT_EQ(trials[i]["value"], runs[i]["metric"]);
    EXPECT_EQ(trials[i]["params"]["lr"], runs[i]["lr"]);
    EXPECT_EQ(trials[i]["user_attrs"]["seed"], runs[i]["seed"]);
    EXPECT_EQ(trials[i]["intermediate_values"]["2"], runs[i]["metric"]);
  }
}

TEST_F(Export, OptunaGetsTheRangesThatValuesWereDrawnFrom) {
  use_store("drawn");
  const std::string file = sweep_file(
      "  lr: {min: 1e-5, max: 1e-2, distribution: log_uniform}\n"
      "  warmup: {min: 0, max: 0.5, q: 0.1}\n"
      "  epochs: {min: 1, max: 3}\n",
      "training: {batch_size: 8}\nmethod: random\nmax_runs: 3\n");
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  ASSERT_EQ(export_to(path("study.journal"), "optuna").exit_code, 0);

  const nlohmann::json trial = json_lines(text_of(path("study.journal"))).back();
  const auto of = [&](const char* name) {
    return nlohmann::json::parse(trial["distributions"][name].get<std::string>())["attributes"];
  };
  EXPECT_EQ(of("lr"), R"({"step": null, "low": 1e-5, "high": 1e-2, "log": true})"_json);
  EXPECT_EQ(of("warmup"), R"({"step": 0.1, "low": 0.0, "high": 0.5, "log": false})"_json);
  EXPECT_EQ(of("epochs"), R"({"step": 1, "low": 1, "high": 3, "log": false})"_json);
}

TEST_F(Export, EachRunIsAFolderOfEvents) {
  ASSERT_EQ(export_to(path("events"), "tensorboard").exit_code, 0);

  std::size_t runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder() / "events")) {
    runs += entry.is_directory() ? 1 : 0;
  }
  EXPECT_EQ(runs, 4U);
}

TEST_F(Export, WhatCannotBeWrittenLeavesNothing) {
  const ProgramResult result = export_to(path("no-folder/runs.csv"), "csv");

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("no-folder/runs.csv"));
}

}  // namespace
}  // namespace tarama::test
