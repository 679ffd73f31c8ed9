// `tarama status [SWEEP]`: the exact account, the workers, what waits and why. Without an
// orchestrator the account comes from the database, and the exit code says so.
#include "cli/command.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/sweep_argument.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_chart.hpp"
#include "cli/text/text_table.hpp"
#include "documents/run_document.hpp"
#include "documents/status_document.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <variant>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

std::string sweeps_table(const StatusDocument& status, const TextStyle& style) {
  TextTable table;
  table.columns = {{"sweep", Align::right}, {"name"}, {"state"}};
  for (const char* title :
       {"planned", "pending", "leased", "running", "succeeded", "stopped", "failed", "cancelled"}) {
    table.columns.push_back({title, Align::right});
  }
  const bool has_priorities =
      std::ranges::any_of(status.sweeps, [](const auto& sweep) { return sweep.priority != 0; });
  if (has_priorities) {
    table.columns.push_back({"priority", Align::right});
  }
  table.columns.push_back({"left"});
  for (const SweepStatus& sweep : status.sweeps) {
    const Account& account = sweep.account;
    table.rows.push_back({fmt::format("{}", sweep.sweep),
                          printable(sweep.name),
                          sweep.state,
                          count_text(account.planned),
                          count_text(account.pending),
                          count_text(account.leased),
                          count_text(account.running),
                          count_text(account.succeeded),
                          count_text(account.stopped),
                          count_text(account.failed),
                          count_text(account.cancelled)});
    if (has_priorities) {
      table.rows.back().push_back(fmt::format("{}", sweep.priority));
    }
    table.rows.back().push_back(sweep.seconds_left ? duration_text(*sweep.seconds_left) : "");
  }
  return to_text(table, style);
}

/// "17/40"; of a program, whose steps are not planned, "17".
std::string step_text(const WorkerStatus& worker) {
  return worker.steps > 0 ? fmt::format("{}/{}", worker.step, worker.steps)
                          : fmt::format("{}", worker.step);
}

/// What the small curves show.
std::string_view curve_name(const StatusDocument& status) {
  const auto is_program = [](const WorkerStatus& worker) {
    return worker.run.has_value() && worker.steps == 0;
  };
  return std::ranges::any_of(status.workers, is_program) ? "loss, or metric" : "loss";
}

std::string workers_table(const StatusDocument& status, const TextStyle& style) {
  TextTable table;
  table.columns = {{"worker", Align::right},
                   {"pid", Align::right},
                   {"device"},
                   {"state"},
                   {"run", Align::right},
                   {"attempt", Align::right},
                   {"step", Align::right},
                   {std::string(curve_name(status))},
                   {"parameters"}};
  for (const WorkerStatus& worker : status.workers) {
    const bool is_busy = worker.run.has_value();
    table.rows.push_back({fmt::format("{}", worker.id),
                          std::to_string(worker.pid),
                          printable(worker.device),
                          worker.state,
                          is_busy ? fmt::format("{}", *worker.run) : "",
                          worker.attempt ? fmt::format("{}", *worker.attempt) : "",
                          is_busy ? step_text(worker) : "",
                          sparkline(worker.losses, 16),
                          params_line(worker.params)});
  }
  return to_text(table, style);
}

std::string gpus_table(const StatusDocument& status, const TextStyle& style) {
  TextTable table;
  table.columns = {{"device"},
                   {"GPU"},
                   {"busy", Align::right},
                   {"memory", Align::right},
                   {"of", Align::right},
                   {"temperature", Align::right},
                   {"power", Align::right}};
  const auto bytes = [](std::int64_t count) { return bytes_text(static_cast<double>(count)); };
  for (const DeviceStatus& device : status.devices) {
    if (!device.gpu) {
      continue;
    }
    const GpuStatus& gpu = *device.gpu;
    table.rows.push_back({printable(device.device),
                          printable(gpu.name),
                          gpu.busy_percent ? fmt::format("{} %", *gpu.busy_percent) : "",
                          gpu.used_bytes ? bytes(*gpu.used_bytes) : "",
                          bytes(gpu.memory_bytes),
                          gpu.celsius ? fmt::format("{} C", *gpu.celsius) : "",
                          gpu.watts ? fmt::format("{:.0f} W", *gpu.watts) : ""});
  }
  return table.rows.empty() ? "" : "\n" + to_text(table, style);
}

std::string next_try_of(const DeviceStatus& device) {
  if (device.trial) {
    return fmt::format("run {} tries whether it works again", *device.trial);
  }
  return device.next_try_at ? fmt::format("a run tries it at {}", moment_text(device.next_try_at))
                            : "the next run tries it";
}

