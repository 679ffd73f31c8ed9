// How deep and how large a JSON text is, before it is parsed: a reader that builds a tree of it
// pays in memory for each value, recurses by its depth, and looks through an object's keys one by
// one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tarama {

/// What a text may hold: far beyond what anybody writes.
struct JsonLimits {
  std::size_t depth = 64;                  // of arrays and objects within each other
  std::size_t values = 4'000'000;          // 16 to 48 bytes each in a tree
  std::size_t keys_of_object = 2'000'000;  // a tokenizer's vocabulary is one object
};

/// For texts that are read into a tree which keeps the order of keys, and compares each key with
/// all those before it.
inline constexpr JsonLimits ordered_json_limits{.keys_of_object = 256};

/// Why the text is beyond the limits, with the place: "byte 17: …"; nullopt where it is not.
/// Linear in the text, with no memory but a number a level. Says nothing about texts that are no
/// JSON at all, other than that a parser may be given them.
[[nodiscard]] std::optional<std::string> beyond(const JsonLimits& limits, std::string_view json);

}  // namespace tarama
