// See live_view.hpp.
#include "cli/live/live_view.hpp"

#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tarama::cli {
namespace {

constexpr std::size_t narrow = 60;  // columns below which bars shrink
constexpr std::size_t sparkline_columns = 16;

double share_of(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

/// A piece of a line with what stands before it; the higher its rank, the earlier it is left out.
struct Part {
  std::string text;
  int rank = 0;  // 0: stays
};

/// The parts that find room in `columns`, whole: half a count is another count.
std::string joined(std::vector<Part> parts, std::size_t columns) {
  const auto width = [&] {
    std::size_t sum = 0;
    for (const Part& part : parts) {
      sum += display_width(part.text);
    }
    return sum;
  };
  while (width() > columns) {
    const auto least = std::ranges::max_element(parts, {}, &Part::rank);
    if (least == parts.end() || least->rank == 0) {
      break;
    }
    parts.erase(least);
  }
  std::string line;
  for (const Part& part : parts) {
    line += part.text;
  }
  return line;
}

/// A level's parameters in `columns`, the last ones left out where there is no room.
std::string fitting_params(const nlohmann::ordered_json& params, std::size_t columns) {
  constexpr std::string_view separator = " · ";
  std::string line = params_line(params);
  if (display_width(line) <= columns) {
    return line;
  }
  while (!line.empty() && display_width(line) + 2 > columns) {
    const std::size_t last = line.rfind(separator);
    line.resize(last == std::string::npos ? 0 : last);
  }
  return line.empty() ? "" : line + " …";
}

std::string sweep_line(const SweepStatus& sweep, const Frame& frame) {
  const std::size_t bar_columns = frame.columns < narrow ? 8 : 24;
  // Steps move between runs' ends; runs alone would let a bar of long runs stand still.
  const double share = sweep.steps_planned > 0
                           ? share_of(sweep.steps_done, sweep.steps_planned)
                           : share_of(runs_over(sweep.account), sweep.runs_in_the_end());
  const std::string runs = fmt::format(
      "{}/{} runs", count_text(runs_over(sweep.account)), count_text(sweep.runs_in_the_end()));
  constexpr std::size_t longest_name = 24;
  constexpr std::size_t shortest_name = 8;  // before the bar goes
  const std::size_t taken = display_width(runs) + 2 + bar_columns + 2;
  const std::size_t name_columns =
      std::clamp(frame.columns > taken ? frame.columns - taken : 0, shortest_name, longest_name);
  std::vector<Part> parts = {
      {frame.style(Paint::bold, fit(printable(sweep.name), name_columns)) + "  ", 1},
      {frame.style(Paint::cyan, bar(share, bar_columns)) + "  ", 2},
      {runs, 0}};
  if (sweep.state == "paused") {
    parts.push_back({"  " + frame.style(Paint::yellow, "paused"), 3});
  } else if (sweep.seconds_left && !sweep.is_over()) {
    parts.push_back({fmt::format("  {} left", duration_text(*sweep.seconds_left)), 3});
  }
  if (sweep.steps_planned > 0) {
    parts.push_back(
        {fmt::format(
             "  {}/{} steps", count_text(sweep.steps_done), count_text(sweep.steps_planned)),
         4});
  }
  return joined(std::move(parts), frame.columns);
}

std::string worker_line(const WorkerStatus& worker,
                        std::size_t device_columns,
                        const Frame& frame) {
  const std::string device = "  " + pad(printable(worker.device), device_columns, Align::left);
  if (!worker.run) {
    return fmt::format("{}  {}", device, frame.style(Paint::dim, worker.state));
  }
  const bool is_narrow = frame.columns < narrow;
  std::vector<Part> parts = {{device, 0}, {fmt::format("  run {}", *worker.run), 1}};
  if (worker.steps > 0) {
    parts.push_back({"  " + bar(share_of(worker.step, worker.steps), is_narrow ? 4 : 10), 4});
    parts.push_back({fmt::format("{}{}/{}", is_narrow ? "  " : " ", worker.step, worker.steps), 2});
  } else {
    parts.push_back({fmt::format("  {}", counted(worker.step, "step")), 2});
  }
  if (!worker.losses.empty()) {
    const double last = worker.losses.back().value_or(0.0);
    parts.push_back(
        {"  " + frame.style(Paint::green, sparkline(worker.losses, sparkline_columns)), 5});
    parts.push_back({worker.losses.back() ? fmt::format(" {:.3f}", last) : " ?", 3});
  }
  const std::string line = joined(std::move(parts), frame.columns);
  const std::size_t used = display_width(line) + 2;
  const std::string params =
      fitting_params(worker.params, frame.columns > used ? frame.columns - used : 0);
  return params.empty() ? line : line + "  " + frame.style(Paint::dim, params);
}

std::string best_line(const BestSoFar& best, const Frame& frame) {
  const std::string mean = "  best so far  " + frame.style(Paint::bold, metric_text(best.mean));
  const std::string of = fmt::format("  ({} of {} replicates)", best.replicates, best.planned);
  const std::size_t used = display_width(mean) + display_width(of) + 2;
  const std::string params =
      fitting_params(best.params, frame.columns > used ? frame.columns - used : 0);
  return joined({{mean, 0}, {params.empty() ? "" : "  " + params, 1}, {of, 2}}, frame.columns);
}

void add_workers(std::vector<std::string>& lines,
                 const StatusDocument& status,
                 std::size_t room,
                 const Frame& frame) {
  std::size_t device_columns = 0;
  for (const WorkerStatus& worker : status.workers) {
    device_columns = std::max(device_columns, display_width(worker.device));
  }
  const std::size_t total = status.workers.size();
  const std::size_t shown = total <= room ? total : room - std::min<std::size_t>(room, 1);
  for (std::size_t i = 0; i < shown; ++i) {
    lines.push_back(worker_line(status.workers[i], device_columns, frame));
  }
  if (shown < total && room > 0) {
    lines.push_back(fmt::format("  … and {} more", total - shown));
  }
}

std::vector<std::string> lines_below_workers(const StatusDocument& status,
                                             const std::optional<BestSoFar>& best,
                                             const Frame& frame) {
  std::vector<std::string> lines;
  if (best) {
    lines.push_back(best_line(*best, frame));
  }
  for (const SweepStatus& sweep : status.sweeps) {
    if (sweep.account.failed > 0) {
      lines.push_back(
          "  " +
          frame.style(Paint::red, fmt::format("{} failed", count_text(sweep.account.failed))));
    }
    for (const WaitingStatus& waiting : sweep.waiting) {
      lines.push_back(frame.style(
          Paint::dim,
          fmt::format("  {} waiting: {}", count_text(waiting.runs), printable(waiting.reason))));
    }
  }
  if (status.trouble) {
    lines.push_back("  " + frame.style(Paint::red, printable(*status.trouble)));
  }
  for (const StrangerStatus& stranger : status.strangers) {
    lines.push_back(frame.style(Paint::dim,
                                fmt::format("  {} is left alone: {} (pid {}) works on it",
                                            printable(stranger.device),
                                            printable(stranger.process),
                                            stranger.pid)));
  }
  return lines;
}

}  // namespace

std::vector<std::string> live_lines(const StatusDocument& status,
                                    const std::optional<BestSoFar>& best,
                                    const Frame& frame) {
  // One row stays free: a line feed behind the last row would scroll the first one away.
  const std::size_t room = frame.rows > 1 ? frame.rows - 1 : 1;
  std::vector<std::string> lines;
  for (const SweepStatus& sweep : status.sweeps) {
    lines.push_back(sweep_line(sweep, frame));
    if (!sweep.search.empty()) {
      lines.push_back("  refine: " + printable(sweep.search));
    }
  }
  const auto below = lines_below_workers(status, best, frame);
  const std::size_t taken = lines.size() + below.size();
  add_workers(lines, status, room > taken ? room - taken : 0, frame);
  lines.insert(lines.end(), below.begin(), below.end());
  lines.resize(std::min(lines.size(), room));
  for (std::string& line : lines) {
    line = fit(line, frame.columns);
  }
  return lines;
}

std::string finished_line(const FinishedRun& run, std::int64_t done, std::int64_t planned) {
  std::string line = fmt::format("run {} {}", run.run, run.state);
  if (run.failure_class) {
    line += fmt::format(" ({})", *run.failure_class);
  }
  line += fmt::format("  {} · seed {}", params_line(run.params), run.seed);
  if (run.metric) {
    line += fmt::format("  {}", metric_text(run.metric));
  }
  if (run.train_seconds) {
    line += fmt::format("  in {}", duration_text(*run.train_seconds));
  }
  line += fmt::format("  {}/{}", done, planned);
  if (run.failure_class && !run.message.empty()) {
    line += fmt::format("  {}", printable(run.message));
  }
  return line;
}

}  // namespace tarama::cli
