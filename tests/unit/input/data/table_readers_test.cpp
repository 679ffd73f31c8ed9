// The three formats of data files: what is a row, what is a cell, and what is said of files that
// are not what they should be.
#include "input/data/table.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

namespace tarama::input {
namespace {

TableRequest first_two(Header header = Header::absent) {
  return {"f", {{std::int64_t{0}}, {std::int64_t{1}, CellKind::label}}, header};
}

TableRequest by_name(const std::string& text, const std::string& label) {
  return {"f", {{text}, {label, CellKind::label}}, Header::present};
}

Table rows(std::vector<TableRow> rows) {
  return {std::move(rows), {}};
}

Table errors(std::vector<TableError> errors) {
  return {{}, std::move(errors)};
}

/// Without what the notes on data alone need.
Table rows_and_errors(TableFormat format, std::string_view text, const TableRequest& request) {
  Table table = read_table(format, text, request);
  table.header = {};
  table.label_types = {};
  return table;
}

TEST(TsvReader, SplitsLinesAtTabsAndTakesQuotesAsText) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "\"a, b\t1\nc \"d\"\t0\n", first_two()),
            rows({{1, {"\"a, b", "1"}}, {2, {"c \"d\"", "0"}}}));
}

TEST(TsvReader, TakesCarriageReturnsBeforeLineEndsAndNoLineEndAtTheEnd) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "a\t1\r\nb\rc\t0", first_two()),
            rows({{1, {"a", "1"}}, {2, {"b\rc", "0"}}}));
}

TEST(TsvReader, EndsLinesAtLineFeedsAlone) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "a\xC2\x85z\xE2\x80\xA8y\t1\n", first_two()),
            rows({{1, {"a\xC2\x85z\xE2\x80\xA8y", "1"}}}));
}

TEST(TsvReader, LeavesEmptyLinesOutAndCountsThem) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "\na\t1\n\r\nb\t0\n\n\n", first_two()),
            rows({{2, {"a", "1"}}, {4, {"b", "0"}}}));
}

TEST(TsvReader, FindsColumnsByTheHeadersNames) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::tsv, "label\tid\ttext\nx\t7\thello\n", by_name("text", "label")),
      rows({{2, {"hello", "x"}}}));
}

TEST(TsvReader, TellsTheFirstRowsOfAnotherWidthAndCountsTheRest) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::tsv, "a\t1\nb\nc\nd\t1\t2\ne\nf\n", first_two()).errors,
      errors({{std::nullopt, "f:2: 1 column, expected 2 as in line 1 (columns are split at tabs)"},
              {std::nullopt, "f:3: 1 column, expected 2 as in line 1 (columns are split at tabs)"},
              {std::nullopt,
               "f:4: 3 columns, expected 2 as in line 1 (columns are split at tabs) (and 2 more "
               "rows that cannot be read)"}})
          .errors);
}

TEST(TsvReader, NamesTheColumnsThatThereAreNearestFirst) {
  EXPECT_EQ(rows_and_errors(
                TableFormat::tsv, "id\tlabel\tsentence\n1\tx\ty\n", by_name("sentense", "label")),
            errors({{0, "f:1: no column 'sentense'; there are 'sentence', 'label', 'id'"}}));
}

TEST(TsvReader, RefusesAnIndexBeyondTheRowsWithWhatThereIs) {
  TableRequest request = first_two();
  request.columns[1].column = std::int64_t{2};

  EXPECT_EQ(
      rows_and_errors(TableFormat::tsv, "a\t1\n", request),
      errors({{1, "f:1: no column 2: there are 2 columns, 0 to 1 (columns are split at tabs)"}}));
}

TEST(TsvReader, RefusesANameWithoutAHeader) {
  TableRequest request = by_name("text", "label");
  request.header = Header::absent;

  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "text\tlabel\n", request),
            errors({{0,
                     "f:1: a column by name ('text') needs `header: true`; without a header give "
                     "its index: there are 2 columns, 0 to 1"},
                    {1,
                     "f:1: a column by name ('label') needs `header: true`; without a header give "
                     "its index: there are 2 columns, 0 to 1"}}));
}

TEST(TsvReader, RefusesANameThatTheHeaderHasTwice) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "a\ta\tb\n1\t2\t3\n", by_name("a", "b")),
            errors({{0, "f:1: the header has the column 'a' twice; give its index instead"}}));
}

TEST(TsvReader, TellsAnEmptyFileFromAHeaderWithoutRows) {
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "\n", first_two()),
            errors({{std::nullopt, "f: the file is empty, expected rows"}}));
  EXPECT_EQ(rows_and_errors(TableFormat::tsv, "a\tb\n", first_two(Header::present)),
            errors({{std::nullopt, "f: there is no row below the header"}}));
}

TEST(CsvReader, TakesCommasQuotesTabsAndLineEndsInsideQuotes) {
  EXPECT_EQ(rows_and_errors(TableFormat::csv, "\"a, \"\"b\"\"\tc\r\nd\",1\r\ne,0\r\n", first_two()),
            rows({{1, {"a, \"b\"\tc\r\nd", "1"}}, {3, {"e", "0"}}}));
}

TEST(CsvReader, TakesAQuoteInsideAnUnquotedFieldAsText) {
  EXPECT_EQ(rows_and_errors(TableFormat::csv, "5\" disk,1\n", first_two()),
            rows({{1, {"5\" disk", "1"}}}));
}

TEST(CsvReader, TakesEmptyFieldsQuotedOrNot) {
  EXPECT_EQ(rows_and_errors(TableFormat::csv, ",1\n\"\",2", first_two()),
            rows({{1, {"", "1"}}, {2, {"", "2"}}}));
}

