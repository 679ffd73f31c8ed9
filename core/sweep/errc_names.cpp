// One name for each code.
#include "core/sweep/errc_names.hpp"

#include <algorithm>
#include <array>

namespace tarama {
namespace {

constexpr std::array all_codes = {Errc::invalid_config,
                                  Errc::invalid_argument,
                                  Errc::not_found,
                                  Errc::refused,
                                  Errc::timed_out,
                                  Errc::io,
                                  Errc::corrupt,
                                  Errc::disk_full,
                                  Errc::internal};

}  // namespace

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::invalid_config:
      return "invalid_config";
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::not_found:
      return "not_found";
    case Errc::refused:
      return "refused";
    case Errc::timed_out:
      return "timed_out";
    case Errc::io:
      return "io";
    case Errc::corrupt:
      return "corrupt";
    case Errc::disk_full:
      return "disk_full";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::optional<Errc> errc_named(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(all_codes, [&](Errc code) { return name_of(code) == name; });
  return found == all_codes.end() ? std::nullopt : std::optional(*found);
}

}  // namespace tarama
