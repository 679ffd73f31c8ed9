// See status_document.hpp.
#include "documents/status_document.hpp"

#include "core/sweep/run_state.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "documents/run_document.hpp"

#include <cmath>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

std::optional<double> number_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>())
                                                     : std::nullopt;
}

std::int64_t count_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::string text_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

template <class Identity>
std::optional<Identity> id_at(const ordered_json& object, const char* key) {
  const std::int64_t value = count_at(object, key);
  return value > 0 ? std::optional(Identity{value}) : std::nullopt;
}

std::optional<TimePoint> moment_at(const ordered_json& object, const char* key) {
  return moment_named(text_at(object, key));
}

ordered_json object_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : ordered_json();
}

const ordered_json& list_at(const ordered_json& object, const char* key) {
  static const ordered_json none = ordered_json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

WorkerStatus worker_of(const ordered_json& object) {
  WorkerStatus worker;
  worker.id = WorkerId{count_at(object, "id")};
  worker.pid = count_at(object, "pid");
  worker.device = text_at(object, "device");
  worker.state = text_at(object, "state");
  worker.run = id_at<RunId>(object, "run");
  worker.attempt = id_at<Attempt>(object, "attempt");
  worker.sweep = id_at<SweepId>(object, "sweep");
  worker.params = object_at(object, "params");
  worker.step = count_at(object, "step");
  worker.steps = count_at(object, "steps");
  for (const ordered_json& loss : list_at(object, "losses")) {
    worker.losses.push_back(loss.is_number() ? std::optional(loss.get<double>()) : std::nullopt);
  }
  worker.steps_per_second = number_at(object, "steps_per_second");
  worker.is_quarantined = object.value("quarantined", false);
  worker.last_step_at = moment_at(object, "last_step_at");
  return worker;
}

std::optional<std::int64_t> maybe_count_at(const ordered_json& object, const char* key) {
  return number_at(object, key) ? std::optional(count_at(object, key)) : std::nullopt;
}

GpuStatus gpu_of(const ordered_json& object) {
  GpuStatus gpu;
  gpu.name = text_at(object, "name");
  gpu.memory_bytes = count_at(object, "memory_bytes");
  gpu.used_bytes = maybe_count_at(object, "used_bytes");
  gpu.busy_percent = maybe_count_at(object, "busy_percent");
  gpu.celsius = maybe_count_at(object, "celsius");
  gpu.watts = number_at(object, "watts");
  return gpu;
}

DeviceStatus device_of(const ordered_json& object) {
  DeviceStatus device;
  device.device = text_at(object, "device");
  device.state = text_at(object, "state");
  device.workers = count_at(object, "workers");
  device.runs = count_at(object, "runs");
  device.quarantined_at = moment_at(object, "quarantined_at");
  device.reason = text_at(object, "reason");
  device.next_try_at = moment_at(object, "next_try_at");
  device.trial = id_at<RunId>(object, "trial");
  if (const auto gpu = object_at(object, "gpu"); gpu.is_object()) {
    device.gpu = gpu_of(gpu);
  }
  device.at_once = maybe_count_at(object, "at_once");
  device.sharing = text_at(object, "sharing");
  return device;
}

SweepStatus sweep_of(const ordered_json& object) {
  SweepStatus sweep;
  sweep.sweep = SweepId{count_at(object, "sweep")};
  sweep.name = text_at(object, "name");
  sweep.state = text_at(object, "state");
  sweep.priority = count_at(object, "priority");
  sweep.account = account_from_json(object);
  for (const ordered_json& waiting : list_at(object, "waiting")) {
    sweep.waiting.push_back({text_at(waiting, "reason"),
                             count_at(waiting, "runs"),
                             RunId{count_at(waiting, "example")},
                             moment_at(waiting, "until")});
  }
  sweep.steps_done = count_at(object, "steps_done");
  sweep.steps_planned = count_at(object, "steps_planned");
  sweep.elapsed_seconds = number_at(object, "elapsed_seconds").value_or(0);
  sweep.seconds_left = number_at(object, "seconds_left");
  sweep.search = text_at(object, "search");
  sweep.runs_to_choose = count_at(object, "runs_to_choose");
  return sweep;
}

FinishedRun finished_of(const ordered_json& object) {
  FinishedRun run;
  run.run = RunId{count_at(object, "run")};
  run.sweep = SweepId{count_at(object, "sweep")};
  run.state = text_at(object, "state");
  if (const std::string failure = text_at(object, "failure_class"); !failure.empty()) {
    run.failure_class = failure;
  }
  run.message = text_at(object, "message");
  run.params = object_at(object, "params");
  run.seed = count_at(object, "seed");
  run.metric = number_at(object, "metric");
  run.train_seconds = number_at(object, "train_seconds");
  run.attempt = Attempt{count_at(object, "attempt")};
  return run;
}

ordered_json number_or_null(std::optional<double> number) {
  return number && std::isfinite(*number) ? ordered_json(*number) : ordered_json(nullptr);
}

template <class Identity>
ordered_json id_or_null(std::optional<Identity> id) {
  return id ? ordered_json(id->value) : ordered_json(nullptr);
}

ordered_json text_or_null(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json(nullptr);
}

ordered_json moment_or_null(std::optional<TimePoint> moment) {
  return moment ? ordered_json(moment_text(moment)) : ordered_json(nullptr);
}

ordered_json count_or_null(std::optional<std::int64_t> count) {
  return count ? ordered_json(*count) : ordered_json(nullptr);
}

ordered_json json_of(const GpuStatus& gpu) {
  return {{"name", gpu.name},
          {"memory_bytes", gpu.memory_bytes},
          {"used_bytes", count_or_null(gpu.used_bytes)},
          {"busy_percent", count_or_null(gpu.busy_percent)},
          {"celsius", count_or_null(gpu.celsius)},
          {"watts", number_or_null(gpu.watts)}};
}

ordered_json json_of(const DeviceStatus& device) {
  return {
      {"device", device.device},
      {"state", device.state},
      {"workers", device.workers},
      {"runs", device.runs},
      {"quarantined_at", moment_or_null(device.quarantined_at)},
      {"reason", device.reason.empty() ? ordered_json(nullptr) : ordered_json(device.reason)},
      {"next_try_at", moment_or_null(device.next_try_at)},
      {"trial", id_or_null(device.trial)},
      {"gpu", device.gpu ? json_of(*device.gpu) : ordered_json(nullptr)},
      {"at_once", device.at_once ? ordered_json(*device.at_once) : ordered_json(nullptr)},
      {"sharing", device.sharing.empty() ? ordered_json(nullptr) : ordered_json(device.sharing)}};
}

ordered_json json_of(const WorkerStatus& worker) {
  ordered_json losses = ordered_json::array();
  for (const std::optional<double>& loss : worker.losses) {
    losses.push_back(number_or_null(loss));
  }
  const bool is_busy = worker.run.has_value();
  return {{"id", worker.id.value},
          {"pid", worker.pid},
          {"session", worker.session},
          {"device", worker.device},
          {"state", worker.state},
          {"run", id_or_null(worker.run)},
          {"attempt", id_or_null(worker.attempt)},
          {"sweep", id_or_null(worker.sweep)},
          {"params", worker.params},
          {"step", is_busy ? ordered_json(worker.step) : ordered_json(nullptr)},
          {"steps", worker.steps > 0 ? ordered_json(worker.steps) : ordered_json(nullptr)},
          {"losses", std::move(losses)},
          {"steps_per_second", number_or_null(worker.steps_per_second)},
          {"last_step_at", moment_or_null(worker.last_step_at)},
          {"quarantined", worker.is_quarantined}};
}

ordered_json json_of(const SweepStatus& sweep) {
  ordered_json document = {
      {"sweep", sweep.sweep.value}, {"name", sweep.name}, {"state", sweep.state}};
  document.update(account_json(sweep.account));
  document["priority"] = sweep.priority;
  const bool is_planned = sweep.steps_planned > 0;
  document["steps_done"] = is_planned ? ordered_json(sweep.steps_done) : nullptr;
  document["steps_planned"] = is_planned ? ordered_json(sweep.steps_planned) : nullptr;
  document["elapsed_seconds"] = sweep.elapsed_seconds;
  document["seconds_left"] = number_or_null(sweep.seconds_left);
  document["search"] = sweep.search.empty() ? ordered_json(nullptr) : ordered_json(sweep.search);
  document["runs_to_choose"] = sweep.runs_to_choose;
  document["waiting"] = ordered_json::array();
  for (const WaitingStatus& waiting : sweep.waiting) {
    document["waiting"].push_back({{"reason", waiting.reason},
                                   {"runs", waiting.runs},
                                   {"example", waiting.example.value},
                                   {"until", moment_or_null(waiting.until)}});
  }
  return document;
}

ordered_json json_of(const FinishedRun& run) {
  return {{"run", run.run.value},
          {"sweep", run.sweep.value},
          {"state", run.state},
          {"failure_class", text_or_null(run.failure_class)},
          {"message", run.message},
          {"params", run.params},
          {"seed", run.seed},
          {"metric", number_or_null(run.metric)},
          {"train_seconds", number_or_null(run.train_seconds)},
          {"attempt", run.attempt.value}};
}

ordered_json json_of(const UnreadableStatus& sweep) {
  return {{"sweep", sweep.sweep.value}, {"name", sweep.name}, {"reason", sweep.reason}};
}

ordered_json json_of(const StrangerStatus& stranger) {
  return {{"device", stranger.device}, {"pid", stranger.pid}, {"process", stranger.process}};
}

ordered_json json_of(const OnEndStatus& command) {
  return {{"sweep", command.sweep.value}, {"pid", command.pid}, {"seconds", command.seconds}};
}

template <class Item>
ordered_json list_of(const std::vector<Item>& items) {
  ordered_json list = ordered_json::array();
  for (const Item& item : items) {
    list.push_back(json_of(item));
  }
  return list;
}

ordered_json json_of(const StoredStatus& stored) {
  const db::SweepInfo& sweep = stored.sweep;
  const Account& account = sweep.account;
  const std::int64_t left = account.planned - runs_over(account);
  ordered_json waiting = ordered_json::array();
  if (left > 0) {
    waiting.push_back({{"reason", "no orchestrator runs on this store"},
                       {"runs", left},
                       {"example", stored.example ? ordered_json(stored.example->value) : nullptr},
                       {"until", nullptr}});
  }
  ordered_json document = {
      {"sweep", sweep.sweep.value}, {"name", sweep.name}, {"state", name_of(sweep.state)}};
  document.update(account_json(account));
  const Result<SweepSpec> spec = sweep_spec_from_json(sweep.spec);
  document["priority"] = spec ? ordered_json(spec->priority.value_or(0)) : ordered_json(nullptr);
  for (const char* known_to_orchestrators : {"steps_done",
                                             "steps_planned",
                                             "elapsed_seconds",
                                             "seconds_left",
                                             "search",
                                             "runs_to_choose"}) {
    document[known_to_orchestrators] = nullptr;
  }
  document["waiting"] = std::move(waiting);
  return document;
}

}  // namespace

