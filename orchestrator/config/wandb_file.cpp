// See wandb_file.hpp.
#include "orchestrator/config/wandb_file.hpp"

#include "orchestrator/config/key_rules.hpp"
#include "orchestrator/config/scalars.hpp"
#include "orchestrator/config/unknown_key.hpp"
#include "orchestrator/config/wandb_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tarama::config {

namespace {

constexpr std::int64_t runs_without_a_cap = 20;
constexpr std::size_t longest_sweep_name = 200;

Position place_of_key(const YamlNode& root, const char* key) {
  const YamlEntry* const entry = find_entry(root, key);
  return entry != nullptr ? entry->position : Position{};
}

/// A name as a sweep may have it: on one line, without '/', no word that commands read.
std::string sweep_name(std::string text) {
  std::ranges::replace_if(
      text,
      [](char letter) {
        return letter == '/' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
      },
      '-');
  const bool is_digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (text == "last" || is_digits) {
    text = "sweep-" + text;
  }
  std::size_t length = std::min(text.size(), longest_sweep_name);
  // Never within a character of several bytes.
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) {
    --length;
  }
  return text.substr(0, length);
}

/// The cap; nullopt: there is none, or it is wrong, which is reported.
std::optional<std::int64_t> run_cap(const YamlNode& root, WandbReport& report) {
  const YamlEntry* const entry = find_entry(root, "run_cap");
  if (entry == nullptr) {
    return std::nullopt;
  }
  const auto cap =
      entry->value->kind == YamlKind::scalar ? parse_whole(entry->value->text) : std::nullopt;
  if (!cap || *cap < 1 || *cap > most_runs) {
    report.refuse(entry->position,
                  fmt::format("run_cap: expected a whole number from 1 to {}, but found {}",
                              most_runs,
                              describe(*entry->value)));
    return std::nullopt;
  }
  return cap;
}

std::string grid_lines(const YamlNode& root, double levels, WandbReport& report) {
  if (levels > static_cast<double>(most_runs)) {
    report.refuse(place_of_key(root, "method"),
                  fmt::format("method: a grid of {:.0f} combinations; at most {} can be run: write "
                              "method: random with a run_cap",
                              levels,
                              most_runs));
  }
  const auto cap = run_cap(root, report);
  if (!cap || static_cast<double>(*cap) >= levels) {
    return "";
  }
  report.warn(place_of_key(root, "run_cap"),
              fmt::format("run_cap: W&B ends the grid after {} of its {:.0f} combinations; here "
                          "all are run: for fewer write method: random and max_runs: {}",
                          *cap,
                          levels,
                          *cap));
  return fmt::format(
      "# There was a run_cap of {}; a grid runs all of its {:.0f} combinations.\n", *cap, levels);
}

}  // namespace

std::optional<WandbMethod> wandb_method(const YamlNode& root, WandbReport& report) {
  const YamlEntry* const entry = find_entry(root, "method");
  const std::string name = text_at(root, "method");
  if (entry == nullptr) {
    report.refuse({}, "the key 'method' is missing; W&B expects grid, random or bayes");
    return std::nullopt;
  }
  if (name == "grid" || name == "random") {
    return name == "grid" ? WandbMethod::grid : WandbMethod::random;
  }
  if (name == "bayes") {
    return WandbMethod::bayes;
  }
  report.refuse(
      entry->position,
      fmt::format("method: expected grid, random or bayes, but found {}", describe(*entry->value)));
  return std::nullopt;
}

std::string wandb_method_lines(const YamlNode& root,
                               WandbMethod method,
                               double levels,
                               WandbReport& report) {
  if (method == WandbMethod::grid) {
    return grid_lines(root, levels, report);
  }
  const auto cap = run_cap(root, report);
  if (!cap && find_entry(root, "run_cap") == nullptr) {
    report.warn(place_of_key(root, "method"),
                fmt::format("there is no run_cap, and W&B goes on until it is stopped; here "
                            "max_runs is {}: raise it for more",
                            runs_without_a_cap));
  }
  return fmt::format("method: {}\nmax_runs: {}  # {}\n",
                     method == WandbMethod::random ? "random" : "tpe  # was bayes",
                     cap.value_or(runs_without_a_cap),
                     cap ? "was run_cap" : "there was no run_cap");
}

