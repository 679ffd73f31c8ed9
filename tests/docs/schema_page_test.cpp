// docs/SCHEMA.md against the reference that it is generated from, and that against the database.
// TARAMA_UPDATE_DOCS=1 writes the page.
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/schema/view_reference.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tarama::db {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Rows : RowSink {
  std::vector<std::vector<Cell>> rows;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<Cell>& cells) override {
    rows.push_back(cells);
    return Next::go_on;
  }
};

/// A reader of an empty store.
class SchemaPage : public testing::Test {
 protected:
  SchemaPage() {
    const auto store = open_sqlite_store(folder_.path() / "tarama.db");
    EXPECT_TRUE(store) << store.error().message;
  }

  Result<Rows> ask(const std::string& sql) {
    const auto reader = ReadStore::open(folder_.path() / "tarama.db");
    if (!reader) {
      return reader.error();
    }
    Rows rows;
    const auto answered = reader->query(sql, rows);
    return answered ? Result<Rows>(std::move(rows)) : Result<Rows>(answered.error());
  }

 private:
  tarama::test::TempFolder folder_;
};

TEST_F(SchemaPage, IsWhatTheReferenceSays) {
  const auto page_file = tarama::test::source_folder() / "docs/SCHEMA.md";
  if (std::getenv("TARAMA_UPDATE_DOCS") != nullptr) {
    std::ofstream(page_file) << schema_page();
  }
  EXPECT_EQ(text_of(page_file), schema_page())
      << "run this test with TARAMA_UPDATE_DOCS=1, and commit docs/SCHEMA.md";
}

TEST_F(SchemaPage, TheReferenceListsEveryColumnOfEveryViewInItsOrder) {
  for (const ViewReference& view : view_references()) {
    const auto table =
        ask("SELECT name, type FROM pragma_table_info('" + std::string(view.name) + "')");
    ASSERT_TRUE(table) << table.error().message;
    std::vector<std::vector<Cell>> expected;
    for (const ColumnReference& column : view.columns) {
      expected.push_back({std::string(column.name), std::string(column.type)});
    }
    // What SQLite computes in a view has no declared type; the reference says what comes out.
    std::vector<std::vector<Cell>> actual = table->rows;
    ASSERT_EQ(actual.size(), expected.size()) << view.name;
    for (std::size_t index = 0; index < actual.size(); ++index) {
      if (actual[index][1] == Cell(std::string())) {
        actual[index][1] = expected[index][1];
      }
    }
    EXPECT_EQ(actual, expected) << view.name;
  }
}

TEST_F(SchemaPage, EveryViewThatIsForPeopleIsInTheReference) {
  const auto table =
      ask("SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name NOT IN "
          "('counting_attempt', 'reported')");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows[0][0], Cell(static_cast<std::int64_t>(view_references().size())));
}

TEST_F(SchemaPage, EveryExampleIsAQueryThatWorks) {
  for (const ViewReference& view : view_references()) {
    const auto table = ask(std::string(view.example));
    EXPECT_TRUE(table) << view.name << ": " << table.error().message;
  }
}

}  // namespace
}  // namespace tarama::db
