// priority: of a sweep among others; written by the store's thread, taken up by the loop.
#include "orchestrator/requests/requests.hpp"
#include "orchestrator/sweeps/sweep_priority.hpp"

#include <boost/asio/post.hpp>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

/// It may have been let go meanwhile, and is read with its new priority then.
void take_up_priority(Orchestrator& orchestrator,
                      SweepId sweep,
                      std::int64_t priority,
                      const Reply& reply) {
  orchestrator.with_open_sweep(sweep,
                               [&orchestrator, sweep, priority, reply](const Result<void>& opened) {
                                 if (!opened) {
                                   return reply(error_document(opened.error()));
                                 }
                                 SweepSpec spec = orchestrator.catalog().find(sweep)->spec();
                                 spec.priority = priority;
                                 orchestrator.change_spec(sweep, spec);
                                 reply({{"sweep", sweep.value}, {"priority", priority}});
                               });
}

void set_priority(Orchestrator& orchestrator,
                  SweepId sweep,
                  std::int64_t priority,
                  const Reply& reply) {
  orchestrator.writer().run([&orchestrator, sweep, priority, reply](db::RunStore& store) {
    const Result<void> stored = store_priority(store, sweep, priority);
    boost::asio::post(orchestrator.loop(), [&orchestrator, sweep, priority, stored, reply] {
      if (!stored) {
        return reply(error_document(stored.error()));
      }
      spdlog::info("sweep {}: priority {}", sweep, priority);
      take_up_priority(orchestrator, sweep, priority, reply);
    });
  });
}

}  // namespace

void priority_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  const SweepId sweep{request.at("sweep").get<std::int64_t>()};
  const auto priority = request.at("priority").get<std::int64_t>();
  orchestrator.with_open_sweep(sweep,
                               [&orchestrator, sweep, priority, reply](const Result<void>& opened) {
                                 opened ? set_priority(orchestrator, sweep, priority, reply)
                                        : reply(error_document(opened.error()));
                               });
}

}  // namespace tarama::orchestrator
