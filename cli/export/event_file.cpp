// Events, and the records around them.
#include "cli/export/event_file.hpp"

#include "cli/export/protobuf.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <string_view>
#include <variant>

namespace tarama::cli {
namespace {

std::string little_endian(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) {
    text += static_cast<char>(value >> 8 * i & 0xff);
  }
  return text;
}

/// The mask keeps the sum of bytes that hold sums from being a constant.
std::string masked_crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t sum = crc.checksum();
  return little_endian(static_cast<std::uint32_t>((sum >> 15 | sum << 17) + 0xa282ead8U), 4);
}

ProtobufMessage event_at(double seconds, std::int64_t step) {
  ProtobufMessage event;
  event.real(1, seconds);
  if (step != 0) {  // a default is left out
    event.integer(2, static_cast<std::uint64_t>(step));
  }
  return event;
}

/// An event that carries data of the plugin; it shows by the tag of its only value.
std::string plugin_event(std::string_view tag, const ProtobufMessage& content, double seconds) {
  ProtobufMessage plugin;
  plugin.text(1, "hparams");
  plugin.message(2, content);
  ProtobufMessage metadata;
  metadata.message(1, plugin);
  ProtobufMessage shape;  // of a tensor that says nothing, since a value must be one
  shape.message(2, ProtobufMessage());
  ProtobufMessage tensor;
  tensor.integer(1, 1);  // DT_FLOAT
  tensor.message(2, shape);
  ProtobufMessage value;
  value.text(1, tag);
  value.message(8, tensor);
  value.message(9, metadata);
  ProtobufMessage summary;
  summary.message(1, value);
  ProtobufMessage event = event_at(seconds, 0);
  event.message(5, summary);
  return event.bytes();
}

// google.protobuf.Value and ListValue.
ProtobufMessage json_value(const ParameterValue& parameter) {
  ProtobufMessage value;
  if (const auto* const flag = std::get_if<bool>(&parameter)) {
    value.integer(4, *flag ? 1 : 0);
  } else if (const auto* const whole = std::get_if<std::int64_t>(&parameter)) {
    value.real(2, static_cast<double>(*whole));
  } else if (const auto* const real = std::get_if<double>(&parameter)) {
    value.real(2, *real);
  } else {
    value.text(3, std::get<std::string>(parameter));
  }
  return value;
}

enum class DataType : std::uint64_t { string = 1, boolean = 2, float64 = 3 };

DataType type_of(const Axis& axis) {
  const auto holds = [&](auto of) {
    return std::ranges::any_of(axis.values, [&](const ParameterValue& value) {
      return std::holds_alternative<decltype(of)>(value);
    });
  };
  if (holds(std::string())) {
    return DataType::string;
  }
  return holds(false) ? DataType::boolean : DataType::float64;
}

ProtobufMessage parameter_info(const Axis& axis) {
  ProtobufMessage values;
  for (const ParameterValue& value : axis.values) {
    values.message(1, json_value(value));
  }
  ProtobufMessage info;
  info.text(1, axis.key);
  info.integer(4, static_cast<std::uint64_t>(type_of(axis)));
  info.message(5, values);
  info.integer(7, axis.values.size() > 1 ? 1 : 0);
  return info;
}

ProtobufMessage metric_info(const std::string& tag) {
  ProtobufMessage name;
  name.text(2, tag);
  ProtobufMessage info;
  info.message(1, name);
  return info;
}

}  // namespace

EventFile::EventFile(std::ostream& out, double seconds) : out_(out) {
  ProtobufMessage event;
  event.real(1, seconds);
  event.text(3, "brain.Event:2");
  record(event.bytes());
}

void EventFile::scalars(std::int64_t step, double seconds, const Scalars& scalars) {
  ProtobufMessage summary;
  for (const auto& [tag, number] : scalars) {
    ProtobufMessage value;
    value.text(1, tag);
    value.single(2, static_cast<float>(number));
    summary.message(1, value);
  }
  ProtobufMessage event = event_at(seconds, step);
  event.message(5, summary);
  record(event.bytes());
}

void EventFile::session_start(const std::map<std::string, ParameterValue>& parameters,
                              const std::string& group,
                              double seconds) {
  ProtobufMessage start;
  for (const auto& [name, value] : parameters) {
    ProtobufMessage entry;
    entry.text(1, name);
    entry.message(2, json_value(value));
    start.message(1, entry);
  }
  start.text(4, group);
  start.real(5, seconds);
  ProtobufMessage content;
  content.message(3, start);
  record(plugin_event("_hparams_/session_start_info", content, seconds));
}

void EventFile::session_end(SessionStatus status, double seconds) {
  ProtobufMessage end;
  end.integer(1, static_cast<std::uint64_t>(status));
  end.real(2, seconds);
  ProtobufMessage content;
  content.message(4, end);
  record(plugin_event("_hparams_/session_end_info", content, seconds));
}

void EventFile::experiment(const std::vector<Axis>& parameters,
                           const std::vector<std::string>& metrics,
                           double seconds) {
  ProtobufMessage experiment;
  experiment.real(3, seconds);
  for (const Axis& axis : parameters) {
    experiment.message(4, parameter_info(axis));
  }
  for (const std::string& tag : metrics) {
    experiment.message(5, metric_info(tag));
  }
  ProtobufMessage content;
  content.message(2, experiment);
  record(plugin_event("_hparams_/experiment", content, seconds));
}

void EventFile::record(const std::string& event) {
  const std::string length = little_endian(event.size(), 8);
  out_ << length << masked_crc(length) << event << masked_crc(event);
}

}  // namespace tarama::cli
