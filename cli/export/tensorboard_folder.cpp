// Rows to events.
#include "cli/export/tensorboard_folder.hpp"

#include "cli/export/event_file.hpp"
#include "cli/export/export_target.hpp"
#include "core/sweep/enum_names.hpp"
#include "documents/reported_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

namespace tarama::cli {
namespace {

namespace fs = std::filesystem;

double seconds_of(TimePoint time) {
  return static_cast<double>(time.milliseconds) / 1000;
}

fs::path event_file_in(const fs::path& folder, double seconds) {
  return folder / fmt::format("events.out.tfevents.{:.0f}.tarama", std::floor(seconds));
}

SessionStatus status_of(RunState state) {
  if (state == RunState::succeeded || state == RunState::stopped) {
    return SessionStatus::success;
  }
  return is_terminal(state) ? SessionStatus::failure : SessionStatus::running;
}

std::string tag_of(Split split, std::string_view number) {
  return fmt::format("{}/{}", name_of(split), number);
}

Scalars scalars_of(const StepRow& row) {
  return {
      {"train/loss", row.loss}, {"train/flat_accuracy", row.flat_accuracy}, {"train/lr", row.lr}};
}

Scalars scalars_of(const EvalRow& row) {
  return {{tag_of(row.split, "loss"), row.loss},
          {tag_of(row.split, "flat_accuracy"), row.flat_accuracy},
          {tag_of(row.split, "mcc"), row.mcc},
          {tag_of(row.split, "macro_f1"), row.macro_f1}};
}

/// When a step was; an evaluation has no time of its own, and comes right behind its step.
double time_of(std::int64_t step, const std::vector<StepRow>& steps, double otherwise) {
  const auto row = std::ranges::lower_bound(steps, step, {}, &StepRow::step);
  return row == steps.end() ? otherwise : static_cast<double>(row->at) / 1000;
}

/// Of a program's rows (step, name, value, at), each as a scalar under its own name.
class ReportedEvents : public db::RowSink {
 public:
  ReportedEvents(EventFile& events, double otherwise) : events_(events), otherwise_(otherwise) {}

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto* const value = std::get_if<double>(&cells.at(2));
    const auto* const at = std::get_if<std::int64_t>(&cells.at(3));
    events_.scalars(
        std::get<std::int64_t>(cells.at(0)),
        at != nullptr ? static_cast<double>(*at) / 1000 : otherwise_,
        {{std::get<std::string>(cells.at(1)), value != nullptr ? *value : std::nan("")}});
    return Next::go_on;
  }

 private:
  EventFile& events_;
  double otherwise_;
};

Result<void> write_run(std::ostream& out, const db::ReadStore& store, const ExportedRun& run) {
  const auto steps = store.steps(run.info.run);
  if (!steps) {
    return steps.error();
  }
  const auto evals = store.evals(run.info.run);
  if (!evals) {
    return evals.error();
  }
  const double started = seconds_of(*run.started_at);
  EventFile events(out, started);
  events.session_start(run.parameters, fmt::format("level {}", run.info.plan.level), started);
  for (const StepRow& row : *steps) {
    events.scalars(row.step, static_cast<double>(row.at) / 1000, scalars_of(row));
  }
  for (const EvalRow& row : *evals) {
    events.scalars(row.step, time_of(row.step, *steps, started), scalars_of(row));
  }
  ReportedEvents reported(events, started);
  const auto read = store.query(
      fmt::format("SELECT step, name, value, at FROM reported WHERE run_id = {} ORDER BY step",
                  run.info.run),
      reported);
  if (!read) {
    return read;
  }
  if (is_terminal(run.info.standing.state)) {
    events.session_end(status_of(run.info.standing.state),
                       seconds_of(run.ended_at.value_or(*run.started_at)));
  }
  return {};
}

/// Tags of the numbers to compare sessions by, the sweep's metric first.
Result<std::vector<std::string>> experiment_metrics(const db::ReadStore& store,
                                                    const ExportedSweep& sweep) {
  if (sweep.info.metric.name == MetricName::reported) {
    constexpr std::size_t most = 50;  // columns that HParams shows
    return reported_names(store, sweep.info, most);
  }
  std::vector<std::string> metrics;
  for (const MetricName name :
       {MetricName::flat_accuracy, MetricName::loss, MetricName::mcc, MetricName::macro_f1}) {
    metrics.push_back(tag_of(Split::eval, name_of(name)));
  }
  std::ranges::stable_partition(metrics, [&](const std::string& tag) {
    return tag == tag_of(Split::eval, name_of(sweep.info.metric.name));
  });
  return metrics;
}

Result<void> write_experiment(const fs::path& folder,
                              const db::ReadStore& store,
                              const ExportedSweep& sweep) {
  const auto metrics = experiment_metrics(store, sweep);
  if (!metrics) {
    return metrics.error();
  }
  const double seconds = seconds_of(sweep.info.submitted_at);
  return write_stream(event_file_in(folder, seconds), [&](std::ostream& out) -> Result<void> {
    EventFile(out, seconds).experiment(sweep.axes, *metrics, seconds);
    return {};
  });
}

}  // namespace

Result<void> write_tensorboard(const fs::path& folder,
                               const db::ReadStore& store,
                               const ExportedSweep& sweep,
                               const ExportProgress& progress) {
  if (auto written = write_experiment(folder, store, sweep); !written) {
    return written;
  }
  std::size_t done = 0;
  for (const ExportedRun& run : sweep.runs) {
    if (run.started_at) {
      const fs::path place = folder / fmt::format("run-{:06}", run.info.run);
      std::error_code error;  // said by the file that cannot be made
      fs::create_directory(place, error);
      const fs::path file = event_file_in(place, seconds_of(*run.started_at));
      const auto written =
          write_stream(file, [&](std::ostream& out) { return write_run(out, store, run); });
      if (!written) {
        return written;
      }
    }
    progress(++done);
  }
  return {};
}

}  // namespace tarama::cli
