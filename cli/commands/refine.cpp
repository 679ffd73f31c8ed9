// `tarama refine SWEEP`: further replicates where they decide. The orchestrator decides round by
// round, by the store's rows; where there is none, one of our own, to the end.
#include "cli/command.hpp"
#include "cli/commands/program_changes.hpp"
#include "cli/interrupts.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/refine_cost.hpp"
#include "cli/result_output.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

namespace tarama::cli {
namespace {

struct RefineOptions {
  std::string sweep;
  RefineWish wish;
  OrchestratorOptions orchestrator;
};

/// How many runs to expect, and what a promise more does to those before: said before it is spent.
Result<void> say_what_comes(const Context& context,
                            const db::ReadStore& store,
                            const db::SweepInfo& sweep,
                            const Refinement& asked) {
  const auto cost = refine_cost(store, sweep, asked);
  if (!cost) {
    return cost.error();
  }
  context.note(fmt::format("sweep {} '{}': {}", sweep.sweep, printable(sweep.name), cost->words));
  if (!cost->promise.empty()) {
    context.note(cost->promise);
  }
  return {};
}

Result<void> begin(const Context& context, SweepId sweep, const Refinement& asked) {
  nlohmann::ordered_json request = {
      {"do", "refine"}, {"sweep", sweep.value}, {"first", asked.first}, {"most", asked.most}};
  if (asked.until) {
    request["until"] = *asked.until;
  } else {
    request["budget"] = asked.budget.value_or(1);
  }
  const auto reply = ask_orchestrator(context, request);
  return reply ? Result<void>() : reply.error();
}

ExitCode refine_with(const Context& context,
                     const db::SweepInfo& sweep,
                     const Refinement& asked,
                     const RefineOptions& options,
                     bool& is_over) {
  Interrupts interrupts;
  const auto service = join_or_start_interruptibly(context, options.orchestrator, interrupts);
  if (!service) {
    return ExitCode::interrupted;
  }
  if (!*service) {
    return context.fail(service->error());
  }
  LocalService* const ours = (*service)->get();
  if (const auto begun = begin(context, sweep.sweep, asked); !begun) {
    return leave_with(context, ours, begun.error(), interrupts);
  }
  const ExitCode end =
      see_through(context,
                  ours,
                  {sweep.sweep, command_that_goes_on(context, sweep.sweep), options.orchestrator},
                  interrupts);
  is_over = end == ExitCode::done;
  return end;
}

ExitCode refine(const Context& context, const RefineOptions& options) {
  const auto asked = asked_by(options.wish);
  if (!asked) {
    return context.fail(asked.error());
  }
  bool is_over = false;
  ExitCode end = ExitCode::failure;
  std::optional<SweepId> refined;
  {
    const auto store = db::ReadStore::open(context.folder().database());
    const auto id = store ? store->find_sweep(options.sweep) : store.error();
    const auto sweep = id ? store->sweep(*id) : id.error();
    const auto is_same =
        sweep ? refuse_changed_program(*store, *id, std::nullopt) : Result<void>(sweep.error());
    const auto said =
        is_same ? say_what_comes(context, *store, *sweep, *asked) : Result<void>(is_same.error());
    if (!said) {
      return context.fail(said.error());
    }
    refined = *id;
    end = refine_with(context, *sweep, *asked, options, is_over);
  }
  return is_over ? print_result(context, *refined, std::nullopt) : end;
}

}  // namespace

Command refine_command() {
  return {"refine",
          "Run more replicates where they decide, until the best level is known well enough",
          "tarama refine cola-level --until 0.005",
          [](CLI::App& app) -> Action {
            const auto options = std::make_shared<RefineOptions>();
            app.add_option("SWEEP", options->sweep, "The sweep's id or name")->required();
            auto* const until = app.add_option(
                "--until",
                options->wish.until,
                "Until one level is left that is within this of the best, with 95 % confidence "
                "(Kim and Nelson's procedure)");
            until->type_name("D")->check(CLI::PositiveNumber);
            app.add_option("--budget",
                           options->wish.budget,
                           "Spend so many runs where they tell most (OCBA)")
                ->type_name("RUNS")
                ->check(CLI::Range(1, 1'000'000))
                ->excludes(until);
            app.add_option("--first",
                           options->wish.first,
                           "Seeds that every level gets before anything is decided; default: 5, of "
                           "a budget 3")
                ->type_name("SEEDS")
                ->check(CLI::Range(2, 1000));
            app.add_option("--most",
                           options->wish.most,
                           "Seeds that a level gets at most, of --until; default: 20")
                ->type_name("SEEDS")
                ->check(CLI::Range(2, 10'000));
            declare_orchestrator(app, options->orchestrator);
            return [options](const Context& context) { return refine(context, *options); };
          }};
}

}  // namespace tarama::cli
