// What must hold between the keys of a sweep file. Each rule is silent where a key that it looks
// at is wrong by itself, so that one slip gives one message.
#include "core/sweep/parameter_value.hpp"
#include "core/sweep/refinement.hpp"
#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/sweep_reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace tarama::config {

namespace {

void report_at(SweepReading& reading, const std::string& key, const std::string& message) {
  reading.report(reading.positions.position_of(key), fmt::format("{}: {}", key, message));
}

/// The name under which a key stands in this file, for messages: a swept one is an axis.
std::string name_here(const SweepReading& reading, const std::string& key) {
  return reading.positions.has(key) ? key : "parameters." + bare_name(key);
}

/// A place in words, for a message that stands at another place.
std::string words_for(const Position& position) {
  return position.source > 0 ? "by --set" : fmt::format("in line {}", position.line);
}

void check_keys_given_twice(SweepReading& reading) {
  for (const KeyRule& rule : key_rules()) {
    const std::string axis = "parameters." + bare_name(rule.key);
    if (reading.program || rule.sweeping != Sweeping::possible ||
        !reading.positions.has(rule.key) || !reading.positions.has(axis)) {
      continue;
    }
    const Position in_section = reading.positions.position_of(rule.key);
    const Position in_axes = reading.positions.position_of(axis);
    const bool axis_is_later = in_section < in_axes;
    reading.report(axis_is_later ? in_axes : in_section,
                   fmt::format("{}: it also stands as {} ({}); keep one",
                               axis_is_later ? axis : rule.key,
                               axis_is_later ? rule.key : axis,
                               words_for(axis_is_later ? in_section : in_axes)));
  }
}

void check_model_with_path(SweepReading& reading) {
  for (const char* const name : {"hidden", "heads", "intermediate", "vocab", "vocab_size"}) {
    const std::string key = fmt::format("model.{}", name);
    if (reading.is_given(key)) {
      report_at(reading,
                name_here(reading, key),
                fmt::format("it is only for models from scratch, but {} names a folder; keep one",
                            name_here(reading, "model.path")));
    }
  }
}

void check_model_from_scratch(SweepReading& reading) {
  std::vector<std::string> missing;
  for (const char* const name : {"layers", "hidden", "heads"}) {
    if (!reading.is_given(fmt::format("model.{}", name))) {
      missing.emplace_back(name);
    }
  }
  if (missing.size() == 3) {
    report_at(reading,
              "model",
              "expected path (a Hugging Face folder), or layers, hidden and heads (a model from "
              "scratch), but found neither");
  } else if (!missing.empty()) {
    report_at(reading,
              "model",
              fmt::format("a model from scratch also needs {}", fmt::join(missing, " and ")));
  }
}

void check_hidden_by_heads(SweepReading& reading) {
  for (const ParameterValue& hidden : reading.values_of("model.hidden")) {
    for (const ParameterValue& heads : reading.values_of("model.heads")) {
      if (std::get<std::int64_t>(hidden) % std::get<std::int64_t>(heads) != 0) {
        report_at(reading,
                  name_here(reading, "model.hidden"),
                  fmt::format("{} is not a multiple of heads {}; expected hidden to be one",
                              text_of(hidden),
                              text_of(heads)));
        return;
      }
    }
  }
}

void check_model(SweepReading& reading) {
  if (!reading.sections.contains("model")) {
    return;
  }
  if (reading.is_given("model.path")) {
    check_model_with_path(reading);
  } else {
    check_model_from_scratch(reading);
  }
  check_hidden_by_heads(reading);
}

/// The data files that columns are looked up in.
std::vector<std::string> data_files(const SweepReading& reading) {
  std::vector<std::string> files;
  for (const char* const key : {"data.train", "data.eval", "data.test"}) {
    const auto found = reading.values.find(key);
    if (found != reading.values.end() && std::holds_alternative<std::string>(found->second)) {
      files.push_back(std::get<std::string>(found->second));
    }
  }
  files.insert(files.end(), reading.more_train.begin(), reading.more_train.end());
  return files;
}

void check_columns(SweepReading& reading) {
  const std::vector<std::string> files = data_files(reading);
  const auto is_jsonl = [](const std::string& file) {
    return file.ends_with(".jsonl") || file.ends_with(".jsonl.gz");
  };
  const bool has_jsonl = std::ranges::any_of(files, is_jsonl);
  const bool has_table = !std::ranges::all_of(files, is_jsonl);
  const auto header = reading.values.find("data.header");
  // A wrong `header` may have been meant as true.
  const bool has_header = header == reading.values.end() ? reading.positions.has("data.header")
                                                         : std::get<bool>(header->second);
  for (const char* const key : {"data.text", "data.text_pair", "data.label"}) {
    const auto column = reading.values.find(key);
    if (column == reading.values.end()) {
      continue;
    }
    const bool is_name = std::holds_alternative<std::string>(column->second);
    if (is_name && has_table && !has_header) {
      report_at(reading,
                key,
                fmt::format("the column name '{}' needs header: true; without a header, expected "
                            "an index from 0",
                            text_of(column->second)));
    } else if (!is_name && has_jsonl) {
      report_at(reading,
                key,
                fmt::format("a .jsonl file has no column {}; expected the name of a key",
                            text_of(column->second)));
    }
  }
}

void check_seeds(SweepReading& reading) {
  const auto seed = reading.values.find("seed");
  const auto replicates = reading.values.find("replicates");
  if (seed == reading.values.end() || replicates == reading.values.end()) {
    return;
  }
  const auto first = std::get<std::int64_t>(seed->second);
  const auto count = std::get<std::int64_t>(replicates->second);
  if (first > no_limit - (count - 1)) {
    report_at(reading,
              "seed",
              fmt::format("the seeds of {} replicates would pass 2^63; expected at most {}",
                          count,
                          no_limit - (count - 1)));
  }
}

/// Of `replicates`, where they decide themselves.
void check_refinement(SweepReading& reading) {
  if (!reading.sections.contains("replicates")) {
    return;
  }
  const auto whole = [&](const char* key, std::int64_t usual) {
    const auto found = reading.values.find(key);
    return found != reading.values.end() ? std::get<std::int64_t>(found->second) : usual;
  };
  const bool has_until = reading.positions.has("replicates.until");
  const bool has_budget = reading.positions.has("replicates.budget");
  if (has_until == has_budget) {
    report_at(reading,
              "replicates",
              "expected until (a difference that does not matter) or budget (runs), but found " +
                  std::string(has_until ? "both" : "neither"));
  }
  const std::int64_t first = whole("replicates.first", Refinement{}.first);
  const std::int64_t most = whole("replicates.most", std::max(first, Refinement{}.most));
  if (most < first) {
    report_at(reading,
              "replicates.most",
              fmt::format("{} is less than the first {}; expected at least as many", most, first));
  }
}

enum class Expected { file, folder };

/// What is wrong with a path, or nothing.
std::string problem_with(const std::string& path, Expected expected) {
  std::error_code ignored;  // what cannot be looked at does not exist for us
  const auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status)) {
    return fmt::format("there is no {} {}", expected == Expected::file ? "file" : "folder", path);
  }
  if (expected == Expected::folder && !std::filesystem::is_directory(status)) {
    return fmt::format("{} is a file; expected a Hugging Face folder", path);
  }
  if (expected == Expected::file && std::filesystem::is_directory(status)) {
    return fmt::format("{} is a folder; expected a file", path);
  }
  return "";
}

