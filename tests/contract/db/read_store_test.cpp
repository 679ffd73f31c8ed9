// The CLI's questions.
#include "db/sqlite/read_store.hpp"

#include "tests/contract/db/store_harness.hpp"

#include <array>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Reading : public testing::Test {
 protected:
  void create(const NewSweep& sweep) { must(harness.store().create_sweep(sweep)); }

  void write(const std::vector<Write>& writes) { must(harness.store().write(writes)); }

  SqliteHarness harness;
};

TEST(ReadStoreOpen, AStoreThatIsNotThereIsNotFoundWithWhatToDo) {
  const auto opened = ReadStore::open("/nowhere/tarama.db");

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(),
            (Error{Errc::not_found,
                   "/nowhere/tarama.db does not exist: nothing was run in this store yet; `tarama "
                   "run FILE` makes it, --store DIR or TARAMA_STORE names another"}));
}

/// What opening says to a user who owns nothing here.
std::string error_for_a_stranger(const std::filesystem::path& database) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) {
    return "no pipe";
  }
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    const bool is_ready = ::geteuid() != 0 || ::setuid(nobody) == 0;
    const auto opened = ReadStore::open(database);
    const std::string said = !is_ready ? "cannot become another user"
                             : opened  ? "it was opened"
                                       : opened.error().message;
    static_cast<void>(::write(pipe[1], said.data(), said.size()));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said;
  std::array<char, 512> part{};
  for (ssize_t size = 1; size > 0;) {
    size = ::read(pipe[0], part.data(), part.size());
    said.append(part.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return said;
}

TEST_F(Reading, AFolderThatIsNotWritableIsSaidWithWhatToDo) {
  harness.close();  // takes -wal and -shm away; a reader would have to make them again
  using std::filesystem::perms;
  std::filesystem::permissions(harness.folder(), static_cast<perms>(0555));
  std::filesystem::permissions(harness.database(), static_cast<perms>(0444));

  const std::string said = error_for_a_stranger(harness.database());

  std::filesystem::permissions(harness.folder(), perms::owner_all);
  EXPECT_THAT(said, HasSubstr("SQLite must keep tarama.db-wal and tarama.db-shm beside it"));
  EXPECT_THAT(said, HasSubstr("is not writable for you"));
}

TEST_F(Reading, ADatabaseThatIsNotReadableIsSaidSo) {
  harness.close();
  using std::filesystem::perms;
  std::filesystem::permissions(harness.folder(), perms::all);
  std::filesystem::permissions(harness.database(), perms::none);

  EXPECT_THAT(error_for_a_stranger(harness.database()),
              HasSubstr("Permission denied; ask its owner for the right to read it"));
}

TEST_F(Reading, SweepsAreFoundByIdAndByNameTheNewestFirst) {
  create(sample_sweep({1, 1}, "cola"));
  create(sample_sweep({1, 1}, "cola"));
  create(sample_sweep({1, 1}, "1"));
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.find_sweep("1")), SweepId{1});
  EXPECT_EQ(must(reader.find_sweep("cola")), SweepId{2});
  EXPECT_EQ(reader.find_sweep("colla").error(),
            (Error{Errc::not_found, "no sweep 'colla'; the newest are 1 (3), cola (2), cola (1)"}));
}

TEST_F(Reading, ANameThatReadsAsAnIdOfNoSweepIsFoundAsAName) {
  create(sample_sweep({1, 1}, "7"));
  EXPECT_EQ(must(harness.reader().find_sweep("7")), SweepId{1});
}

TEST_F(Reading, ASweepIsFoundByAUniqueBeginningOfItsName) {
  create(sample_sweep({1, 1}, "cola-small"));
  create(sample_sweep({1, 1}, "cola-small"));
  create(sample_sweep({1, 1}, "cola"));
  create(sample_sweep({1, 1}, "sst"));
  write({PersistSweep{SweepId{2}, SweepState::paused}});
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.find_sweep("ss")), SweepId{4});
  EXPECT_EQ(must(reader.find_sweep("cola")), SweepId{3});   // exactly
  EXPECT_EQ(must(reader.find_sweep("cola-")), SweepId{2});  // one name, its newest sweep
  EXPECT_EQ(reader.find_sweep("co").error(),
            (Error{Errc::invalid_argument,
                   "'co' fits 2 sweeps: 2 ('cola-small', paused), 3 ('cola', running); name one by "
                   "its id, or by its whole name"}));
}

