// Looks at rows as a person would who opens the file: is the first one a header, are two classes
// the same word, did a quote swallow rows? Whatever is found is told and changes nothing.
#pragma once

#include "input/data/data_note.hpp"
#include "input/data/table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tarama::input {

/// The rows of one file, with what the notes need of it.
struct RowsOfFile {
  std::int64_t file = 0;  // place in DataFiles::all()
  std::string key;        // "data.train"
  Quotes quotes = Quotes::text;
  TableFormat format = TableFormat::tsv;
  Table table;
};

/// Which of the cells of a row is which.
struct CellPlaces {
  std::size_t text = 0;
  std::size_t label = 1;
};

/// Of the training files, in their order, and the classes that they have.
[[nodiscard]] std::vector<DataNote> notes_on_training(const std::vector<RowsOfFile>& files,
                                                      const std::vector<std::string>& classes,
                                                      CellPlaces places);

/// Of any file.
[[nodiscard]] std::vector<DataNote> notes_on_rows(const RowsOfFile& rows,
                                                  const std::vector<std::string>& classes,
                                                  CellPlaces places);

/// Whether cells read as names of columns do: "label", "text", "sentence1", ...
[[nodiscard]] bool is_column_name(std::string_view cell);

}  // namespace tarama::input
