// By comparing what stands in sqlite_schema with that of an empty database in memory, which the
// same migrations have made: nothing that is added to a migration needs a word here.
#include "db/sqlite/schema/newest_schema.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

namespace tarama::db {

namespace {

struct SchemaItem {
  std::string type;  // table, index, view, trigger
  std::string name;
  std::string sql;
};

using SchemaItems = std::map<std::string, SchemaItem>;  // by name

SchemaItems items_of(SqliteConnection& connection) {
  Query rows = connection.query(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE "
      "'sqlite\\_%' ESCAPE '\\'");
  SchemaItems items;
  while (rows.next()) {
    items.emplace(rows.text(1), SchemaItem{rows.text(0), rows.text(1), rows.text(2)});
  }
  return items;
}

/// Without comments, layout and quotes around names, in which the same definition may differ.
std::string plain(const std::string& sql) {
  std::string text;
  bool is_comment = false;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    is_comment = is_comment ? sql[at] != '\n' : sql.compare(at, 2, "--") == 0;
    const bool is_layout = is_comment || std::isspace(static_cast<unsigned char>(sql[at])) != 0;
    if (!is_layout && sql[at] != '"') {
      text += sql[at];
    }
  }
  return text;
}

bool is_same(const SchemaItem& one, const SchemaItem& other) {
  return one.type == other.type && plain(one.sql) == plain(other.sql);
}

std::vector<std::string> columns_of(SqliteConnection& connection, const std::string& table) {
  // Generated columns (`hidden`) follow from others.
  Query rows =
      connection.query("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid");
  rows.with(table);
  std::vector<std::string> names;
  while (rows.next()) {
    names.push_back(rows.text(0));
  }
  return names;
}

/// Those of `all` that are not in `others`.
std::vector<std::string> without(const std::vector<std::string>& all,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> rest;
  std::ranges::copy_if(all, std::back_inserter(rest), [&](const std::string& name) {
    return std::ranges::find(others, name) == others.end();
  });
  return rest;
}

/// The number that an AUTOINCREMENT table gave last; nullopt: the table is no such one, or new.
std::optional<std::int64_t> last_number(SqliteConnection& connection, const std::string& table) {
  if (!connection.query("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").next()) {
    return std::nullopt;
  }
  Query row = connection.query("SELECT seq FROM sqlite_sequence WHERE name = ?1");
  return row.with(table).next() ? row.maybe_integer(0) : std::nullopt;
}

void set_last_number(SqliteConnection& connection, const std::string& table, std::int64_t number) {
  connection.query("DELETE FROM sqlite_sequence WHERE name = ?1").with(table).run();
  connection.query("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)")
      .with(table, number)
      .run();
}

class Update {
 public:
  Update(SqliteConnection& connection, SqliteConnection& model)
      : connection_(connection), model_(model), wanted_(items_of(model)) {}

  std::vector<std::string> perform() {
    drop_outdated({"view", "trigger", "index"});
    for (const auto& [name, item] : wanted_) {
      if (item.type == "table") {
        update_table(item);
      }
    }
    // Behind the tables: an index went with the table that was rebuilt.
    const SchemaItems now = items_of(connection_);
    for (const char* type : {"index", "view", "trigger"}) {
      for (const auto& [name, item] : wanted_) {
        if (item.type == type && !now.contains(name)) {
          connection_.execute(item.sql.c_str());
          changed_.insert(name);
        }
      }
    }
    return {changed_.begin(), changed_.end()};
  }

 private:
  void drop_outdated(const std::set<std::string>& types) {
    for (const auto& [name, item] : items_of(connection_)) {
      const auto wanted = wanted_.find(name);
      if (types.contains(item.type) && wanted != wanted_.end() && !is_same(item, wanted->second)) {
        connection_.execute(fmt::format("DROP {} \"{}\"", item.type, name).c_str());
      }
    }
  }