TEST_F(Reading, ABeginningIsNoPatternAndCountsInCharacters) {
  create(sample_sweep({1, 1}, "gr\u00fc\u00dfe"));
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.find_sweep("gr\u00fc")), SweepId{1});
  for (const char* word : {"", "%", "g_", "GR", "gr\xc3"}) {
    EXPECT_EQ(reader.find_sweep(word).error().code, Errc::not_found) << word;
  }
}

TEST_F(Reading, ANumberIsNeverTheBeginningOfAName) {
  create(sample_sweep({1, 1}, "first"));
  create(sample_sweep({1, 1}, "3-layers"));

  EXPECT_EQ(harness.reader().find_sweep("3").error().code, Errc::not_found);
  EXPECT_EQ(must(harness.reader().find_sweep("3-")), SweepId{2});
}

TEST_F(Reading, LastIsTheNewestSweep) {
  EXPECT_EQ(harness.reader().find_sweep("last").error().code, Errc::not_found);
  create(sample_sweep({1, 1}, "cola"));
  create(sample_sweep({1, 1}, "lasting"));
  create(sample_sweep({1, 1}, "cola"));

  EXPECT_EQ(must(harness.reader().find_sweep("last")), SweepId{3});
}

TEST_F(Reading, ASweepOfAnOlderStoreThatIsCalledLastIsNotTakenForTheNewest) {
  create(sample_sweep({1, 1}, "last"));
  EXPECT_EQ(must(harness.reader().find_sweep("last")), SweepId{1});
  create(sample_sweep({1, 1}, "cola"));

  EXPECT_EQ(
      harness.reader().find_sweep("last").error(),
      (Error{Errc::invalid_argument,
             "'last' fits 2 sweeps: 1 ('last', running), 2 ('cola', running); name one by its "
             "id, or by its whole name"}));
}

TEST_F(Reading, AnEmptyStoreSaysHowToFillIt) {
  EXPECT_THAT(harness.reader().find_sweep("cola").error().message,
              StartsWith("no sweep 'cola': the store has none yet"));
  EXPECT_THAT(must(harness.reader().sweeps()), IsEmpty());
}

TEST_F(Reading, ASweepIsShownAsItWasSubmitted) {
  NewSweep sweep = sample_sweep();
  sweep.metric = {MetricName::mcc, Goal::maximize, Take::best};
  create(sweep);

  const SweepInfo info = must(harness.reader().sweep(SweepId{1}));

  EXPECT_EQ(info.name, "cola");
  EXPECT_EQ(info.state, SweepState::running);
  EXPECT_EQ(info.account, (Account{.planned = 4, .pending = 4}));
  EXPECT_EQ(info.metric, sweep.metric);
  EXPECT_EQ(info.submitted_at, TimePoint{1000});
  EXPECT_EQ(info.ended_at, std::nullopt);
  EXPECT_EQ(info.yaml, sweep.yaml);
  EXPECT_EQ(info.spec, sweep.spec);
  EXPECT_EQ(info.host + info.driver + info.version + info.trainer, "here5500.1.0fake");
  EXPECT_EQ(must(harness.reader().sweeps()).size(), 1U);
}

TEST_F(Reading, ASweepEndedWhenItsLastAttemptDid) {
  create(sample_sweep({1, 2}));
  write(whole_run(RunId{2}));
  std::vector<Write> writes = whole_run(RunId{1});
  writes.insert(writes.begin(), PersistSweep{SweepId{1}, SweepState::finished});

  write(writes);

  EXPECT_EQ(must(harness.reader().sweep(SweepId{1})).ended_at, TimePoint{9002});
  write({PersistSweep{SweepId{1}, SweepState::running}});
  EXPECT_EQ(must(harness.reader().sweep(SweepId{1})).ended_at, std::nullopt);
}

