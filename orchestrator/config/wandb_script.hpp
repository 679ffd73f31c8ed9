// What the script that a sweep file of W&B names does with the module `wandb`, as far as its text
// tells: that decides where its numbers are read. Reads the script, and the modules beside it that
// it imports; runs nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tarama::config {

struct WandbScript {
  bool is_there = false;      // a file that could be read
  std::string imports_wandb;  // the file that does, from the folder of the sweep's; empty: none
  /// Calls of define_metric, without spaces: `("acc",summary="max")`.
  std::vector<std::string> defined_metrics;
};

/// `program` is a path from the sweep file's folder. At most 200 files are read.
[[nodiscard]] WandbScript look_at_wandb_script(const std::filesystem::path& folder,
                                               const std::string& program);

/// Whether the script has W&B rank runs by the best value of the metric, which is not the last.
[[nodiscard]] bool takes_best(const WandbScript& script, const std::string& metric);

}  // namespace tarama::config
