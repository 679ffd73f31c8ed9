// The writer thread: order, grouping, whose error it is, and a disk that is full for a while.
#include "db/store_writer.hpp"

#include "tests/contract/db/store_harness.hpp"

#include <functional>
#include <future>
#include <gmock/gmock.h>
#include <thread>
#include <utility>

namespace tarama::db::test {
namespace {

using testing::ElementsAre;

/// A store in memory whose `write` asks a script first.
class ScriptedStore final : public RunStore {
 public:
  using Script = std::function<Result<void>(const std::vector<Write>&)>;

  explicit ScriptedStore(Script script) : script_(std::move(script)) {}

  Result<StoredSweep> create_sweep(NewSweep sweep) override {
    return memory_.create_sweep(std::move(sweep));
  }

  Result<StoredSweep> extend_sweep(SweepId sweep, const NewSweep& more) override {
    return memory_.extend_sweep(sweep, more);
  }

  Result<void> change_rules(SweepId sweep,
                            const SweepRules& rules,
                            const std::string& spec) override {
    return memory_.change_rules(sweep, rules, spec);
  }

  Result<RefinementStage> begin_refinement(SweepId sweep,
                                           const Refinement& asked,
                                           TimePoint now) override {
    return memory_.begin_refinement(sweep, asked, now);
  }

  Result<void> tell_refinement(SweepId sweep, const RefinementNews& news) override {
    return memory_.tell_refinement(sweep, news);
  }

  Result<SearchEvidence> evidence(SweepId sweep, std::optional<LevelId> level) override {
    return memory_.evidence(sweep, level);
  }

  Result<void> write_rungs(const std::vector<RungRow>& rows) override {
    return memory_.write_rungs(rows);
  }

  Result<std::vector<RungRow>> rungs(SweepId sweep) override { return memory_.rungs(sweep); }

  Result<void> write(const std::vector<Write>& writes) override {
    if (auto scripted = script_(writes); !scripted) {
      return scripted;
    }
    return memory_.write(writes);
  }

  Result<std::vector<LoadedSweep>> load_open() override { return memory_.load_open(); }

  Result<StoredSweep> load_sweep(SweepId sweep) override { return memory_.load_sweep(sweep); }

  Result<std::string> spec_of(SweepId sweep) override { return memory_.spec_of(sweep); }

  Result<std::optional<SweepId>> find_sweep(const std::string& identity) override {
    return memory_.find_sweep(identity);
  }

  Result<Committed> committed(RunId run) override { return memory_.committed(run); }

  Result<std::vector<MetricPoint>> values(RunId run, const std::string& metric) override {
    return memory_.values(run, metric);
  }

  Result<std::vector<OpenSession>> open_sessions() override { return memory_.open_sessions(); }

  Result<WorkerId> last_worker() override { return memory_.last_worker(); }

  Result<std::vector<PersistQuarantine>> quarantines() override { return memory_.quarantines(); }

  Result<std::vector<Duty>> duties() override { return memory_.duties(); }

  Result<std::int64_t> last_duty() override { return memory_.last_duty(); }

 private:
  Script script_;
  tarama::test::MemoryStore memory_;
};

constexpr RetryDelays no_delay{std::chrono::milliseconds{0}, std::chrono::milliseconds{0}};
const Error full{Errc::disk_full, "no room"};

void create(StoreWriter& writer) {
  writer.run([](RunStore& store) { must(store.create_sweep(sample_sweep())); });
}

/// Holds the writer's thread until `open` is called, so that what follows queues up.
class Gate {
 public:
  void hold(StoreWriter& writer) {
    writer.run([opened = opened_.get_future().share()](RunStore&) { opened.wait(); });
  }

