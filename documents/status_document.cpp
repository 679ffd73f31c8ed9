// See status_document.hpp.
#include "documents/status_document.hpp"

#include "core/sweep/run_state.hpp"

#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

std::optional<double> number_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>())
                                                     : std::nullopt;
}

std::int64_t count_at(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<std::int64_t>() : 0;
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
  return worker;
}

SweepStatus sweep_of(const ordered_json& object) {
  SweepStatus sweep;
  sweep.sweep = SweepId{count_at(object, "sweep")};
  sweep.name = text_at(object, "name");
  sweep.state = text_at(object, "state");
  sweep.account = {count_at(object, "planned"),
                   count_at(object, "pending"),
                   count_at(object, "leased"),
                   count_at(object, "running"),
                   count_at(object, "succeeded"),
                   count_at(object, "failed"),
                   count_at(object, "cancelled")};
  for (const ordered_json& waiting : list_at(object, "waiting")) {
    sweep.waiting.push_back({text_at(waiting, "reason"),
                             count_at(waiting, "runs"),
                             RunId{count_at(waiting, "example")}});
  }
  sweep.steps_done = count_at(object, "steps_done");
  sweep.steps_planned = count_at(object, "steps_planned");
  sweep.seconds_left = number_at(object, "seconds_left");
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
  return run;
}

ordered_json account_json(const StoredStatus& stored) {
  const db::SweepInfo& sweep = stored.sweep;
  const Account& account = sweep.account;
  const std::int64_t left = account.planned - runs_over(account);
  ordered_json waiting = ordered_json::array();
  if (left > 0) {
    waiting.push_back(
        {{"reason", "no orchestrator runs on this store"},
         {"runs", left},
         {"example", stored.example ? ordered_json(stored.example->value) : nullptr}});
  }
  return {{"sweep", sweep.sweep.value},
          {"name", sweep.name},
          {"state", name_of(sweep.state)},
          {"planned", account.planned},
          {"pending", account.pending},
          {"leased", account.leased},
          {"running", account.running},
          {"succeeded", account.succeeded},
          {"failed", account.failed},
          {"cancelled", account.cancelled},
          {"waiting", std::move(waiting)}};
}

}  // namespace

std::int64_t runs_over(const Account& account) {
  return account.succeeded + account.stopped + account.failed + account.cancelled;
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
  for (const ordered_json& sweep : list_at(document, "sweeps")) {
    status.sweeps.push_back(sweep_of(sweep));
  }
  for (const ordered_json& stranger : list_at(document, "strangers")) {
    status.strangers.push_back(
        {text_at(stranger, "device"), count_at(stranger, "pid"), text_at(stranger, "process")});
  }
  for (const ordered_json& run : list_at(document, "finished")) {
    status.finished.push_back(finished_of(run));
  }
  if (std::string trouble = text_at(document, "trouble"); !trouble.empty()) {
    status.trouble = std::move(trouble);
  }
  status.next = count_at(document, "next");
  return status;
}

ordered_json status_json_of(const std::vector<StoredStatus>& sweeps) {
  ordered_json document = {{"orchestrator", nullptr},
                           {"workers", ordered_json::array()},
                           {"sweeps", ordered_json::array()}};
  for (const StoredStatus& sweep : sweeps) {
    document["sweeps"].push_back(account_json(sweep));
  }
  return document;
}

}  // namespace tarama::cli
