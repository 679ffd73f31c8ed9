// Records one behind the other, each checked before it is believed.
#include "protocol/spool.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/sweep/fingerprint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>
#include <string_view>
#include <utility>

namespace tarama::protocol {

namespace {

constexpr std::string_view magic = "tarama spool 1\n";
constexpr std::string_view file_suffix = ".spool";
constexpr std::size_t checksum_bytes = 32;
constexpr std::size_t record_head_bytes = 4 + checksum_bytes;

std::string checksum_of(std::span<const std::byte> frame) {
  return Fingerprint().update(frame).hex();
}

/// A whole number from 1 on, and nothing else.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = code == std::errc{} && end == text.data() + text.size() && number > 0;
  return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string file_name_of(const SpoolName& name) {
  return fmt::format("{}.{}.{}{}", name.session, name.run, name.attempt, file_suffix);
}

std::optional<SpoolName> spool_name_in(const std::string& file_name) {
  if (!file_name.ends_with(file_suffix)) {
    return std::nullopt;
  }
  const std::string_view stem =
      std::string_view(file_name).substr(0, file_name.size() - file_suffix.size());
  const std::size_t last = stem.rfind('.');
  const std::size_t middle = last == 0 || last == stem.npos ? stem.npos : stem.rfind('.', last - 1);
  if (middle == stem.npos || middle == 0) {
    return std::nullopt;
  }
  const auto run = number_of(stem.substr(middle + 1, last - middle - 1));
  const auto attempt = number_of(stem.substr(last + 1));
  if (!run || !attempt) {
    return std::nullopt;
  }
  return SpoolName{std::string(stem.substr(0, middle)), RunId{*run}, Attempt{*attempt}};
}

std::vector<std::byte> spool_head() {
  const auto bytes = std::as_bytes(std::span(magic));
  return {bytes.begin(), bytes.end()};
}

Result<std::vector<std::byte>> spool_record(const Message& message) {
  const Result<std::vector<std::byte>> frame = encode(message);
  if (!frame) {
    return frame.error();
  }
  std::vector<std::byte> record;
  ByteWriter writer(record);
  writer.unsigned_number(frame->size(), 4);
  const std::string checksum = checksum_of(*frame);
  const auto checksum_as_bytes = std::as_bytes(std::span(checksum));
  record.insert(record.end(), checksum_as_bytes.begin(), checksum_as_bytes.end());
  record.insert(record.end(), frame->begin(), frame->end());
  return record;
}

Result<SpoolReader> SpoolReader::open(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Errc::io, fmt::format("the spool {} cannot be opened", path.string())};
  }
  SpoolReader reader(std::move(file));
  std::vector<std::byte> head(magic.size());
  if (!reader.read(head) || head != spool_head()) {
    static_cast<void>(reader.stop("it is no spool of this version"));
  }
  return reader;
}

std::optional<Message> SpoolReader::next() {
  if (is_over_) {
    return std::nullopt;
  }
  std::vector<std::byte> head(record_head_bytes);
  if (!read(head)) {
    return stop(file_.gcount() == 0 ? "" : "it ends within a record");
  }
  ByteReader fields(head);
  const std::uint64_t length = fields.unsigned_number("length", 4);
  const std::string checksum = as_text(fields.bytes("checksum", checksum_bytes));
  if (length < header_bytes || length > header_bytes + max_frame_bytes) {
    return stop("a length that no message has");
  }
  std::vector<std::byte> frame(length);
  if (!read(frame)) {
    return stop("it ends within a record");
  }
  if (checksum_of(frame) != checksum) {
    return stop("a checksum that is wrong");
  }
  const auto header = decode_header(std::span(frame).first(header_bytes));
  if (!header) {
    return stop(header.error().message);
  }
  auto message = decode_body(*header, std::span(frame).subspan(header_bytes));
  if (!message) {
    return stop(message.error().message);
  }
  ++records_;
  return std::move(*message);
}

bool SpoolReader::read(std::vector<std::byte>& bytes) {
  file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file_.gcount() == static_cast<std::streamsize>(bytes.size());
}

std::optional<Message> SpoolReader::stop(std::string problem) {
  is_over_ = true;
  if (!problem.empty()) {
    problem_ = fmt::format("{} (behind {} records)", problem, records_);
  }
  return std::nullopt;
}

}  // namespace tarama::protocol
