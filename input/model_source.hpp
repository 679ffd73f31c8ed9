// What a sweep's `model` gives before the data are known: dimensions and a vocabulary, from a
// Hugging Face folder or from the sweep file itself.
#pragma once

#include "core/model_config.hpp"
#include "core/sweep_spec.hpp"
#include "input/findings.hpp"
#include "input/wordpiece.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct ModelSource {
  ModelConfig config;                    // of a folder: as the data have it only in `classes`
  std::vector<std::string> class_names;  // that the folder has for its classes
  std::optional<std::vector<std::string>> vocab;  // none: `vocab: auto`
  Casing casing = Casing::lowered;
};

/// Nothing, and at least one problem, where the model cannot be trained. From scratch,
/// config.vocab_size, max_positions and classes are still open.
[[nodiscard]] std::optional<ModelSource> read_model_source(const ModelSpec& model,
                                                           Norm norm,
                                                           Findings& findings);

}  // namespace tarama::input
