// Three locks, each of which holds alone for what it covers: the connection is opened read-only,
// the authorizer allows only what reads (it alone stops ATTACH, which SQLite calls read-only and
// which creates files), and the prepared statement must say that it is read-only.
#include "db/sqlite/read_only_query.hpp"

#include "db/sqlite/schema/newest_schema.hpp"
#include "db/sqlite/schema/view_reference.hpp"

#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace tarama::db {

namespace {

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

/// Pragmas that tell about the schema and change nothing, whatever their argument.
constexpr std::array<std::string_view, 15> telling_pragmas = {"table_info",
                                                              "table_xinfo",
                                                              "table_list",
                                                              "index_list",
                                                              "index_info",
                                                              "index_xinfo",
                                                              "foreign_key_list",
                                                              "foreign_key_check",
                                                              "function_list",
                                                              "pragma_list",
                                                              "collation_list",
                                                              "database_list",
                                                              "compile_options",
                                                              "integrity_check",
                                                              "quick_check"};

/// Pragmas that tell a value, and set it where they have an argument.
constexpr std::array<std::string_view, 11> telling_alone = {"user_version",
                                                            "application_id",
                                                            "schema_version",
                                                            "data_version",
                                                            "page_size",
                                                            "page_count",
                                                            "freelist_count",
                                                            "encoding",
                                                            "auto_vacuum",
                                                            "foreign_keys",
                                                            "query_only"};

bool only_tells(std::string_view pragma, const char* argument) {
  return std::ranges::find(telling_pragmas, pragma) != telling_pragmas.end() ||
         (argument == nullptr && std::ranges::find(telling_alone, pragma) != telling_alone.end());
}

int allow_reading(void* /*unused*/,
                  int action,
                  const char* first,
                  const char* second,
                  const char* /*database*/,
                  const char* /*trigger*/) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_UPDATE:
      // SQLite asks for this while it sets up a table-valued function (json_each, pragma_...).
      // An UPDATE of the schema by hand is stopped by SQLite itself.
      return std::string_view(first) == "sqlite_master" ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return std::string_view(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
      return only_tells(first, second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

class ReadingOnly {
 public:
  explicit ReadingOnly(sqlite3* handle) : handle_(handle) {
    sqlite3_set_authorizer(handle_, allow_reading, nullptr);
  }

  ~ReadingOnly() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

  ReadingOnly(const ReadingOnly&) = delete;
  ReadingOnly& operator=(const ReadingOnly&) = delete;

 private:
  sqlite3* handle_;
};

std::string view_names() {
  std::vector<std::string_view> names;
  for (const ViewReference& view : view_references()) {
    names.push_back(view.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Error why_not_understood(SqliteConnection& connection, std::string_view sql) {
  sqlite3* handle = connection.handle();
  const int code = sqlite3_errcode(handle);
  const std::string said = sqlite3_errmsg(handle);
  if ((code & 0xff) == SQLITE_AUTH || said.starts_with("not authorized") ||
      said.ends_with("may not be modified")) {
    return {Errc::refused,
            fmt::format("a query only reads: this one would do more ({}); use SELECT", said)};
  }
  if ((code & 0xff) != SQLITE_ERROR) {
    return error_of(handle);
  }
  if (said.starts_with("no such table") || said.starts_with("no such column")) {
    if (!is_newest(connection, migrations())) {
      return {Errc::refused, fmt::format("{}; {}", said, how_to_update)};
    }
    return {Errc::invalid_argument,
            fmt::format("{}; the views are {}, their columns stand in docs/SCHEMA.md and in "
                        "PRAGMA table_info(results){}",
                        said,
                        view_names(),
                        said.starts_with("no such column")
                            ? "; a parameter without a column of its own is params ->> 'NAME'"
                            : "")};
  }
  const int offset = sqlite3_error_offset(handle);
  const std::string place =
      offset < 0 ? std::string()
                 : fmt::format(", at '{}'", sql.substr(static_cast<std::size_t>(offset), 20));
  return {Errc::invalid_argument, fmt::format("SQL: {}{}", said, place)};
}

/// The first statement of `sql`, none where there are only blanks and comments; `sql` becomes
/// what is behind it.
Statement prepare_first(SqliteConnection& connection, std::string_view& sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(
      connection.handle(), sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) {
    throw SqliteError(why_not_understood(connection, sql));
  }
  sql.remove_prefix(static_cast<std::size_t>(rest - sql.data()));
  return statement;
}

Statement prepare_only(SqliteConnection& connection, std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    throw SqliteError({Errc::invalid_argument, "SQL: it holds a zero byte"});
  }
  Statement statement = prepare_first(connection, sql);
  if (statement == nullptr) {
    throw SqliteError({Errc::invalid_argument, "SQL: there is no statement in it"});
  }
  while (!sql.empty()) {
    if (prepare_first(connection, sql) != nullptr) {
      throw SqliteError({Errc::invalid_argument, "SQL: one statement at a time, please"});
    }
  }
  if (sqlite3_stmt_readonly(statement.get()) == 0) {
    throw SqliteError({Errc::refused, "a query only reads: use SELECT"});
  }
  return statement;
}

std::string hexadecimal(const unsigned char* bytes, int size) {
  std::string digits;
  for (int index = 0; index < size; ++index) {
    digits += fmt::format("{:02x}", bytes[index]);
  }
  return digits;
}

Cell cell_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
      return hexadecimal(bytes, sqlite3_column_bytes(statement, column));
    }
    default:
      return std::monostate{};
  }
}

}  // namespace

void answer_read_only(SqliteConnection& connection, const std::string& sql, RowSink& sink) {
  sqlite3* handle = connection.handle();
  const ReadingOnly guard(handle);
  const Statement statement = prepare_only(connection, sql);
  const int columns = sqlite3_column_count(statement.get());
  std::vector<std::string> names;
  for (int column = 0; column < columns; ++column) {
    names.emplace_back(sqlite3_column_name(statement.get(), column));
  }
  sink.columns(names);
  std::vector<Cell> row(names.size());
  int code = sqlite3_step(statement.get());
  for (; code == SQLITE_ROW; code = sqlite3_step(statement.get())) {
    for (int column = 0; column < columns; ++column) {
      row[static_cast<std::size_t>(column)] = cell_of(statement.get(), column);
    }
    if (sink.row(row) == RowSink::Next::stop) {
      return;
    }
  }
  if (code != SQLITE_DONE) {
    throw SqliteError(why_not_understood(connection, sql));
  }
}

}  // namespace tarama::db
