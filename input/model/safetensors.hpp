// The safetensors format, as far as models of BERT need it: reading F32, F64, F16 and BF16 as
// float32, writing F32; and the tensors of any format, as places in files. Files come from
// anywhere: every number in a header is checked before it is used, and no bytes make the reader
// crash or read outside of the file.
#pragma once

#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"
#include "input/files/mapped_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

struct StoredTensor {
  std::string type;  // "F32", "BF16", "I64", ...: any of the format's
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements; empty: row-major without gaps
  std::size_t file = 0;               // of the model's weights files, where they are several
  std::uint64_t begin = 0;            // bytes of the file
  std::uint64_t end = 0;

  friend bool operator==(const StoredTensor&, const StoredTensor&) = default;
};

using StoredTensors = std::map<std::string, StoredTensor>;

/// The bytes of one element of a type of the format; 0 for other words.
[[nodiscard]] std::uint64_t bytes_of_element(std::string_view type);

/// Whether read_tensor can read it.
[[nodiscard]] bool is_readable_type(std::string_view type);

/// What the header of a file says, its offsets counted from the file's start. `start` holds the
/// file's first bytes: the header at least. Refuses offsets outside of the file, tensors that
/// overlap, and sizes that do not fit their shapes.
[[nodiscard]] Result<StoredTensors> parse_safetensors_header(std::string_view start,
                                                             std::uint64_t file_size);

/// As parse_safetensors_header; the message begins with the file's name.
[[nodiscard]] Result<StoredTensors> read_safetensors_header(const std::filesystem::path& path);

/// The values of one tensor of a readable type, as float32 and row-major.
[[nodiscard]] Result<NamedArray> read_tensor(const std::filesystem::path& path,
                                             const StoredTensor& tensor);

/// The same where the file can be taken as it is, in place: F32, without gaps and aligned; else
/// nullopt.
[[nodiscard]] std::optional<NamedArray> tensor_in(const std::shared_ptr<const MappedFile>& file,
                                                  const StoredTensor& tensor);

/// A file of these arrays as F32 with the metadata {"format": "pt"}, that `transformers` reads.
[[nodiscard]] std::string to_safetensors(const ModelWeights& weights);

/// One number of two bytes as float32. Exact: both formats are subsets of it.
[[nodiscard]] float float_from_half(std::uint16_t bits);
[[nodiscard]] float float_from_bfloat16(std::uint16_t bits);

}  // namespace tarama::input
