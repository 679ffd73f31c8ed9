// Colours, or none: what a text is painted with is decided once per stream.
#pragma once

#include <string>
#include <string_view>

namespace tarama::cli {

enum class Paint { bold, dim, green, yellow, red, cyan };

enum class ColourUse { none, ansi };

/// Paints texts, or leaves them as they are.
class TextStyle {
 public:
  explicit TextStyle(ColourUse use) : use_(use) {}

  [[nodiscard]] std::string operator()(Paint paint, std::string_view text) const;

 private:
  ColourUse use_;
};

}  // namespace tarama::cli
