// The bytes of a checkpoint, with a checksum over all of them.
#include "worker/checkpoints/checkpoint_format.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/sweep/assert.hpp"
#include "protocol/layout.hpp"

#include <fmt/format.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace tarama::checkpoint_format {

namespace {

using protocol::Layout;

constexpr std::string_view magic = "TARAMACP";
constexpr std::size_t checksum_bytes = 32;

// Shortest forms, to bound a count before anything is allocated for it.
constexpr std::size_t least_array_bytes = 4 + 4;
constexpr std::size_t dimension_bytes = 8;
constexpr std::size_t least_prediction_bytes = 8 + 1 + 4;

/// Writes rows through the field lists of the protocol.
class RowWriter {
 public:
  explicit RowWriter(ByteWriter& writer) : writer_(writer) {}

  void operator()(std::string_view /*field*/, std::int64_t number) {
    writer_.unsigned_number(static_cast<std::uint64_t>(number), 8);
  }

  void operator()(std::string_view /*field*/, double number) { writer_.real(number); }

  void operator()(std::string_view /*field*/, Split split) {
    writer_.unsigned_number(static_cast<std::uint64_t>(split), 1);
  }

 private:
  ByteWriter& writer_;
};

class RowReader {
 public:
  explicit RowReader(ByteReader& reader) : reader_(reader) {}

  void operator()(std::string_view field, std::int64_t& number) {
    number = static_cast<std::int64_t>(reader_.unsigned_number(field, 8));
  }

  void operator()(std::string_view field, double& number) { number = reader_.real(field); }

  void operator()(std::string_view field, Split& split) {
    const std::uint64_t number = reader_.unsigned_number(field, 1);
    if (number >= protocol::EnumRange<Split>::values) {
      reader_.reject(field, fmt::format("{} is no split", number));
      return;
    }
    split = static_cast<Split>(number);
  }

 private:
  ByteReader& reader_;
};

template <class Row>
void write_rows(ByteWriter& writer, const std::vector<Row>& rows) {
  writer.unsigned_number(rows.size(), 4);
  RowWriter archive(writer);
  for (const Row& row : rows) {
    Layout<Row>::visit(archive, row);
  }
}

template <class Row>
void read_rows(ByteReader& reader, std::string_view field, std::vector<Row>& rows) {
  rows.resize(reader.count(field, Layout<Row>::bytes));
  RowReader archive(reader);
  for (Row& row : rows) {
    Layout<Row>::visit(archive, row);
  }
}

void write_predictions(ByteWriter& writer, const std::vector<Predictions>& predictions) {
  writer.unsigned_number(predictions.size(), 4);
  RowWriter archive(writer);
  for (const Predictions& one : predictions) {
    archive("epoch", one.epoch);
    archive("split", one.split);
    writer.text(one.classes);
  }
}

void read_predictions(ByteReader& reader, std::vector<Predictions>& predictions) {
  predictions.resize(reader.count("predictions", least_prediction_bytes));
  RowReader archive(reader);
  for (Predictions& one : predictions) {
    archive("epoch", one.epoch);
    archive("split", one.split);
    one.classes = reader.text("classes");
  }
}

/// Reads one array's name and shape; `floats_left` is what the file can still hold.
void read_array(ByteReader& reader,
                std::uint64_t& floats_left,
                std::map<std::string, NamedArray>& arrays) {
  const std::string name = reader.text("array name");
  NamedArray array;
  array.shape.resize(reader.count("dimensions", dimension_bytes));
  std::uint64_t floats = 1;
  for (std::int64_t& dimension : array.shape) {
    dimension = static_cast<std::int64_t>(reader.unsigned_number("dimension", dimension_bytes));
    const auto factor = static_cast<std::uint64_t>(dimension);
    if (dimension < 0 || (factor > 0 && floats > floats_left / factor)) {
      reader.reject("dimension", fmt::format("the array '{}' is larger than the file", name));
      return;
    }
    floats *= factor;
  }
  if (reader.has_failed()) {
    return;
  }
  if (floats > floats_left) {
    reader.reject("dimension", fmt::format("the array '{}' is larger than the file", name));
    return;
  }
  floats_left -= floats;
  array.values.edit().resize(floats);
  arrays.emplace(name, std::move(array));
}

}  // namespace

