// SQLite's C interface, wrapped. See the header for what may be thrown.
#include "db/sqlite/sqlite_connection.hpp"

#include "core/sweep/assert.hpp"
#include "db/stored_text.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cmath>
#include <limits>

namespace tarama::db {

namespace {

void check(sqlite3* handle, int code) {
  if (code != SQLITE_OK) {
    throw SqliteError(error_of(handle));
  }
}

std::string file_of(sqlite3* handle) {
  const char* name = sqlite3_db_filename(handle, "main");
  return name == nullptr ? std::string("the database") : std::string(name);
}

/// Whether a failed read or write was for want of room. SQLite knows ENOSPC as SQLITE_FULL in
/// most places, not in all (shared memory), and neither quotas nor limits on a file's size. Its
/// sqlite3_system_errno is not set by a failed step, hence errno itself, which `next` cleared.
bool is_for_want_of_room(int extended, int cause) {
  return (extended & 0xff) == SQLITE_FULL || extended == SQLITE_IOERR_SHMSIZE ||
         ((extended & 0xff) == SQLITE_IOERR &&
          (cause == ENOSPC || cause == EDQUOT || cause == EFBIG));
}

/// The write-ahead log's index is memory that processes share through a file.
bool is_for_want_of_shared_memory(int extended) {
  return extended == SQLITE_IOERR_SHMOPEN || extended == SQLITE_IOERR_SHMLOCK ||
         extended == SQLITE_IOERR_SHMMAP;
}

/// Our own SQL names what is there in every store of its schema, once that is brought up to date.
bool is_of_another_schema(std::string_view said) {
  return said.starts_with("no such table") || said.starts_with("no such column");
}

}  // namespace

const std::string_view how_to_update =
    "the store was written by another version of tarama: end its orchestrator, if one is at work, "
    "and start `tarama serve` of this version on it once, which brings it up to date";

Error error_of(sqlite3* handle) {
  const int cause = errno;  // before anything else can change it
  const int extended = sqlite3_extended_errcode(handle);
  const std::string file = file_of(handle);
  const std::string said = sqlite3_errmsg(handle);
  if (is_for_want_of_room(extended, cause)) {
    return {Errc::disk_full, fmt::format("{}: no room left to write ({}); free some", file, said)};
  }
  if (is_for_want_of_shared_memory(extended)) {
    return {Errc::refused,
            fmt::format("{}: its file system cannot share memory between processes, which SQLite's "
                        "write-ahead log needs ({}); put the store on a local disk with --store",
                        file,
                        said)};
  }
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::timed_out,
              fmt::format("{}: another program holds its write lock ({}); end that program's "
                          "transaction",
                          file,
                          said)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::corrupt,
              fmt::format("{}: not a sound SQLite database ({}); restore it from a backup, or use "
                          "another --store",
                          file,
                          said)};
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return {Errc::invalid_argument, fmt::format("{}: {}", file, said)};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return {Errc::io, fmt::format("{}: {}", file, said)};
    case SQLITE_AUTH:
      return {Errc::refused, fmt::format("{}: {}", file, said)};
    case SQLITE_ERROR:
      if (is_of_another_schema(said)) {
        return {Errc::refused, fmt::format("{}: {}; {}", file, said, how_to_update)};
      }
      [[fallthrough]];
    default:
      return {Errc::internal, fmt::format("{}: {} (SQLite code {})", file, said, extended)};
  }
}

// ---- Query ------------------------------------------------------------------------------------

Query::Query(sqlite3* handle, sqlite3_stmt* statement) : handle_(handle), statement_(statement) {
  TARAMA_ASSERT(sqlite3_stmt_busy(statement) == 0, "a statement is used once at a time");
}

Query::~Query() {
  sqlite3_reset(statement_);  // repeats the error that `next` has thrown already
  sqlite3_clear_bindings(statement_);
}

bool Query::next() {
  errno = 0;  // error_of looks at it
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      throw SqliteError(error_of(handle_));
  }
}

