// Kills whatever process reaches a failpoint, for each failpoint of the sources, and starts again
// what was killed: the account, the steps, the results and the duties are those of a sweep that
// nothing happened to.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <gmock/gmock.h>
#include <regex>
#include <set>
#include <sstream>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;

/// Those that a sweep does not reach which runs to its end; tried below, where one is stopped.
const std::set<std::string> of_stops = {"effector.ordered"};

/// Those that are reached only where an orchestrator has died beneath its workers; tried below.
const std::set<std::string> of_crashes = {"spool.opened",
                                          "spool.appended",
                                          "spool.before_removal",
                                          "link.cut",
                                          "link.adoption_came",
                                          "intake.read",
                                          "intake.taken",
                                          "intake.stored",
                                          "intake.before_removal",
                                          "intake.removed",
                                          "adoption.hello_came",
                                          "adoption.decided",
                                          "adoption.committed",
                                          "adoption.told"};

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// As they stand in the sources: none can be forgotten.
std::vector<std::string> all_failpoints() {
  static const std::regex place("TARAMA_FAILPOINT\\(\"([^\"]+)\"\\)");
  std::vector<std::string> names;
  for (const char* layer :
       {"core", "files", "input", "db", "transport", "orchestrator", "worker"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source_folder() / layer)) {
      if (entry.path().extension() != ".cpp") {
        continue;
      }
      const std::string text = content_of(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), place), end; it != end; ++it) {
        names.push_back((*it)[1]);
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> failpoints_of_whole_sweeps() {
  std::vector<std::string> names = all_failpoints();
  std::erase_if(names, [](const std::string& name) {
    return of_stops.contains(name) || of_crashes.contains(name);
  });
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& failpoint) {
  std::string name = failpoint.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class KilledAt : public SweepFixture {
 protected:
  KilledAt() {
    file_ = small_sweep(
        "resources: {devices: [cpu], runs_per_device: 2}\n"
        "keep: {checkpoints: latest, models: best}\n"
        "on_end: 'echo $TARAMA_EVENT_ID $TARAMA_EVENT >> $TARAMA_STORE/ends.txt'\n");
    // A crash, so that there is a second attempt; steps that take long enough for checkpoints.
    script_ = write("script.json", R"({"step_time": "50ms", "faults":
        [{"when": {"lr": 1e-3, "seed": 1}, "attempt": 1, "step": 7, "do": "crash"}]})");
    slow_script_ = write("slow.json", R"({"step_time": "250ms"})");
  }

  /// Of a sweep that somebody interferes with, however slow this machine is.
  [[nodiscard]] Environment slow_environment_of(const std::string& kill_at) const {
    Environment environment = environment_of(kill_at);
    environment.emplace_back("TARAMA_FAKE_SCRIPT", slow_script_);
    return environment;
  }

  [[nodiscard]] Environment environment_of(const std::string& kill_at) const {
    fs::create_directories(counts());
    return {{"TARAMA_FAKE_SCRIPT", script_},
            {"TARAMA_FAILPOINT_DIR", counts()},
            {"TARAMA_FAILPOINT", kill_at}};
  }

  /// Runs the sweep, and again while it is killed. Returns how often it was.
  int run_to_the_end(const std::string& kill_at) {
    const Environment environment = environment_of(kill_at);
    for (int kills = 0; kills < 3; ++kills) {
      const ProgramResult result = tarama({"run", file_, "--json"}, environment);
      if (result.exit_code >= 0) {
        EXPECT_EQ(result.exit_code, 0) << result.errors;
        EXPECT_EQ(result.json()["succeeded"], 4) << result.output;
        return kills;
      }
    }
    ADD_FAILURE() << "killed more than once at " << kill_at;
    return 0;
  }

  [[nodiscard]] fs::path counts() const { return folder() / ("counts-of-" + name_); }

  [[nodiscard]] long hits(const std::string& failpoint) const {
    const fs::path file = counts() / failpoint;
    return fs::exists(file) ? static_cast<long>(fs::file_size(file)) : 0;
  }

  void use(const std::string& name) {
    name_ = name;
    use_store(name);
  }

  /// What must be equal to that of an undisturbed sweep, by bits.
  nlohmann::json numbers() {
    return {query("SELECT run_id, step, epoch, lr, loss, flat_accuracy, examples, tokens "
                  "FROM steps ORDER BY run_id, step"),
            query("SELECT * FROM evals ORDER BY run_id, epoch, split"),
            query("SELECT run_id, state, metric, flat_accuracy, eval_loss, mcc FROM results "
                  "ORDER BY run_id"),
            query("SELECT * FROM levels"),
            query("SELECT * FROM account")};
  }

  /// Nothing is owed, and nothing lies about.
  void expect_a_tidy_store() {
    EXPECT_EQ(value("SELECT count(*) FROM duty"), 0);
    EXPECT_EQ(value("SELECT count(*) FROM attempt WHERE outcome IS NULL"), 0);
    EXPECT_EQ(value("SELECT count(*) FROM session WHERE ended_at IS NULL"), 0);
    const fs::path store = folder() / name_;
    for (const auto& entry : fs::recursive_directory_iterator(store)) {
      const std::string file = entry.path().filename();
      EXPECT_FALSE(file.ends_with(".tmp") || file.ends_with(".part")) << entry.path();
      EXPECT_FALSE(file.starts_with("checkpoint-")) << entry.path();
      EXPECT_NE(entry.path().parent_path().filename(), "spool") << entry.path();
    }
    // At least once, always for the same event.
    std::istringstream lines(content_of(store / "ends.txt"));
    std::set<std::string> events;
    for (std::string line; std::getline(lines, line);) {
      events.insert(line);
    }
    EXPECT_EQ(events.size(), 1U) << content_of(store / "ends.txt");
  }

  /// Bounded by the programs' own ends: a question takes some milliseconds.
  template <class Holds>
  void ask_until(Holds holds) {
    constexpr int most_questions = 5000;  // only a defect needs so many
    for (int i = 0; i < most_questions; ++i) {
      if (holds()) {
        return;
      }
    }
    ADD_FAILURE() << "what was waited for did not come";
  }

  /// Until rows of two runs are stored: two of its four runs are at work, and two wait.
  void wait_for_the_midst() {
    ask_until([&] {
      const ProgramResult result =
          tarama({"query", "SELECT count(DISTINCT run_id) FROM steps", "--format", "json"});
      return result.exit_code == 0 && result.json().at(0).begin().value() >= 2;
    });
  }

  std::string file_;
  std::string script_;
  std::string slow_script_;
  std::string name_;
};

class Failpoint : public KilledAt, public testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(All,
                         Failpoint,
                         testing::ValuesIn(failpoints_of_whole_sweeps()),
                         test_name);

TEST_P(Failpoint, AKillThereLosesNothing) {
  use("undisturbed");
  EXPECT_EQ(run_to_the_end(""), 0);
  const nlohmann::json undisturbed = numbers();
  expect_a_tidy_store();
  const long reached = hits(GetParam());
  ASSERT_GT(reached, 0);
  for (const long hit : {1L, (reached + 2) / 2}) {
    SCOPED_TRACE(fmt::format("hit {} of {}", hit, reached));
    use(fmt::format("killed-at-{}", hit));
    run_to_the_end(fmt::format("{}:{}", GetParam(), hit));
    EXPECT_GE(hits(GetParam()), hit);
    EXPECT_EQ(numbers(), undisturbed);
    expect_a_tidy_store();
  }
}

/// An orchestrator dies in the midst of a sweep, and one of its two workers when what it had to
/// tell is on disk. The other one comes back.
class LeftAlone : public KilledAt, public testing::WithParamInterface<std::string> {
 protected:
  LeftAlone() { script_ = write("script.json", R"({"step_time": "50ms"})"); }

  [[nodiscard]] bool has_spooled(const std::string& session) const {
    const fs::path spools = folder() / name_ / "spool";
    std::error_code ignored;  // it is not there yet
    for (const auto& file : fs::directory_iterator(spools, ignored)) {
      const bool is_its_own = file.path().filename().string().find(session) != std::string::npos;
      if (is_its_own && fs::file_size(file, ignored) > 100) {
        return true;
      }
    }
    return false;
  }

  void leave_alone(const std::string& kill_at) {
    Program first(command({"run", file_}), with_defaults(slow_environment_of(kill_at)));
    wait_for_the_midst();
    first.signal(SIGKILL);
    first.finish();
    const nlohmann::json left =
        query("SELECT session, pid FROM session WHERE ended_at IS NULL ORDER BY worker");
    ASSERT_EQ(left.size(), 2U);
    for (const auto& worker : left) {
      ask_until([&] {
        query("SELECT 1");
        return kill(worker["pid"].get<pid_t>(), 0) != 0 || has_spooled(worker["session"]);
      });
    }
    kill(left[0]["pid"].get<pid_t>(), SIGKILL);
  }
};

INSTANTIATE_TEST_SUITE_P(All, LeftAlone, testing::ValuesIn(of_crashes), test_name);

TEST_P(LeftAlone, AKillThereLosesNothing) {
  use("undisturbed");
  EXPECT_EQ(run_to_the_end(""), 0);
  const nlohmann::json undisturbed = numbers();
  const std::vector<std::string> kills = {"", GetParam() + ":1", GetParam() + ":2"};
  for (const std::string& kill_at : kills) {
    SCOPED_TRACE(kill_at);
    use("left-alone-" + kill_at);
    leave_alone(kill_at);
    run_to_the_end(kill_at);
    EXPECT_GT(hits(GetParam()), 0);
    EXPECT_EQ(numbers(), undisturbed);
    expect_a_tidy_store();
  }
}

TEST_F(KilledAt, AnOrderOfAStopLosesNothing) {
  use("undisturbed");
  EXPECT_EQ(run_to_the_end(""), 0);
  const nlohmann::json undisturbed = numbers();
  use("stopped");
  Program stopped(command({"run", file_}),
                  with_defaults(slow_environment_of("effector.ordered:1")));
  wait_for_the_midst();

  stopped.signal(SIGINT);

  EXPECT_EQ(stopped.finish().exit_code, -1);
  EXPECT_EQ(run_to_the_end("effector.ordered:1"), 0);
  EXPECT_EQ(numbers(), undisturbed);
  expect_a_tidy_store();
}

TEST(Failpoints, HaveNamesOfTheirOwn) {
  const std::vector<std::string> names = all_failpoints();
  EXPECT_GT(names.size(), 10U);
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace tarama::test
