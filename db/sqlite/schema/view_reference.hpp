// What the store's views show, column by column, for people: docs/SCHEMA.md is generated from
// it, `tarama query` names the views from it, and a test holds it against the database.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::db {

struct ColumnReference {
  std::string_view name;
  std::string_view type;     // as SQL gives it: INTEGER, REAL, TEXT
  std::string_view meaning;  // with its unit, and when it is NULL
};

struct ViewReference {
  std::string_view name;
  std::string_view row;  // what one row is
  std::vector<ColumnReference> columns;
  std::string_view question;  // answered by
  std::string_view example;   // this query
};

[[nodiscard]] std::span<const ViewReference> view_references();

/// docs/SCHEMA.md, whole.
[[nodiscard]] std::string schema_page();

}  // namespace tarama::db
