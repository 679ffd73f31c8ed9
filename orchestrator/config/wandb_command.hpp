// The command that W&B's agent would run, as `trainer.command`: its macros, and the parameters as
// it passes them. Pure.
#pragma once

#include "orchestrator/config/wandb_report.hpp"
#include "orchestrator/config/yaml_node.hpp"

#include <string>
#include <vector>

namespace tarama::config {

/// A parameter as arguments pass it.
struct WandbArgument {
  std::string name;   // there: "model/net"; what an argument says
  std::string place;  // "{model_net}", or a template around several: "{{'lr': {optimizer.lr}}}"
  bool has_flags = false;  // some of its values are true or false
  bool is_flag = false;    // all of them are
  Position position;
};

/// What a script is given by the module that stands in for `wandb`, where that is chosen.
struct WandbStandIn {
  bool is_chosen = false;  // then wandb.config has the parameters
  std::string names;       // what TARAMA_WANDB_NAMES is set to; empty: nothing
};

/// Whether the file says what is to be run: by `program`, or by a `command` that names it.
[[nodiscard]] bool names_program(const YamlNode& root);

/// "[python3, train.py, \"--lr={lr}\"]"; what cannot be passed is reported.
[[nodiscard]] std::string wandb_command(const YamlNode& root,
                                        const std::vector<WandbArgument>& arguments,
                                        const WandbStandIn& stand_in,
                                        WandbReport& report);

/// A text with its braces doubled, as an argument of ours has it.
[[nodiscard]] std::string with_braces_doubled(const std::string& text);

}  // namespace tarama::config
