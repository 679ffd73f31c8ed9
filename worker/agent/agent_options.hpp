// The command line of an agent.
#pragma once

#include "core/sweep/ids.hpp"

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
  std::int64_t slots = 1;  // attempts at once, each on a thread of its own

  friend bool operator==(const AgentOptions&, const AgentOptions&) = default;
};

}  // namespace tarama
