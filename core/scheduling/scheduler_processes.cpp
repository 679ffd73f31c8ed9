// See scheduler_processes.hpp.
#include "core/scheduling/scheduler_processes.hpp"

#include "core/scheduling/failure_blame.hpp"
#include "core/scheduling/scheduler_attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

namespace tarama::scheduling {
namespace {

/// Beside each of them.
std::int64_t others_in(const Worker& worker) {
  const auto now = static_cast<std::int64_t>(worker.runs.size()) - 1;
  return worker.beside_at_failure.value_or(std::max<std::int64_t>(0, now));
}

Failure loss_of(const Worker& worker, RunId run, const Failure& loss) {
  if (worker.killed_for && *worker.killed_for != run) {
    return {FailureClass::lost,
            fmt::format("its process was ended for run {}: {}", *worker.killed_for, loss.message)};
  }
  const std::int64_t others = others_in(worker);
  if (worker.killed_for || others == 0) {
    return loss;
  }
  if (blame_of(loss.failure, loss.signal) == Blame::outside) {
    return {FailureClass::lost, loss.message};
  }
  Failure of_several = loss;
  of_several.beside = others;
  return of_several;
}

}  // namespace

Failure failure_with_device(SchedulerBook& book, Worker& worker, const Failure& told, Moment now) {
  Failure failure = told;
  failure.is_told = worker.beside_at_failure.has_value();
  worker.beside_at_failure = others_in(worker);
  failure.beside = *worker.beside_at_failure;
  if (!worker.is_doomed && !worker.must_leave_since) {
    book.see_leaving(worker);
    worker.must_leave_since = now.awake;
  }
  return failure;
}

void end_with_process(
    SchedulerBook& book, const Worker& worker, const Failure& loss, Moment now, Effects& effects) {
  const std::set<RunId> runs = worker.runs;  // a copy: its end takes a run off the worker
  std::vector<Failure> losses;
  for (const RunId run : runs) {
    losses.push_back(loss_of(worker, run, loss));  // by those that were there when it ended
  }
  bool is_told = worker.beside_at_failure.has_value();
  auto its_loss = losses.begin();
  for (const RunId run : runs) {
    its_loss->is_told = is_told;  // one end of a process is one failure of its device
    is_told = is_told || its_loss->failure != FailureClass::lost;
    end_with_worker(book, *book.run(run), *its_loss++, now, effects);
  }
}

}  // namespace tarama::scheduling
