// See early_stops.hpp.
#include "orchestrator/service/early_stops.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

Result<std::optional<StopVerdict>> verdict_on(const StopQuestion& question, db::RunStore& store) {
  std::optional<Error> failure;
  auto by_rule = stop_verdict(question.rules, question.last_step, [&](const std::string& metric) {
    Result<std::vector<MetricPoint>> values = store.values(question.run.run, metric);
    if (!values) {
      failure = values.error();
      return std::vector<MetricPoint>{};
    }
    return std::move(*values);
  });
  if (failure) {
    return *failure;
  }
  if (question.judge == nullptr) {
    return by_rule;
  }
  // How far a run comes that a rule has given up is chance, and must not count at any rung.
  const auto until = by_rule ? std::optional(by_rule->step) : std::nullopt;
  auto at_rung = question.judge->verdict_on(question.run, until, store);
  const bool is_rung_first = at_rung && *at_rung && (!by_rule || (**at_rung).step < by_rule->step);
  return !at_rung || is_rung_first ? at_rung : Result<std::optional<StopVerdict>>(by_rule);
}

namespace {

/// Whether its runs go on from rung to rung, and not a new one at each.
bool is_compared_on_the_way(const SweepSpec& spec) {
  return spec.rungs && spec.rungs->restart.empty();
}

}  // namespace

std::int64_t EarlyStops::values_in(const protocol::Metrics& rows, const SweepSpec& spec) {
  const bool has_rungs = is_compared_on_the_way(spec);
  if (!has_rungs && spec.stop_when.empty()) {
    return 0;
  }
  const auto is_asked_about = [&](const ReportedRow& row) {
    return (has_rungs && row.name == spec.metric.program_name) ||
           std::ranges::find(spec.stop_when, row.name, &StopRule::metric) != spec.stop_when.end();
  };
  return std::ssize(rows.evals) + std::ranges::count_if(rows.reported, is_asked_about);
}

// Only the first seed of a level is compared at rungs: the others are there to tell the levels that
// are left apart.
StopQuestion EarlyStops::question_of(RunId run) {
  const OpenSweep& sweep = catalog_.holder_of(run);
  const RunPlan& plan = sweep.plan_of(run);
  StopQuestion question{.run = {run, plan.level, plan.planned_steps},
                        .rules = sweep.spec().stop_when};
  if (!sweep.spec().program) {
    question.last_step = plan.planned_steps - 1;
  }
  if (is_compared_on_the_way(sweep.spec()) && plan.replicate == 0) {
    const SweepId holder = *catalog_.sweep_of(run);
    std::shared_ptr<RungJudge>& judge = judges_[holder];
    if (judge == nullptr) {
      judge = std::make_shared<RungJudge>(holder, sweep.spec());
    }
    question.judge = judge;
  }
  return question;
}

void EarlyStops::look_at_all(SweepId sweep, const Scheduler& scheduler) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr ||
      (open->spec().stop_when.empty() && !is_compared_on_the_way(open->spec()))) {
    return;
  }
  std::vector<RunId> begun;
  for (const auto& [run, plan] : open->runs()) {
    const std::optional<RunRecord> known = scheduler.run(run);
    if (known && known->standing.attempt != Attempt{} && !is_terminal(known->standing.state)) {
      begun.push_back(run);
    }
  }
  std::ranges::sort(begun);
  for (const RunId run : begun) {
    look(run);
  }
}

void EarlyStops::look_at_new(RunId run, std::int64_t values) {
  if (values > 0 && paces_[run].is_due(values)) {
    look(run);
  }
}

void EarlyStops::look(RunId run) {
  writer_.run_until_it_works(
      [this, question = question_of(run)](db::RunStore& store) -> Result<void> {
        const auto verdict =
            std::make_shared<Result<std::optional<StopVerdict>>>(verdict_on(question, store));
        if (*verdict && !**verdict) {
          return {};
        }
        if (!*verdict && db::may_pass(verdict->error())) {
          return verdict->error();
        }
        boost::asio::post(loop_, [this, run = question.run.run, verdict] {
          const std::optional<SweepId> holder = catalog_.sweep_of(run);
          if (!*verdict) {
            // Asked again with its next rows, and at the latest when it says that it is done.
            spdlog::error("run {}: {}", run, verdict->error().message);
          } else if (holder) {
            give_up_({*holder, run, (**verdict)->reason});
          }
        });
        return {};
      });
}

}  // namespace tarama::orchestrator
