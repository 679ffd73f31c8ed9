// Submitting, retrying and taking over: what the store has is not trained again, unless somebody
// says so.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Again : public SweepFixture {
 protected:
  /// The fixture's levels and one learning rate more, under another name.
  std::string wider_sweep() {
    return write("wider.yaml",
                 "name: wider\n"
                 "parameters:\n"
                 "  lr: {values: [1e-3, 3e-3, 5e-3]}\n"
                 "  warmup: {values: [0, 0.1]}\n"
                 "  epochs: {value: 2}\n"
                 "data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0, max_tokens: 16}\n"
                 "model: {layers: 1, hidden: 16, heads: 2}\n"
                 "training: {batch_size: 8}\n");
  }

  nlohmann::json numbers_of(int sweep) {
    return query(
        fmt::format("SELECT r.lr, r.warmup, r.seed, s.step, s.loss, r.metric FROM steps AS s JOIN "
                    "results AS r USING (run_id) WHERE r.sweep_id = {} AND r.lr < 4e-3 ORDER BY "
                    "r.lr, r.warmup, r.seed, s.step",
                    sweep));
  }

  /// A script by which the runs of one learning rate fail.
  Environment failing() {
    return {{"TARAMA_FAKE_SCRIPT",
             write("script.json",
                   R"({"faults": [{"when": {"lr": 3e-3}, "step": 3, "do": "out_of_memory"}]})")}};
  }
};

TEST_F(Again, RunsOfAnEarlierSweepAreTakenOverAndMarked) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);

  const ProgramResult result = tarama({"run", wider_sweep()});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("4 of them were done in other sweeps"));
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE sweep_id = 2 AND state = 'succeeded'"), 6);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE sweep_id = 2 AND taken_from IS NOT NULL"), 4);
  EXPECT_EQ(numbers_of(2), numbers_of(1));
}

TEST_F(Again, ASweepOfWhichAllIsDoneEndsAtOnceWithItsResult) {
  ASSERT_EQ(tarama({"run", small_sweep()}).exit_code, 0);
  const std::string told = folder() / "told";
  const std::string same =
      small_sweep(fmt::format("on_end: 'echo $TARAMA_EVENT $TARAMA_SUCCEEDED > {}'\n", told));

  const ProgramResult result = tarama({"run", same, "--set", "name=other", "--json"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.json()["succeeded"], 4);
  EXPECT_TRUE(result.json()["best"].is_object());
  std::string line;
  std::getline(std::ifstream(told) >> std::ws, line);
  EXPECT_EQ(line, "ended 4");
}

TEST_F(Again, TheSameFileSaysThatItIsFinishedAndHowToTrainItAnew) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult again = tarama({"run", file});

  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.errors, HasSubstr("it is finished: nothing more is done; --again"));
  EXPECT_EQ(value("SELECT count(*) FROM account"), 1);
}

TEST_F(Again, WithAgainEverythingIsTrainedAsANewSweep) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult again = tarama({"run", file, "--again", "--json"});

  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(again.json()["sweep"], 2);
  EXPECT_EQ(value("SELECT count(*) FROM results WHERE taken_from IS NOT NULL"), 0);
  EXPECT_EQ(numbers_of(2), numbers_of(1));
}

TEST_F(Again, FailedRunsAreNamedWithTheRetryThatRunsThemAndNothingElse) {
  const std::string file = small_sweep("max_restarts: 0\n");
  const ProgramResult failed = tarama({"run", file}, failing());
  ASSERT_EQ(failed.exit_code, 5);
  EXPECT_THAT(failed.output, HasSubstr("tarama retry --store " + store() + " 1 --failed"));

  const ProgramResult submitted = tarama({"run", file});
  EXPECT_EQ(submitted.exit_code, 5);
  EXPECT_THAT(submitted.errors, HasSubstr("2 runs failed, and `tarama retry 1 --failed`"));

  const ProgramResult retried = tarama({"retry", "1", "--failed"});

  EXPECT_EQ(retried.exit_code, 0) << retried.errors;
  EXPECT_EQ(query("SELECT lr, attempts, state FROM results GROUP BY lr, attempts, state"),
            nlohmann::json::parse(R"([{"lr": 0.001, "attempts": 1, "state": "succeeded"},
                                      {"lr": 0.003, "attempts": 2, "state": "succeeded"}])"));
}

TEST_F(Again, ARetryOfOneRunRunsThatOneAlone) {
  const std::string file = small_sweep("max_restarts: 0\n");
  ASSERT_EQ(tarama({"run", file}, failing()).exit_code, 5);
  const int run = value("SELECT min(run_id) FROM results WHERE state = 'failed'").get<int>();

  EXPECT_EQ(tarama({"retry", "1", "--run", std::to_string(run)}).exit_code, 5);

  EXPECT_EQ(query("SELECT run_id FROM results WHERE attempts = 2"),
            nlohmann::json::array({{{"run_id", run}}}));
  EXPECT_EQ(value("SELECT failed FROM account"), 1);
}

TEST_F(Again, AnExtensionWithoutAnOrchestratorRunsToItsEnd) {
  const std::string file = small_sweep();
  ASSERT_EQ(tarama({"run", file}).exit_code, 0);

  const ProgramResult extended = tarama({"extend", "1", wider_sweep(), "--json"});

  EXPECT_EQ(extended.exit_code, 0) << extended.errors;
  EXPECT_EQ(extended.json()["succeeded"], 6);
}

TEST_F(Again, ACancelledSweepIsNoSuccessAndSaysWhatRunsIt) {
  const std::string script = write("script.json", R"({"step_time": "20ms"})");
  const std::string file = small_sweep("replicates: 4\n");
  {
    Program run(command({"run", file}), with_defaults({{"TARAMA_FAKE_SCRIPT", script}}));
    ASSERT_TRUE(run.read_until("succeeded"));
    ASSERT_EQ(tarama({"cancel", "1"}).exit_code, 0);
    EXPECT_EQ(run.finish().exit_code, 5);
  }
  EXPECT_EQ(tarama({"wait", "1"}).exit_code, 5);

  const ProgramResult again = tarama({"run", file});

  EXPECT_EQ(again.exit_code, 5);
  EXPECT_THAT(again.errors, HasSubstr("it was cancelled: nothing more is done; `tarama retry 1`"));
  EXPECT_EQ(tarama({"retry", "1"}).exit_code, 0);
  EXPECT_EQ(value("SELECT succeeded FROM account"), 16);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 160);
}

TEST_F(Again, ARunThatWaitsForAHeldOneSaysHowToGoOn) {
  const std::string script = write("script.json", R"({"step_time": "20ms"})");
  Program run(command({"run", small_sweep()}), with_defaults({{"TARAMA_FAKE_SCRIPT", script}}));
  ASSERT_TRUE(run.read_until("sweep 1 "));
  ASSERT_EQ(tarama({"pause", "1/4"}).exit_code, 0);

  ASSERT_TRUE(run.read_until("`tarama resume 1/4` goes on"));
  const ProgramResult resumed = tarama({"resume", "1"});
  EXPECT_THAT(resumed.errors, HasSubstr("`tarama resume 1/4`"));

  ASSERT_EQ(tarama({"resume", "1/4"}).exit_code, 0);
  EXPECT_EQ(run.finish().exit_code, 0);
}

}  // namespace
}  // namespace tarama::test
