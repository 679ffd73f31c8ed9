// See data_cache.hpp. A file is a mark, the numbers and arrays of TokenizedInputs in the order
// of `visit_fields`, and a hash of all that precedes it. The mark changes with the layout, and
// with anything in `input` that gives the same texts other ids.
#include "input/data/data_cache.hpp"

#include "core/sweep/fingerprint.hpp"
#include "input/files/safe_write.hpp"
#include "input/files/text_file.hpp"

#include <bit>
#include <cstring>
#include <system_error>

namespace tarama::input {
namespace {

constexpr std::string_view mark = "tarama tokens 1\n";
constexpr std::size_t hash_digits = 32;

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

/// Reads what Writer wrote. After bytes that do not fit, is_sound() is false for good and all
/// that is read is zero or empty.
class CacheReader {
 public:
  explicit CacheReader(std::string_view bytes) : rest_(bytes) {}

  void number(std::int64_t& value) { copy(&value, sizeof value); }

  template <class Number>
  void numbers(std::vector<Number>& values) {
    const std::size_t count = length(sizeof(Number));
    values.assign(count, Number{});
    copy(values.data(), count * sizeof(Number));
  }

  void text(std::string& value) {
    value.assign(length(1), '\0');
    copy(value.data(), value.size());
  }

  void texts(std::vector<std::string>& values) {
    values.assign(length(sizeof(std::int64_t)), std::string());
    for (std::string& value : values) {
      text(value);
    }
  }

  [[nodiscard]] bool is_sound() const { return is_sound_; }

  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  /// A count of things that take at least `least` bytes each; 0 where there are not so many.
  std::size_t length(std::size_t least) {
    std::int64_t count = 0;
    number(count);
    if (count < 0 || static_cast<std::size_t>(count) > rest_.size() / least) {
      is_sound_ = false;
    }
    return is_sound_ ? static_cast<std::size_t>(count) : 0;
  }

  void copy(void* target, std::size_t size) {
    if (size > rest_.size()) {
      is_sound_ = false;
    }
    if (!is_sound_ || size == 0) {
      return;
    }
    std::memcpy(target, rest_.data(), size);
    rest_.remove_prefix(size);
  }

  std::string_view rest_;
  bool is_sound_ = true;
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
  CacheReader reader(bytes.substr(mark.size()));
  TokenizedInputs inputs;
  std::int64_t lowercase = 0;
  visit_fields(reader, inputs, lowercase);
  if (!reader.is_sound() || !reader.is_at_end()) {
    return std::nullopt;
  }
  inputs.data.lowercase = lowercase != 0;
  return inputs;
}

}  // namespace tarama::input
