// One pass over the text, minding strings and their escapes alone.
#include "core/bytes/json_extent.hpp"

#include <fmt/format.h>

#include <vector>

namespace tarama {
namespace {

/// Behind the string that begins at `start`, or the text's end.
std::size_t end_of_string(std::string_view json, std::size_t start) {
  for (std::size_t at = start + 1; at < json.size(); ++at) {
    if (json[at] == '\\') {
      ++at;
    } else if (json[at] == '"') {
      return at;
    }
  }
  return json.size();
}

}  // namespace

std::optional<std::string> beyond(const JsonLimits& limits, std::string_view json) {
  std::size_t values = 1;
  std::vector<std::size_t> keys;  // of each object that is open; 0 for an array
  for (std::size_t at = 0; at < json.size(); ++at) {
    switch (json[at]) {
      case '"':
        at = end_of_string(json, at);
        break;
      case '[':
      case '{':
        ++values;
        keys.push_back(0);
        if (keys.size() > limits.depth) {
          return fmt::format("byte {}: more than {} levels within each other", at, limits.depth);
        }
        break;
      case ']':
      case '}':
        if (!keys.empty()) {
          keys.pop_back();
        }
        break;
      case ':':
        if (!keys.empty() && ++keys.back() > limits.keys_of_object) {
          return fmt::format(
              "byte {}: an object with more than {} keys", at, limits.keys_of_object);
        }
        break;
      case ',':
        if (++values > limits.values) {
          return fmt::format("byte {}: more than {} values", at, limits.values);
        }
        break;
      default:
        break;
    }
  }
  return std::nullopt;
}

}  // namespace tarama
