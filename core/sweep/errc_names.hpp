// The names of errors as they stand in answers and documents, both ways.
#pragma once

#include "core/sweep/result.hpp"

#include <optional>
#include <string_view>

namespace tarama {

[[nodiscard]] std::string_view name_of(Errc code);
[[nodiscard]] std::optional<Errc> errc_named(std::string_view name);

}  // namespace tarama
