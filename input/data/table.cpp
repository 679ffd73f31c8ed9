// See table.hpp.
#include "input/data/table.hpp"

#include "core/sweep/assert.hpp"
#include "input/data/csv_reader.hpp"
#include "input/data/jsonl_reader.hpp"
#include "input/data/tsv_reader.hpp"

#include <algorithm>

namespace tarama::input {

namespace {

std::string lowered_ending(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return ending;
}

/// Quotes bound fields in CSV, and are text in TSV, unless the request says otherwise.
Table read_separated(char separator,
                     Quotes usual,
                     std::string_view text,
                     const TableRequest& request) {
  return request.quotes.value_or(usual) == Quotes::csv ? read_csv(text, request, separator)
                                                       : read_tsv(text, request, separator);
}

}  // namespace

std::optional<TableFormat> table_format_of(const std::filesystem::path& path) {
  std::string ending = lowered_ending(path);
  if (ending == ".gz") {
    ending = lowered_ending(path.stem());
  }
  if (ending == ".tsv") {
    return TableFormat::tsv;
  }
  if (ending == ".csv") {
    return TableFormat::csv;
  }
  if (ending == ".jsonl") {
    return TableFormat::jsonl;
  }
  return std::nullopt;
}

Table read_table(TableFormat format, std::string_view text, const TableRequest& request) {
  switch (format) {
    case TableFormat::tsv:
      return read_separated('\t', Quotes::text, text, request);
    case TableFormat::csv:
      return read_separated(',', Quotes::csv, text, request);
    case TableFormat::jsonl:
      return read_jsonl(text, request);
  }
  TARAMA_ASSERT(false, "every format has its reader");
}

}  // namespace tarama::input
