// `tarama wait [SWEEP]` and `tarama watch [SWEEP]`: block until sweeps end, without and with
// progress. A sweep that ended already needs no orchestrator: its result is in the database.
#include "cli/await_sweep.hpp"
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/result_output.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

struct WaitOptions {
  std::string sweep = "last";
  bool wants_all = false;
  std::string timeout;  // empty: none
  Progress progress = Progress::hidden;
};

/// The sweep's id, and whether it is over by the database.
struct KnownSweep {
  SweepId id;
  bool is_over = false;
};

Result<KnownSweep> look_up(const Context& context, const std::string& name) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return store.error();
  }
  const auto id = store->find_sweep(name);
  if (!id) {
    return id.error();
  }
  const auto info = store->sweep(*id);
  if (!info) {
    return info.error();
  }
  return KnownSweep{*id, runs_over(info->account) == info->account.planned};
}

ExitCode end_of(const Context& context, const AwaitRequest& request) {
  Interrupts interrupts;
  const auto end = await_sweep(context, request, interrupts);
  if (!end) {
    return context.fail(end.error());
  }
  switch (*end) {
    case AwaitEnd::over:
      return ExitCode::done;
    case AwaitEnd::interrupted:
      context.note("detached; what runs goes on");
      return ExitCode::interrupted;
    case AwaitEnd::timed_out:
      return context.fail({Errc::timed_out, "the time is over, and the sweep has not ended"});
  }
  return ExitCode::failure;
}

Result<AwaitRequest> request_of(const Context& context, const WaitOptions& options) {
  AwaitRequest request;
  request.progress = context.is_quiet() ? Progress::hidden : options.progress;
  if (!options.timeout.empty()) {
    request.limit = parse_duration(options.timeout);
    if (!request.limit) {
      return Error{Errc::invalid_argument,
                   fmt::format("--timeout: '{}' is not a duration; expected one like 90s, 5m, 2h",
                               options.timeout)};
    }
  }
  return request;
}

ExitCode wait_for_all(const Context& context, AwaitRequest request) {
  const auto cursor = finished_cursor(context);
  if (!cursor) {
    return context.fail(cursor.error());
  }
  request.since = *cursor;
  const ExitCode end = end_of(context, request);
  if (end == ExitCode::done) {
    context.note("nothing is left to do; `tarama list` lists the sweeps");
  }
  return end;
}

ExitCode wait_for(const Context& context, const WaitOptions& options) {
  auto request = request_of(context, options);
  if (!request) {
    return context.fail(request.error());
  }
  if (options.wants_all) {
    return wait_for_all(context, *request);
  }
  const auto known = look_up(context, options.sweep);
  if (!known) {
    return context.fail(known.error());
  }
  if (!known->is_over) {
    request->sweep = known->id;
    if (request->progress == Progress::shown) {
      say_where_the_page_is(context);
    }
    if (const ExitCode end = end_of(context, *request); end != ExitCode::done) {
      return end;
    }
  }
  return print_result(context, known->id, std::nullopt);
}

}  // namespace

Command wait_command() {
  return {"wait",
          "Block until a sweep ends, then print its result",
          "tarama wait cola-level --timeout 2h",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<WaitOptions>();
            app.add_option("SWEEP", options->sweep, sweep_help);
            app.add_option("--timeout",
                           options->timeout,
                           "Give up after this long: 90s, 5m, 2h (exit code 6)")
                ->type_name("D");
            return [options](const Context& context) { return wait_for(context, *options); };
          }};
}

Command watch_command() {
  return {"watch",
          "Show live progress of a sweep to its end, then its result",
          "tarama watch cola-level",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<WaitOptions>();
            options->progress = Progress::shown;
            auto* sweep = app.add_option("SWEEP", options->sweep, sweep_help);
            app.add_flag("--all", options->wants_all, "All sweeps that are not over, to the last")
                ->excludes(sweep);
            return [options](const Context& context) { return wait_for(context, *options); };
          }};
}

}  // namespace tarama::cli
