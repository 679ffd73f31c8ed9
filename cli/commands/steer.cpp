// `tarama pause`, `resume`, `cancel`, `retry` and `stop`: what is asked of a running orchestrator.
#include "cli/command.hpp"
#include "cli/commands/program_changes.hpp"
#include "cli/interrupts.hpp"
#include "cli/left_workers.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/result_output.hpp"
#include "cli/stop_mark.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/text_width.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/store_folder.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <string>

namespace tarama::cli {
namespace {

struct SteerOptions {
  std::string target;
  // Of `retry`:
  std::string run;
  bool is_failed_only = false;
  OrchestratorOptions orchestrator;
};

Result<Target> target_of(const Context& context, const SteerOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const std::string argument =
      options.run.empty() ? options.target : options.target + "/" + options.run;
  return find_target(*store, argument);
}

Result<nlohmann::ordered_json> order(const Context& context,
                                     const std::string& request,
                                     const Target& target,
                                     const SteerOptions& options) {
  nlohmann::ordered_json question = {{"do", request}, {"sweep", target.sweep.value}};
  if (target.run) {
    question["run"] = target.run->value;
  }
  if (options.is_failed_only) {
    question["failed_only"] = true;
  }
  return ask_orchestrator(context, question);
}

/// "run 7 queued again; the sweep is running".
std::string what_was_done(const Target& target,
                          const std::string& past,
                          const nlohmann::ordered_json& reply) {
  const std::string what =
      target.run ? fmt::format("run {}", *target.run) : fmt::format("sweep {}", target.sweep);
  return fmt::format("{} {}; the sweep is {}{}",
                     what,
                     past,
                     reply.value("state", "?"),
                     printable(reply.value("hint", std::string())));
}

/// `past`: "paused", for the line that says it is done.
ExitCode steer(const Context& context,
               const std::string& request,
               const std::string& past,
               const SteerOptions& options) {
  const auto target = target_of(context, options);
  if (!target) {
    return context.fail(target.error());
  }
  const auto reply = order(context, request, *target, options);
  if (!reply) {
    return context.fail(reply.error());
  }
  if (context.wants_json()) {
    context.print_json({{"sweep", target->sweep.value}, {"state", reply->value("state", "")}});
  } else if (!context.is_quiet()) {
    context.streams.out << what_was_done(*target, past, *reply) << '\n';
  }
  return ExitCode::done;
}

/// Without an orchestrator: by one of our own, to the sweep's end.
ExitCode retry_by_ourselves(const Context& context, const SteerOptions& options) {
  const auto target = target_of(context, options);
  if (!target) {
    return context.fail(target.error());
  }
  {
    Interrupts interrupts;
    const auto service = join_or_start_interruptibly(context, options.orchestrator, interrupts);
    if (!service) {
      return ExitCode::interrupted;
    }
    if (!*service) {
      return context.fail(service->error());
    }
    LocalService* const ours = (*service)->get();
    const auto reply = order(context, "retry", *target, options);
    if (!reply) {
      return leave_with(context, ours, reply.error(), interrupts);
    }
    context.note(what_was_done(*target, "queued again", *reply));
    const ExitCode end = see_through(
        context,
        ours,
        {target->sweep, command_that_goes_on(context, target->sweep), options.orchestrator},
        interrupts);
    if (end != ExitCode::done) {
      return end;
    }
  }
  return print_result(context, target->sweep, std::nullopt);
}

/// A program that was edited is said to be before anything is queued.
Result<void> check_program(const Context& context, const SteerOptions& options) {
  const auto store = db::ReadStore::open(context.folder().database());
  const auto target = store ? target_of(context, options) : store.error();
  return target ? refuse_changed_program(*store, target->sweep, target->run)
                : Result<void>(target.error());
}

ExitCode retry(const Context& context, const SteerOptions& options) {
  if (const auto is_same = check_program(context, options); !is_same) {
    return context.fail(is_same.error());
  }
  const auto running = find_orchestrator(context);
  if (!running) {
    return context.fail(running.error());
  }
  return running->has_value() ? steer(context, "retry", "queued again", options)
                              : retry_by_ourselves(context, options);
}

Command steering(const std::string& name, const std::string& past, const std::string& summary) {
  return {name, summary, fmt::format("tarama {} cola-level", name), [=](CLI::App& app) -> Action {
            const auto options = std::make_shared<SteerOptions>();
            app.add_option(
                   "SWEEP[/RUN]", options->target, "A sweep's id or name, or one of its runs")
                ->required();
            return [=](const Context& context) { return steer(context, name, past, *options); };
          }};
}

ExitCode say_stopped(const Context& context) {
  if (context.wants_json()) {
    context.print_json({{"stopped", true}});
  }
  context.note("stopped; `tarama serve` or `tarama run` goes on where it stood");
  return ExitCode::done;
}

/// Waits until nobody answers: the next command must find the store free.
ExitCode stop(const Context& context) {
  if (const auto running = find_orchestrator(context); running && !running->has_value()) {
    const ExitCode ended = end_left_workers(context);
    return ended == ExitCode::done ? say_stopped(context) : ended;
  }
  mark_as_stopped(context);
  const auto reply = ask_orchestrator(context, {{"do", "drain"}});
  if (!reply) {
    return context.fail(reply.error());
  }
  // Workers save a checkpoint after the current step, seconds even for a big model on a CPU.
  constexpr std::chrono::minutes longest{2};
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < longest) {
    const auto still_there = find_orchestrator(context);
    // The socket goes first; the store is free once its lock can be had.
    if (still_there && !still_there->has_value() && db::StoreLock::take(context.folder())) {
      return say_stopped(context);
    }
    poll(nullptr, 0, 50);
  }
  return context.fail({Errc::timed_out,
                       "the orchestrator was asked to stop, but still answers after 2 minutes; its "
                       "log says what it waits for"});
}

}  // namespace

Command pause_command() {
  return steering("pause", "paused", "Hand out no more runs; running ones stop resumably");
}

Command resume_command() {
  return steering("resume", "resumed", "Go on with what was paused");
}

Command cancel_command() {
  return steering("cancel", "cancelled", "End a sweep or a run for good; what is done stays");
}

Command retry_command() {
  return {
      "retry",
      "Run failed and cancelled runs again, as new attempts; without an orchestrator to their end, "
      "as "
      "`run` does",
      "tarama retry cola-level --failed",
      [](CLI::App& app) -> Action {
        const auto options = std::make_shared<SteerOptions>();
        app.add_option("SWEEP", options->target, "The sweep's id or name")->required();
        auto* failed = app.add_flag("--failed",
                                    options->is_failed_only,
                                    "Failed runs alone; without it cancelled ones as well");
        app.add_option("--run", options->run, "This run alone")->type_name("RUN")->excludes(failed);
        declare_orchestrator(app, options->orchestrator);
        return [options](const Context& context) { return retry(context, *options); };
      }};
}

Command stop_command() {
  return {"stop",
          "End the store's orchestrator and all its workers, resumably",
          "tarama stop --store ~/sweeps",
          [](CLI::App&) -> Action { return stop; }};
}

}  // namespace tarama::cli