void check_program_inputs(SweepReading& reading) {
  for (const PlacedText& input : reading.program->inputs) {
    std::error_code ignored;  // what cannot be looked at does not exist for us
    if (!std::filesystem::exists(input.text, ignored)) {
      reading.report(input.position,
                     fmt::format("trainer.inputs: there is no file or folder {}", input.text));
    }
  }
}

void check_path(SweepReading& reading, const std::string& key, Expected expected) {
  for (const ParameterValue& value : reading.values_of(key)) {
    const auto* const path = std::get_if<std::string>(&value);
    if (path == nullptr || *path == "auto") {
      continue;
    }
    if (const std::string problem = problem_with(*path, expected); !problem.empty()) {
      report_at(reading, name_here(reading, key), problem);
    }
  }
}

}  // namespace

void check_keys_together(SweepReading& reading) {
  check_keys_given_twice(reading);
  check_model(reading);
  check_columns(reading);
  check_seeds(reading);
  check_axes_together(reading);
  check_program(reading);
  check_stop_rules(reading);
  check_rungs(reading);
  check_refinement(reading);
}

void check_named_files(SweepReading& reading) {
  if (reading.program) {
    // Its parameters may be called `path` or `vocab`, and be anything.
    return check_program_inputs(reading);
  }
  check_path(reading, "data.train", Expected::file);
  for (const std::string& path : reading.more_train) {
    if (const std::string problem = problem_with(path, Expected::file); !problem.empty()) {
      report_at(reading, "data.train", problem);
    }
  }
  check_path(reading, "data.eval", Expected::file);
  check_path(reading, "data.test", Expected::file);
  check_path(reading, "model.vocab", Expected::file);
  check_path(reading, "model.path", Expected::folder);
}

}  // namespace tarama::config
