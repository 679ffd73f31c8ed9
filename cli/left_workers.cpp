// Found by the store's folder, ended under its lock.
#include "cli/left_workers.hpp"

#include "cli/orchestrator_client.hpp"
#include "db/store_folder.hpp"
#include "orchestrator/workers/left_workers.hpp"

#include <fmt/format.h>

#include <vector>

namespace tarama::cli {
namespace {

using orchestrator::LeftWorker;

std::string names_of(const std::vector<LeftWorker>& workers) {
  std::string names;
  for (const LeftWorker& worker : workers) {
    names += fmt::format("{}worker {} (pid {}, {})",
                         names.empty() ? "" : ", ",
                         worker.worker,
                         worker.pid,
                         worker.device);
  }
  return names;
}

}  // namespace

std::string name_left_workers(const Context& context) {
  return names_of(orchestrator::workers_on(context.store()));
}

ExitCode end_left_workers(const Context& context) {
  const std::vector<LeftWorker> workers = orchestrator::workers_on(context.store());
  if (workers.empty()) {
    return context.fail(no_orchestrator(context));
  }
  // Held meanwhile: an orchestrator that starts now would take them over.
  const auto lock = db::StoreLock::take(context.folder());
  if (!lock) {
    return context.fail(lock.error());
  }
  context.note(fmt::format("no orchestrator runs; ending what it left: {}", names_of(workers)));
  // A step and a checkpoint, as long as a worker gives itself.
  constexpr std::chrono::seconds longest{60};
  const std::vector<LeftWorker> left = orchestrator::end_workers(workers, longest);
  if (!left.empty()) {
    return context.fail(
        {Errc::refused, fmt::format("{} cannot be ended by this user", names_of(left))});
  }
  return ExitCode::done;
}

}  // namespace tarama::cli
