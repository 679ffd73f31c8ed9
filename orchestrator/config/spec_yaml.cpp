// One section after the other, each line a key.
#include "orchestrator/config/spec_yaml.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"
#include "orchestrator/config/scalars.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tarama::config {
namespace {

bool needs_no_quotes(const std::string& text) {
  const bool has_plain_letters = std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.' ||
           letter == '/';
  });
  return !text.empty() && has_plain_letters && text.front() != '-' && text.front() != '.' &&
         text != "null" && text != "Null" && text != "NULL" && shape_of(text) == ScalarShape::text;
}

/// Text as a scalar: JSON's quotes are YAML's, but `${` would be read as a variable.
std::string scalar_word(const std::string& text) {
  if (needs_no_quotes(text)) {
    return text;
  }
  std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (std::size_t at = quoted.find("${"); at != std::string::npos;
       at = quoted.find("${", at + 3)) {
    quoted.insert(at, "$");
  }
  return quoted;
}

std::string scalar_word(const ParameterValue& value) {
  const auto* const text = std::get_if<std::string>(&value);
  return text != nullptr ? scalar_word(*text) : text_of(value);
}

std::string scalar_word(const ColumnRef& column) {
  const auto* const index = std::get_if<std::int64_t>(&column);
  return index != nullptr ? fmt::format("{}", *index) : scalar_word(std::get<std::string>(column));
}