std::string remarks(const StatusDocument& status, const TextStyle& style) {
  std::string text;
  for (const SweepStatus& sweep : status.sweeps) {
    if (!sweep.search.empty()) {
      text += fmt::format("sweep {}: {}\n", sweep.sweep, printable(sweep.search));
    }
    for (const WaitingStatus& waiting : sweep.waiting) {
      const std::string example =
          waiting.example == RunId{} ? "" : fmt::format(", run {} for example", waiting.example);
      text +=
          fmt::format("sweep {}: {} waiting{}: {}{}\n",
                      sweep.sweep,
                      counted(waiting.runs, "run"),
                      example,
                      printable(waiting.reason),
                      waiting.until ? fmt::format(", until {}", moment_text(waiting.until)) : "");
    }
  }
  for (const DeviceStatus& device : status.devices) {
    if (device.quarantined_at) {
      text += style(Paint::red,
                    fmt::format("{} is in quarantine since {}: {}; {}\n",
                                printable(device.device),
                                moment_text(device.quarantined_at),
                                printable(device.reason),
                                next_try_of(device)));
    }
    if (!device.sharing.empty()) {
      text += fmt::format("{}: {}\n", printable(device.device), printable(device.sharing));
    }
  }
  for (const StrangerStatus& stranger : status.strangers) {
    text += fmt::format("{} is left alone: {} (pid {}) works on it\n",
                        printable(stranger.device),
                        printable(stranger.process),
                        stranger.pid);
  }
  for (const OnEndStatus& command : status.on_end) {
    text += fmt::format("sweep {}: on_end runs (pid {}, {})\n",
                        command.sweep,
                        command.pid,
                        duration_text(command.seconds));
  }
  for (const UnreadableStatus& sweep : status.unreadable) {
    text += style(Paint::red,
                  fmt::format("sweep {} '{}' rests: {}\n",
                              sweep.sweep,
                              printable(sweep.name),
                              printable(sweep.reason)));
  }
  if (status.store_trouble) {
    text += style(Paint::red,
                  fmt::format("the store cannot be written, everything waits: {}\n",
                              printable(*status.store_trouble)));
  }
  if (status.trouble) {
    text += style(Paint::red, printable(*status.trouble)) + "\n";
  }
  return text;
}

std::string status_text(const StatusDocument& status, const TextStyle& style) {
  // What is said of an orchestrator that may not be asked comes as trouble, below.
  const char* without = status.trouble ? "the account is the database's\n\n"
                                       : "no orchestrator runs; the account is the database's\n\n";
  std::string text = status.orchestrator_pid ? fmt::format("orchestrator: pid {}, tarama {}\n\n",
                                                           *status.orchestrator_pid,
                                                           status.orchestrator_version)
                                             : std::string(without);
  text += status.sweeps.empty() ? "no sweeps\n" : sweeps_table(status, style);
  if (!status.workers.empty()) {
    text += "\n" + workers_table(status, style);
  }
  text += gpus_table(status, style);
  const std::string more = remarks(status, style);
  return more.empty() ? text : text + "\n" + more;
}

Result<std::vector<StoredStatus>> read_stored(const db::ReadStore& store, const std::string& only) {
  const auto wanted = only.empty() ? Result<SweepId>(SweepId{}) : store.find_sweep(only);
  if (!wanted) {
    return wanted.error();
  }
  auto sweeps = store.sweeps();
  if (!sweeps) {
    return sweeps.error();
  }
  // An example is a courtesy: the account stands without it.
  const auto found = store.runs_not_over();
  const auto examples = found ? *found : std::map<SweepId, RunId>();
  std::vector<StoredStatus> stored;
  for (db::SweepInfo& sweep : *sweeps) {
    if (only.empty() || sweep.sweep == *wanted) {
      const auto example = examples.find(sweep.sweep);
      stored.push_back({std::move(sweep),
                        example == examples.end() ? std::nullopt : std::optional(example->second)});
    }
  }
  return stored;
}

/// What the database says; a store without one has no sweeps.
Result<ordered_json> stored_status(const Context& context, const std::string& sweep) {
  using Document = Result<ordered_json>;
  const auto store = db::ReadStore::open(context.folder().database());
  if (!store && store.error().code == Errc::not_found && sweep.empty()) {
    context.note(store.error().message);
    return Document(Document::in_place_value, status_json_of({}));
  }
  if (!store) {
    return store.error();
  }
  const auto stored = read_stored(*store, sweep);
  if (!stored) {
    return stored.error();
  }
  return Document(Document::in_place_value, status_json_of(*stored));
}

Result<ordered_json> live_status(const Context& context, const std::string& sweep) {
  ordered_json question = {{"do", "status"}};
  if (!sweep.empty()) {
    const auto store = db::ReadStore::open(context.folder().database());
    if (!store) {
      return store.error();
    }
    const auto id = store->find_sweep(sweep);
    if (!id) {
      return id.error();
    }
    question["sweep"] = id->value;
  }
  return ask_orchestrator(context, question);
}

ExitCode print_status(const Context& context, const std::string& sweep) {
  const auto running = find_orchestrator(context);
  const bool is_not_ours = !running && running.error().code == Errc::refused;
  if (!running && !is_not_ours) {
    return context.fail(running.error());
  }
  const bool is_live = running && running->has_value();
  auto document = is_live ? live_status(context, sweep) : stored_status(context, sweep);
  if (!document) {
    return context.fail(is_not_ours ? running.error() : document.error());
  }
  if (is_not_ours) {
    (*document)["trouble"] = running.error().message;
    for (ordered_json& known : (*document)["sweeps"]) {
      known["waiting"] = ordered_json::array();  // why, only its own orchestrator can say
    }
  }
  if (context.wants_json()) {
    context.print_json(*document);
  } else {
    const auto status = status_from_json(*document);
    if (!status) {
      return context.fail(status.error());
    }
    context.streams.out << status_text(*status, context.out_style());
  }
  return is_live ? ExitCode::done : ExitCode::refused;
}

}  // namespace

Command status_command() {
  return {"status",
          "The account of all sweeps or one, the workers, what waits and why",
          "tarama status --json",
          [](CLI::App& app) -> Action {
            const auto sweep = std::make_shared<std::string>();
            app.add_option("SWEEP", *sweep, "The sweep's id or name; default: all");
            return [sweep](const Context& context) { return print_status(context, *sweep); };
          }};
}

}  // namespace tarama::cli
