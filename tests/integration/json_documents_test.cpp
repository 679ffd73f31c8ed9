// The documents of `--json`: every command's has exactly the keys of docs/JSON.md, with and without
// an orchestrator.
#include "tests/support/json_shape.hpp"
#include "tests/support/places.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <memory>
#include <set>
#include <sstream>

namespace tarama::test {
namespace {

using nlohmann::json;
using Shapes = std::map<std::string, json>;

json merged(json first, const json& second) {
  first.update(second);
  return first;
}

Shapes answers() {
  const json level = json::parse(R"({
    "level": "whole", "params": {"*": "number|text|bool"}, "mean": "number|null", "sd": "number|null",
    "ci95": {"?": ["number"]}, "score": "number|null",
    "difference": {"?": {"mean": "number", "low": "number", "high": "number"}}, "tied": "bool",
    "interval": {"?": ["number"]}, "p_best": "number|null", "replicates": "whole",
    "failed": "whole", "diverged": "whole", "stopped": "whole",
    "divergence": {"?": {"diverged": "whole", "of": "whole", "rate_at_most": "number"}},
    "steps_per_run": "whole|null", "seconds_per_run": "number|null", "flops_per_run": "number|null",
    "runs": ["whole"], "learner": "text", "numerics": "whole|null"})");
  json answer = json::parse(R"({
    "confidence": "number", "method": "text", "provisional": "bool", "looks": [{"stage": "whole", "dropped": {"*": "number|text|bool"}, "seeds": "whole"}],
    "refinements": [{"stage": "whole", "until": "number|null", "budget": "whole|null",
                     "alpha": "number", "runs_before": "whole", "is_over": "bool",
                     "outcome": "text", "reached": {"?": {"*": "number|text|bool"}}}],
    "edge": [{"parameter": "text", "side": "text", "value": "number"}],
    "winner_honest": "number|null", "winner_test": "number|null",
    "numerics_mix": [{"learner": "text", "numerics": "whole|null", "levels": "whole"}],
    "answer": "text"})");
  answer["best"] = {{"?", level}};
  answer["cheapest_tied"] = {{"?", level}};
  answer["tied"] = json::array({level});
  const json result = json::parse(R"({
    "sweep": "whole", "name": "text", "planned": "whole", "succeeded": "whole", "stopped": "whole",
    "failed": "whole", "cancelled": "whole", "wall_seconds": "number",
    "failures": [{"class": "text", "runs": "whole", "example": "whole", "message": "text",
                  "log_tail": "text"}]})");
  json levels = json::parse(R"({"sweep": "whole", "name": "text", "metric": "text"})");
  levels["levels"] = json::array({level});
  return {{"result", merged(result, answer)}, {"levels", merged(levels, answer)}};
}

