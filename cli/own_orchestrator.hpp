// The orchestrator of commands that work without `serve`: joined where the store has one, else
// started in this process, seen through the sweep that the command is about, and seen off.
#pragma once

#include "cli/context.hpp"
#include "cli/interrupts.hpp"
#include "cli/local_service.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace CLI {
class App;
}

namespace tarama::cli {

/// How an orchestrator of our own is to be.
struct OrchestratorOptions {
  std::string worker;       // as --worker named it; empty: the usual one
  std::string return_time;  // durations as --return-time and --worker-grace said; empty: the usual
  std::string grace;
  std::string min_free;   // as --min-free said; empty: the usual
  std::string cache_age;  // a duration as --cache-age said; empty: the usual
};

/// Our own orchestrator; nullptr where the store has one already, which is said. Blocks: it starts
/// the worker program once, to ask what it is.
[[nodiscard]] Result<std::unique_ptr<LocalService>> join_or_start(
    const Context& context, const OrchestratorOptions& options, const std::stop_token& stop);

/// The same; nullopt: a signal came first.
[[nodiscard]] std::optional<Result<std::unique_ptr<LocalService>>> join_or_start_interruptibly(
    const Context& context, const OrchestratorOptions& options, Interrupts& interrupts);

/// What see_through is about.
struct Errand {
  SweepId sweep;
  std::string command;               // that goes on with it after an interruption
  OrchestratorOptions orchestrator;  // of one that we start when that which we joined has gone
};

/// Waits for the sweep with progress, then for our orchestrator's end, if it is ours. `done`: the
/// sweep is over. A signal stops our own orchestrator resumably, a second one at once; a foreign
/// one goes on. Where a foreign one goes before the sweep is over (it ended with its own, or died),
/// and no other comes, ours takes its place, unless `tarama stop` has stopped it.
[[nodiscard]] ExitCode see_through(const Context& context,
                                   LocalService* service,
                                   const Errand& errand,
                                   Interrupts& interrupts);

/// For an errand that cannot be done: lets our orchestrator, if it is ours, go, and says why.
[[nodiscard]] ExitCode leave_with(const Context& context,
                                  LocalService* service,
                                  const Error& error,
                                  Interrupts& interrupts);

/// What to type to go on with a sweep whose file is not at hand.
[[nodiscard]] std::string command_that_goes_on(const Context& context, SweepId sweep);

/// --worker, --return-time, --worker-grace and --min-free.
void declare_orchestrator(CLI::App& app, OrchestratorOptions& options);

/// Waits until our orchestrator, which was told to finish or to drain, has ended; says when it
/// waits for `on_end`. The first signal behind `answered` ones drains it, the next ends it at once.
[[nodiscard]] Result<void> see_off(const Context& context,
                                   LocalService& service,
                                   Interrupts& interrupts,
                                   int answered);

}  // namespace tarama::cli
