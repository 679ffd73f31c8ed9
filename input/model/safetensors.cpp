// See safetensors.hpp. A file is 8 bytes of header length, little-endian, the header as JSON,
// then the tensors; offsets in the header count from the header's end.
#include "input/model/safetensors.hpp"

#include "core/bytes/byte_io.hpp"
#include "core/bytes/json_extent.hpp"
#include "input/files/pointer_file.hpp"
#include "input/files/readable_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace tarama::input {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // the limit of the reference library

struct TypeSize {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::array type_sizes = {TypeSize{"F64", 8},
                                   TypeSize{"F32", 4},
                                   TypeSize{"F16", 2},
                                   TypeSize{"BF16", 2},
                                   TypeSize{"I64", 8},
                                   TypeSize{"I32", 4},
                                   TypeSize{"I16", 2},
                                   TypeSize{"I8", 1},
                                   TypeSize{"U64", 8},
                                   TypeSize{"U32", 4},
                                   TypeSize{"U16", 2},
                                   TypeSize{"U8", 1},
                                   TypeSize{"BOOL", 1}};

Error broken(std::string what) {
  return Error{Errc::invalid_config, "is not a sound safetensors file: " + std::move(what)};
}

std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) {
    return std::nullopt;
  }
  return a * b;
}

std::optional<std::uint64_t> unsigned_of(const json& value) {
  if (!value.is_number_unsigned()) {
    return std::nullopt;
  }
  return value.get<std::uint64_t>();
}

/// The bytes that a tensor of a known type and this shape takes.
std::optional<std::uint64_t> bytes_of(const StoredTensor& tensor, std::uint64_t element) {
  std::optional<std::uint64_t> bytes = element;
  for (const std::int64_t dimension : tensor.shape) {
    if (bytes) {
      bytes = product(*bytes, static_cast<std::uint64_t>(dimension));
    }
  }
  return bytes;
}

std::optional<std::vector<std::int64_t>> shape_of(const json& entry) {
  if (!entry.contains("shape") || !entry["shape"].is_array()) {
    return std::nullopt;
  }
  std::vector<std::int64_t> shape;
  for (const json& dimension : entry["shape"]) {
    const std::optional<std::uint64_t> value = unsigned_of(dimension);
    if (!value || *value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      return std::nullopt;
    }
    shape.push_back(static_cast<std::int64_t>(*value));
  }
  return shape;
}

/// One entry of the header, checked on its own. `data` is where the tensors begin.
Result<StoredTensor> tensor_of(const std::string& name,
                               const json& entry,
                               std::uint64_t data,
                               std::uint64_t file_size) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string()) {
    return broken(fmt::format("tensor '{}' has no dtype", name));
  }
  StoredTensor tensor;
  tensor.type = entry["dtype"].get<std::string>();
  const auto shape = shape_of(entry);
  if (!shape) {
    return broken(fmt::format("tensor '{}' has no shape", name));
  }
  tensor.shape = *shape;
  const json offsets = entry.value("data_offsets", json());
  const bool has_two = offsets.is_array() && offsets.size() == 2;
  const auto begin = has_two ? unsigned_of(offsets[0]) : std::nullopt;
  const auto end = has_two ? unsigned_of(offsets[1]) : std::nullopt;
  if (!begin || !end) {
    return broken(fmt::format("tensor '{}' has no data_offsets", name));
  }
  if (*begin > *end || *end > file_size - data) {
    return broken(fmt::format(
        "tensor '{}' lies at bytes {} to {} of {}", name, *begin, *end, file_size - data));
  }
  tensor.begin = data + *begin;
  tensor.end = data + *end;
  const std::uint64_t element = bytes_of_element(tensor.type);
  if (element != 0 && bytes_of(tensor, element) != *end - *begin) {
    return broken(fmt::format("tensor '{}' of type {} and shape [{}] has {} bytes",
                              name,
                              tensor.type,
                              fmt::join(tensor.shape, ", "),
                              *end - *begin));
  }
  return tensor;
}

