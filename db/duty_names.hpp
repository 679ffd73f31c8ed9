// The kinds of duties by the names that the store keeps them under.
#pragma once

#include "db/run_store.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace tarama::db {

inline constexpr std::array all_duty_kinds = {
    DutyKind::on_end, DutyKind::prune_models, DutyKind::remove_checkpoints, DutyKind::remove_state};

[[nodiscard]] constexpr std::string_view name_of(DutyKind kind) {
  switch (kind) {
    case DutyKind::on_end:
      return "on_end";
    case DutyKind::prune_models:
      return "prune_models";
    case DutyKind::remove_checkpoints:
      return "remove_checkpoints";
    case DutyKind::remove_state:
      return "remove_state";
  }
  return "";
}

[[nodiscard]] inline std::optional<DutyKind> duty_kind_named(std::string_view name) {
  for (const DutyKind kind : all_duty_kinds) {
    if (name_of(kind) == name) {
      return kind;
    }
  }
  return std::nullopt;
}

}  // namespace tarama::db
