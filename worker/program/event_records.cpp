// See event_records.hpp. Numbers of fields are those of TensorFlow's event.proto, summary.proto and
// tensor.proto.
#include "worker/program/event_records.hpp"

#include <cstring>
#include <limits>

namespace tarama::program {

namespace {

/// One field of a message; of its kinds those that are asked for.
struct WireField {
  std::uint64_t number = 0;
  std::uint64_t kind = 0;
  std::uint64_t whole = 0;   // of kind 0
  std::string_view bytes{};  // of the others
};

constexpr std::uint64_t varint_kind = 0;
constexpr std::uint64_t eight_bytes_kind = 1;
constexpr std::uint64_t bytes_kind = 2;
constexpr std::uint64_t four_bytes_kind = 5;

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  /// nullopt: no more, or no message.
  std::optional<WireField> next() {
    const auto key = varint();
    if (!key) {
      return std::nullopt;
    }
    WireField field{.number = *key >> 3, .kind = *key & 7};
    if (field.kind == varint_kind) {
      const auto whole = varint();
      field.whole = whole.value_or(0);
      return whole ? std::optional(field) : std::nullopt;
    }
    std::optional<std::uint64_t> length =
        field.kind == eight_bytes_kind  ? std::optional<std::uint64_t>(8)
        : field.kind == four_bytes_kind ? std::optional<std::uint64_t>(4)
        : field.kind == bytes_kind      ? varint()
                                        : std::nullopt;
    if (!length || *length > rest_.size()) {
      return std::nullopt;
    }
    field.bytes = rest_.substr(0, *length);
    rest_.remove_prefix(*length);
    return field;
  }

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

/// Little-endian, as every machine of ours.
template <class Number>
std::optional<double> number_of_bytes(std::string_view bytes) {
  Number number{};
  if (bytes.size() != sizeof(number)) {
    return std::nullopt;
  }
  std::memcpy(&number, bytes.data(), sizeof(number));
  return static_cast<double>(number);
}

/// A tensor of one number, as TensorFlow 2 writes scalars.
std::optional<double> scalar_of_tensor(std::string_view tensor) {
  constexpr std::uint64_t type_of_double = 2;
  std::uint64_t type = 1;
  std::optional<double> value;
  std::string_view content;
  WireReader reader(tensor);
  while (const auto field = reader.next()) {
    if (field->number == 1 && field->kind == varint_kind) {
      type = field->whole;
    } else if (field->number == 4 && field->kind == bytes_kind) {
      content = field->bytes;
    } else if (field->number == 5) {
      value = number_of_bytes<float>(field->bytes);
    } else if (field->number == 6) {
      value = number_of_bytes<double>(field->bytes);
    }
  }
  if (value) {
    return value;
  }
  return type == type_of_double ? number_of_bytes<double>(content)
                                : number_of_bytes<float>(content);
}

std::optional<EventScalar> scalar_of_value(std::string_view message) {
  EventScalar scalar;
  std::optional<double> value;
  WireReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1 && field->kind == bytes_kind) {
      scalar.tag = field->bytes;
    } else if (field->number == 2 && field->kind == four_bytes_kind) {
      value = number_of_bytes<float>(field->bytes);
    } else if (field->number == 8 && field->kind == bytes_kind) {
      value = scalar_of_tensor(field->bytes);
    }
  }
  scalar.value = value.value_or(0);
  return value && !scalar.tag.empty() ? std::optional(scalar) : std::nullopt;
}

}  // namespace

std::vector<EventScalar> scalars_in_event(std::string_view event) {
  std::vector<EventScalar> scalars;
  std::int64_t step = 0;
  WireReader reader(event);
  while (const auto field = reader.next()) {
    if (field->number == 2 && field->kind == varint_kind) {
      step = static_cast<std::int64_t>(field->whole);
    } else if (field->number == 5 && field->kind == bytes_kind) {
      WireReader values(field->bytes);
      while (const auto value = values.next()) {
        if (value->number == 1 && value->kind == bytes_kind) {
          if (auto scalar = scalar_of_value(value->bytes)) {
            scalars.push_back(std::move(*scalar));
          }
        }
      }
    }
  }
  for (EventScalar& scalar : scalars) {
    scalar.step = step;
  }
  return scalars;
}

std::uint64_t event_length(std::string_view header) {
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();
  if (header.size() >= sizeof(length)) {
    std::memcpy(&length, header.data(), sizeof(length));
  }
  return length;
}

}  // namespace tarama::program
