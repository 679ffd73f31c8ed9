// The bytes of a checkpoint file: a header with magic, version, sizes and checksum; everything
// but the numbers of the arrays ("the table"); then those numbers, one array behind the other.
// Pure; checkpoint_store.cpp does the reading and writing.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "worker/training/trainer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tarama::checkpoint_format {

/// Raised with every change of the layout, that of StepRow and EvalRow (protocol/layout.hpp)
/// included: a checkpoint is not worth a converter, the run starts anew.
inline constexpr std::uint32_t version = 3;

struct Header {
  std::uint64_t table_bytes = 0;
  std::uint64_t array_bytes = 0;
  std::string
      checksum;  // of table and arrays: 32 hexadecimal digits, see core/sweep/fingerprint.hpp

  friend bool operator==(const Header&, const Header&) = default;
};

/// Magic, version, two sizes, checksum.
inline constexpr std::size_t header_bytes = 8 + 4 + 8 + 8 + 32;

struct Table {
  std::string run_key;
  Attempt attempt;     // the one that wrote it
  TrainerState state;  // its arrays have shapes and, read from a table, values that are all 0
};

[[nodiscard]] std::vector<std::byte> encode_header(const Header& header);
/// `corrupt`, with the reason, unless these are header_bytes bytes of a checkpoint of our version.
[[nodiscard]] Result<Header> decode_header(std::span<const std::byte> bytes);

[[nodiscard]] std::vector<std::byte> encode_table(const std::string& run_key,
                                                  Attempt attempt,
                                                  const TrainerState& state);
/// `array_bytes` of the header bounds what the arrays may need.
[[nodiscard]] Result<Table> decode_table(std::span<const std::byte> bytes,
                                         std::uint64_t array_bytes);

}  // namespace tarama::checkpoint_format