void Query::run() {
  const bool has_row = next();
  TARAMA_ASSERT(!has_row, "a statement that writes gives no rows");
  // Done for now: what it locked is free, and `changes` may be read.
  sqlite3_reset(statement_);
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Query::number(int column) const {
  return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                         : sqlite3_column_double(statement_, column);
}

std::string Query::text(int column) const {
  // The text first: sqlite3_column_bytes speaks of the conversion made last.
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::string Query::bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Query::maybe_number(int column) const {
  return is_null(column) ? std::nullopt : std::optional(number(column));
}

std::optional<std::string> Query::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<TimePoint> Query::maybe_time(int column) const {
  return is_null(column) ? std::nullopt : std::optional(TimePoint{integer(column)});
}

void Query::bind_null(int index) {
  check(handle_, sqlite3_bind_null(statement_, index));
}

void Query::bind_integer(int index, std::int64_t value) {
  check(handle_, sqlite3_bind_int64(statement_, index, value));
}

void Query::bind_number(int index, double value) {
  if (std::isfinite(value)) {
    check(handle_, sqlite3_bind_double(statement_, index, value));
  } else {
    bind_null(index);
  }
}

void Query::bind_blob(int index, std::string_view bytes) {
  const char* first = bytes.data() == nullptr ? "" : bytes.data();
  check(handle_, sqlite3_bind_blob64(statement_, index, first, bytes.size(), SQLITE_STATIC));
}

void Query::bind_text(int index, std::string_view value) {
  if (!is_sound_text(value)) {
    const std::string sound = stored_text(value);
    check(handle_,
          sqlite3_bind_text64(
              statement_, index, sound.data(), sound.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return;
  }
  // A null pointer would be bound as NULL, and an empty string_view may have one.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  check(handle_,
        sqlite3_bind_text64(statement_, index, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

// ---- SqliteConnection -------------------------------------------------------------------------

SqliteConnection::SqliteConnection(const std::filesystem::path& file, Access access) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::read_only ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const std::string said = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
    close();
    throw SqliteError({Errc::io, fmt::format("{}: {}", file.string(), said)});
  }
  wait_for_locks(usual_patience);
}

void SqliteConnection::wait_for_locks(std::chrono::milliseconds longest) {
  sqlite3_busy_timeout(handle_, static_cast<int>(longest.count()));
}

SqliteConnection::~SqliteConnection() {
  close();
}

void SqliteConnection::close() {
  for (auto& [sql, statement] : statements_) {
    sqlite3_finalize(statement);
  }
  statements_.clear();
  sqlite3_close(handle_);
  handle_ = nullptr;
}

Query SqliteConnection::query(std::string_view sql) {
  auto known = statements_.find(sql);
  if (known == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    check(handle_,
          sqlite3_prepare_v3(handle_,
                             sql.data(),
                             static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT,
                             &statement,
                             nullptr));
    TARAMA_ASSERT(statement != nullptr, "SQL of ours is never empty");
    known = statements_.emplace(std::string(sql), statement).first;
  }
  return Query(handle_, known->second);
}

void SqliteConnection::execute(const char* sql) {
  check(handle_, sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr));
}

std::int64_t SqliteConnection::integer(std::string_view sql) {
  Query question = query(sql);
  const bool has_row = question.next();
  TARAMA_ASSERT(has_row, "asked only of SQL that gives a row");
  return question.integer(0);
}

std::int64_t SqliteConnection::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

std::int64_t SqliteConnection::changes() const {
  return sqlite3_changes64(handle_);
}

bool SqliteConnection::is_in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

// ---- Transaction ------------------------------------------------------------------------------

Transaction::Transaction(SqliteConnection& connection, Kind kind) : connection_(connection) {
  connection_.query(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction() {
  // SQLite has rolled back already after some errors (a full disk); then there is none open.
  if (connection_.is_in_transaction()) {
    sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Transaction::commit() {
  connection_.query("COMMIT").run();
}

}  // namespace tarama::db
