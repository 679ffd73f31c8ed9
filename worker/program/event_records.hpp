// Scalars in the event files of TensorBoard, of their bytes: records with a length before them,
// each a protobuf message of which all but scalars is passed over. Pure; any bytes do no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::program {

struct EventScalar {
  std::string tag;
  std::int64_t step = 0;
  double value = 0;

  friend bool operator==(const EventScalar&, const EventScalar&) = default;
};

/// The scalars of one event; empty: it holds none, or is no event.
[[nodiscard]] std::vector<EventScalar> scalars_in_event(std::string_view event);

/// How records lie in a file: 8 bytes of length, 4 of its checksum, the event, 4 of its checksum.
inline constexpr std::size_t event_header_bytes = 12;
inline constexpr std::size_t event_trailer_bytes = 4;
/// An event with pictures or a graph is larger than any with scalars; it is passed over.
inline constexpr std::uint64_t largest_scalar_event = std::uint64_t{1} << 20;
/// No event is: the file is none, or damaged.
inline constexpr std::uint64_t largest_event = std::uint64_t{1} << 31;

/// Of event_header_bytes.
[[nodiscard]] std::uint64_t event_length(std::string_view header);

}  // namespace tarama::program