std::vector<std::byte> encode_header(const Header& header) {
  TARAMA_ASSERT(header.checksum.size() == checksum_bytes, "a fingerprint has 32 digits");
  std::vector<std::byte> bytes;
  const auto append = [&](std::string_view text) {
    const auto raw = std::as_bytes(std::span(text));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  };
  append(magic);
  ByteWriter writer(bytes);
  writer.unsigned_number(version, 4);
  writer.unsigned_number(header.table_bytes, 8);
  writer.unsigned_number(header.array_bytes, 8);
  append(header.checksum);
  return bytes;
}

Result<Header> decode_header(std::span<const std::byte> bytes) {
  if (bytes.size() < header_bytes) {
    return Error{Errc::corrupt, fmt::format("its header has {} bytes only", bytes.size())};
  }
  ByteReader reader(bytes);
  if (as_text(reader.bytes("magic", magic.size())) != magic) {
    return Error{Errc::corrupt, "it does not begin as a checkpoint"};
  }
  const std::uint64_t found = reader.unsigned_number("version", 4);
  if (found != version) {
    return Error{
        Errc::corrupt,
        fmt::format("it has format version {}, this program reads version {}", found, version)};
  }
  Header header;
  header.table_bytes = reader.unsigned_number("table size", 8);
  header.array_bytes = reader.unsigned_number("array size", 8);
  header.checksum = as_text(reader.bytes("checksum", checksum_bytes));
  return header;
}

std::vector<std::byte> encode_table(const std::string& run_key,
                                    Attempt attempt,
                                    const TrainerState& state) {
  std::vector<std::byte> bytes;
  ByteWriter writer(bytes);
  writer.text(run_key);
  writer.unsigned_number(static_cast<std::uint64_t>(attempt.value), 8);
  writer.text(state.arithmetic);
  writer.unsigned_number(static_cast<std::uint64_t>(state.steps_done), 8);
  writer.unsigned_number(state.arrays.size(), 4);
  for (const auto& [name, array] : state.arrays) {
    writer.text(name);
    writer.unsigned_number(array.shape.size(), 4);
    for (const std::int64_t dimension : array.shape) {
      writer.unsigned_number(static_cast<std::uint64_t>(dimension), dimension_bytes);
    }
  }
  write_rows(writer, state.steps);
  write_rows(writer, state.evals);
  write_predictions(writer, state.predictions);
  return bytes;
}

Result<Table> decode_table(std::span<const std::byte> bytes, std::uint64_t array_bytes) {
  ByteReader reader(bytes);
  Table table;
  table.run_key = reader.text("run key");
  table.attempt.value = static_cast<std::int64_t>(reader.unsigned_number("attempt", 8));
  table.state.arithmetic = reader.text("arithmetic");
  table.state.steps_done = static_cast<std::int64_t>(reader.unsigned_number("steps done", 8));
  const std::size_t arrays = reader.count("arrays", least_array_bytes);
  std::uint64_t floats_left = array_bytes / sizeof(float);
  for (std::size_t i = 0; i < arrays && !reader.has_failed(); ++i) {
    read_array(reader, floats_left, table.state.arrays);
  }
  read_rows(reader, "steps", table.state.steps);
  read_rows(reader, "evals", table.state.evals);
  read_predictions(reader, table.state.predictions);
  if (reader.has_failed()) {
    return Error{Errc::corrupt, reader.problem()};
  }
  if (reader.remaining() > 0 || floats_left > 0 || table.state.arrays.size() != arrays) {
    return Error{Errc::corrupt, "its parts do not fill it"};
  }
  return table;
}

}  // namespace tarama::checkpoint_format
