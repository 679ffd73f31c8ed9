// Frames: the header here, each body by its list of fields in layout.hpp.
#include "protocol/messages.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/sweep/assert.hpp"
#include "protocol/layout.hpp"

#include <fmt/format.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace tarama::protocol {

namespace {

/// Calls `use.template operator()<M>()` for every message type, in the variant's order.
template <class Use, std::size_t... index>
void for_each_message(const Use& use, std::index_sequence<index...> /*all*/) {
  (use.template operator()<std::variant_alternative_t<index, Message>>(), ...);
}

template <class Use>
void for_each_message(const Use& use) {
  for_each_message(use, std::make_index_sequence<std::variant_size_v<Message>>());
}

class Encoder {
 public:
  explicit Encoder(std::vector<std::byte>& bytes) : writer_(bytes) {}

  template <class Tag>
  void operator()(std::string_view /*field*/, Id<Tag> id) {
    writer_.unsigned_number(static_cast<std::uint64_t>(id.value), 8);
  }

  void operator()(std::string_view /*field*/, std::int64_t number) {
    writer_.unsigned_number(static_cast<std::uint64_t>(number), 8);
  }

  void operator()(std::string_view /*field*/, double number) { writer_.real(number); }

  void operator()(std::string_view /*field*/, const std::string& text) { writer_.text(text); }

  template <class Enum>
  requires std::is_enum_v<Enum>

  void operator()(std::string_view /*field*/, Enum value) {
    writer_.unsigned_number(static_cast<std::uint64_t>(value), 1);
  }

  template <class Row>
  void operator()(std::string_view /*field*/, const std::vector<Row>& rows) {
    writer_.unsigned_number(rows.size(), 4);
    for (const Row& row : rows) {
      Layout<Row>::visit(*this, row);
    }
  }

 private:
  ByteWriter writer_;
};

class Decoder {
 public:
  explicit Decoder(ByteReader& reader) : reader_(reader) {}

  template <class Tag>
  void operator()(std::string_view field, Id<Tag>& id) {
    (*this)(field, id.value);
  }

  void operator()(std::string_view field, std::int64_t& number) {
    number = static_cast<std::int64_t>(reader_.unsigned_number(field, 8));
  }

  void operator()(std::string_view field, double& number) { number = reader_.real(field); }

  void operator()(std::string_view field, std::string& text) { text = reader_.text(field); }

  template <class Enum>
  requires std::is_enum_v<Enum>

  void operator()(std::string_view field, Enum& value) {
    const std::uint64_t number = reader_.unsigned_number(field, 1);
    if (number >= EnumRange<Enum>::values) {
      reader_.reject(field, fmt::format("{} is not in 0..{}", number, EnumRange<Enum>::values - 1));
      return;
    }
    value = static_cast<Enum>(number);
  }

  template <class Row>
  void operator()(std::string_view field, std::vector<Row>& rows) {
    rows.resize(reader_.count(field, Layout<Row>::bytes));
    for (Row& row : rows) {
      Layout<Row>::visit(*this, row);
    }
  }

 private:
  ByteReader& reader_;
};

/// Writes the table rows of one message.
class Describer {
 public:
  explicit Describer(std::string& table) : table_(table) {}

  template <class Tag>
  void operator()(std::string_view field, Id<Tag> /*id*/) {
    line(field, "i64", "");
  }

  void operator()(std::string_view field, std::int64_t /*number*/) { line(field, "i64", ""); }

  void operator()(std::string_view field, double /*number*/) { line(field, "f64", ""); }

  void operator()(std::string_view field, const std::string& /*text*/) { line(field, "text", ""); }

  template <class Enum>
  requires std::is_enum_v<Enum>

  void operator()(std::string_view field, Enum /*value*/) {
    line(field, "u8", EnumRange<Enum>::meaning());
  }

  template <class Row>
  void operator()(std::string_view field, const std::vector<Row>& /*rows*/) {
    line(field, "list", Layout<Row>::name);
  }

 private:
  void line(std::string_view field, std::string_view type, std::string_view meaning) {
    table_ += fmt::format("| | `{}` | {} | {} |\n", field, type, meaning);
  }

