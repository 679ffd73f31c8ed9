// Sweeps whose runs have their beginnings in common: the numbers of one that trains each run by
// itself, by less work, whatever is killed on the way.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

constexpr const char* all_numbers[] = {
    "SELECT epochs, lr, seed, state, metric, flat_accuracy, eval_loss, mcc FROM results "
    "ORDER BY lr, epochs, seed",
    "SELECT r.lr, r.epochs, r.seed, s.step, s.epoch, s.lr AS rate, s.loss, s.flat_accuracy, "
    "s.examples, s.tokens FROM steps AS s JOIN results AS r USING (run_id) "
    "ORDER BY r.lr, r.epochs, r.seed, s.step",
    "SELECT r.lr, r.epochs, r.seed, e.epoch, e.split, e.step, e.loss, e.flat_accuracy, e.mcc, "
    "e.macro_f1, e.examples FROM evals AS e JOIN results AS r USING (run_id) "
    "ORDER BY r.lr, r.epochs, r.seed, e.split, e.epoch",
    "SELECT lr, epochs, mean, sd, minimum, maximum FROM levels ORDER BY lr, epochs"};

class SharedBeginnings : public SweepFixture {
 protected:
  /// 2 x 3 levels of 1, 2 and 4 epochs of 5 steps, the longest first, 2 replicates.
  std::string flat_sweep(const std::string& more = "") {
    return sweep_file(
        "  lr: {values: [1e-3, 3e-3]}\n"
        "  warmup: {value: 0}\n"
        "  epochs: {values: [4, 1, 2]}\n",
        "training: {batch_size: 8, t_total: none}\nreplicates: 2\n" + more);
  }

  void expect_numbers_of(const std::string& other_store) {
    for (const char* const sql : all_numbers) {
      use_store("store");
      const nlohmann::json here = query(sql);
      use_store(other_store);
      EXPECT_EQ(here, query(sql)) << sql;
    }
    use_store("store");
  }

  /// What the same file gives when each run trains all its steps.
  void train_alone(const std::string& file, const std::string& into) {
    use_store(into);
    const ProgramResult alone = tarama({"run", file, "--set", "share=none"});
    EXPECT_EQ(alone.exit_code, 0) << alone.errors;
    use_store("store");
  }

  void expect_nothing_kept() {
    EXPECT_TRUE(std::filesystem::is_empty(folder() / "store" / "trajectories"));
  }
};

TEST_F(SharedBeginnings, GiveTheNumbersOfRunsThatTrainAlone) {
  const std::string file = flat_sweep("resources: {devices: [cpu], runs_per_device: 2}\n");
  const ProgramResult shared = tarama({"run", file});
  ASSERT_EQ(shared.exit_code, 0) << shared.errors;

  train_alone(file, "alone");

  expect_numbers_of("alone");
  expect_nothing_kept();
}

TEST_F(SharedBeginnings, SaveTheStepsThatThePlanSays) {
  const std::string file = flat_sweep();
  const nlohmann::json plan = tarama({"plan", file, "--json"}).json();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  EXPECT_EQ(plan["shared_steps"], 2 * 2 * (5 + 10));
  const nlohmann::json longest = value("SELECT run_id FROM results WHERE epochs = 4 LIMIT 1");
  const nlohmann::json run = tarama({"show", longest.dump(), "--json"}).json();
  EXPECT_EQ(run["steps"], 20);
  EXPECT_EQ(run["history"][0]["from_step"], 10);
  EXPECT_THAT(tarama({"show", longest.dump()}).output, HasSubstr("10 steps of run"));
}

TEST_F(SharedBeginnings, ARunAttemptsFailureOnTheWayChangesNothing) {
  const std::string file = flat_sweep();
  const std::string script = write("script.json", R"({"faults": [
      {"when": {"epochs": 1, "lr": 1e-3}, "attempt": 1, "step": 3, "do": "crash"},
      {"when": {"epochs": 2}, "attempt": 1, "step": 5, "do": "exit"},
      {"when": {"epochs": 4}, "attempt": 1, "step": 15, "do": "crash"}]})");
  const ProgramResult shared = tarama({"run", file}, {{"TARAMA_FAKE_SCRIPT", script}});
  ASSERT_EQ(shared.exit_code, 0) << shared.errors;

  train_alone(file, "alone");

  expect_numbers_of("alone");
  expect_nothing_kept();
}

TEST_F(SharedBeginnings, OfARunThatFailsForGoodAreTrainedByTheNext) {
  const std::string file = flat_sweep();
  const std::string script = write("script.json", R"({"faults": [
      {"when": {"epochs": 2}, "step": 7, "do": "nan"}]})");

  EXPECT_EQ(tarama({"run", file}, {{"TARAMA_FAKE_SCRIPT", script}}).exit_code, 0)
      << "a run that diverged is a finding";

  EXPECT_GT(value("SELECT count(*) FROM results WHERE failure_class = 'diverged'"), 0);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE epochs = 4 AND state = 'succeeded'"), 4);
  EXPECT_EQ(value("SELECT count(*) FROM steps JOIN results USING (run_id) WHERE epochs = 4"), 80);
  const nlohmann::json longest = value("SELECT run_id FROM results WHERE epochs = 4 LIMIT 1");
  EXPECT_EQ(tarama({"show", longest.dump(), "--json"}).json()["history"][0]["from_step"], 5);
}

}  // namespace
}  // namespace tarama::test