Result<void> check_overlaps(const StoredTensors& tensors) {
  std::vector<const StoredTensors::value_type*> ordered;
  for (const auto& entry : tensors) {
    if (entry.second.begin != entry.second.end) {
      ordered.push_back(&entry);
    }
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
    return a->second.begin < b->second.begin;
  });
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    if (ordered[i - 1]->second.end > ordered[i]->second.begin) {
      return broken(
          fmt::format("tensors '{}' and '{}' overlap", ordered[i - 1]->first, ordered[i]->first));
    }
  }
  return {};
}

/// The length of the header, once it fits in the file.
Result<std::uint64_t> header_length(std::string_view start, std::uint64_t file_size) {
  ByteReader reader(start);
  const std::uint64_t length = reader.unsigned_number("header length", length_bytes);
  if (reader.has_failed() || file_size < length_bytes) {
    return broken(fmt::format("it has {} bytes", file_size));
  }
  if (length > longest_header || length > file_size - length_bytes) {
    return broken(fmt::format("its header claims {} bytes of the file's {}", length, file_size));
  }
  return length;
}

/// The elements of a tensor with strides, in the order of its indices.
template <class Number>
std::vector<Number> gathered(const std::vector<Number>& numbers, const StoredTensor& tensor) {
  std::vector<Number> ordered;
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t at = 0;
  for (;;) {
    ordered.push_back(numbers.at(static_cast<std::size_t>(at)));
    std::size_t place = index.size();
    for (; place > 0; --place) {
      at += tensor.strides[place - 1];
      if (++index[place - 1] < tensor.shape[place - 1]) {
        break;
      }
      at -= tensor.strides[place - 1] * tensor.shape[place - 1];
      index[place - 1] = 0;
    }
    if (place == 0) {
      return ordered;
    }
  }
}

template <class Number>
std::vector<Number> numbers_in(std::string_view bytes, const StoredTensor& tensor) {
  std::vector<Number> numbers = as_numbers<Number>(std::as_bytes(std::span(bytes)));
  return tensor.strides.empty() ? numbers : gathered(numbers, tensor);
}

}  // namespace

std::uint64_t bytes_of_element(std::string_view type) {
  const auto size = std::find_if(type_sizes.begin(), type_sizes.end(), [&](const TypeSize& known) {
    return known.name == type;
  });
  return size == type_sizes.end() ? 0 : size->bytes;
}

bool is_readable_type(std::string_view type) {
  return type == "F32" || type == "F64" || type == "F16" || type == "BF16";
}

Result<StoredTensors> parse_safetensors_header(std::string_view start, std::uint64_t file_size) {
  const Result<std::uint64_t> length = header_length(start, file_size);
  if (!length) {
    return length.error();
  }
  if (start.size() - length_bytes < *length) {
    return broken("its header is cut short");
  }
  if (const auto flaw = beyond({}, start.substr(length_bytes, *length))) {
    return broken(fmt::format("its header: {}", *flaw));
  }
  // Without exceptions: anything wrong makes the whole value `discarded`.
  const json header = json::parse(start.substr(length_bytes, *length), nullptr, false);
  if (!header.is_object()) {
    return broken("its header is not a JSON object");
  }
  StoredTensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      continue;
    }
    Result<StoredTensor> tensor = tensor_of(name, entry, length_bytes + *length, file_size);
    if (!tensor) {
      return tensor.error();
    }
    tensors.emplace(name, std::move(*tensor));
  }
  if (const Result<void> sound = check_overlaps(tensors); !sound) {
    return sound.error();
  }
  return tensors;
}

