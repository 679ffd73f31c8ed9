// The newest tables, columns, indexes and views of a version of the schema, also in a store that an
// earlier tarama of the same version made: while a version is unreleased it grows, and stores of
// its beginnings must not be lost.
#pragma once

#include "db/sqlite/schema/schema.hpp"
#include "db/sqlite/sqlite_connection.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tarama::db {

/// Brings the database, which `known` has brought to its last version, to what they make of an
/// empty one: adds what it lacks, rebuilds tables whose columns or checks have changed, with their
/// rows, and replaces indexes and views. Tables, columns and views that `known` does not have stay
/// as they are. In one transaction; done again it does nothing. Returns the names of what it
/// changed, for the log. Foreign keys must not be enforced. Throws SqliteError: `refused` where a
/// table has columns that are not ours and lacks some that are, or rows that the new one does not
/// take.
/// `follow`: within the transaction, what the new tables begin with; by names of what is new.
using Follow = std::function<void(const std::vector<std::string>& changed)>;
std::vector<std::string> bring_to_newest(SqliteConnection& connection,
                                         std::span<const Migration> known,
                                         const Follow& follow = {});

/// Whether there is nothing to do. For a connection that may only read, to explain its failure.
[[nodiscard]] bool is_newest(SqliteConnection& connection, std::span<const Migration> known);

}  // namespace tarama::db
