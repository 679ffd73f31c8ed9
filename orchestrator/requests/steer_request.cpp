// cancel, pause, resume, retry.
#include "orchestrator/requests/requests.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

struct Order {
  std::string what;
  SweepId sweep;
  std::optional<RunId> run;
  bool is_failed_only = false;  // of `retry`
};

std::optional<Event> event_of(const Order& order) {
  if (order.what == "cancel") {
    return CancelAsked{order.sweep, order.run};
  }
  if (order.what == "pause") {
    return PauseAsked{order.sweep, order.run};
  }
  if (order.what == "resume") {
    return ResumeAsked{order.sweep, order.run};
  }
  if (order.what == "retry") {
    return RetryAsked{
        order.sweep,
        order.run,
        order.is_failed_only ? RetryAsked::Which::failed : RetryAsked::Which::failed_and_cancelled};
  }
  return std::nullopt;
}

/// Runs that were paused by themselves do not go on with their sweep.
std::string hint_at_held(const Orchestrator& orchestrator, SweepId sweep) {
  const std::vector<RunId> held = orchestrator.scheduler().held_runs(sweep);
  return held.empty() ? ""
                      : fmt::format(
                            "; {} of its runs {} paused by {} and stay so: `tarama resume "
                            "{}/{}`{}",
                            held.size(),
                            held.size() == 1 ? "was" : "were",
                            held.size() == 1 ? "itself" : "themselves",
                            sweep,
                            held.front(),
                            held.size() == 1 ? "" : " and so on");
}

std::string nothing_to_do(const Orchestrator& orchestrator, const Order& order) {
  if (order.run) {
    const std::optional<RunRecord> record = orchestrator.scheduler().run(*order.run);
    return fmt::format("nothing to {}: run {} is {}{}",
                       order.what,
                       *order.run,
                       record ? name_of(record->standing.state) : "unknown",
                       record && record->standing.is_held ? " and held" : "");
  }
  const Account account = orchestrator.scheduler().account(order.sweep);
  if (order.what == "retry") {
    return fmt::format(
        "nothing to retry: of sweep {}'s runs {} failed and {} are cancelled{}",
        order.sweep,
        account.failed,
        account.cancelled,
        order.is_failed_only ? "; without --failed cancelled ones are meant as well" : "");
  }
  return fmt::format("nothing to {}: sweep {} is {}{}",
                     order.what,
                     order.sweep,
                     name_of(*orchestrator.scheduler().state(order.sweep)),
                     order.what == "resume" ? hint_at_held(orchestrator, order.sweep) : "");
}

void carry_out(Orchestrator& orchestrator,
               const Order& order,
               const Event& event,
               const Reply& reply) {
  if (order.run && orchestrator.catalog().sweep_of(*order.run) != order.sweep) {
    return reply(error_document(
        {Errc::not_found, fmt::format("sweep {} has no run {}", order.sweep, *order.run)}));
  }
  if (!orchestrator.handle(event)) {
    return reply(error_document({Errc::refused, nothing_to_do(orchestrator, order)}));
  }
  orchestrator.staff();
  json document = {{"sweep", order.sweep.value},
                   {"state", name_of(*orchestrator.scheduler().state(order.sweep))}};
  if (order.what == "resume" && !order.run) {
    document["hint"] = hint_at_held(orchestrator, order.sweep);
  }
  orchestrator.when_committed([reply, document] { reply(document); });
}

}  // namespace

void steer_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  Order order{.what = request.at("do").get<std::string>(),
              .sweep = SweepId{request.value("sweep", std::int64_t{0})},
              .run = {},
              .is_failed_only = request.value("failed_only", false)};
  if (const auto run = request.find("run"); run != request.end() && !run->is_null()) {
    order.run = RunId{run->get<std::int64_t>()};
  }
  const std::optional<Event> event = event_of(order);
  if (!event) {
    reply(
        error_document({Errc::invalid_argument, fmt::format("unknown request '{}'", order.what)}));
    return;
  }
  orchestrator.with_open_sweep(order.sweep,
                               [&orchestrator, order, event, reply](const Result<void>& opened) {
                                 opened ? carry_out(orchestrator, order, *event, reply)
                                        : reply(error_document(opened.error()));
                               });
}

}  // namespace tarama::orchestrator
