// `tarama refine SWEEP`: further replicates where they decide. The orchestrator decides round by
// round, by the store's rows; where there is none, one of our own, to the end.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/refinement_forecast.hpp"
#include "cli/result_output.hpp"
#include "db/sqlite/stage_info.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

struct RefineOptions {
  std::string sweep;
  double until = 0;         // 0: not asked for
  std::int64_t budget = 0;  // 0: not asked for
  std::int64_t first = 0;   // 0: as usual
  std::int64_t most = Refinement{}.most;
  OrchestratorOptions orchestrator;
};

// A budget is spent where it tells most: three seeds are enough to see where that is.
constexpr std::int64_t first_of_budgets = 3;

Result<Refinement> asked_by(const RefineOptions& options) {
  if ((options.until > 0) == (options.budget > 0)) {
    return Error{
        Errc::invalid_argument,
        "refine: say either --until D (a difference of the metric that does not matter) or "
        "--budget N (runs)"};
  }
  Refinement asked{.first = options.first, .most = options.most};
  if (options.until > 0) {
    asked.until = options.until;
  } else {
    asked.budget = options.budget;
  }
  if (asked.first == 0) {
    asked.first = asked.until ? Refinement{}.first : first_of_budgets;
  }
  if (asked.first < 2 || asked.first > asked.most) {
    return Error{Errc::invalid_argument,
                 fmt::format("refine: --first is {} and --most {}; expected 2 <= first <= most",
                             asked.first,
                             asked.most)};
  }
  return asked;
}

/// How many runs to expect, and what a promise more does to those before: said before it is spent.
Result<void> say_what_comes(const Context& context,
                            const db::ReadStore& store,
                            const db::SweepInfo& sweep,
                            const Refinement& asked) {
  const auto forecast = forecast_refinement(store, sweep, asked);
  const auto stages = forecast ? db::read_stages(store, sweep.sweep) : forecast.error();
  if (!stages) {
    return stages.error();
  }
  std::vector<RefinementStage> before;
  for (const db::StageInfo& info : *stages) {
    if (info.stage.ended_at) {
      before.push_back(info.stage);  // one that goes on is this one, asked for again
    }
  }
  context.note(fmt::format(
      "sweep {} '{}': {}", sweep.sweep, printable(sweep.name), expectation(asked, *forecast)));
  if (const std::string price = price_of_promise(asked, before); !price.empty()) {
    context.note(price);
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
  const ExitCode end = see_through(
      context, ours, {sweep.sweep, command_that_goes_on(context, sweep.sweep)}, interrupts);
  is_over = end == ExitCode::done;
  return end;
}

ExitCode refine(const Context& context, const RefineOptions& options) {
  const auto asked = asked_by(options);
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
    const auto said =
        sweep ? say_what_comes(context, *store, *sweep, *asked) : Result<void>(sweep.error());
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
                options->until,
                "Until one level is left that is within this of the best, with 95 % confidence "
                "(Kim and Nelson's procedure)");
            until->type_name("D")->check(CLI::PositiveNumber);
            app.add_option(
                   "--budget", options->budget, "Spend so many runs where they tell most (OCBA)")
                ->type_name("RUNS")
                ->check(CLI::Range(1, 1'000'000))
                ->excludes(until);
            app.add_option("--first",
                           options->first,
                           "Seeds that every level gets before anything is decided; default: 5, of "
                           "a budget 3")
                ->type_name("SEEDS")
                ->check(CLI::Range(2, 1000));
            app.add_option("--most",
                           options->most,
                           "Seeds that a level gets at most, of --until; default: 20")
                ->type_name("SEEDS")
                ->check(CLI::Range(2, 10'000));
            declare_orchestrator(app, options->orchestrator);
            return [options](const Context& context) { return refine(context, *options); };
          }};
}

}  // namespace tarama::cli
