// See early_stops.hpp.
#include "orchestrator/service/early_stops.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {

StopQuestion stop_question_of(const OpenSweep& sweep, RunId run) {
  StopQuestion question{.run = run, .rules = sweep.spec().stop_when};
  if (!sweep.spec().program) {
    question.last_step = sweep.plan_of(run).planned_steps - 1;
  }
  return question;
}

Result<std::optional<StopVerdict>> verdict_on(const StopQuestion& question, db::RunStore& store) {
  std::optional<Error> failure;
  auto verdict = stop_verdict(question.rules, question.last_step, [&](const std::string& metric) {
    Result<std::vector<MetricPoint>> values = store.values(question.run, metric);
    if (!values) {
      failure = values.error();
      return std::vector<MetricPoint>{};
    }
    return std::move(*values);
  });
  if (failure) {
    return *failure;
  }
  return verdict;
}

bool EarlyStops::is_about(const protocol::Metrics& rows, const SweepSpec& spec) {
  const auto is_asked_about = [&](const ReportedRow& row) {
    return std::ranges::find(spec.stop_when, row.name, &StopRule::metric) != spec.stop_when.end();
  };
  return !spec.stop_when.empty() &&
         (!rows.evals.empty() || std::ranges::any_of(rows.reported, is_asked_about));
}

void EarlyStops::look_at_all(SweepId sweep, const Scheduler& scheduler) {
  const OpenSweep* const open = catalog_.find(sweep);
  if (open == nullptr || open->spec().stop_when.empty()) {
    return;
  }
  for (const auto& [run, plan] : open->runs()) {
    const std::optional<RunRecord> known = scheduler.run(run);
    if (known && known->standing.attempt != Attempt{} && !is_terminal(known->standing.state)) {
      look(run);
    }
  }
}

void EarlyStops::look(RunId run) {
  const StopQuestion question = stop_question_of(catalog_.holder_of(run), run);
  writer_.run([this, question](db::RunStore& store) {
    const auto verdict =
        std::make_shared<Result<std::optional<StopVerdict>>>(verdict_on(question, store));
    if (*verdict && !**verdict) {
      return;
    }
    boost::asio::post(loop_, [this, run = question.run, verdict] {
      const std::optional<SweepId> holder = catalog_.sweep_of(run);
      if (!*verdict) {
        // Asked again with its next rows, and at the latest when it says that it is done.
        spdlog::error("run {}: {}", run, verdict->error().message);
      } else if (holder) {
        give_up_({*holder, run, (**verdict)->reason});
      }
    });
  });
}

}  // namespace tarama::orchestrator
