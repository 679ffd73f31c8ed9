// What checking a sweep's inputs has shown, in numbers and fingerprints: made where a sweep is
// submitted, kept with it in the store, and all that the service needs to know of data and models.
#pragma once

#include "core/sweep/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tarama::orchestrator {

/// The inputs of all levels that share data preparation and model dimensions.
struct PreparedVariant {
  std::string data_fingerprint;
  std::string model_fingerprint;  // empty: from scratch
  std::int64_t train_examples = 0;
  std::int64_t eval_examples = 0;
  std::int64_t test_examples = 0;  // 0: no test split
  std::int64_t train_tokens = 0;   // of one epoch, without padding
  std::int64_t classes = 0;
  std::int64_t parameters = 0;  // of the model, word pieces included
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t cut_texts = 0;  // cut to max_tokens, over all splits

  friend bool operator==(const PreparedVariant&, const PreparedVariant&) = default;
};

struct PreparedSummary {
  std::vector<PreparedVariant> variants;
  std::vector<std::int64_t> variant_of_level;  // index of `variants`, by LevelId - 1

  friend bool operator==(const PreparedSummary&, const PreparedSummary&) = default;
};

[[nodiscard]] std::string to_json(const PreparedSummary& summary);
[[nodiscard]] Result<PreparedSummary> prepared_summary_from_json(const std::string& text);

}  // namespace tarama::orchestrator
