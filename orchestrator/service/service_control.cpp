// Requests of the CLI and their answers, as documents. docs/PROTOCOL.md lists them.
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/sweep_identity.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "orchestrator/service/service_state.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

std::string_view name_of_code(Errc code) {
  switch (code) {
    case Errc::invalid_config:
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::not_found:
      return "not_found";
    case Errc::refused:
      return "refused";
    case Errc::timed_out:
      return "timed_out";
    case Errc::io:
      return "io";
    case Errc::corrupt:
      return "corrupt";
    case Errc::disk_full:
      return "disk_full";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

json error_document(const Error& error) {
  return {{"error", {{"code", name_of_code(error.code)}, {"message", error.message}}}};
}

json number_or_null(std::optional<double> number) {
  return number && std::isfinite(*number) ? json(*number) : json(nullptr);
}

json params_document(const LevelParams& params) {
  return json::parse(params_json(params));
}

template <class IdType>
std::optional<IdType> id_in(const json& request, const char* key) {
  const auto found = request.find(key);
  if (found == request.end() || found->is_null()) {
    return std::nullopt;
  }
  return IdType{found->get<std::int64_t>()};
}

json account_document(const Account& account) {
  return {{"planned", account.planned},
          {"pending", account.pending},
          {"leased", account.leased},
          {"running", account.running},
          {"succeeded", account.succeeded},
          {"failed", account.failed},
          {"cancelled", account.cancelled}};
}

// A view asks again with the cursor; this many rows are about 300 kB of JSON.
constexpr std::size_t finished_per_reply = 1000;

}  // namespace

void Service::State::on_request(const std::string& text, const Reply& reply) {
  try {
    const json request = json::parse(text);
    const auto what = request.at("do").get<std::string>();
    if (what == "ping") {
      reply({{"pid", getpid()}, {"version", TARAMA_VERSION}, {"trainer", trainer}});
    } else if (what == "status") {
      reply(status(request));
    } else if (what == "submit") {
      submit(request, reply);
    } else if (what == "drain") {
      reply(json::object());
      begin_drain();
    } else if (what == "stop_now") {
      reply(json::object());
      begin_stop();
    } else {
      steer(what, request, reply);
    }
  } catch (const json::exception& error) {
    reply(error_document(
        {Errc::invalid_argument, fmt::format("the request does not decode: {}", error.what())}));
  }
}

void Service::State::steer(const std::string& what, const json& request, const Reply& reply) {
  const SweepId sweep = id_in<SweepId>(request, "sweep").value_or(SweepId{});
  const std::optional<RunId> run = id_in<RunId>(request, "run");
  if (!scheduler.state(sweep)) {
    reply(error_document({Errc::not_found, fmt::format("there is no sweep {}", sweep)}));
    return;
  }
  if (run && sweep_of(*run) != sweep) {
    reply(error_document({Errc::not_found, fmt::format("sweep {} has no run {}", sweep, *run)}));
    return;
  }
  std::optional<Event> event;
  if (what == "cancel") {
    event = CancelAsked{sweep, run};
  } else if (what == "pause") {
    event = PauseAsked{sweep, run};
  } else if (what == "resume") {
    event = ResumeAsked{sweep, run};
  } else if (what == "retry") {
    event = RetryAsked{sweep, run};
  } else {
    reply(error_document({Errc::invalid_argument, fmt::format("unknown request '{}'", what)}));
    return;
  }
  if (!handle(*event)) {
    reply(error_document({Errc::refused, nothing_to_do(what, sweep, run)}));
    return;
  }
  staff();
  reply({{"sweep", sweep.value}, {"state", name_of(*scheduler.state(sweep))}});
}

std::string Service::State::nothing_to_do(const std::string& what,
                                          SweepId sweep,
                                          std::optional<RunId> run) const {
  if (run) {
    const std::optional<RunRecord> record = scheduler.run(*run);
    return fmt::format("nothing to {}: run {} is {}{}",
                       what,
                       *run,
                       record ? name_of(record->state) : "unknown",
                       record && record->is_held ? " and held" : "");
  }
  return fmt::format(
      "nothing to {}: sweep {} is {}", what, sweep, name_of(*scheduler.state(sweep)));
}

void Service::State::submit(const json& request, const Reply& reply) {
  Result<SweepSpec> spec = sweep_spec_from_json(request.at("spec").dump());
  Result<PreparedSummary> prepared = prepared_summary_from_json(request.at("prepared").dump());
  if (!spec || !prepared) {
    reply(error_document(spec ? prepared.error() : spec.error()));
    return;
  }
  if (is_draining) {
    reply(error_document({Errc::refused, "the orchestrator is stopping; submit once it is gone"}));
    return;
  }
  survey();
  const Result<std::vector<Place>> places = places_for(spec->resources, machine, {});
  if (!places) {
    reply(error_document(places.error()));
    return;
  }
  workers->forgive();
  Result<db::NewSweep> sweep = plan_sweep({.spec = *spec,
                                           .prepared = *prepared,
                                           .yaml = request.at("yaml").get<std::string>(),
                                           .host = request.at("host").get<std::string>(),
                                           .driver = machine.gpus.driver},
                                          trainer,
                                          now());
  if (!sweep) {
    reply(error_document(sweep.error()));
    return;
  }
  sweep->rules = rules_of(*spec, *places);
  std::vector<std::string> keys;
  for (const db::NewRun& run : sweep->runs) {
    keys.push_back(run.run_key);
  }
  const std::string identity = identity_of(sweep->name, std::move(keys));
  for (const auto& [id, book] : books) {
    if (book.identity() == identity) {
      submit_again(id, *spec, reply);
      return;
    }
  }
  if (!being_created.insert(identity).second) {
    reply(error_document({Errc::refused,
                          fmt::format("'{}' is being submitted by another command just now; "
                                      "`tarama list` shows it in a moment",
                                      sweep->name)}));
    return;
  }
  submit_new(std::move(*sweep), identity, reply);
}

void Service::State::submit_again(SweepId sweep, const SweepSpec& newest, const Reply& reply) {
  const SweepSpec& known = books.at(sweep).spec();
  if (newest.metric != known.metric) {
    reply(error_document(
        {Errc::refused,
         fmt::format("sweep {} '{}' has the same runs but another metric; give this one another "
                     "name, or leave the metric as it was",
                     sweep,
                     known.name)}));
    return;
  }
  const SweepSpec spec = with_newest_limits(known, newest);
  const SweepRules rules = rules_of(spec, places_of(spec));
  writer->run([this, sweep, rules, spec, reply](db::RunStore& store) {
    const Result<void> changed = store.change_rules(sweep, rules, to_json(spec));
    boost::asio::post(context, [this, sweep, rules, spec, changed, reply] {
      if (!changed) {
        reply(error_document(changed.error()));
        return;
      }
      books.at(sweep).set_spec(spec);
      handle(RulesChanged{sweep, rules});
      if (scheduler.state(sweep) == SweepState::paused) {
        handle(ResumeAsked{sweep, std::nullopt});
      }
      staff();
      reply({{"sweep", sweep.value},
             {"name", spec.name},
             {"planned", scheduler.account(sweep).planned},
             {"is_new", false}});
    });
  });
}

void Service::State::submit_new(db::NewSweep sweep,
                                const std::string& identity,
                                const Reply& reply) {
  writer->run([this, sweep = std::make_shared<db::NewSweep>(std::move(sweep)), identity, reply](
                  db::RunStore& store) {
    auto created = std::make_shared<Result<db::StoredSweep>>(store.create_sweep(*sweep));
    boost::asio::post(context, [this, created, identity, reply] {
      being_created.erase(identity);
      if (!*created) {
        reply(error_document(created->error()));
        return;
      }
      db::StoredSweep& stored = **created;
      if (const Result<void> adopted = adopt(stored); !adopted) {
        reply(error_document(adopted.error()));
        return;
      }
      const SweepId id = stored.record.sweep;
      const std::size_t planned = stored.record.runs.size();
      spdlog::info("sweep {} '{}': {} runs", id, stored.name, planned);
      handle(SweepSubmitted{std::move(stored.record)});
      staff();
      reply({{"sweep", id.value}, {"name", stored.name}, {"planned", planned}, {"is_new", true}});
    });
  });
}

json Service::State::status(const json& request) const {
  const std::optional<SweepId> only = id_in<SweepId>(request, "sweep");
  if (only && !scheduler.state(*only)) {
    return error_document({Errc::not_found, fmt::format("there is no sweep {}", *only)});
  }
  json document = {{"orchestrator", {{"pid", getpid()}, {"version", TARAMA_VERSION}}},
                   {"workers", json::array()},
                   {"sweeps", json::array()},
                   {"strangers", json::array()},
                   {"trouble", nullptr}};
  for (const WorkerView& worker : workers->workers()) {
    document["workers"].push_back(worker_status(worker));
  }
  for (const SweepId sweep : scheduler.sweeps()) {
    if (!only || sweep == *only) {
      document["sweeps"].push_back(sweep_status(sweep));
    }
  }
  for (const Stranger& stranger : strangers_on(machine, {})) {
    document["strangers"].push_back({{"device", stranger.device},
                                     {"pid", stranger.process.pid},
                                     {"process", stranger.process.name}});
  }
  if (const std::string trouble = workers->trouble(); !trouble.empty()) {
    document["trouble"] = trouble;
  }
  document["store_trouble"] = nullptr;
  if (const std::optional<Error> trouble = writer->trouble()) {
    document["store_trouble"] = trouble->message;
  }
  if (const auto since = request.value("since", std::int64_t{-1}); since >= 0) {
    document["finished"] = finished_since(since);
    document["next"] = since + static_cast<std::int64_t>(document["finished"].size());
  }
  return document;
}

json Service::State::finished_since(std::int64_t cursor) const {
  json rows = json::array();
  for (auto i = static_cast<std::size_t>(cursor);
       i < finished.size() && rows.size() < finished_per_reply;
       ++i) {
    const FinishedRun& run = finished[i];
    const SweepBook& book = books.at(run.sweep);
    rows.push_back({{"run", run.run.value},
                    {"sweep", run.sweep.value},
                    {"state", name_of(run.state)},
                    {"failure_class", run.failure ? json(name_of(*run.failure)) : json(nullptr)},
                    {"message", run.message},
                    {"params", params_document(book.params_of(run.run))},
                    {"seed", book.seed_of(run.run)},
                    {"metric", number_or_null(run.metric)},
                    {"train_seconds", number_or_null(run.train_seconds)},
                    {"attempt", run.attempt.value}});
  }
  return rows;
}

json Service::State::worker_status(const WorkerView& worker) const {
  const std::vector<AssignRun> assigned = scheduler.assignments(worker.worker);
  const char* state = worker.phase == WorkerPhase::starting   ? "starting"
                      : worker.phase == WorkerPhase::stopping ? "stopping"
                      : assigned.empty()                      ? "idle"
                                                              : "busy";
  json document = {{"id", worker.worker.value},
                   {"pid", worker.pid},
                   {"device", worker.device},
                   {"state", state},
                   {"run", nullptr},
                   {"attempt", nullptr},
                   {"sweep", nullptr},
                   {"params", nullptr},
                   {"step", nullptr},
                   {"steps", nullptr},
                   {"losses", json::array()},
                   {"steps_per_second", nullptr}};
  if (assigned.empty()) {
    return document;
  }
  const AssignRun& assignment = assigned.front();
  const SweepId sweep = *sweep_of(assignment.run);
  const SweepBook& book = books.at(sweep);
  document["run"] = assignment.run.value;
  document["attempt"] = assignment.attempt.value;
  document["sweep"] = sweep.value;
  document["params"] = params_document(book.params_of(assignment.run));
  document["steps"] = book.steps_of(assignment.run);
  document["step"] = 0;
  if (const RunProgress* run = progress.of(assignment.run)) {
    document["step"] = run->steps_done;
    for (const double loss : run->losses.points()) {
      document["losses"].push_back(number_or_null(loss));
    }
    const double seconds =
        static_cast<double>(now().milliseconds - run->started_at.milliseconds) / 1000;
    const auto steps = static_cast<double>(run->steps_done - run->first_step);
    document["steps_per_second"] =
        number_or_null(seconds > 0 ? std::optional(steps / seconds) : std::nullopt);
  }
  return document;
}

json Service::State::sweep_status(SweepId sweep) const {
  const SweepBook& book = books.at(sweep);
  const SweepClock& clock = clocks.at(sweep);
  const Account account = scheduler.account(sweep);
  std::int64_t steps_done = settled_steps(sweep);
  for (const auto& [run, running] : progress.all()) {
    steps_done += sweep_of(run) == sweep ? running.steps_done : 0;
  }
  const TimePoint until = clock.ended.value_or(now());
  const double elapsed =
      clock.first_run
          ? static_cast<double>(until.milliseconds - clock.first_run->milliseconds) / 1000
          : 0;
  const auto done_here = static_cast<double>(steps_done - clock.steps_at_start);
  std::optional<double> seconds_left;
  if (done_here > 0 && elapsed > 0 && scheduler.state(sweep) == SweepState::running) {
    seconds_left = static_cast<double>(book.planned_steps() - steps_done) * elapsed / done_here;
  }
  json document = account_document(account);
  document["sweep"] = sweep.value;
  document["name"] = book.spec().name;
  document["state"] = name_of(*scheduler.state(sweep));
  document["steps_done"] = steps_done;
  document["steps_planned"] = book.planned_steps();
  document["elapsed_seconds"] = elapsed;
  document["seconds_left"] = number_or_null(seconds_left);
  document["waiting"] = json::array();
  for (const Waiting& waiting : scheduler.waiting(sweep)) {
    document["waiting"].push_back(
        {{"reason", waiting.reason}, {"runs", waiting.runs}, {"example", waiting.example.value}});
  }
  return document;
}

}  // namespace tarama::orchestrator