Result<StoredTensors> read_safetensors_header(const std::filesystem::path& path) {
  const Result<ReadableFile> file = ReadableFile::open(path);
  if (!file) {
    return file.error();
  }
  const Result<std::string> start = file->read(0, longest_pointer);
  if (!start) {
    return start.error();
  }
  if (is_web_page(*start)) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: is a web page, not the file; download it again", path.string())};
  }
  const Result<std::uint64_t> length = header_length(*start, file->size());
  if (!length) {
    return in_context(path.string(), length.error());
  }
  const Result<std::string> header =
      file->read(0, static_cast<std::size_t>(length_bytes + *length));
  if (!header) {
    return header.error();
  }
  Result<StoredTensors> tensors = parse_safetensors_header(*header, file->size());
  if (!tensors) {
    return in_context(path.string(), tensors.error());
  }
  return tensors;
}

Result<NamedArray> read_tensor(const std::filesystem::path& path, const StoredTensor& tensor) {
  const Result<ReadableFile> file = ReadableFile::open(path);
  if (!file) {
    return file.error();
  }
  const auto size = static_cast<std::size_t>(tensor.end - tensor.begin);
  const Result<std::string> bytes = file->read(tensor.begin, size);
  if (!bytes) {
    return bytes.error();
  }
  if (bytes->size() != size) {
    return Error{Errc::io, fmt::format("{}: cannot be read to its end", path.string())};
  }
  if (tensor.type == "F32") {
    return NamedArray{tensor.shape, numbers_in<float>(*bytes, tensor)};
  }
  if (tensor.type == "F64") {
    const auto doubles = numbers_in<double>(*bytes, tensor);
    std::vector<float> values(doubles.size());
    std::ranges::transform(
        doubles, values.begin(), [](double value) { return static_cast<float>(value); });
    return NamedArray{tensor.shape, std::move(values)};
  }
  if (tensor.type != "F16" && tensor.type != "BF16") {
    return Error{Errc::invalid_argument,
                 fmt::format("{}: holds a tensor of type {}; F32, F64, F16 and BF16 can be read",
                             path.string(),
                             tensor.type)};
  }
  const auto halves = numbers_in<std::uint16_t>(*bytes, tensor);
  std::vector<float> values(halves.size());
  std::transform(halves.begin(),
                 halves.end(),
                 values.begin(),
                 tensor.type == "F16" ? float_from_half : float_from_bfloat16);
  return NamedArray{tensor.shape, std::move(values)};
}

std::optional<NamedArray> tensor_in(const std::shared_ptr<const MappedFile>& file,
                                    const StoredTensor& tensor) {
  const std::span<const std::byte> all = file->bytes();
  const bool is_plain = tensor.type == "F32" && tensor.strides.empty() &&
                        tensor.begin % alignof(float) == 0 && tensor.begin <= tensor.end &&
                        tensor.end <= all.size();
  if (!is_plain) {
    return std::nullopt;
  }
  // mmap begins at a page, so that what is aligned in the file is so in memory.
  const auto* const values = reinterpret_cast<const float*>(all.data() + tensor.begin);
  const auto count = static_cast<std::size_t>(tensor.end - tensor.begin) / sizeof(float);
  return NamedArray{tensor.shape, SharedArray<float>(file, std::span(values, count))};
}

std::string to_safetensors(const ModelWeights& weights) {
  json header = {{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t data_bytes = 0;
  for (const auto& [name, array] : weights) {
    const std::uint64_t end = data_bytes + array.values.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {data_bytes, end}}};
    data_bytes = end;
  }
  std::string text = header.dump();
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  const std::uint64_t header_bytes = text.size();
  std::string file(length_bytes, '\0');
  file.reserve(length_bytes + header_bytes + data_bytes);
  std::memcpy(file.data(), &header_bytes, length_bytes);
  file += text;
  for (const auto& [name, array] : weights) {
    file.append(reinterpret_cast<const char*>(array.values.data()),
                array.values.size() * sizeof(float));
  }
  return file;
}

float float_from_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  // Infinity and NaN keep an exponent of all ones; the bias grows from 15 to 127.
  const std::uint32_t wide = exponent == 0x1FU ? 0xFFU : exponent + 127 - 15;
  return std::bit_cast<float>(sign | (wide << 23U) | (fraction << 13U));
}

float float_from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace tarama::input
