// What clients may ask a running orchestrator, and the answers, as JSON documents; a file a family.
// docs/PROTOCOL.md lists them. Clients are not trusted to be sane: whatever cannot be right gets an
// answer that says so.
#pragma once

#include "core/sweep/result.hpp"
#include "orchestrator/service/orchestrator.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tarama::orchestrator {

/// Of one orchestrator. On its loop's thread.
class Requests {
 public:
  /// `stop_now`: of the service, which also ends the loop.
  Requests(Orchestrator& orchestrator, std::function<void()> stop_now)
      : orchestrator_(orchestrator), stop_now_(std::move(stop_now)) {}

  /// `version`: of the protocol that the client speaks; another than ours may only ask who is
  /// there, and for the end.
  void answer(const std::string& json, std::uint16_t version, Orchestrator::Answer answer);

 private:
  Orchestrator& orchestrator_;
  std::function<void()> stop_now_;
};

// ---- the families; each throws nlohmann's exceptions where the request lacks something ----------

using Reply = std::function<void(const nlohmann::ordered_json&)>;

[[nodiscard]] nlohmann::ordered_json error_document(const Error& error);

void status_request(Orchestrator& orchestrator,
                    const nlohmann::ordered_json& request,
                    const Reply& reply);
void submit_request(Orchestrator& orchestrator,
                    const nlohmann::ordered_json& request,
                    const Reply& reply);
void extend_request(Orchestrator& orchestrator,
                    const nlohmann::ordered_json& request,
                    const Reply& reply);
/// refine: more replicates where they decide.
void refine_request(Orchestrator& orchestrator,
                    const nlohmann::ordered_json& request,
                    const Reply& reply);
/// priority: how much of the devices a sweep gets beside others.
void priority_request(Orchestrator& orchestrator,
                      const nlohmann::ordered_json& request,
                      const Reply& reply);
/// cancel, pause, resume, retry: of a sweep, or of one of its runs.
void steer_request(Orchestrator& orchestrator,
                   const nlohmann::ordered_json& request,
                   const Reply& reply);

}  // namespace tarama::orchestrator