/// The largest unit that divides it.
std::string duration_word(std::chrono::milliseconds time) {
  constexpr std::array units = {std::pair{std::int64_t{3'600'000}, "h"},
                                std::pair{std::int64_t{60'000}, "m"},
                                std::pair{std::int64_t{1'000}, "s"}};
  for (const auto& [length, name] : units) {
    if (time.count() % length == 0) {
      return fmt::format("{}{}", time.count() / length, name);
    }
  }
  return fmt::format("{}ms", time.count());
}

/// The largest unit that divides it.
std::string memory_word(std::int64_t bytes) {
  constexpr std::array units = {std::pair{std::int64_t{1} << 40, "T"},
                                std::pair{std::int64_t{1} << 30, "G"},
                                std::pair{std::int64_t{1} << 20, "M"},
                                std::pair{std::int64_t{1} << 10, "K"}};
  for (const auto& [size, name] : units) {
    if (bytes % size == 0) {
      return fmt::format("{}{}", bytes / size, name);
    }
  }
  return fmt::format("{}K", static_cast<double>(bytes) / 1024);  // exact: a power of two
}

/// The keys of one section that are to be said; on a line of its own each.
class YamlSection {
 public:
  explicit YamlSection(std::string name, const std::vector<Axis>& axes = {})
      : name_(std::move(name)), axes_(axes) {}

  template <class T>
  void say(const std::string& key, const T& value) {
    if (!is_swept(key)) {
      lines_ += fmt::format("  {}: {}\n", key, value);
    }
  }

  void say_list(const std::string& key, const std::vector<std::string>& scalars) {
    lines_ += fmt::format("  {}: [{}]\n", key, fmt::join(scalars, ", "));
  }

  /// Unless it is the default.
  template <class T>
  void say_other(const std::string& key, const T& value, const T& usual) {
    if (value != usual) {
      if constexpr (std::is_enum_v<T>) {
        say(key, name_of(value));
      } else {
        say(key, value);
      }
    }
  }

  template <class T>
  void say_given(const std::string& key, const std::optional<T>& value) {
    if (value) {
      say(key, *value);
    }
  }

  [[nodiscard]] std::string text() const {
    return lines_.empty() ? "" : fmt::format("{}:\n{}", name_, lines_);
  }

 private:
  [[nodiscard]] bool is_swept(const std::string& key) const {
    return std::ranges::find(axes_, key, &Axis::key) != axes_.end();
  }

  std::string name_;
  std::vector<Axis> axes_;
  std::string lines_;
};

std::string metric_section(const SweepSpec& spec) {
  const Goal usual = spec.metric.name == MetricName::loss ? Goal::minimize : Goal::maximize;
  YamlSection section("metric");
  if (spec.metric.name == MetricName::reported) {
    section.say("name", scalar_word(spec.metric.program_name));
    section.say("goal", name_of(spec.metric.goal));
    section.say_other("take", spec.metric.take, Metric{}.take);
    return section.text();
  }
  if (spec.metric.name != Metric{}.name) {
    section.say("name", fmt::format("eval.{}", name_of(spec.metric.name)));
  }
  section.say_other("goal", spec.metric.goal, usual);
  section.say_other("take", spec.metric.take, Metric{}.take);
  return section.text();
}

std::string list_of(const std::vector<ParameterValue>& values) {
  std::vector<std::string> words;
  for (const ParameterValue& value : values) {
    words.push_back(scalar_word(value));
  }
  return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string range_words(const DrawnRange& range) {
  std::string words = range.is_whole ? fmt::format("min: {:.0f}, max: {:.0f}", range.min, range.max)
                                     : fmt::format("min: {}, max: {}", range.min, range.max);
  const bool looks_whole =
      range.q == 0 && range.min == std::floor(range.min) && range.max == std::floor(range.max);
  if (range.distribution == Distribution::uniform && looks_whole && !range.is_whole) {
    words += ", distribution: uniform";  // without it, whole numbers would be drawn
  }
  if (range.distribution == Distribution::uniform && range.is_whole && range.q > 0) {
    words += ", distribution: int";
  }
  if (range.distribution != Distribution::uniform) {
    words += fmt::format(", distribution: {}", name_of(range.distribution));
  }
  if (range.distribution == Distribution::normal) {
    words += fmt::format(", mu: {}, sigma: {}", range.mu, range.sigma);
  }
  return range.q > 0 ? words + fmt::format(", q: {}", range.q) : words;
}

std::string when_words(const std::vector<AxisCondition>& conditions) {
  std::vector<std::string> words;
  for (const AxisCondition& condition : conditions) {
    words.push_back(fmt::format("{}: {}", condition.key, list_of(condition.values)));
  }
  return words.empty() ? "" : fmt::format(", when: {{{}}}", fmt::join(words, ", "));
}

std::string rungs_section(const SweepSpec& spec) {
  if (!spec.rungs) {
    return "";
  }
  YamlSection section("rungs");
  const bool restarts = !spec.rungs->restart.empty();
  if (restarts) {
    section.say("restart", scalar_word(spec.rungs->restart));
  }
  section.say("eta", spec.rungs->eta);
  section.say("min_resource", spec.rungs->first);
  if (spec.program && spec.rungs->end && !restarts) {
    section.say("max_resource", *spec.rungs->end);
  }
  section.say("brackets", spec.rungs->brackets);
  return section.text();
}

std::string parameters_section(const SweepSpec& spec) {
  std::string text;
  if (spec.method != Method::grid) {
    text = fmt::format("method: {}\nmax_runs: {}\n", name_of(spec.method), spec.max_runs);
  }
  text += "parameters:\n";
  for (const Axis& axis : spec.parameters) {
    text += fmt::format("  {}: {{{}{}}}\n",
                        axis.key,
                        axis.drawn ? range_words(*axis.drawn) : "values: " + list_of(axis.values),
                        when_words(axis.when));
  }
  return text;
}

std::string data_section(const DataSpec& data) {
  YamlSection section("data");
  if (data.more_train.empty()) {
    section.say("train", scalar_word(data.train));
  } else {
    std::vector<std::string> files = {scalar_word(data.train)};
    for (const std::string& file : data.more_train) {
      files.push_back(scalar_word(file));
    }
    section.say_list("train", files);
  }
  const auto* const share = std::get_if<double>(&data.eval);
  section.say("eval",
              share != nullptr ? text_of(*share) : scalar_word(std::get<std::string>(data.eval)));
  if (data.test) {
    section.say("test", scalar_word(*data.test));
  }
  section.say("text", scalar_word(data.text));
  if (data.text_pair) {
    section.say("text_pair", scalar_word(*data.text_pair));
  }
  section.say("label", scalar_word(data.label));
  section.say_other("header", data.header, false);
  if (data.quotes) {
    section.say("quotes", name_of(*data.quotes));
  }
  section.say_other("encoding", data.encoding, Encoding::utf_8);
  section.say_other("max_tokens", data.max_tokens, DataSpec{}.max_tokens);
  return section.text();
}

std::string model_section(const SweepSpec& spec) {
  const ModelSpec& model = spec.model;
  YamlSection section("model", spec.parameters);
  if (!model.path.empty()) {
    section.say("path", scalar_word(model.path));
  }
  section.say_given("layers", model.layers);
  section.say_given("hidden", model.hidden);
  section.say_given("heads", model.heads);
  section.say_given("intermediate", model.intermediate);
  if (model.vocab != ModelSpec{}.vocab) {
    section.say("vocab", scalar_word(model.vocab));
  }
  section.say_other("vocab_size", model.vocab_size, ModelSpec{}.vocab_size);
  section.say_given("lowercase", model.lowercase);
  // A model of which every key is swept still needs its section.
  return section.text().empty() ? "model: {}\n" : section.text();
}

std::string training_section(const SweepSpec& spec) {
  const TrainingSettings& training = spec.training;
  const TrainingSettings usual;
  YamlSection section("training", spec.parameters);
  section.say_other("batch_size", training.batch_size, usual.batch_size);
  section.say_other("schedule", training.schedule, usual.schedule);
  section.say_other("t_total", training.t_total, usual.t_total);
  section.say_other("weight_decay", training.weight_decay, usual.weight_decay);
  section.say_other("max_grad_norm", training.max_grad_norm, usual.max_grad_norm);
  section.say_other("norm", training.norm, usual.norm);
  section.say_other("dropout", training.dropout, usual.dropout);
  section.say_other("precision", training.precision, usual.precision);
  if (training.learner) {
    section.say("learner", name_of(*training.learner));
  }
  return section.text();
}

std::string word_of_text(const std::string& text) {
  return scalar_word(text);
}

std::string trainer_section(const ProgramSpec& program) {
  const ProgramSpec usual;
  YamlSection section("trainer");
  std::vector<std::string> words;
  std::ranges::transform(program.command, std::back_inserter(words), word_of_text);
  section.say_list("command", words);
  section.say_other("metrics", program.metrics, usual.metrics);
  if (!program.inputs.empty()) {
    words.clear();
    std::ranges::transform(program.inputs, std::back_inserter(words), word_of_text);
    section.say_list("inputs", words);
  }
  if (program.silence != usual.silence) {
    section.say("silence", program.silence ? duration_word(*program.silence) : "none");
  }
  if (program.grace != usual.grace) {
    section.say("grace", duration_word(program.grace));
  }
  if (program.memory) {
    section.say("memory", memory_word(*program.memory));
  }
  if (!program.on_log.empty()) {
    words.clear();
    for (const LogRule& rule : program.on_log) {
      words.push_back(
          fmt::format("{{pattern: {}, class: {}}}", scalar_word(rule.text), name_of(rule.failure)));
    }
    section.say_list("on_log", words);
  }
  return section.text();
}

std::string resources_section(const Resources& resources) {
  YamlSection section("resources");
  if (!resources.devices.empty()) {
    std::vector<std::string> devices;
    for (const std::string& device : resources.devices) {
      devices.push_back(scalar_word(device));
    }
    section.say_list("devices", devices);
  }
  section.say_given("runs_per_device", resources.runs_per_device);
  section.say_given("threads", resources.threads);
  return section.text();
}

std::string keep_section(const Keep& keep) {
  YamlSection section("keep");
  section.say_other("models", keep.models, Keep{}.models);
  section.say_other("checkpoints", keep.checkpoints, Keep{}.checkpoints);
  section.say_other("predictions", keep.predictions, Keep{}.predictions);
  return section.text();
}

std::string stop_rule_line(const StopRule& rule, const SweepSpec& spec) {
  std::string text = fmt::format("  - {{metric: {}", scalar_word(rule.metric));
  if (rule.above) {
    text += fmt::format(", above: {}", text_of(*rule.above));
  }
  if (rule.below) {
    text += fmt::format(", below: {}", text_of(*rule.below));
  }
  if (rule.no_improvement) {
    text += fmt::format(", no_improvement: {}", *rule.no_improvement);
    if (spec.program) {
      text += fmt::format(", goal: {}", name_of(rule.goal));
    }
  }
  if (rule.after > 0) {
    text += fmt::format(", after: {}", rule.after);
  }
  return text + "}\n";
}

std::string limit_lines(const SweepSpec& spec) {
  std::string text;
  if (spec.max_concurrent != SweepSpec{}.max_concurrent) {
    text += fmt::format("max_concurrent: {}\n", spec.max_concurrent);
  }
  if (spec.max_restarts != SweepSpec{}.max_restarts) {
    text += fmt::format("max_restarts: {}\n", spec.max_restarts);
  }
  if (spec.time_limit != std::optional<std::chrono::milliseconds>(std::chrono::hours(12))) {
    text +=
        fmt::format("time_limit: {}\n", spec.time_limit ? duration_word(*spec.time_limit) : "none");
  }
  if (!spec.on_end.empty()) {
    text += fmt::format("on_end: {}\n", scalar_word(spec.on_end));
  }
  if (spec.share != Share::prefixes) {
    text += fmt::format("share: {}\n", name_of(spec.share));
  }
  if (spec.order != (spec.rungs ? OrderBy::as_listed : SweepSpec{}.order)) {
    text += fmt::format("order: {}\n", name_of(spec.order));
  }
  if (!spec.stop_when.empty()) {
    text += "stop_when:\n";
    for (const StopRule& rule : spec.stop_when) {
      text += stop_rule_line(rule, spec);
    }
  }
  if (spec.priority) {
    text += fmt::format("priority: {}\n", *spec.priority);
  }
  if (spec.on_end_limit != SweepSpec{}.on_end_limit) {
    text += fmt::format("on_end_limit: {}\n",
                        spec.on_end_limit ? duration_word(*spec.on_end_limit) : "none");
  }
  return text;
}

}  // namespace

std::string yaml_of(const SweepSpec& spec) {
  std::string text = fmt::format("name: {}\n", scalar_word(spec.name));
  if (!spec.description.empty()) {
    text += fmt::format("description: {}\n", scalar_word(spec.description));
  }
  text += metric_section(spec) + rungs_section(spec) + parameters_section(spec);
  text += fmt::format("replicates: {}\n", spec.replicates);
  if (spec.seed != SweepSpec{}.seed) {
    text += fmt::format("seed: {}\n", spec.seed);
  }
  if (spec.program) {
    text += fmt::format("# To be kept in {}, where its program runs.\n", spec.program->folder);
    SweepSpec limits = spec;
    limits.share = Share::prefixes;
    return text + trainer_section(*spec.program) + resources_section(spec.resources) +
           limit_lines(limits);
  }
  text += data_section(spec.data) + model_section(spec) + training_section(spec);
  return text + resources_section(spec.resources) + keep_section(spec.keep) + limit_lines(spec);
}

}  // namespace tarama::config
