// `tarama refine SWEEP`: further replicates where they decide. The orchestrator decides round by
// round, by the store's rows; where there is none, one of our own, to the end.
#include "cli/command.hpp"
#include "cli/interrupts.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/own_orchestrator.hpp"
#include "cli/result_output.hpp"
#include "cli/text/number_text.hpp"
#include "core/search/refine_policy.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/sqlite/level_evidence.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
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

/// What the first round would be, by the rows as they are.
Result<RefineRound> first_round(const db::ReadStore& store,
                                const db::SweepInfo& sweep,
                                const Refinement& asked) {
  const auto levels = store.levels(sweep.sweep);
  const auto runs = levels ? store.runs(sweep.sweep) : levels.error();
  const auto majority = runs ? store.majority_accuracy(sweep.sweep) : runs.error();
  const auto spec = majority ? sweep_spec_from_json(sweep.spec) : majority.error();
  if (!spec) {
    return spec.error();
  }
  std::map<LevelId, std::set<std::int64_t>> seeds;
  for (const db::RunInfo& run : *runs) {
    seeds[run.plan.level].insert(run.plan.seed);
  }
  const statistics::AnswerRules rules = db::rules_for(sweep.metric, *levels, *majority);
  std::vector<RefinedLevel> refined;
  for (const statistics::LevelEvidence& level : db::evidence_of(*levels)) {
    refined.push_back({.sample = statistics::sample_of(level.outcome, rules),
                       .planned = seeds[level.outcome.level]});
  }
  return next_round({.asked = asked, .runs_before = sweep.account.planned},
                    refined,
                    {.goal = sweep.metric.goal,
                     .resolution = rules.comparison.resolution,
                     .first_seed = spec->seed});
}

/// How many runs to expect.
std::string expectation(const Refinement& asked, const RefineRound& round, std::int64_t levels) {
  const auto now = static_cast<std::int64_t>(round.more.size());
  if (round.is_done) {
    return "no further runs are needed: " + round.outcome;
  }
  if (asked.budget) {
    return counted(*asked.budget, "run");
  }
  const std::string at_most =
      fmt::format("{} at most", count_text((asked.most - asked.first) * levels + now));
  return round.runs_to_go
             ? fmt::format("about {}, {}", counted(now + *round.runs_to_go, "run"), at_most)
             : fmt::format(
                   "{} first, so that every level has {} seeds; then as many as it takes, "
                   "{}",
                   counted(now, "run"),
                   asked.first,
                   at_most);
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
    const auto levels = sweep ? store->levels(*id) : sweep.error();
    const auto round = levels ? first_round(*store, *sweep, *asked) : levels.error();
    if (!round) {
      return context.fail(round.error());
    }
    context.note(
        fmt::format("sweep {} '{}': {}",
                    *id,
                    printable(sweep->name),
                    expectation(*asked, *round, static_cast<std::int64_t>(levels->size()))));
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
