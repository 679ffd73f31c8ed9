// See text_style.hpp.
#include "cli/text/text_style.hpp"

#include <fmt/format.h>

namespace tarama::cli {
namespace {

int code_of(Paint paint) {
  switch (paint) {
    case Paint::bold:
      return 1;
    case Paint::dim:
      return 2;
    case Paint::green:
      return 32;
    case Paint::yellow:
      return 33;
    case Paint::red:
      return 31;
    case Paint::cyan:
      return 36;
  }
  return 0;
}

}  // namespace

std::string TextStyle::operator()(Paint paint, std::string_view text) const {
  if (use_ == ColourUse::none || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(paint), text);
}

}  // namespace tarama::cli
