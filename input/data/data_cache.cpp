// See data_cache.hpp. A file is a mark, the numbers and arrays of TokenizedInputs in the order
// of `visit_fields`, and a hash of all that precedes it. The mark changes with the layout, and
// with anything in `input` that gives the same texts other ids.
#include "input/data/data_cache.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/sweep/fingerprint.hpp"
#include "input/files/safe_write.hpp"
#include "input/files/text_file.hpp"

#include <bit>
#include <system_error>

namespace tarama::input {
namespace {

constexpr std::string_view mark = "tarama tokens 1\n";
constexpr std::size_t hash_digits = 32;
constexpr std::size_t count_bytes = sizeof(std::int64_t);

class Writer {
 public:
  void number(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  template <class Number>
  void numbers(const std::vector<Number>& values) {
    number(static_cast<std::int64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number));
  }

  void text(const std::string& value) {
    number(static_cast<std::int64_t>(value.size()));
    bytes_ += value;
  }

  void texts(const std::vector<std::string>& values) {
    number(static_cast<std::int64_t>(values.size()));
    for (const std::string& value : values) {
      text(value);
    }
  }

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_ = std::string(mark);
};

/// Reads what Writer wrote. Its fields have no names: a file that does not fit is made anew, and
/// nobody is told why.
class CacheReader {
 public:
  explicit CacheReader(ByteReader& reader) : reader_(reader) {}

  void number(std::int64_t& value) {
    value = static_cast<std::int64_t>(reader_.unsigned_number("number", count_bytes));
  }

  template <class Number>
  void numbers(std::vector<Number>& values) {
    const std::size_t count = reader_.count("numbers", sizeof(Number), count_bytes);
    values = as_numbers<Number>(reader_.bytes("numbers", count * sizeof(Number)));
  }

  void text(std::string& value) { value = reader_.text("text", count_bytes); }

  void texts(std::vector<std::string>& values) {
    values.assign(reader_.count("texts", count_bytes, count_bytes), std::string());
    for (std::string& value : values) {
      text(value);
    }
  }

 private:
  ByteReader& reader_;
};

/// The layout, once for both directions. `lowercase` travels as a number.
template <class Visitor, class Inputs>
void visit_fields(Visitor& visitor, Inputs& inputs, std::int64_t& lowercase) {
  for (auto& count : inputs.facts.replaced) {
    visitor.number(count);
  }
  visitor.number(inputs.facts.cut_texts);
  visitor.number(inputs.facts.empty_texts);
  visitor.number(inputs.facts.eval_in_train);
  for (auto* split : {&inputs.data.train, &inputs.data.eval, &inputs.data.test}) {
    visitor.numbers(split->ids);
    visitor.numbers(split->offsets);
    visitor.numbers(split->second_starts);
    visitor.numbers(split->labels);
  }
  visitor.texts(inputs.data.classes);
  visitor.texts(inputs.data.vocab);
  visitor.number(lowercase);
  visitor.number(inputs.data.max_tokens);
  visitor.text(inputs.data.fingerprint);
}

std::string hash_of(std::string_view bytes) {
  return Fingerprint().update(bytes).hex();
}

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& key) {
  return folder / (key + ".tokens");
}

void add_column(Fingerprint& fingerprint, const ColumnRef& column) {
  if (const auto* index = std::get_if<std::int64_t>(&column)) {
    fingerprint.field("index").field(*index);
  } else {
    fingerprint.field("name").field(std::get<std::string>(column));
  }
}

void add_file(Fingerprint& fingerprint, const DataFile& file) {
  fingerprint.field(file.key).field(static_cast<std::int64_t>(file.format)).field(file.bytes);
}

}  // namespace

std::string data_cache_key(const DataSpec& data,
                           const DataFiles& files,
                           std::int64_t sweep_seed,
                           const TokenizeSettings& settings) {
  Fingerprint key;
  key.field(mark);
  for (const std::optional<DataFile>* file : {&files.train, &files.eval, &files.test}) {
    if (file->has_value()) {
      add_file(key, **file);
    }
  }
  if (const auto* share = std::get_if<double>(&data.eval)) {
    key.field("share").field(std::bit_cast<std::int64_t>(*share)).field(sweep_seed);
  }
  add_column(key, data.text);
  add_column(key, data.label);
  if (data.text_pair) {
    add_column(key, *data.text_pair);
  }
  key.field(data.header ? 1 : 0);
  key.field(settings.max_tokens);
  key.field(settings.casing == Casing::lowered ? 1 : 0);
  if (!settings.vocab) {
    return key.field("auto").field(settings.vocab_size).hex();
  }
  key.field(static_cast<std::int64_t>(settings.vocab->size()));
  for (const std::string& piece : *settings.vocab) {
    key.field(piece);
  }
  return key.hex();
}

std::optional<TokenizedInputs> read_data_cache(const std::filesystem::path& folder,
                                               const std::string& key) {
  const Result<std::string> bytes = read_bytes(file_of(folder, key));
  if (!bytes) {
    return std::nullopt;  // most often there is none yet; else it is made anew
  }
  return from_cache_bytes(*bytes);
}

Result<void> write_data_cache(const std::filesystem::path& folder,
                              const std::string& key,
                              const TokenizedInputs& inputs) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    return Error{Errc::io,
                 fmt::format("{}: cannot be made: {}", folder.string(), failure.message())};
  }
  return replace_file(file_of(folder, key), to_cache_bytes(inputs));
}

std::string to_cache_bytes(const TokenizedInputs& inputs) {
  Writer writer;
  std::int64_t lowercase = inputs.data.lowercase ? 1 : 0;
  visit_fields(writer, inputs, lowercase);
  std::string bytes = writer.take();
  bytes += hash_of(bytes);
  return bytes;
}

std::optional<TokenizedInputs> from_cache_bytes(std::string_view bytes) {
  if (!bytes.starts_with(mark) || bytes.size() < mark.size() + hash_digits) {
    return std::nullopt;
  }
  const std::string_view hash = bytes.substr(bytes.size() - hash_digits);
  bytes.remove_suffix(hash_digits);
  if (hash != hash_of(bytes)) {
    return std::nullopt;
  }
  ByteReader reader(bytes.substr(mark.size()));
  CacheReader fields(reader);
  TokenizedInputs inputs;
  std::int64_t lowercase = 0;
  visit_fields(fields, inputs, lowercase);
  if (reader.has_failed() || reader.remaining() > 0) {
    return std::nullopt;
  }
  inputs.data.lowercase = lowercase != 0;
  return inputs;
}

}  // namespace tarama::input
