// See data_cache.hpp. A file is a mark, the numbers and arrays of TokenizedInputs in the order
// of `visit_fields`, and a hash of all that precedes it. The mark changes with the layout, and
// with anything in `input` that gives the same texts other ids.
#include "input/data/data_cache.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/sweep/fingerprint.hpp"
#include "input/files/mapped_file.hpp"
#include "input/files/safe_write.hpp"

#include <bit>
#include <span>
#include <system_error>

namespace tarama::input {
namespace {

constexpr std::string_view mark = "tarama tokens 4\n";
constexpr std::size_t alignment = 8;  // of every array in the file, so that it is used in place
static_assert(mark.size() % alignment == 0);
constexpr std::size_t hash_digits = 32;
constexpr std::size_t count_bytes = sizeof(std::int64_t);

std::size_t padding_behind(std::size_t bytes) {
  return (alignment - bytes % alignment) % alignment;
}

class Writer {
 public:
  void number(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  template <class Number>
  void numbers(std::span<const Number> values) {
    number(static_cast<std::int64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    fill_up();
  }

  template <class Number>
  void numbers(const std::vector<Number>& values) {
    numbers(std::span(values));
  }

  template <class Number>
  void numbers(const SharedArray<Number>& values) {
    numbers(std::span<const Number>(values));
  }

  void text(const std::string& value) {
    number(static_cast<std::int64_t>(value.size()));
    bytes_ += value;
    fill_up();
  }

  void texts(const std::vector<std::string>& values) {
    number(static_cast<std::int64_t>(values.size()));
    for (const std::string& value : values) {
      text(value);
    }
  }

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void fill_up() { bytes_.append(padding_behind(bytes_.size()), '\0'); }

  std::string bytes_ = std::string(mark);
};

/// Reads what Writer wrote. Its fields have no names: a file that does not fit is made anew, and
/// nobody is told why.
class CacheReader {
 public:
  /// `keeper`: keeps the bytes, so that arrays may stay there; null: they are copied.
  CacheReader(ByteReader& reader, std::shared_ptr<const void> keeper)
      : reader_(reader), keeper_(std::move(keeper)) {}

  void number(std::int64_t& value) {
    value = static_cast<std::int64_t>(reader_.unsigned_number("number", count_bytes));
  }

  template <class Number>
  void numbers(std::vector<Number>& values) {
    values = as_numbers<Number>(array_of<Number>());
  }

  template <class Number>
  void numbers(SharedArray<Number>& values) {
    const std::span<const std::byte> bytes = array_of<Number>();
    const bool is_aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(Number) == 0;
    if (keeper_ && is_aligned && !bytes.empty()) {
      const auto* const first = reinterpret_cast<const Number*>(bytes.data());
      values = SharedArray<Number>(keeper_, std::span(first, bytes.size() / sizeof(Number)));
    } else {
      values = as_numbers<Number>(bytes);
    }
  }

  void text(std::string& value) {
    value = reader_.text("text", count_bytes);
    skip_padding(value.size());
  }

  void texts(std::vector<std::string>& values) {
    values.assign(reader_.count("texts", count_bytes, count_bytes), std::string());
    for (std::string& value : values) {
      text(value);
    }
  }

 private:
  template <class Number>
  std::span<const std::byte> array_of() {
    const std::size_t count = reader_.count("numbers", sizeof(Number), count_bytes);
    const auto bytes = reader_.bytes("numbers", count * sizeof(Number));
    skip_padding(count * sizeof(Number));
    return bytes;
  }

  void skip_padding(std::size_t bytes) {
    static_cast<void>(reader_.bytes("padding", padding_behind(bytes)));
  }

  ByteReader& reader_;
  std::shared_ptr<const void> keeper_;
};

/// Settings of tokenizers as numbers and texts, which is how they travel.
struct FlatSettings {
  std::vector<std::int64_t> numbers;  // three flags, then id and flags of each added token
  std::vector<std::string> never_split;
  std::vector<std::string> added;
};

FlatSettings flat(const TokenizerSettings& settings) {
  FlatSettings flat;
  flat.numbers = {settings.lowercase ? 1 : 0,
                  settings.strip_accents ? (*settings.strip_accents ? 1 : 0) : 2,
                  settings.splits_han ? 1 : 0};
  flat.never_split = settings.never_split;
  for (const AddedToken& token : settings.added) {
    flat.added.push_back(token.content);
    flat.numbers.push_back(token.id);
    flat.numbers.push_back((token.special ? 1 : 0) + (token.single_word ? 2 : 0) +
                           (token.lstrip ? 4 : 0) + (token.rstrip ? 8 : 0) +
                           (token.normalized ? 16 : 0));
  }
  return flat;
}

/// Nothing where the numbers are not as many as the texts need.
std::optional<TokenizerSettings> unflattened(const FlatSettings& flat) {
  constexpr std::size_t flags = 3;
  if (flat.numbers.size() != flags + 2 * flat.added.size()) {
    return std::nullopt;
  }
  TokenizerSettings settings;
  settings.lowercase = flat.numbers[0] != 0;
  if (flat.numbers[1] != 2) {
    settings.strip_accents = flat.numbers[1] != 0;
  }
  settings.splits_han = flat.numbers[2] != 0;
  settings.never_split = flat.never_split;
  for (std::size_t i = 0; i < flat.added.size(); ++i) {
    const auto bits = static_cast<std::uint64_t>(flat.numbers[flags + 2 * i + 1]);
    settings.added.push_back({flat.added[i],
                              static_cast<std::int32_t>(flat.numbers[flags + 2 * i]),
                              (bits & 1U) != 0,
                              (bits & 2U) != 0,
                              (bits & 4U) != 0,
                              (bits & 8U) != 0,
                              (bits & 16U) != 0});
  }
  return settings;
}

/// Notes as numbers and texts.
struct FlatNotes {
  std::vector<std::int64_t> numbers;  // file and line of each
  std::vector<std::string> texts;     // code, key and message of each
};

FlatNotes flat(const std::vector<DataNote>& notes) {
  FlatNotes flat;
  for (const DataNote& note : notes) {
    flat.numbers.insert(flat.numbers.end(), {note.file, note.line});
    flat.texts.insert(flat.texts.end(), {note.code, note.key, note.message});
  }
  return flat;
}

/// Nothing where there are not as many numbers as the texts need.
std::optional<std::vector<DataNote>> unflattened(const FlatNotes& flat) {
  if (flat.texts.size() % 3 != 0 || flat.numbers.size() != flat.texts.size() / 3 * 2) {
    return std::nullopt;
  }
  std::vector<DataNote> notes;
  for (std::size_t i = 0; i < flat.texts.size() / 3; ++i) {
    notes.push_back({flat.texts[3 * i],
                     flat.texts[3 * i + 1],
                     flat.numbers[2 * i],
                     flat.numbers[2 * i + 1],
                     flat.texts[3 * i + 2]});
  }
  return notes;
}

/// The layout, once for both directions. The tokenizer's settings and the notes travel apart.
template <class Visitor, class Inputs, class Settings, class Notes>
void visit_fields(Visitor& visitor, Inputs& inputs, Settings& settings, Notes& notes) {
  visitor.numbers(notes.numbers);
  visitor.texts(notes.texts);
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
  visitor.numbers(settings.numbers);
  visitor.texts(settings.never_split);
  visitor.texts(settings.added);
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
  for (const DataFile* const file : files.all()) {
    add_file(key, *file);
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
  key.field(data.quotes ? static_cast<std::int64_t>(*data.quotes) + 1 : 0);
  key.field(static_cast<std::int64_t>(data.encoding));
  key.field(settings.max_tokens);
  key.field(settings.tokenizer.lowercase ? 1 : 0);
  add_settings(key, settings.tokenizer);
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
  // Files of a cache are replaced whole, never written in place: what is mapped stays as it is.
  const auto file = MappedFile::open(file_of(folder, key));
  if (!file) {
    return std::nullopt;  // most often there is none yet; else it is made anew
  }
  const auto bytes = (*file)->bytes();
  return from_cache_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, *file);
}

Result<void> write_data_cache(const std::filesystem::path& folder,
                              const std::string& key,
                              const TokenizedInputs& inputs) {
  std::error_code failure;
  std::filesystem::create_directory(folder, failure);  // in a store that is there, or none
  if (failure) {
    return Error{Errc::io,
                 fmt::format("{}: cannot be made: {}", folder.string(), failure.message())};
  }
  return replace_file(file_of(folder, key), to_cache_bytes(inputs));
}

std::string to_cache_bytes(const TokenizedInputs& inputs) {
  Writer writer;
  const FlatSettings settings = flat(inputs.data.tokenizer);
  const FlatNotes notes = flat(inputs.facts.notes);
  visit_fields(writer, inputs, settings, notes);
  std::string bytes = writer.take();
  bytes += hash_of(bytes);
  return bytes;
}

std::optional<TokenizedInputs> from_cache_bytes(std::string_view bytes,
                                                const std::shared_ptr<const void>& keeper) {
  if (!bytes.starts_with(mark) || bytes.size() < mark.size() + hash_digits) {
    return std::nullopt;
  }
  const std::string_view hash = bytes.substr(bytes.size() - hash_digits);
  bytes.remove_suffix(hash_digits);
  if (hash != hash_of(bytes)) {
    return std::nullopt;
  }
  ByteReader reader(bytes.substr(mark.size()));
  CacheReader fields(reader, keeper);
  TokenizedInputs inputs;
  FlatSettings flat_settings;
  FlatNotes flat_notes;
  visit_fields(fields, inputs, flat_settings, flat_notes);
  std::optional<TokenizerSettings> settings = unflattened(flat_settings);
  std::optional<std::vector<DataNote>> notes = unflattened(flat_notes);
  if (reader.has_failed() || reader.remaining() > 0 || !settings || !notes) {
    return std::nullopt;
  }
  inputs.facts.notes = std::move(*notes);
  inputs.data.tokenizer = std::move(*settings);
  return inputs;
}

}  // namespace tarama::input
