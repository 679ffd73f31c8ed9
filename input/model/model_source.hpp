// What a sweep's `model` gives before the data are known: dimensions and a vocabulary, from a
// Hugging Face folder or from the sweep file itself.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "core/training/model_config.hpp"
#include "core/training/tokenizer_settings.hpp"
#include "input/files/findings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct ModelSource {
  /// None where config.json cannot be read. From scratch, vocab_size, max_positions and classes
  /// are still open; of a folder, `classes` is what the folder has.
  std::optional<ModelConfig> config;
  std::vector<std::string> class_names;           // that the folder has for its classes
  std::optional<std::vector<std::string>> vocab;  // none: `vocab: auto`
  TokenizerSettings tokenizer;
};

/// What could be read; it is for use where there were no problems.
[[nodiscard]] ModelSource read_model_source(const ModelSpec& model, Norm norm, Findings& findings);

}  // namespace tarama::input
