// The keys of a sweep file as data: what each may hold, its range, its default and what it
// means. The reader checks files by this table and docs/CONFIG.md is printed from it, so that
// the two cannot differ.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::config {

/// What a key holds.
enum class ValueKind {
  map,         // the keys below it
  parameters,  // the axes of the grid
  name,        // text that can be printed on one line
  text,
  whole,
  whole_or_map,  // a number, or the keys below it
  auto_or_whole,
  number,
  flag,
  choice,
  data_file,      // .tsv, .csv or .jsonl, also with .gz behind it
  data_files,     // one, or a list of them
  file_or_share,  // a data file, or a share of the training data
  model_folder,
  vocab,  // a vocab.txt, or auto
  column,
  duration,  // or none
  memory,    // or none
  devices,
  arguments,   // a list of texts
  paths,       // of files or folders: one, or a list
  log_rules,   // a list of {pattern, class}
  stop_rules,  // a list of {metric, above, ...}
  metric,      // of a program: the name of what it reports
  anything,    // of a program's parameter: a number, true or false, or text
};

enum class NumberRange { any, positive, not_negative, share };  // share: [0, 1)

enum class Need { required, optional };

/// Whether a key may stand under `parameters`; `only_there`: nowhere else.
enum class Sweeping { never, possible, only_there };

inline constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

struct KeyRule {
  std::string key;  // dotted: "training.batch_size"; of an axis alone: "parameters.lr"
  ValueKind kind = ValueKind::text;
  Need need = Need::optional;
  std::string default_yaml = {};  // empty: no default, or see `meaning`
  std::string meaning = {};       // for docs/CONFIG.md
  Sweeping sweeping = Sweeping::never;
  std::int64_t lowest = 0;  // of a whole number
  std::int64_t highest = no_limit;
  NumberRange range = NumberRange::any;
  std::vector<std::string> choices = {};
};

/// Every key, a map before what lies in it, in the order of the documentation.
[[nodiscard]] const std::vector<KeyRule>& key_rules();

/// The rule of a dotted key; nullptr if there is none.
[[nodiscard]] const KeyRule* find_rule(std::string_view key);

/// The rule for the values of an axis under `parameters` ("lr", "norm"); nullptr if nothing of
/// that name can be swept.
[[nodiscard]] const KeyRule* find_axis_rule(std::string_view name);

/// The bare names that may stand in a map ("" is the top of the file).
[[nodiscard]] std::vector<std::string> names_in_section(std::string_view section);

/// "a whole number, at least 1": what a message says was expected.
[[nodiscard]] std::string expected_by(const KeyRule& rule);

/// "training" of "training.batch_size"; "" at the top.
[[nodiscard]] std::string section_of(std::string_view key);

/// "batch_size" of "training.batch_size".
[[nodiscard]] std::string bare_name(std::string_view key);

/// "values", "value", "min", ...: what may stand in an axis.
[[nodiscard]] const std::vector<std::string>& names_in_axis();

// A sweep with more runs is a slip of the pen: at one second each, this many take 11 days.
inline constexpr std::int64_t most_runs = 1'000'000;

}  // namespace tarama::config
