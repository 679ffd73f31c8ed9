// A JSON document as text that may also reach a terminal. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tarama::cli {

/// `indent` -1: on one line. What for_terminal shows as an escape is one of JSON's (\\u009b,
/// \\u202e): the same document, and it steers nothing. Invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& document, int indent);

}  // namespace tarama::cli
