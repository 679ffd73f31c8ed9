// `tarama priority SWEEP N`: how much of the devices a sweep gets beside others, whether or not
// somebody serves the store.
#include "cli/command.hpp"
#include "cli/orchestrator_client.hpp"
#include "core/scheduling/scheduler.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "db/store_folder.hpp"
#include "orchestrator/sweeps/sweep_priority.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace tarama::cli {
namespace {

struct PriorityOptions {
  std::string sweep;
  std::int64_t priority = 0;
};

Result<SweepId> sweep_meant(const Context& context, const std::string& word) {
  const auto store = db::ReadStore::open(context.folder().database());
  return store ? store->find_sweep(word) : Result<SweepId>(store.error());
}

/// Nobody serves the store: whoever does next reads it there.
Result<void> set_by_ourselves(const Context& context, SweepId sweep, std::int64_t priority) {
  const auto lock = db::StoreLock::take(context.folder());
  if (!lock) {
    return lock.error();
  }
  const auto store = db::open_sqlite_store(
      context.folder().database(), [&](const std::string& notice) { context.note(notice); });
  if (!store) {
    return store.error();
  }
  return orchestrator::store_priority(**store, sweep, priority);
}

Result<void> set_priority(const Context& context, SweepId sweep, std::int64_t priority) {
  const auto running = find_orchestrator(context);
  if (!running) {
    return running.error();
  }
  if (!running->has_value()) {
    return set_by_ourselves(context, sweep, priority);
  }
  const auto reply = ask_orchestrator(
      context, {{"do", "priority"}, {"sweep", sweep.value}, {"priority", priority}});
  return reply ? Result<void>() : reply.error();
}

ExitCode priority(const Context& context, const PriorityOptions& options) {
  const auto sweep = sweep_meant(context, options.sweep);
  if (!sweep) {
    return context.fail(sweep.error());
  }
  if (const Result<void> set = set_priority(context, *sweep, options.priority); !set) {
    return context.fail(set.error());
  }
  if (context.wants_json()) {
    context.print_json({{"sweep", sweep->value}, {"priority", options.priority}});
  } else if (!context.is_quiet()) {
    context.streams.out << fmt::format("sweep {} has priority {}\n", *sweep, options.priority);
  }
  return ExitCode::done;
}

}  // namespace

Command priority_command() {
  return {
      "priority",
      "How much of the devices a sweep gets beside others: 1 + N parts, 1/(1 + N) of one for -N",
      "tarama priority cola-level 10",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<PriorityOptions>();
        app.add_option("SWEEP", options->sweep, "The sweep's id or name")->required();
        app.add_option("N",
                       options->priority,
                       "0 is what a file without `priority` has; what is at work is left there, "
                       "and slots that come free are shared")
            ->required()
            ->check(CLI::Range(-most_priority, most_priority));
        return [options](const Context& context) { return priority(context, *options); };
      }};
}

}  // namespace tarama::cli