  std::string& table_;
};

std::string name_of_type(std::uint16_t type) {
  std::string name;
  for_each_message([&]<class M>() {
    if (Layout<M>::type == type) {
      name = Layout<M>::name;
    }
  });
  return name;
}

Error unknown_type(std::uint16_t type) {
  return Error{
      Errc::corrupt,
      fmt::format(
          "frame header: message type {} is unknown to protocol version {}", type, version)};
}

Error body_too_long(std::size_t bytes) {
  return Error{Errc::corrupt,
               fmt::format("frame header: a body of {} bytes is longer than the limit of {}",
                           bytes,
                           max_frame_bytes)};
}

template <class M>
Result<Message> decode_as(std::span<const std::byte> body) {
  ByteReader reader(body);
  Decoder decoder(reader);
  M message;
  Layout<M>::visit(decoder, message);
  if (!reader.has_failed() && reader.remaining() > 0) {
    return Error{Errc::corrupt,
                 fmt::format("message {}: {} bytes follow its last field at byte {}",
                             Layout<M>::name,
                             reader.remaining(),
                             body.size() - reader.remaining())};
  }
  if (reader.has_failed()) {
    return Error{Errc::corrupt, fmt::format("message {}: {}", Layout<M>::name, reader.problem())};
  }
  return Message(std::move(message));
}

}  // namespace

Result<std::vector<std::byte>> encode(const Message& message, std::uint16_t in_version) {
  std::vector<std::byte> frame(header_bytes);
  std::uint16_t type = 0;
  std::string_view name;
  std::visit(
      [&]<class M>(const M& concrete) {
        Encoder encoder(frame);
        type = Layout<M>::type;
        name = Layout<M>::name;
        Layout<M>::visit(encoder, concrete);
      },
      message);
  const std::size_t body = frame.size() - header_bytes;
  if (body > max_frame_bytes) {
    return Error{Errc::invalid_argument,
                 fmt::format("message {}: its body of {} bytes is longer than the limit of {}",
                             name,
                             body,
                             max_frame_bytes)};
  }
  std::vector<std::byte> header;
  ByteWriter writer(header);
  writer.unsigned_number(body, 4);
  writer.unsigned_number(in_version, 2);
  writer.unsigned_number(type, 2);
  std::copy(header.begin(), header.end(), frame.begin());
  return frame;
}

Result<FrameHeader> decode_header(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  FrameHeader header;
  header.body_bytes = static_cast<std::uint32_t>(reader.unsigned_number("body length", 4));
  header.version = static_cast<std::uint16_t>(reader.unsigned_number("version", 2));
  header.type = static_cast<std::uint16_t>(reader.unsigned_number("type", 2));
  if (reader.has_failed()) {
    return Error{Errc::corrupt, fmt::format("frame header: {}", reader.problem())};
  }
  if (header.is_readable() && name_of_type(header.type).empty()) {
    return unknown_type(header.type);
  }
  if (header.body_bytes > max_frame_bytes) {
    return body_too_long(header.body_bytes);
  }
  return header;
}

bool FrameHeader::is_readable() const {
  return version == protocol::version || type == Layout<Request>::type ||
         type == Layout<Reply>::type;
}

Result<Message> decode_body(const FrameHeader& header, std::span<const std::byte> body) {
  if (!header.is_readable()) {
    return Error{Errc::refused,
                 fmt::format("the peer speaks protocol version {}, this program version {}; use "
                             "the same version of tarama on both sides",
                             header.version,
                             version)};
  }
  if (header.body_bytes != body.size()) {
    return Error{Errc::corrupt,
                 fmt::format("message {}: the header promises a body of {} bytes, there are {}",
                             name_of_type(header.type),
                             header.body_bytes,
                             body.size())};
  }
  Result<Message> decoded = unknown_type(header.type);
  for_each_message([&]<class M>() {
    if (Layout<M>::type == header.type) {
      decoded = decode_as<M>(body);
    }
  });
  return decoded;
}

std::string layout_as_markdown() {
  std::string table = "| message | field | type | |\n|---|---|---|---|\n";
  Describer describer(table);
  for_each_message([&]<class M>() {
    table += fmt::format("| **{}** ({}) | | | |\n", Layout<M>::name, Layout<M>::type);
    M message;
    Layout<M>::visit(describer, message);
  });
  const auto describe_row = [&]<class Row>(const Row& row) {
    std::string_view more;
    if constexpr (requires { Layout<Row>::more; }) {
      more = Layout<Row>::more;
    }
    table += fmt::format("| {}, {} bytes{} | | | |\n", Layout<Row>::name, Layout<Row>::bytes, more);
    Layout<Row>::visit(describer, row);
  };
  describe_row(StepRow());
  describe_row(EvalRow());
  describe_row(ReportedRow());
  describe_row(AttemptAtHand());
  describe_row(AttemptProgress());
  return table;
}

}  // namespace tarama::protocol
