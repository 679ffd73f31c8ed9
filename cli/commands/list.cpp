// `tarama list [SWEEP]`: the store's sweeps, or the runs of one.
#include "cli/command.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_table.hpp"
#include "core/sweep/run_state.hpp"
#include "db/sqlite/read_store.hpp"
#include "documents/run_document.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

ExitCode print_sweeps(const Context& context, const db::ReadStore& store) {
  const auto sweeps = store.sweeps();
  if (!sweeps) {
    return context.fail(sweeps.error());
  }
  if (context.wants_json()) {
    ordered_json list = ordered_json::array();
    for (const db::SweepInfo& sweep : *sweeps) {
      list.push_back(sweep_json(sweep));
    }
    context.print_json({{"sweeps", std::move(list)}});
    return ExitCode::done;
  }
  TextTable table{{{"sweep", Align::right},
                   {"name"},
                   {"state"},
                   {"runs", Align::right},
                   {"failed", Align::right},
                   {"submitted"},
                   {"trainer"}},
                  {}};
  for (const db::SweepInfo& sweep : *sweeps) {
    const Account& account = sweep.account;
    table.rows.push_back({fmt::format("{}", sweep.sweep),
                          printable(sweep.name),
                          std::string(name_of(sweep.state)),
                          fmt::format("{}/{}", account.succeeded, account.planned),
                          count_text(account.failed),
                          moment_text(sweep.submitted_at),
                          printable(sweep.trainer)});
  }
  context.streams.out << to_text(table, context.out_style());
  return ExitCode::done;
}

TextTable runs_table(const std::vector<db::RunInfo>& runs, const std::string& metric) {
  TextTable table{{{"run", Align::right},
                   {"state"},
                   {"failure"},
                   {"attempts", Align::right},
                   {"parameters"},
                   {"seed", Align::right},
                   {metric, Align::right},
                   {"seconds", Align::right}},
                  {}};
  for (const db::RunInfo& run : runs) {
    table.rows.push_back({fmt::format("{}", run.run),
                          std::string(name_of(run.standing.state)),
                          run.standing.failure ? std::string(name_of(*run.standing.failure)) : "",
                          std::to_string(run.standing.attempt.value),
                          params_line(ordered_json::parse(run.params, nullptr, false)),
                          std::to_string(run.plan.seed),
                          metric_text(run.metric),
                          run.train_seconds ? fmt::format("{:.1f}", *run.train_seconds) : "-"});
  }
  return table;
}

ExitCode print_runs(const Context& context, const db::ReadStore& store, const std::string& name) {
  const auto id = store.find_sweep(name);
  if (!id) {
    return context.fail(id.error());
  }
  const auto sweep = store.sweep(*id);
  const auto runs = store.runs(*id);
  if (!sweep || !runs) {
    return context.fail(sweep ? runs.error() : sweep.error());
  }
  if (context.wants_json()) {
    ordered_json list = ordered_json::array();
    for (const db::RunInfo& run : *runs) {
      list.push_back(run_json(run));
    }
    context.print_json({{"sweep", id->value}, {"name", sweep->name}, {"runs", std::move(list)}});
  } else {
    context.streams.out << to_text(runs_table(*runs, "metric"), context.out_style());
  }
  return ExitCode::done;
}

ExitCode list(const Context& context, const std::string& sweep) {
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store) {
    return context.fail(store.error());
  }
  return sweep.empty() ? print_sweeps(context, *store) : print_runs(context, *store, sweep);
}

}  // namespace

Command list_command() {
  return {"list",
          "List the store's sweeps, or the runs of one",
          "tarama list cola-level",
          [](CLI::App& app) -> Action {
            const auto sweep = std::make_shared<std::string>();
            app.add_option("SWEEP", *sweep, "The sweep's id or name; default: list the sweeps");
            return [sweep](const Context& context) { return list(context, *sweep); };
          }};
}

}  // namespace tarama::cli
