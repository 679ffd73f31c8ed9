// Labels and names go with each message: it means something by itself, whatever the store has.
#include "worker/agent/prediction_message.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>

namespace tarama {

namespace {

// For the numbers and lengths of the message: some 40 bytes.
constexpr std::size_t room_for_the_rest = 1024;

}  // namespace

Result<protocol::Predictions> prediction_message(const Predictions& predictions,
                                                 const TokenizedData& data) {
  const TokenizedSplit& split = predictions.split == Split::eval ? data.eval : data.test;
  const auto classes = static_cast<std::int64_t>(data.classes.size());
  constexpr auto invalid = nlohmann::json::error_handler_t::replace;
  protocol::Predictions message{
      .epoch = predictions.epoch,
      .split = predictions.split,
      .classes = predictions.classes,
      .labels = coded_classes(split.labels, classes),
      .names = nlohmann::json(data.classes).dump(-1, ' ', false, invalid)};
  const std::size_t bytes = message.classes.size() + message.labels.size() + message.names.size();
  if (bytes > protocol::max_frame_bytes - room_for_the_rest) {
    return Error{
        Errc::invalid_argument,
        fmt::format("the predicted classes of {} examples are too many to be kept ({} bytes)",
                    split.examples(),
                    bytes)};
  }
  return message;
}

}  // namespace tarama