  void open() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
};

TEST(StoreWriter, CallsBackInTheOrderOfTheQueueOnceCommitted) {
  SqliteHarness harness;
  std::vector<int> order;
  {
    StoreWriter writer(must(open_sqlite_store(harness.database())));
    create(writer);
    writer.enqueue(whole_run(RunId{1}), [&](const Result<void>& result) {
      EXPECT_TRUE(result);
      EXPECT_EQ(harness.steps(RunId{1}).size(), 4U);  // another connection sees it
      order.push_back(1);
    });
    writer.run([&](RunStore& store) {
      EXPECT_EQ(must(store.committed(RunId{1})), (Committed{4, 2}));
      order.push_back(2);
    });
    writer.enqueue({run_in(RunId{2}, RunState::leased, Attempt{1})},
                   [&](const Result<void>&) { order.push_back(3); });
  }
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(StoreWriter, CommitsWhatWaitsTogether) {
  std::vector<std::size_t> transactions;
  Gate gate;
  {
    StoreWriter writer(std::make_unique<ScriptedStore>([&](const std::vector<Write>& writes) {
      transactions.push_back(writes.size());
      return Result<void>();
    }));
    create(writer);
    gate.hold(writer);
    for (std::int64_t step = 0; step < 4; ++step) {
      writer.enqueue({batch_of_steps(RunId{1}, Attempt{1}, step, step + 1)}, {});
    }
    gate.open();
  }
  EXPECT_THAT(transactions, ElementsAre(4));
}

TEST(StoreWriter, ATransactionHasAnEndWhateverWaits) {
  std::vector<std::size_t> transactions;
  Gate gate;
  {
    StoreWriter writer(std::make_unique<ScriptedStore>([&](const std::vector<Write>& writes) {
      transactions.push_back(writes.size());
      return Result<void>();
    }));
    create(writer);
    gate.hold(writer);
    for (int batch = 0; batch < 3; ++batch) {
      writer.enqueue({batch_of_steps(RunId{1}, Attempt{1}, 0, 4'900)}, {});
    }
    writer.enqueue({batch_of_steps(RunId{1}, Attempt{1}, 0, 50'000)}, {});
    gate.open();
  }
  EXPECT_THAT(transactions, ElementsAre(2, 1, 1));
}

TEST(StoreWriter, AnErrorReachesTheOneWhoseWritesItIs) {
  std::vector<bool> results;
  Gate gate;
  StoredSweep stored;
  {
    StoreWriter writer(std::make_unique<tarama::test::MemoryStore>());
    create(writer);
    gate.hold(writer);
    const auto note = [&](const Result<void>& result) { results.push_back(result.has_value()); };
    writer.enqueue({run_in(RunId{1}, RunState::leased, Attempt{1})}, note);
    writer.enqueue({run_in(RunId{99}, RunState::leased, Attempt{1})}, note);
    writer.enqueue({run_in(RunId{2}, RunState::leased, Attempt{1})}, note);
    writer.run([&](RunStore& store) { stored = must(store.load_sweep(SweepId{1})); });
    gate.open();
  }
  EXPECT_THAT(results, ElementsAre(true, false, true));
  EXPECT_EQ(stored.record.runs[0].standing.state, RunState::leased);
  EXPECT_EQ(stored.record.runs[1].standing.state, RunState::leased);
}

TEST(StoreWriter, AFullDiskIsWaitedForAndNothingIsLost) {
  int refusals = 3;
  std::vector<bool> results;
  StoredSweep stored;
  {
    StoreWriter writer(std::make_unique<ScriptedStore>([&](const std::vector<Write>&) {
                         return refusals-- > 0 ? Result<void>(full) : Result<void>();
                       }),
                       no_delay);
    create(writer);
    std::promise<void> done;
    writer.enqueue({run_in(RunId{1}, RunState::leased, Attempt{1})},
                   [&](const Result<void>& result) {
                     results.push_back(result.has_value());
                     done.set_value();
                   });
    done.get_future().wait();
    EXPECT_EQ(writer.trouble(), std::nullopt);
    writer.run([&](RunStore& store) { stored = must(store.load_sweep(SweepId{1})); });
  }
  EXPECT_THAT(results, ElementsAre(true));
  EXPECT_EQ(refusals, -1);
  EXPECT_EQ(stored.record.runs[0].standing.state, RunState::leased);
}

TEST(StoreWriter, ATaskThatFindsNoRoomIsCalledAgainBeforeWhatIsBehindIt) {
  std::vector<int> order;
  {
    StoreWriter writer(
        std::make_unique<ScriptedStore>([](const std::vector<Write>&) { return Result<void>(); }),
        no_delay);
    writer.run_until_it_works([&](RunStore&) -> Result<void> {
      order.push_back(1);
      return order.size() < 3 ? Result<void>(full) : Result<void>();
    });
    writer.run_until_it_works([&](RunStore&) -> Result<void> {
      order.push_back(2);
      return Error{Errc::corrupt, "for good"};
    });
    std::promise<void> done;
    writer.run([&](RunStore&) {
      order.push_back(3);
      done.set_value();
    });
    done.get_future().wait();  // a writer that ends waits for no room
  }
  EXPECT_THAT(order, ElementsAre(1, 1, 1, 2, 3));
}

TEST(StoreWriter, ShowsWhyItWaitsAndEndsWithoutWaitingLonger) {
  constexpr RetryDelays forever{std::chrono::hours{1}, std::chrono::hours{1}};
  std::promise<void> refused_once;
  int refusals = 0;
  std::vector<Errc> results;
  {
    StoreWriter writer(std::make_unique<ScriptedStore>([&](const std::vector<Write>&) {
                         if (++refusals == 1) {
                           refused_once.set_value();
                         }
                         return Result<void>(full);
                       }),
                       forever);
    const auto note = [&](const Result<void>& result) { results.push_back(result.error().code); };
    writer.enqueue({run_in(RunId{1}, RunState::leased, Attempt{1})}, note);
    refused_once.get_future().wait();
    writer.enqueue({run_in(RunId{2}, RunState::leased, Attempt{1})}, note);
    while (!writer.trouble()) {
      std::this_thread::yield();  // between the refusal and the note of it: a few instructions
    }
    EXPECT_EQ(writer.trouble(), full);
    EXPECT_EQ(writer.queued(), 2U);
  }
  EXPECT_THAT(results, ElementsAre(Errc::disk_full, Errc::disk_full));
}

TEST(StoreWriter, FinishesWhatIsQueuedWhenItEnds) {
  SqliteHarness harness;
  {
    StoreWriter writer(must(open_sqlite_store(harness.database())));
    create(writer);
    writer.enqueue({attempt_started(RunId{1}, Attempt{1}, 0)}, {});
    for (std::int64_t step = 0; step < 100; ++step) {
      writer.enqueue({batch_of_steps(RunId{1}, Attempt{1}, step, step + 1)}, {});
    }
  }
  EXPECT_EQ(harness.steps(RunId{1}).size(), 100U);
}

}  // namespace
}  // namespace tarama::db::test
