// The command line of an agent.
#pragma once

#include "core/scheduling/lease.hpp"
#include "core/sweep/ids.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace tarama {

struct AgentOptions {
  std::filesystem::path socket;  // the store's control.sock
  std::string session;           // our identity, which outlives this process; random
  std::string token;             // as the orchestrator gave it at our start
  WorkerId worker;
  std::string device = "cpu";
  std::filesystem::path store;
  int threads = 1;
  // Attempts at once, each on a thread of its own; 0: as many as it is given.
  std::int64_t slots = 1;
  // How long it lives on without an orchestrator and without a run.
  std::chrono::milliseconds grace = worker_grace;

  friend bool operator==(const AgentOptions&, const AgentOptions&) = default;
};

}  // namespace tarama
