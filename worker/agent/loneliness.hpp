// What a worker does about itself while there is no orchestrator that could: it ends when it has
// nothing to do for the time of grace, and when its training hangs. Pure: time is a parameter.
#pragma once

#include "core/scheduling/progress_watch.hpp"
#include "core/sweep/ids.hpp"
#include "protocol/messages.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

/// How the attempts of a worker stand.
struct HostedStanding {
  bool is_idle = true;      // none is at work
  bool is_held_up = false;  // one waits for room on the disk
  std::vector<protocol::AttemptProgress> at_work{};
};

struct Resolution {
  enum class Kind {
    stop,  // let what still works save a checkpoint, and end
    exit,  // at once: it does not hear a stop
  };

  Kind kind = Kind::stop;
  std::string why;  // for a person

  friend bool operator==(const Resolution&, const Resolution&) = default;
};

class Loneliness {
 public:
  Loneliness(std::chrono::milliseconds grace, std::chrono::milliseconds now)
      : grace_(grace), idle_since_(now), free_since_(now) {}

  /// To be asked again and again; nullopt: go on.
  [[nodiscard]] std::optional<Resolution> look(const HostedStanding& standing,
                                               std::chrono::milliseconds now);

 private:
  std::chrono::milliseconds grace_;
  std::chrono::milliseconds idle_since_;
  std::chrono::milliseconds free_since_;
  std::map<std::pair<RunId, Attempt>, ProgressWatch> watches_;
};

}  // namespace tarama
