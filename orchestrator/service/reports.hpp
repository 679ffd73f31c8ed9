// What workers report of their attempts: checked against what they hold and what was planned, then
// given to the scheduler, the store and the views. Nothing that a worker says ends the
// orchestrator: what cannot be right ends that worker, and its run goes on as a new attempt or
// fails with the reason.
#pragma once

#include "core/scheduling/scheduler.hpp"
#include "db/store_writer.hpp"
#include "orchestrator/devices/gpu_sharing.hpp"
#include "orchestrator/live/live.hpp"
#include "orchestrator/loop/clock.hpp"
#include "orchestrator/service/early_stops.hpp"
#include "orchestrator/service/effector.hpp"
#include "orchestrator/sweeps/catalog.hpp"
#include "orchestrator/workers/roster.hpp"
#include "protocol/messages.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>

namespace tarama::orchestrator {

/// What Reports works on; all outlive it.
struct ReportParts {
  const Scheduler& scheduler;
  const Catalog& catalog;
  Roster& roster;
  Live& live;
  Effector& effector;
  db::StoreWriter& writer;
  const Clock& clock;
  GpuSharing& sharing;
  EarlyStops& stops;
  /// A run of this worker ends since memory ran out, or its device failed; before the scheduler
  /// knows.
  std::function<void(WorkerId)> too_many;
  std::function<void(const Error&)> store_failed;
};

/// On the loop's thread.
class Reports {
 public:
  Reports(boost::asio::any_io_executor loop, ReportParts parts);

  void take(WorkerId worker, const protocol::Message& message);
  /// It is back, with what it has at hand: its attempts go on, and it is told what is stored of
  /// them.
  void returned(WorkerId worker, const protocol::Hello& hello);

 private:
  void started(WorkerId worker, const protocol::Started& report);
  void rows(WorkerId worker, protocol::Metrics report);
  void predictions(WorkerId worker, const protocol::Predictions& report);
  void finished(WorkerId worker, const protocol::Finished& report);
  void write(WorkerId worker, db::Write row, std::function<void()> committed);
  void succeeded(const RunFinished& event);
  void acknowledge(WorkerId worker, RunId run, Attempt attempt);
  void adopt(WorkerId worker, const protocol::AttemptAtHand& attempt);
  [[nodiscard]] bool is_at_work(WorkerId worker, RunId run, Attempt attempt) const;
  void breach(WorkerId worker, const std::string& what);
  void drop_outdated(protocol::Metrics& report) const;

  boost::asio::any_io_executor loop_;
  ReportParts parts_;
};

}  // namespace tarama::orchestrator
