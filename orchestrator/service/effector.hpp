// Events into the scheduler, effects out of it: commit first, then act. The one place that writes
// what the scheduler decides.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "core/sweep/result.hpp"
#include "db/run_store.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/loop/clock.hpp"
#include "transport/timers.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace tarama::orchestrator {

/// What else belongs into the transaction of some effects.
struct Attached {
  std::vector<db::Duty> duties;
  std::vector<db::Write> changes;  // rows of the change feed
};

/// Effects whose transaction is committed.
struct CommittedEffects {
  const Effects& effects;
  const std::vector<db::Duty>& duties;
  std::map<RunId, db::Committed> committed{};  // of the runs that go on where another attempt was
};

/// What the outside does about effects; all on the loop's thread.
struct EffectHandlers {
  /// At once: StopRun, DropAttempt and KillWorker. Orders do not wait behind the disk.
  std::function<void(const Effect&)> order;
  /// Before the commit.
  std::function<Attached(const Effects&)> attach;
  /// The scheduler was told something: what it waits for may be another moment.
  std::function<void()> told;
  /// Behind the commit: everything else.
  std::function<void(const CommittedEffects&)> act;
  /// The store refuses what must be written, and will again.
  std::function<void(const Error&)> store_failed;
};

class Effector {
 public:
  Effector(boost::asio::any_io_executor loop,
           Scheduler& scheduler,
           db::StoreWriter& writer,
           const Clock& clock,
           EffectHandlers handlers);

  /// What the scheduler makes of the event is written and done. Whether it makes anything of it.
  bool handle(const Event& event);
  /// The same with effects that are decided already.
  void perform(Effects effects);

  /// Workers that we end ourselves are no finding about their runs: on disk they stay as they
  /// are, and the next start takes them up.
  void stop_listening() { is_deaf_ = true; }

  [[nodiscard]] bool is_listening() const { return !is_deaf_; }

  /// Writes that nothing waits for.
  void write(std::vector<db::Write> writes);
  /// One that may come a moment later: with the next transaction, or with one of its own, soon.
  /// Each transaction of a short run is a part of its time.
  void write_soon(db::Write write);
  /// What is to be written soon is written now.
  void write_the_rest();

 private:
  struct Decided;
  void take_along(std::vector<db::Write>& writes);
  void commit(std::vector<db::Write> writes, std::shared_ptr<const Decided> decided);

  boost::asio::any_io_executor loop_;
  Scheduler& scheduler_;
  db::StoreWriter& writer_;
  const Clock& clock_;
  EffectHandlers handlers_;
  bool is_deaf_ = false;
  std::vector<db::Write> soon_;
  transport::Deadline rest_;  // until then the next transaction takes them along
};

}  // namespace tarama::orchestrator