Shapes listings() {
  const json account = json::parse(R"({
    "planned": "whole", "pending": "whole", "leased": "whole", "running": "whole",
    "succeeded": "whole", "stopped": "whole", "failed": "whole", "cancelled": "whole"})");
  const json run = json::parse(R"({
    "run": "whole", "sweep": "whole", "level": "whole", "state": "text",
    "failure_class": "text|null", "message": "text", "attempts": "whole",
    "params": {"*": "number|text|bool"}, "seed": "whole", "run_key": "text",
    "planned_steps": "whole|null", "metric": "number|null", "train_seconds": "number|null"})");
  const json story = json::parse(R"({
    "sweep_name": "text", "steps": "whole",
    "history": [{"attempt": "whole", "device": "text|null", "leased_at": "text|null",
                 "started_at": "text|null", "ended_at": "text|null", "seconds": "number|null",
                 "first_step": "whole|null", "from_run": "whole|null",
                 "from_step": "whole|null", "outcome": "text|null", "message": "text|null"}],
    "evals": [{"epoch": "whole", "split": "text", "step": "whole", "loss": "number",
               "flat_accuracy": "number", "batch_mean_flat_accuracy": "number", "mcc": "number",
               "macro_f1": "number", "majority_accuracy": "number", "examples": "whole"}],
    "metrics": [{"name": "text", "reports": "whole", "last_step": "whole", "last": "number|null",
                 "least": "number|null", "greatest": "number|null"}],
    "host": "text", "driver": "text|null", "version": "text", "trainer": "text", "yaml": "text",
    "log_tail": "text"})");
  json status = json::parse(R"({
    "orchestrator": {"?": {"pid": "whole", "version": "text"}},
    "workers": [{"id": "whole", "pid": "whole", "session": "text", "device": "text",
                 "state": "text", "run": "whole|null", "attempt": "whole|null",
                 "sweep": "whole|null", "params": {"?": {"*": "number|text|bool"}},
                 "step": "whole|null", "steps": "whole|null", "losses": ["number|null"],
                 "steps_per_second": "number|null", "last_step_at": "text|null",
                 "quarantined": "bool"}],
    "devices": [{"device": "text", "state": "text", "workers": "whole", "runs": "whole",
                 "quarantined_at": "text|null", "reason": "text|null",
                 "next_try_at": "text|null", "trial": "whole|null",
                 "gpu": {"?": {"name": "text", "memory_bytes": "whole",
                               "used_bytes": "whole|null", "busy_percent": "whole|null",
                               "celsius": "whole|null", "watts": "number|null"}},
                 "at_once": "whole|null", "sharing": "text|null"}],
    "unreadable": [{"sweep": "whole", "name": "text", "reason": "text"}],
    "strangers": [{"device": "text", "pid": "whole", "process": "text"}],
    "on_end": [{"sweep": "whole", "pid": "whole", "seconds": "number"}],
    "trouble": "text|null", "store_trouble": "text|null",
    "disk": {"?": {"free_bytes": "whole", "min_free_bytes": "whole", "is_short": "bool"}}})");
  status["sweeps"] = json::array(
      {merged(account, json::parse(R"({"sweep": "whole", "name": "text", "state": "text",
                "priority": "whole|null", "steps_done": "whole|null", "steps_planned": "whole|null",
                "elapsed_seconds": "number|null", "seconds_left": "number|null",
                "search": "text|null", "runs_to_choose": "whole|null",
                "waiting": [{"reason": "text", "runs": "whole", "example": "whole|null",
                             "until": "text|null"}]})"))});
  const json sweep = merged(account, json::parse(R"({
    "sweep": "whole", "name": "text", "state": "text", "submitted_at": "text|null",
    "ended_at": "text|null", "host": "text", "version": "text", "trainer": "text"})"));
  return {{"list", {{"sweeps", json::array({sweep})}}},
          {"list SWEEP", {{"sweep", "whole"}, {"name", "text"}, {"runs", json::array({run})}}},
          {"show", merged(run, story)},
          {"status", status}};
}

Shapes of_sweeps() {
  return {{"plan", json::parse(R"({
        "name": "text", "runs": "whole", "levels": "whole", "replicates": "whole", "order": "text",
        "rungs": {"?": {"eta": "whole", "at": ["number"], "brackets": "whole", "restart": "text|null",
                        "least_share": "number|null"}},
        "steps": "whole", "shared_steps": "whole",
        "warnings": [{"code": "text", "message": "text", "line": "whole|null"}],
        "estimate": {"seconds": "number", "basis": "text"},
        "inputs": [{"train_examples": "whole", "eval_examples": "whole",
                    "test_examples": "whole", "train_tokens": "whole", "cut_texts": "whole",
                    "classes": "whole", "layers": "whole", "hidden": "whole",
                    "parameters": "whole"}],
        "disk": {"models_bytes": "whole", "most_models_bytes": "whole", "peak_bytes": "whole"},
        "memory_per_worker_bytes": "whole", "sharing": "text|null",
        "grid": [{"params": {"*": "number|text|bool"}, "steps_per_run": "whole|null",
                  "learner": "text"}],
        "detectable_difference": "number|null",
        "expected_runs": {"?": {"first": "whole", "expected": "whole", "most": "whole"}},
        "spread": {"sd": "number", "basis": "text"}})")},
          {"submit", json::parse(R"({"sweep": "whole", "name": "text", "planned": "whole",
                                 "is_new": "bool"})")},
          {"extend", json::parse(R"({"sweep": "whole", "name": "text", "planned": "whole",
                                 "added": "whole"})")},
          {"effects", json::parse(R"({
        "sweep": "whole", "name": "text", "metric": "text", "kind": "text",
        "without_noise": "bool",
        "shares": [{"parameters": ["text"], "share": "number", "low": "number|null",
                    "high": "number|null"}],
        "rest": "number", "means": {"*": [{"value": "number|text|bool", "mean": "number"}]}})")},
          {"verify", json::parse(R"({
        "run": "whole", "verdict": "text", "steps": "whole", "evals": "whole",
        "first_difference": {"?": {"row": "text", "column": "text", "stored": "text",
                                   "again": "text"}}})")},
          {"errors", json::parse(R"({
        "sweep": "whole", "level": "whole|null", "split": "text", "file": "text|null",
        "runs": "whole", "examples": "whole",
        "missed": [{"example": "whole", "line": "whole|null", "text": "text|null",
                    "text_pair": "text|null", "label": "text", "predicted": "text",
                    "wrong": "whole", "runs": "whole"}],
        "confusions": [{"label": "text", "predicted": "text", "count": "whole",
                        "of": "whole"}]})")},
          {"suggest", json::parse(R"({"sweep": "whole", "name": "text", "step": "text",
                                  "reasons": ["text"], "yaml": "text", "command": "text",
                                  "provisional": "bool"})")}};
}

Shapes of_files() {
  return {{"export", json::parse(R"({"sweep": "whole", "format": "text", "path": "text",
                                 "runs": "whole"})")},
          {"report", json::parse(R"({"sweep": "whole", "path": "text", "bytes": "whole"})")},
          {"backup", json::parse(R"({"file": "text", "bytes": "whole", "schema": "whole"})")},
          {"import",
           json::parse(R"({"yaml": "text", "warnings": [{"message": "text", "line": "whole"}]})")},
          {"steer", json::parse(R"({"sweep": "whole", "state": "text"})")},
          {"stop", json::parse(R"({"stopped": "bool"})")},
          {"doctor", json::parse(R"({
        "version": "text",
        "checks": [{"check": "text", "finding": "text", "what": "text",
                    "remedy": "text|null"}]})")},
          {"doctor MODEL", json::parse(R"({
        "path": "text", "kind": "text", "facts": {"*": "text"},
        "cuts": [{"text": "text", "pieces": "text"}], "odd": ["text"],
        "problems": ["text"]})")},
          {"doctor DATA", json::parse(R"({
        "path": "text", "kind": "text", "format": "text", "rows": "whole", "header": "bool",
        "columns": [{"name": "text", "distinct": "whole",
                     "classes": [{"value": "text", "count": "whole"}],
                     "words": [{"value": "text", "count": "whole"}]}],
        "odd": ["text"], "problems": ["text"]})")},
          {"predict", json::parse(R"({
        "label": "text", "probability": "number", "probabilities": {"*": "number"},
        "ids": ["whole"],
        "top": [{"label": "text", "probability": "number"}]})")},
          {"predict --label", json::parse(R"({
        "examples": "whole", "flat_accuracy": "number", "mcc": "number", "macro_f1": "number",
        "classes": ["text"], "confusion": [["whole"]]})")}};
}

Shapes all_shapes() {
  Shapes shapes = answers();
  shapes.merge(listings());
  shapes.merge(of_sweeps());
  shapes.merge(of_files());
  return shapes;
}

class JsonDocuments : public SweepFixture {
 protected:
  /// The command's document, which must be of the shape of this name.
  json expect(const std::string& shape, std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const ProgramResult result = tarama(arguments);
    json document = json::parse(result.output, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << shape << ": " << result.output << result.errors;
    EXPECT_EQ(misfit(document, shapes_.at(shape)), "") << shape << ": " << result.output;
    return document;
  }

  std::unique_ptr<Program> serve(const Environment& environment) {
    auto program = std::make_unique<Program>(command({"serve"}), with_defaults(environment));
    EXPECT_TRUE(program->read_until("serving")) << program->finish().errors;
    return program;
  }

  std::string scripted(const std::string& script) { return write("script.json", script); }

  [[nodiscard]] std::string in_folder(const std::string& name) const { return folder() / name; }

 private:
  Shapes shapes_ = all_shapes();
};

TEST_F(JsonDocuments, WithoutAnOrchestratorHaveTheKeysOfThePage) {
  expect("status", {"status"});  // without a store
  const std::string file = small_sweep("replicates: 3\n");
  expect("plan", {"plan", file});
  expect("plan", {"plan", file, "--set", "rungs={}", "--set", "replicates=1"});
  expect("result", {"run", file});
  for (const char* command : {"wait", "watch"}) {
    expect("result", {command});
  }
  expect("levels", {"levels"});
  expect("effects", {"effects"});
  expect("suggest", {"suggest", "small"});
  expect("list", {"list"});
  expect("list SWEEP", {"list", "small"});
  expect("status", {"status"});
  expect("show", {"show"});
  expect("verify", {"show", "1", "--verify"});
  expect("export", {"export", "--format", "csv", "-o", in_folder("runs.csv")});
  expect("export", {"export", "--format", "tensorboard", "-o", in_folder("events")});
  expect("report", {"report", "-o", in_folder("report.html")});
  expect("backup", {"backup", in_folder("copy.db")});
  expect("doctor", {"doctor"});
  expect("doctor DATA", {"doctor", in_folder("train.tsv")});
  expect("result", {"extend", "small", file, "--set", "parameters.lr.values=[1e-3, 3e-3, 5e-3]"});
  const std::string foreign = write("wandb.yaml",
                                    "program: train.py\nmethod: grid\n"
                                    "parameters:\n  learning_rate: {values: [1e-5, 2e-5]}\n");
  expect("import", {"import", "wandb", foreign});
}

TEST_F(JsonDocuments, OfRunsThatFailHaveTheKeysOfThePage) {
  const std::string script = scripted(
      R"({"faults": [{"when": {"lr": 1e-3}, "do": "nan"}, {"when": {"warmup": 0.1}, "do": "exit"}]})");
  ASSERT_EQ(
      tarama({"run", small_sweep("replicates: 2\n"), "--quiet"}, {{"TARAMA_FAKE_SCRIPT", script}})
          .exit_code,
      5);
  expect("result", {"wait"});
  expect("levels", {"levels"});
  expect("effects", {"effects"});
  expect("show", {"show", "1"});
  expect("list SWEEP", {"list", "small"});
  expect("result", {"retry", "small", "--failed"});
}

TEST_F(JsonDocuments, OfAnOrchestratorHaveTheKeysOfThePage) {
  const std::string script = scripted(R"({"step_time": "1s"})");
  const auto daemon = serve({{"TARAMA_FAKE_SCRIPT", script}});
  const std::string file = small_sweep();

  expect("submit", {"submit", file});
  json status;
  do {
    status = expect("status", {"status"});
  } while (status["sweeps"][0]["running"] == 0 && !HasFailure());
  EXPECT_FALSE(status["workers"].empty());
  expect("status", {"status", "small"});
  expect("levels", {"levels"});
  expect("show", {"show"});
  expect("list", {"list"});
  expect("list SWEEP", {"list", "last"});
  expect("extend", {"extend", "small", file, "--set", "parameters.lr.values=[1e-3, 3e-3, 5e-3]"});
  expect("steer", {"pause", "small"});
  expect("steer", {"resume", "small"});
  expect("steer", {"cancel", "small"});
  expect("doctor", {"doctor"});
  expect("result", {"wait"});
  expect("steer", {"retry", "small"});
  expect("stop", {"stop"});
  EXPECT_EQ(daemon->finish().exit_code, 0);
}

TEST_F(JsonDocuments, OfAModelHaveTheKeysOfThePage) {
  use_worker("tarama-worker");
  const std::string file =
      sweep_file("  lr: {values: [1e-3]}\n  warmup: {value: 0}\n  epochs: {value: 1}\n",
                 "training: {batch_size: 8}\nresources: {devices: cpu}\nkeep: {models: all}\n");
  ASSERT_EQ(tarama({"run", file, "--quiet"}).exit_code, 0);
  const std::string model = in_folder("store/models/1");

  expect("errors", {"errors"});
  expect("doctor MODEL", {"doctor", model});
  const std::string text = tarama({"predict",
                                   model,
                                   in_folder("eval.tsv"),
                                   "--text",
                                   "1",
                                   "--label",
                                   "0",
                                   "--top",
                                   "2",
                                   "--json"})
                               .output;
  std::istringstream lines(text);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    EXPECT_EQ(misfit(json::parse(line), all_shapes().at(rows < 10 ? "predict" : "predict --label")),
              "")
        << line;
  }
  EXPECT_EQ(rows, 11);
}

/// Keys of the shape and of all shapes within.
void add_keys(const json& shape, std::set<std::string>& keys) {
  if (shape.is_object()) {
    for (const auto& [key, value] : shape.items()) {
      if (key != "?" && key != "*") {
        keys.insert(key);
      }
      add_keys(value, keys);
    }
  } else if (shape.is_array()) {
    add_keys(shape.at(0), keys);
  }
}

TEST(JsonPage, NamesEveryKeyOfEveryDocument) {
  std::ifstream file(source_folder() / "docs/JSON.md");
  std::stringstream page;
  page << file.rdbuf();
  std::set<std::string> keys;
  for (const auto& [name, shape] : all_shapes()) {
    add_keys(shape, keys);
  }

  for (const std::string& key : keys) {
    const bool is_named = page.str().find("`" + key + "`") != std::string::npos ||
                          page.str().find("\"" + key + "\"") != std::string::npos;
    EXPECT_TRUE(is_named) << key;
  }
}

}  // namespace
}  // namespace tarama::test