TEST_F(Reading, ASweepOfWhichNothingRanEndedWhenItWasSubmitted) {
  create(sample_sweep());

  write({PersistSweep{SweepId{1}, SweepState::cancelled}});

  EXPECT_EQ(must(harness.reader().sweep(SweepId{1})).ended_at, TimePoint{1000});
}

TEST_F(Reading, LevelsHoldTheValuesOfSucceededReplicatesInTheirOrder) {
  create(sample_sweep({2, 3}));
  write(whole_run(RunId{5}, {0.5, 0.75}));
  write(whole_run(RunId{1}, {0.5, 0.5}));
  PersistRun diverged = run_in(RunId{2}, RunState::failed, Attempt{1});
  diverged.standing.failure = FailureClass::diverged;
  PersistRun crashed = run_in(RunId{4}, RunState::failed, Attempt{1});
  crashed.standing.failure = FailureClass::crashed;
  write({diverged, crashed});

  const auto levels = must(harness.reader().levels(SweepId{1}));

  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[0].level, LevelId{1});
  EXPECT_EQ(levels[0].params, R"({"lr":1e-05})");
  EXPECT_THAT(levels[0].values, ElementsAre(0.5, 0.75));
  EXPECT_EQ(levels[0].seeds.size(), 2U);
  EXPECT_EQ(levels[0].seconds_per_run, 2.5);
  EXPECT_EQ(must(harness.reader().majority_accuracy(SweepId{1})), 0.6);
  EXPECT_THAT(levels[0].runs, ElementsAre(RunId{1}, RunId{3}, RunId{5}));
  EXPECT_EQ(levels[0].failed, 0);
  EXPECT_EQ(levels[0].steps_per_run, 4);
  EXPECT_EQ(levels[0].learner, "fake");
  EXPECT_EQ(levels[0].numerics, 2);
  EXPECT_EQ(levels[0].inputs, sample_level(1).inputs);
  EXPECT_THAT(levels[1].values, IsEmpty());
  EXPECT_EQ(levels[1].failed, 2);
  EXPECT_EQ(levels[1].diverged, 1);
  EXPECT_EQ(levels[1].diverged_seeds.size(), 1U);
  EXPECT_EQ(levels[1].seconds_per_run, std::nullopt);
}

TEST_F(Reading, ARunIsShownWithItsFailure) {
  create(sample_sweep());
  PersistRun failed = run_in(RunId{2}, RunState::failed, Attempt{3});
  failed.standing.failure = FailureClass::crashed;
  failed.standing.message = "signal 9";
  write({failed});

  const RunInfo info = must(harness.reader().run(RunId{2}));

  EXPECT_EQ(info.run, RunId{2});
  EXPECT_EQ(info.sweep, SweepId{1});
  EXPECT_EQ(info.plan, sample_sweep().runs[1]);
  EXPECT_EQ(info.standing, failed.standing);
  EXPECT_EQ(info.metric, std::nullopt);
}

TEST_F(Reading, RunsOfASweepComeInTheOrderOfTheirIds) {
  create(sample_sweep({2, 2}));
  write(whole_run(RunId{3}));

  const auto runs = must(harness.reader().runs(SweepId{1}));

  ASSERT_EQ(runs.size(), 4U);
  EXPECT_EQ(runs[0].run, RunId{1});
  EXPECT_EQ(runs[2].metric, 0.7);
  EXPECT_EQ(runs[2].train_seconds, 2.5);
}

TEST_F(Reading, AttemptsAreMergedFromTheirParts) {
  create(sample_sweep());
  write(whole_run(RunId{1}));

  const auto attempts = must(harness.reader().attempts(RunId{1}));

  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].attempt, Attempt{1});
  EXPECT_EQ(attempts[0].device, "cpu");
  EXPECT_EQ(attempts[0].leased_at, TimePoint{1500});
  EXPECT_EQ(attempts[0].started_at, TimePoint{1600});
  EXPECT_EQ(attempts[0].ended_at, TimePoint{9001});
  EXPECT_EQ(attempts[0].first_step, 0);
  EXPECT_EQ(attempts[0].outcome, "succeeded");
  EXPECT_EQ(attempts[0].message, std::nullopt);
}