  void update_table(const SchemaItem& wanted) {
    const SchemaItems now = items_of(connection_);
    const auto found = now.find(wanted.name);
    if (found == now.end()) {
      connection_.execute(wanted.sql.c_str());
      changed_.insert(wanted.name);
    } else if (!is_same(found->second, wanted)) {
      rebuild(wanted);
    }
  }

  void rebuild(const SchemaItem& wanted) {
    const std::vector<std::string> ours = columns_of(model_, wanted.name);
    const std::vector<std::string> theirs = columns_of(connection_, wanted.name);
    const std::vector<std::string> unknown = without(theirs, ours);
    const std::vector<std::string> missing = without(ours, theirs);
    if (!unknown.empty()) {
      if (missing.empty()) {
        return;  // all that we ask of it is there; what else it holds is not ours to lose
      }
      throw SqliteError({Errc::refused,
                         fmt::format("the store was written by another tarama: its table {} has "
                                     "the columns {}, which this one does not know, and lacks {}; "
                                     "use that tarama, or another --store",
                                     wanted.name,
                                     fmt::join(unknown, ", "),
                                     fmt::join(missing, ", "))});
    }
    const auto number = last_number(connection_, wanted.name);
    const std::string old = "outdated_" + wanted.name;
    const std::string columns = fmt::format("\"{}\"", fmt::join(theirs, "\", \""));
    connection_.execute(
        fmt::format("ALTER TABLE \"{}\" RENAME TO \"{}\"", wanted.name, old).c_str());
    connection_.execute(wanted.sql.c_str());
    copy_rows(wanted.name, old, columns);
    connection_.execute(fmt::format("DROP TABLE \"{}\"", old).c_str());
    if (number) {
      set_last_number(connection_, wanted.name, *number);
    }
    changed_.insert(wanted.name);
  }

  void copy_rows(const std::string& table, const std::string& old, const std::string& columns) {
    try {
      connection_.execute(
          fmt::format("INSERT INTO \"{}\" ({}) SELECT {} FROM \"{}\"", table, columns, columns, old)
              .c_str());
    } catch (const SqliteError& thrown) {
      if (thrown.error().code != Errc::invalid_argument) {
        throw;  // no room, or damage
      }
      throw SqliteError({Errc::refused,
                         fmt::format("rows of the table {}, which an earlier tarama wrote, cannot "
                                     "be carried over ({}); use that tarama, or another --store",
                                     table,
                                     thrown.error().message)});
    }
  }

  SqliteConnection& connection_;
  SqliteConnection& model_;
  SchemaItems wanted_;
  std::set<std::string> changed_;
};

bool lacks_nothing_of(SqliteConnection& connection, SqliteConnection& model) {
  const SchemaItems now = items_of(connection);
  return std::ranges::all_of(items_of(model), [&](const auto& wanted) {
    const auto found = now.find(wanted.first);
    return found != now.end() && is_same(found->second, wanted.second);
  });
}

/// An empty database of the newest shape.
class SchemaModel {
 public:
  explicit SchemaModel(std::span<const Migration> known) { migrate(connection_, known); }

  SqliteConnection& connection() { return connection_; }

 private:
  SqliteConnection connection_{":memory:", Access::read_write};
};

}  // namespace

std::vector<std::string> bring_to_newest(SqliteConnection& connection,
                                         std::span<const Migration> known,
                                         const Follow& follow) {
  SchemaModel model(known);
  if (lacks_nothing_of(connection, model.connection())) {
    return {};
  }
  // Renaming a table leaves alone what refers to it by its name: the new one takes its place.
  connection.execute("PRAGMA legacy_alter_table = ON");
  Transaction transaction(connection, Transaction::Kind::write);
  std::vector<std::string> changed = Update(connection, model.connection()).perform();
  if (!changed.empty()) {
    check_references(connection, known.back().version);
    if (follow) {
      follow(changed);
    }
  }
  transaction.commit();
  connection.execute("PRAGMA legacy_alter_table = OFF");
  return changed;
}

bool is_newest(SqliteConnection& connection, std::span<const Migration> known) {
  SchemaModel model(known);
  return lacks_nothing_of(connection, model.connection());
}

}  // namespace tarama::db