ordered_json to_json(const StatusDocument& status) {
  ordered_json document = {{"orchestrator", nullptr},
                           {"workers", list_of(status.workers)},
                           {"devices", list_of(status.devices)},
                           {"sweeps", list_of(status.sweeps)},
                           {"unreadable", list_of(status.unreadable)},
                           {"strangers", list_of(status.strangers)},
                           {"on_end", list_of(status.on_end)},
                           {"trouble", text_or_null(status.trouble)},
                           {"store_trouble", text_or_null(status.store_trouble)},
                           {"disk", nullptr}};
  if (status.orchestrator_pid) {
    document["orchestrator"] = {{"pid", *status.orchestrator_pid},
                                {"version", status.orchestrator_version}};
  }
  if (status.disk) {
    document["disk"] = {{"free_bytes", status.disk->free_bytes},
                        {"min_free_bytes", status.disk->min_free_bytes},
                        {"is_short", status.disk->is_short}};
  }
  if (status.next) {
    document["finished"] = list_of(status.finished);
    document["next"] = *status.next;
  }
  return document;
}

Result<StatusDocument> status_from_json(const ordered_json& document) {
  if (!document.is_object() || !document.contains("sweeps")) {
    return Error{Errc::corrupt, "the orchestrator's status has no \"sweeps\""};
  }
  StatusDocument status;
  if (const auto orchestrator = object_at(document, "orchestrator"); orchestrator.is_object()) {
    status.orchestrator_pid = count_at(orchestrator, "pid");
    status.orchestrator_version = text_at(orchestrator, "version");
  }
  for (const ordered_json& worker : list_at(document, "workers")) {
    status.workers.push_back(worker_of(worker));
  }
  for (const ordered_json& device : list_at(document, "devices")) {
    status.devices.push_back(device_of(device));
  }
  for (const ordered_json& sweep : list_at(document, "sweeps")) {
    status.sweeps.push_back(sweep_of(sweep));
  }
  for (const ordered_json& stranger : list_at(document, "strangers")) {
    status.strangers.push_back(
        {text_at(stranger, "device"), count_at(stranger, "pid"), text_at(stranger, "process")});
  }
  for (const ordered_json& command : list_at(document, "on_end")) {
    status.on_end.push_back({SweepId{count_at(command, "sweep")},
                             count_at(command, "pid"),
                             number_at(command, "seconds").value_or(0)});
  }
  for (const ordered_json& run : list_at(document, "finished")) {
    status.finished.push_back(finished_of(run));
  }
  for (const ordered_json& sweep : list_at(document, "unreadable")) {
    status.unreadable.push_back(
        {SweepId{count_at(sweep, "sweep")}, text_at(sweep, "name"), text_at(sweep, "reason")});
  }
  if (std::string trouble = text_at(document, "trouble"); !trouble.empty()) {
    status.trouble = std::move(trouble);
  }
  if (std::string trouble = text_at(document, "store_trouble"); !trouble.empty()) {
    status.store_trouble = std::move(trouble);
  }
  if (const auto disk = object_at(document, "disk"); disk.is_object()) {
    status.disk = {.free_bytes = count_at(disk, "free_bytes"),
                   .min_free_bytes = count_at(disk, "min_free_bytes"),
                   .is_short = disk.value("is_short", false)};
  }
  if (document.contains("next")) {
    status.next = count_at(document, "next");
  }
  return status;
}

ordered_json status_json_of(const std::vector<StoredStatus>& sweeps) {
  ordered_json document = to_json(StatusDocument());
  for (const StoredStatus& sweep : sweeps) {
    document["sweeps"].push_back(json_of(sweep));
  }
  return document;
}

}  // namespace tarama