TEST_F(Reading, UnknownRunsAndSweepsAreNotFound) {
  const ReadStore reader = harness.reader();
  EXPECT_EQ(reader.run(RunId{1}).error().message, "the store has no run 1");
  EXPECT_EQ(reader.attempts(RunId{1}).error().code, Errc::not_found);
  EXPECT_EQ(reader.steps(RunId{1}).error().code, Errc::not_found);
  EXPECT_EQ(reader.evals(RunId{1}).error().code, Errc::not_found);
  EXPECT_EQ(reader.sweep(SweepId{1}).error().message, "the store has no sweep 1");
  EXPECT_EQ(reader.levels(SweepId{1}).error().code, Errc::not_found);
  EXPECT_EQ(reader.runs(SweepId{1}).error().code, Errc::not_found);
}

TEST_F(Reading, SecondsPerStepAreOfTheTrainerAndTheModelAsked) {
  create(sample_sweep());
  write(whole_run(RunId{1}));
  write({TrainSeconds{RunId{2}, Attempt{1}, 1000}});  // has not succeeded: does not count
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.seconds_per_step("fake", 3, 384, MeasuredOn::cores)), 2.5 / 4);
  EXPECT_EQ(must(reader.seconds_per_step("torch", 3, 384, MeasuredOn::cores)), std::nullopt);
  EXPECT_EQ(must(reader.seconds_per_step("fake", 12, 768, MeasuredOn::cores)), std::nullopt);
  EXPECT_EQ(must(reader.seconds_per_step("fake", 3, 384, MeasuredOn::gpus)), std::nullopt)
      << "a core's steps say nothing about a GPU's";
}

TEST_F(Reading, OneRunOfEverySweepThatIsNotOverIsKnown) {
  create(sample_sweep({1, 3}));
  create(sample_sweep({1, 1}));
  write({run_in(RunId{1}, RunState::stopped, Attempt{1}),
         run_in(RunId{2}, RunState::cancelling, Attempt{1}),
         run_in(RunId{4}, RunState::failed, Attempt{1})});

  EXPECT_EQ(must(harness.reader().runs_not_over()),
            (std::map<SweepId, RunId>{{SweepId{1}, RunId{2}}}));
}

// ---- changes ------------------------------------------------------------------------------------

TEST_F(Reading, AFollowerGetsWhatHappenedSince) {
  const auto change = [](int number) {
    return Change{TimePoint{number}, "run", fmt::format(R"({{"id":{}}})", number)};
  };
  write({change(1), change(2), change(3)});
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.changes(1, 10)),
            (ChangeFeed{false,
                        3,
                        {{2, TimePoint{2}, "run", R"({"id":2})"},
                         {3, TimePoint{3}, "run", R"({"id":3})"}}}));
  EXPECT_EQ(must(reader.changes(1, 1)).changes.size(), 1U);
  EXPECT_EQ(must(reader.changes(3, 10)), (ChangeFeed{false, 3, {}}));
}

TEST_F(Reading, AFollowerOfAStoreWithoutChangesWaits) {
  EXPECT_EQ(must(harness.reader().changes(0, 10)), (ChangeFeed{false, 0, {}}));
}

TEST_F(Reading, AFollowerBehindTheHorizonOrOfAnotherStoreMustReload) {
  write(std::vector<Write>(static_cast<std::size_t>(changes_kept) + 5,
                           Change{TimePoint{1}, "run", "{}"}));
  const ReadStore reader = harness.reader();

  EXPECT_EQ(must(reader.changes(4, 10)), (ChangeFeed{true, changes_kept + 5, {}}));
  EXPECT_EQ(must(reader.changes(5, 10)).changes.front().seq, 6);
  EXPECT_EQ(must(reader.changes(changes_kept + 6, 10)), (ChangeFeed{true, changes_kept + 5, {}}));
  EXPECT_TRUE(must(reader.changes(-1, 10)).must_reload);
}

}  // namespace
}  // namespace tarama::db::test
