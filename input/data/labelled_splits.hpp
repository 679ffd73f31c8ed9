// The rows of a sweep's data files as examples with classes, not yet tokenized: files opened,
// columns found, labels counted, evaluation data split off. Every check of data is here.
#pragma once

#include "core/sweep/sweep_spec.hpp"
#include "input/data/data_files.hpp"
#include "input/data/data_note.hpp"
#include "input/files/findings.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarama::input {

struct LabelledText {
  std::string text;
  std::string second_text;  // where the sweep has a text_pair
  std::int32_t label = 0;   // index into LabelledSplits::classes
  std::int64_t line = 0;    // of its file, where its row begins

  friend bool operator==(const LabelledText&, const LabelledText&) = default;
};

/// Per data file: train, eval, test.
using FileCounts = std::array<std::int64_t, 3>;

struct LabelledSplits {
  std::vector<LabelledText> train;
  std::vector<LabelledText> eval;
  std::vector<LabelledText> test;
  std::vector<std::string> classes;
  FileCounts replaced{};  // what was not UTF-8
  std::vector<DataNote> notes = {};

  friend bool operator==(const LabelledSplits&, const LabelledSplits&) = default;
};

/// Nothing where something is wrong with the rows, which is a problem then, or where there are
/// no training data. The files that are there are read in any case, for their problems.
[[nodiscard]] std::optional<LabelledSplits> label_splits(const DataSpec& data,
                                                         const DataFiles& files,
                                                         std::int64_t sweep_seed,
                                                         Findings& findings);

}  // namespace tarama::input
