// Sessions, and what the attempts' rows say of them.
#include "db/sqlite/session_rows.hpp"

#include "db/sqlite/sqlite_rows.hpp"
#include "db/stored_text.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tarama::db {

namespace {

constexpr std::size_t attempts_read = 1024;

std::vector<RestoredAttempt> read_attempts(SqliteConnection& connection, std::string_view session) {
  Query rows = connection.query(
      "SELECT run_id, attempt, first_step IS NOT NULL FROM attempt WHERE session = ?1 "
      "ORDER BY leased_at DESC, run_id DESC, attempt DESC LIMIT ?2");
  rows.with(session, static_cast<std::int64_t>(attempts_read));
  std::vector<RestoredAttempt> attempts;
  while (rows.next()) {
    attempts.push_back({RunId{rows.integer(0)}, Attempt{rows.integer(1)}, rows.integer(2) != 0});
  }
  return {attempts.rbegin(), attempts.rend()};
}

}  // namespace

void merge_session(SqliteConnection& connection, const PersistSession& session) {
  const auto if_set = [](std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  const auto if_given = [](std::int64_t number) {
    return number == 0 ? std::nullopt : std::optional(number);
  };
  const std::string message = stored_message(session.message);
  connection
      .query(R"sql(
        INSERT INTO session (session, token, launcher, device, host, pid, started_at, ended_at,
          message, worker, process)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (session) DO UPDATE SET
          token = coalesce(excluded.token, token),
          launcher = coalesce(excluded.launcher, launcher),
          device = coalesce(excluded.device, device),
          host = coalesce(excluded.host, host),
          pid = coalesce(excluded.pid, pid),
          started_at = coalesce(excluded.started_at, started_at),
          ended_at = coalesce(excluded.ended_at, ended_at),
          message = coalesce(excluded.message, message),
          worker = coalesce(excluded.worker, worker),
          process = coalesce(excluded.process, process))sql")
      .with(session.session,
            if_set(session.token),
            if_set(session.launcher),
            if_set(session.device),
            if_set(session.host),
            if_given(session.pid),
            session.started_at,
            session.ended_at,
            if_set(message),
            if_given(session.worker.value),
            if_set(session.process))
      .run();
}

std::vector<OpenSession> read_open_sessions(SqliteConnection& connection) {
  std::vector<OpenSession> sessions;
  {
    Query rows = connection.query(
        "SELECT session, token, launcher, device, host, pid, started_at, message, worker, process "
        "FROM session WHERE ended_at IS NULL ORDER BY session");
    while (rows.next()) {
      sessions.push_back({.row = {.session = rows.text(0),
                                  .token = rows.text(1),
                                  .launcher = rows.text(2),
                                  .device = rows.text(3),
                                  .host = rows.text(4),
                                  .pid = rows.integer(5),
                                  .started_at = rows.maybe_time(6),
                                  .message = rows.text(7),
                                  .worker = WorkerId{rows.integer(8)},
                                  .process = rows.text(9)},
                          .attempts = {}});
    }
  }
  for (OpenSession& session : sessions) {
    session.attempts = read_attempts(connection, session.row.session);
  }
  return sessions;
}

WorkerId last_worker_number(SqliteConnection& connection) {
  return WorkerId{connection.integer("SELECT ifnull(max(worker), 0) FROM session")};
}

}  // namespace tarama::db
