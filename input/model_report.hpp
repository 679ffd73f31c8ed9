// What tarama would read in a model's folder: for `tarama doctor MODEL_DIR`, the page that one
// shows a colleague.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama::input {

struct ModelReport {
  std::vector<std::pair<std::string, std::string>>
      facts;  // "architecture", "bert (norm: post), ..."
  std::vector<std::pair<std::string, std::string>> cuts;  // a text, and its word pieces
  std::vector<std::string> odd;                           // what looks wrong
  std::vector<std::string> problems;                      // why it cannot be read
};

/// All that can be read is told, whatever else is wrong.
[[nodiscard]] ModelReport report_on_model(const std::filesystem::path& folder);

/// "FILE: 38 of its 41 tensors are used, not 'cls.predictions.bias', for one"; nullopt where the
/// folder cannot be read.
[[nodiscard]] std::optional<std::string> tensors_of_model(const std::filesystem::path& folder);

}  // namespace tarama::input
