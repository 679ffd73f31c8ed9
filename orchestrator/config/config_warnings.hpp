// What is allowed in a sweep file but hardly meant: settings that have no effect. `tarama plan`
// shows them, `run` and `submit` print them; nothing is refused.
#pragma once

#include "orchestrator/config/sweep_file.hpp"

#include <string>
#include <vector>

namespace tarama::config {

struct ConfigWarning {
  std::string code;  // stable, snake_case
  std::string message;
  int line = 0;  // from 1; 0 if `--set` gave the key

  friend bool operator==(const ConfigWarning&, const ConfigWarning&) = default;
};

/// `warmup_without_t_total`: some level has a warm-up and `t_total: none`, so that no schedule
/// is applied. `warmup_ignored_by_schedule`: some level has a warm-up and `schedule: none`.
/// `unusual_rate`: a pretrained model, and a learning rate far from the usual.
[[nodiscard]] std::vector<ConfigWarning> config_warnings(const SweepFile& file);

}  // namespace tarama::config