TEST(CsvReader, SaysWhereTheQuoteBeganThatNothingCloses) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::csv, "a,1\n\"b\nc,0\n", first_two()).errors,
      errors({{std::nullopt, "f:2: the quote that opens a field here is never closed"}}).errors);
}

TEST(CsvReader, RefusesTextBehindAClosingQuoteAndGoesOnWithTheNextLine) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::csv, "x,1\n\"a\nb\" c,1\nd,0\n", first_two()).errors.front(),
      (TableError{std::nullopt,
                  "f:3: text behind a closing quote, expected a comma or the end of the "
                  "line; a quote inside a quoted field is written twice"}));
}

TEST(CsvReader, CountsLinesInsideQuotes) {
  EXPECT_EQ(rows_and_errors(TableFormat::csv, "\"a\n\nb\",1\nc\n", first_two()).errors,
            errors({{std::nullopt,
                     "f:4: 1 column, expected 2 as in line 1 (columns are split at commas)"}})
                .errors);
}

TEST(JsonlReader, TakesTextsAndLabelsOfEveryKind) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::jsonl,
                      "{\"t\": \"a\\tb\", \"l\": 3}\r\n\n{\"l\": true, \"t\": \"\\u00e4\"}\n  \n"
                      "{\"t\": \"\", \"l\": \"x\", \"other\": [1]}",
                      by_name("t", "l")),
      rows({{1, {"a\tb", "3"}}, {3, {"ä", "true"}}, {5, {"", "x"}}}));
}

TEST(JsonlReader, PutsTheReplacementCharacterForHalfASurrogatePair) {
  EXPECT_EQ(rows_and_errors(TableFormat::jsonl,
                            "{\"t\": \"a\\ud800b\\udc00\\ud83d\\ude00\\\\ud800\", \"l\": 1}",
                            by_name("t", "l")),
            rows({{1,
                   {"a\xEF\xBF\xBD"
                    "b\xEF\xBF\xBD\xF0\x9F\x98\x80\\ud800",
                    "1"}}}));
}

TEST(JsonlReader, SaysWhereALineStopsToBeJson) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::jsonl, "{\"t\": \"a\", \"l\": 1}\n{\"t\": \n", by_name("t", "l"))
          .errors,
      errors({{std::nullopt,
               "f:2: not JSON from byte 7 of the line on; expected one object per line"}})
          .errors);
}

TEST(JsonlReader, RefusesALineThatIsNoObject) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::jsonl, "[1]\n", by_name("t", "l")),
      errors({{std::nullopt,
               "f:1: the line holds an array, expected an object like {\"text\": \"...\"}"}}));
}

TEST(JsonlReader, NamesTheKeysThatThereAre) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::jsonl, "{\"text\": \"a\", \"l\": 1}\n", by_name("txt", "l")),
      errors({{0, "f:1: no key 'txt'; there are 'text', 'l'"}}));
}

TEST(JsonlReader, RefusesATextThatIsNoStringAndALabelThatIsNull) {
  EXPECT_EQ(rows_and_errors(TableFormat::jsonl, "{\"t\": 5, \"l\": null}\n", by_name("t", "l")),
            errors({{0, "f:1: 't' is number, expected a string"},
                    {1, "f:1: 'l' is null, expected a string or an integer"}}));
}

TEST(JsonlReader, RefusesColumnsByIndexWithTheNamesThatThereAre) {
  EXPECT_EQ(
      rows_and_errors(TableFormat::jsonl, "{\"t\": \"a\"}\n", {"f", {{std::int64_t{0}}}, {}}),
      errors({{0, "f: columns of a .jsonl file go by name, not by index (0); there are 't'"}}));
}

TEST(TableFormat, FollowsTheEndingOfTheNameInAnyCase) {
  EXPECT_EQ(table_format_of("a/b.TSV"), TableFormat::tsv);
  EXPECT_EQ(table_format_of("b.csv"), TableFormat::csv);
  EXPECT_EQ(table_format_of("b.jsonl"), TableFormat::jsonl);
  EXPECT_EQ(table_format_of("b.txt"), std::nullopt);
}

RC_GTEST_PROP(TableReaders, AnyBytesGiveRowsOrErrorsInEveryFormat, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("ab1,\t\"\n\r\\{}[]:u \0d8\xC3", 21)));
  for (const TableFormat format : {TableFormat::tsv, TableFormat::csv, TableFormat::jsonl}) {
    const TableRequest request = format == TableFormat::jsonl ? by_name("a", "b") : first_two();

    const Table table = rows_and_errors(format, text, request);

    RC_ASSERT(!table.rows.empty() || !table.errors.empty());
    for (const TableRow& row : table.rows) {
      RC_ASSERT(row.cells.size() == 2u);
    }
  }
}

RC_GTEST_PROP(CsvReader, ReadsBackAnyFieldThatIsQuoted, (std::vector<std::string> fields)) {
  std::string text;
  Table expected;
  std::int64_t line = 1;
  for (const std::string& field : fields) {
    expected.rows.push_back({line, {field, "1"}});
    text += '"';
    for (const char byte : field) {
      text += byte == '"' ? std::string("\"\"") : std::string(1, byte);
      line += byte == '\n' ? 1 : 0;
    }
    text += "\",1\n";
    ++line;
  }
  RC_PRE(!fields.empty());

  RC_ASSERT(rows_and_errors(TableFormat::csv, text, first_two()) == expected);
}

}  // namespace
}  // namespace tarama::input
