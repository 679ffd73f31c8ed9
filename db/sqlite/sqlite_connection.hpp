// One connection to a SQLite database, its cached prepared statements, and what its error codes
// mean to a person. Private to db/: inside, a failure is thrown as SqliteError; every public
// function of db/ turns it into a Result with `as_result`. Not thread-safe: one thread at a time.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace tarama::db {

class SqliteError : public std::exception {
 public:
  explicit SqliteError(Error error) : error_(std::move(error)) {}

  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Bytes that are bound as they are; they must outlive the Query.
struct Blob {
  std::string_view bytes;
};

/// One use of a prepared statement. It resets the statement when it goes, so it must go before
/// the transaction that it is part of ends, and before the same SQL is used again.
class Query {
 public:
  Query(sqlite3* handle, sqlite3_stmt* statement);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Binds all parameters, ?1 first. A double that is not finite, and an empty optional, are
  /// bound as NULL: no NaN ever stands in a table. Text must outlive the Query; what is no UTF-8
  /// in it is bound as U+FFFD (stored_text.hpp).
  template <class... Values>
  Query& with(const Values&... values) {
    int index = 0;
    (bind_value(++index, values), ...);
    return *this;
  }

  /// To the next row; false: there is none.
  [[nodiscard]] bool next();
  /// For statements that give no rows.
  void run();

  // Of the row that `next` went to; columns count from 0.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double number(int column) const;  // NaN where NULL
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string bytes(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  [[nodiscard]] std::optional<double> maybe_number(int column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(int column) const;
  [[nodiscard]] std::optional<TimePoint> maybe_time(int column) const;

 private:
  void bind_null(int index);
  void bind_integer(int index, std::int64_t value);
  void bind_number(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view bytes);

  template <class Tag>
  void bind_value(int index, Id<Tag> value) {
    bind_integer(index, value.value);
  }

  void bind_value(int index, TimePoint value) { bind_integer(index, value.milliseconds); }

  void bind_value(int index, std::string_view value) { bind_text(index, value); }

  void bind_value(int index, Blob value) { bind_blob(index, value.bytes); }

  void bind_value(int index, double value) { bind_number(index, value); }
  template <class Whole>
  requires std::is_integral_v<Whole>

  void bind_value(int index, Whole value) { bind_integer(index, static_cast<std::int64_t>(value)); }

  template <class Value>
  void bind_value(int index, const std::optional<Value>& value) {
    if (value) {
      bind_value(index, *value);
    } else {
      bind_null(index);
    }
  }

  sqlite3* handle_;
  sqlite3_stmt* statement_;
};

enum class Access { read_only, read_write };

// How long to wait for another program's write lock. Our own readers never take it; a person's
// `sqlite3` shell or a backup holds it for moments. Longer than that is worth telling.
inline constexpr std::chrono::milliseconds usual_patience{5'000};
// Where whoever waits would get an error instead of another try: a person at work in `sqlite3` may
// hold the lock for a minute.
inline constexpr std::chrono::milliseconds long_patience{120'000};

class SqliteConnection {
 public:
  /// Opens, or with `read_write` creates, the file. Throws SqliteError.
  SqliteConnection(const std::filesystem::path& file, Access access);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// The statement for `sql`, prepared once in the connection's life.
  [[nodiscard]] Query query(std::string_view sql);
  /// Any number of statements without parameters; rows are thrown away.
  void execute(const char* sql);
  /// The first column of the first row of `sql`, which must give one.
  [[nodiscard]] std::int64_t integer(std::string_view sql);

  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;  // rows that the last statement wrote
  [[nodiscard]] bool is_in_transaction() const;

  /// From here on; before: `usual_patience`.
  void wait_for_locks(std::chrono::milliseconds longest);

  [[nodiscard]] sqlite3* handle() const { return handle_; }

 private:
  void close();

  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_;
};

/// Rolls back when it goes without `commit`.
class Transaction {
 public:
  enum class Kind {
    read,   // one snapshot for several statements
    write,  // takes the write lock at once, so that it cannot fail half-way for want of it
  };
  Transaction(SqliteConnection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  SqliteConnection& connection_;
};

/// What to do about a store that lacks tables or columns which this tarama asks for.
extern const std::string_view how_to_update;

/// What the connection's last failure means, for a person.
[[nodiscard]] Error error_of(sqlite3* handle);

/// The boundary: `work` may throw, the caller gets a Result.
template <class Work>
[[nodiscard]] auto as_result(Work&& work) -> Result<std::invoke_result_t<Work>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const SqliteError& thrown) {
    return thrown.error();
  } catch (const std::exception& thrown) {
    return Error{Errc::internal, fmt::format("the database: {}", thrown.what())};
  }
}

}  // namespace tarama::db
