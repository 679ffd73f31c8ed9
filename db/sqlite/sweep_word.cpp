// The rules, one after another; the first that has an answer gives it.
#include "db/sqlite/sweep_word.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace tarama::db {

namespace {

// As many as fit on a line or two, and as a person would look through.
constexpr std::size_t listed = 10;

struct Named {
  std::int64_t sweep = 0;
  std::string name;
  std::string state;
};

bool is_all_digits(std::string_view word) {
  return !word.empty() &&
         std::ranges::all_of(word, [](char letter) { return letter >= '0' && letter <= '9'; });
}

std::optional<std::int64_t> number_in(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool is_number = is_all_digits(word) && error == std::errc{};
  return is_number ? std::optional(number) : std::nullopt;
}

bool has_sweep(SqliteConnection& connection, std::int64_t sweep) {
  return connection.query("SELECT 1 FROM sweep WHERE sweep_id = ?1").with(sweep).next();
}

std::optional<SweepId> newest_named(SqliteConnection& connection, std::string_view name) {
  Query newest = connection.query("SELECT max(sweep_id) FROM sweep WHERE name = ?1");
  const bool is_there = newest.with(name).next() && !newest.is_null(0);
  return is_there ? std::optional(SweepId{newest.integer(0)}) : std::nullopt;
}

std::optional<SweepId> newest_of_all(SqliteConnection& connection) {
  const std::int64_t newest = connection.integer("SELECT ifnull(max(sweep_id), 0) FROM sweep");
  return newest == 0 ? std::nullopt : std::optional(SweepId{newest});
}

/// The newest sweep of each name that begins so, by id.
std::vector<Named> beginning_with(SqliteConnection& connection, std::string_view word) {
  Query rows = connection.query(
      "SELECT sweep_id, name, state FROM sweep WHERE sweep_id IN (SELECT max(sweep_id) FROM sweep "
      "WHERE substr(name, 1, length(?1)) = ?1 GROUP BY name) ORDER BY sweep_id");
  rows.with(word);
  std::vector<Named> found;
  while (rows.next()) {
    found.push_back({rows.integer(0), rows.text(1), rows.text(2)});
  }
  return found;
}

Error fits_several(std::string_view word, const std::vector<Named>& sweeps) {
  std::vector<std::string> texts;
  for (const Named& sweep : sweeps) {
    if (texts.size() < listed) {
      texts.push_back(fmt::format("{} ('{}', {})", sweep.sweep, sweep.name, sweep.state));
    }
  }
  return {Errc::invalid_argument,
          fmt::format("'{}' fits {} sweeps: {}{}; name one by its id, or by its whole name",
                      word,
                      sweeps.size(),
                      fmt::join(texts, ", "),
                      sweeps.size() > listed ? ", ..." : "")};
}

Error fits_none(SqliteConnection& connection, std::string_view word) {
  Query rows = connection.query("SELECT sweep_id, name FROM sweep ORDER BY sweep_id DESC LIMIT ?1");
  rows.with(listed);
  std::vector<std::string> names;
  while (rows.next()) {
    names.push_back(fmt::format("{} ({})", rows.text(1), rows.integer(0)));
  }
  if (names.empty()) {
    return {Errc::not_found,
            fmt::format("no sweep '{}': the store has none yet; `tarama run FILE` or `tarama "
                        "submit FILE` makes one",
                        word)};
  }
  return {Errc::not_found,
          fmt::format("no sweep '{}'; the newest are {}", word, fmt::join(names, ", "))};
}

/// Of a name that no sweep can have today, and one of an older store may.
SweepId last_sweep(SqliteConnection& connection, std::string_view word) {
  const std::optional<SweepId> newest = newest_of_all(connection);
  const std::optional<SweepId> named = newest_named(connection, word);
  if (!newest) {
    throw SqliteError(fits_none(connection, word));
  }
  if (named && named != newest) {
    Query rows = connection.query(
        "SELECT sweep_id, name, state FROM sweep WHERE sweep_id IN (?1, ?2) ORDER BY sweep_id");
    rows.with(*named, *newest);
    std::vector<Named> both;
    while (rows.next()) {
      both.push_back({rows.integer(0), rows.text(1), rows.text(2)});
    }
    throw SqliteError(fits_several(word, both));
  }
  return *newest;
}

}  // namespace

SweepId sweep_meant_by(SqliteConnection& connection, std::string_view word) {
  if (const auto number = number_in(word); number && has_sweep(connection, *number)) {
    return SweepId{*number};
  }
  if (word == "last") {
    return last_sweep(connection, word);
  }
  if (const auto named = newest_named(connection, word)) {
    return *named;
  }
  // A number is meant as an id: where there is none, another sweep's name that begins so is not it.
  if (word.empty() || is_all_digits(word)) {
    throw SqliteError(fits_none(connection, word));
  }
  const std::vector<Named> found = beginning_with(connection, word);
  if (found.empty()) {
    throw SqliteError(fits_none(connection, word));
  }
  if (found.size() > 1) {
    throw SqliteError(fits_several(word, found));
  }
  return SweepId{found.front().sweep};
}

}  // namespace tarama::db
