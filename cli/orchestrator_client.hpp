// Asking the store's orchestrator over its control socket, and what it means when none is there.
#pragma once

#include "cli/context.hpp"
#include "core/sweep/result.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace tarama::cli {

/// The reply document. An {"error": ...} reply comes as that Error; `refused`, with what to do,
/// where no orchestrator runs. Blocks for at most a minute.
[[nodiscard]] Result<nlohmann::ordered_json> ask_orchestrator(
    const Context& context, const nlohmann::ordered_json& request);

/// What an orchestrator says of itself.
struct Peer {
  std::int64_t pid = 0;
  std::string version;
  std::string trainer;
};

/// The store's orchestrator, nullopt where none runs. An error: one is there but does not answer,
/// or not to us (`refused`: the store is another user's).
[[nodiscard]] Result<std::optional<Peer>> find_orchestrator(const Context& context);

/// The error of every command that needs an orchestrator and finds none.
[[nodiscard]] Error no_orchestrator(const Context& context);

}  // namespace tarama::cli
