// Predicted classes as the message that takes them to the store, with what they are held against.
// Pure.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/predictions.hpp"
#include "core/training/tokenized_data.hpp"
#include "protocol/messages.hpp"

namespace tarama {

/// Of data's eval or test split; run and attempt are the session's to set. `invalid_argument` where
/// a frame cannot hold it, which takes more than 30 million examples of up to 256 classes.
[[nodiscard]] Result<protocol::Predictions> prediction_message(const Predictions& predictions,
                                                               const TokenizedData& data);

}  // namespace tarama
