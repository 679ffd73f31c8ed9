// The shape of a JSON document: exactly which keys it has, and of which kind each value is.
//
// A shape is JSON itself: a text names kinds ("whole", "number", "text", "bool", "null", several
// apart by |), an object has exactly these keys, an array any number of items of its one shape.
// {"*": S} is an object with whatever keys, {"?": S} is null or S.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tarama::test {

inline std::string kind_of(const nlohmann::json& value) {
  if (value.is_number_integer()) {
    return "whole";
  }
  return value.is_number()    ? "number"
         : value.is_string()  ? "text"
         : value.is_boolean() ? "bool"
         : value.is_null()    ? "null"
                              : value.type_name();
}

/// Where and how `document` is not of `shape`, a line each; empty: it is.
inline std::string misfit(const nlohmann::json& document,
                          const nlohmann::json& shape,
                          const std::string& at = "") {
  if (shape.is_string()) {
    const std::string kind = kind_of(document);
    const std::string kinds = "|" + shape.get<std::string>() + "|";
    const bool fits = kinds.find("|" + kind + "|") != std::string::npos ||
                      (kind == "whole" && kinds.find("|number|") != std::string::npos);
    return fits ? "" : at + " is " + kind + ", not " + shape.get<std::string>() + "\n";
  }
  std::string lines;
  if (shape.is_array()) {
    if (!document.is_array()) {
      return at + " is no array\n";
    }
    for (std::size_t i = 0; i < document.size(); ++i) {
      lines += misfit(document[i], shape.at(0), at + "[" + std::to_string(i) + "]");
    }
    return lines;
  }
  if (shape.contains("?")) {
    return document.is_null() ? "" : misfit(document, shape["?"], at);
  }
  if (!document.is_object()) {
    return at + " is no object\n";
  }
  for (const auto& [key, value] : document.items()) {
    if (!shape.contains(key) && !shape.contains("*")) {
      lines += at + "." + key + " is too much\n";
    } else {
      lines += misfit(value, shape.contains("*") ? shape["*"] : shape[key], at + "." + key);
    }
  }
  for (const auto& [key, value] : shape.items()) {
    lines += key == "*" || document.contains(key) ? "" : at + "." + key + " is missing\n";
  }
  return lines;
}

}  // namespace tarama::test