std::string wandb_name_lines(const YamlNode& root, const std::string& usual, WandbReport& report) {
  std::string lines;
  for (const char* const key : {"name", "description"}) {
    const YamlEntry* const entry = find_entry(root, key);
    if (entry != nullptr && entry->value->kind != YamlKind::scalar &&
        entry->value->kind != YamlKind::null) {
      report.refuse(entry->position,
                    fmt::format("{}: expected text, but found {}", key, describe(*entry->value)));
    }
  }
  const std::string theirs = text_at(root, "name");
  const bool has_letters = theirs.find_first_not_of(" \t\r\n") != std::string::npos;
  const std::string ours = sweep_name(has_letters ? theirs : usual);
  lines = fmt::format("name: {}{}\n",
                      yaml_text(ours),
                      has_letters && ours != theirs ? "  # was " + shown(theirs) : "");
  const std::string description = text_at(root, "description");
  return description.empty() ? lines
                             : lines + fmt::format("description: {}\n", yaml_text(description));
}

std::string usual_wandb_name(const std::string& program, const std::string& file) {
  const std::string of_program = std::filesystem::path(program).stem().string();
  const std::string of_file = std::filesystem::path(file).stem().string();
  const std::string name =
      of_program + (of_program.empty() || of_file.empty() ? "" : "-") + of_file;
  return name.find_first_not_of(" -") == std::string::npos ? "wandb" : name;
}

std::optional<std::string> wandb_seed_lines(const WandbAxis& axis, WandbMethod method) {
  std::vector<std::int64_t> seeds;
  for (const WandbValue& value : axis.values) {
    const auto seed = value.form == WandbForm::number ? parse_whole(value.argument) : std::nullopt;
    if (!seed || *seed < 0 || *seed > most_runs * most_runs) {
      return std::nullopt;
    }
    seeds.push_back(*seed);
  }
  std::ranges::sort(seeds);
  const bool follow_one_another =
      !seeds.empty() && seeds.back() - seeds.front() + 1 == static_cast<std::int64_t>(seeds.size());
  if (!follow_one_another || (seeds.size() > 1 && method != WandbMethod::grid)) {
    return std::nullopt;
  }
  const std::string lines = fmt::format("seed: {}  # was the parameter seed\n", seeds.front());
  return seeds.size() == 1 ? lines : lines + fmt::format("replicates: {}\n", seeds.size());
}

std::string wandb_rest_line(const YamlEntry& entry, WandbReport& report) {
  const std::string line = fmt::format("#   {}: {}\n", shown(entry.key), flow(*entry.value));
  if (entry.key == "project" || entry.key == "entity") {
    return line;  // of W&B's own records
  }
  static const std::vector<std::string> known = {"program",
                                                 "command",
                                                 "method",
                                                 "metric",
                                                 "parameters",
                                                 "name",
                                                 "description",
                                                 "run_cap",
                                                 "early_terminate"};
  if (entry.key == "job" || entry.key == "image_uri") {
    report.refuse(entry.position,
                  fmt::format("{}: what W&B Launch runs cannot be run here; name the program: "
                              "program: train.py",
                              entry.key));
  } else if (entry.key == "metrics") {
    report.refuse(entry.position,
                  "metrics: several metrics have no counterpart; name one: metric: {name: ..., "
                  "goal: ...}");
  } else if (const auto nearest = did_you_mean(entry.key, known); !nearest.empty()) {
    report.refuse(entry.position,
                  fmt::format("W&B knows no key '{}'{}", shown(entry.key), nearest));
  } else {
    report.warn(entry.position, fmt::format("{}: there is no counterpart", shown(entry.key)));
  }
  return line;
}

}  // namespace tarama::config
