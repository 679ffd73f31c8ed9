// What the runs of a sweep get wrong: the examples that most of them miss, and which classes are
// taken for which. From the predictions that the store keeps and the data files as they are now.
#pragma once

#include "db/sqlite/read_store.hpp"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cli {

struct ErrorQuestion {
  SweepId sweep;
  std::optional<LevelId> level;  // nullopt: the runs of all
  Split split = Split::eval;
};

/// An example that at least one run got wrong.
struct MissedExample {
  std::int64_t example = 0;  // from 0, in its split
  std::string label;
  std::string predicted;    // the class that it is taken for most often
  std::int64_t wrong = 0;   // runs that miss it
  std::int64_t runs = 0;    // that predicted it
  std::int64_t line = 0;    // where it begins in its file; 0: the files are not what they were
  std::string text;         // empty then
  std::string second_text;  // of a pair
};

struct Confusion {
  std::string label;
  std::string predicted;
  std::int64_t count = 0;
  std::int64_t of = 0;  // predictions for examples of that label
};

struct ExampleErrors {
  std::int64_t runs = 0;
  std::int64_t examples = 0;
  std::vector<MissedExample> missed;  // those that most runs miss first
  std::vector<Confusion> confusions;  // the commonest first
  std::string file;                   // of the split; empty: the texts are not known
  std::string no_texts;               // why not, for a person
};

/// `not_found` where no predictions are kept, with how they would be.
[[nodiscard]] Result<ExampleErrors> read_example_errors(const db::ReadStore& store,
                                                        const ErrorQuestion& question);

/// The document of `errors`: of the missed examples the first `limit`.
[[nodiscard]] nlohmann::ordered_json errors_json(const ErrorQuestion& question,
                                                 const ExampleErrors& errors,
                                                 std::size_t limit);

}  // namespace tarama::cli
