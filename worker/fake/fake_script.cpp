// Reading the script, with errors that name the key.
#include "worker/fake/fake_script.hpp"

#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace tarama {

namespace {

using Json = nlohmann::json;

/// Thrown and caught in this file alone: what is wrong with the script.
struct WrongScript : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::array fault_names = {std::pair{FaultKind::crash, "crash"},
                                    std::pair{FaultKind::exit, "exit"},
                                    std::pair{FaultKind::hang, "hang"},
                                    std::pair{FaultKind::nan, "nan"},
                                    std::pair{FaultKind::out_of_memory, "out_of_memory"},
                                    std::pair{FaultKind::stall, "stall"},
                                    std::pair{FaultKind::device_error, "device_error"}};

void expect_keys(const std::string& where,
                 const Json& json,
                 const std::vector<std::string_view>& known) {
  if (!json.is_object()) {
    throw WrongScript(fmt::format("{}: an object was expected, not {}", where, json.dump()));
  }
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw WrongScript(
          fmt::format("{}: unknown key '{}'; known are {}", where, key, fmt::join(known, ", ")));
    }
  }
}

double number_in(const std::string& where, const Json& json) {
  if (!json.is_number()) {
    throw WrongScript(fmt::format("{}: a number was expected, not {}", where, json.dump()));
  }
  return json.get<double>();
}

double spread_in(const std::string& where, const Json& json) {
  const double spread = number_in(where, json);
  if (!(spread >= 0)) {
    throw WrongScript(fmt::format("{}: a number from 0 was expected, not {}", where, json.dump()));
  }
  return spread;
}

double share_in(const std::string& where, const Json& json) {
  const double share = number_in(where, json);
  if (!(share >= 0 && share <= 1)) {
    throw WrongScript(
        fmt::format("{}: a number from 0 to 1 was expected, not {}", where, json.dump()));
  }
  return share;
}

std::int64_t whole_number_in(const std::string& where, const Json& json) {
  if (!json.is_number_integer() || json.get<std::int64_t>() < 0) {
    throw WrongScript(
        fmt::format("{}: a whole number from 0 was expected, not {}", where, json.dump()));
  }
  return json.get<std::int64_t>();
}

std::chrono::microseconds duration_in(const std::string& where, const Json& json) {
  const std::string text = json.is_string() ? json.get<std::string>() : json.dump();
  double number = -1;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  constexpr std::array units = {
      std::pair{"us", 1.0}, std::pair{"ms", 1e3}, std::pair{"s", 1e6}, std::pair{"m", 60e6}};
  const auto found = std::find_if(
      units.begin(), units.end(), [&](const auto& known) { return unit == known.first; });
  if (code != std::errc{} || number < 0 || found == units.end()) {
    throw WrongScript(fmt::format(
        "{}: a time like \"5ms\" was expected (us, ms, s or m), not {}", where, json.dump()));
  }
  return std::chrono::microseconds(std::llround(number * found->second));
}

ParameterValue value_in(const std::string& where, const Json& json) {
  if (json.is_boolean()) {
    return json.get<bool>();
  }
  if (json.is_number_integer()) {
    return json.get<std::int64_t>();
  }
  if (json.is_number()) {
    return json.get<double>();
  }
  if (json.is_string()) {
    return json.get<std::string>();
  }
  throw WrongScript(
      fmt::format("{}: a number, text or boolean was expected, not {}", where, json.dump()));
}

Condition condition_in(const std::string& where,
                       const Json& json,
                       const std::vector<std::string_view>& more = {}) {
  std::vector<std::string_view> known = {"lr",
                                         "warmup",
                                         "epochs",
                                         "batch_size",
                                         "schedule",
                                         "t_total",
                                         "weight_decay",
                                         "max_grad_norm",
                                         "norm",
                                         "dropout",
                                         "precision",
                                         "learner",
                                         "seed",
                                         "layers",
                                         "hidden",
                                         "heads",
                                         "intermediate",
                                         "vocab_size"};
  known.insert(known.end(), more.begin(), more.end());
  Condition condition;
  if (json.contains("when")) {
    const std::string place = where + ".when";
    expect_keys(place, json.at("when"), known);
    for (const auto& [key, value] : json.at("when").items()) {
      condition[key] = value_in(fmt::format("{}.{}", place, key), value);
    }
  }
  return condition;
}

ScriptedScore score_in(const std::string& where, const Json& json) {
  expect_keys(where, json, {"when", "mean", "sd"});
  if (!json.contains("mean")) {
    throw WrongScript(fmt::format("{}: 'mean' is missing", where));
  }
  ScriptedScore score{.when = condition_in(where, json),
                      .mean = number_in(where + ".mean", json.at("mean"))};
  if (json.contains("sd")) {
    score.sd = spread_in(where + ".sd", json.at("sd"));
  }
  return score;
}

ScriptedFault fault_in(const std::string& where, const Json& json) {
  expect_keys(where, json, {"when", "attempt", "step", "do"});
  ScriptedFault fault{.when = condition_in(where, json, {"device"}), .attempt = {}};
  if (json.contains("attempt")) {
    fault.attempt = whole_number_in(where + ".attempt", json.at("attempt"));
  }
  if (json.contains("step")) {
    fault.step = whole_number_in(where + ".step", json.at("step"));
  }
  const Json name = json.value("do", Json());
  const auto found = std::find_if(fault_names.begin(), fault_names.end(), [&](const auto& known) {
    return name == known.second;
  });
  if (found == fault_names.end()) {
    throw WrongScript(fmt::format("{}.do: one of {} was expected, not {}",
                                  where,
                                  fmt::join(fault_names | std::views::values, ", "),
                                  name.dump()));
  }
  fault.kind = found->first;
  return fault;
}

template <class Item>
std::vector<Item> list_in(const Json& script,
                          const std::string& key,
                          Item (*read)(const std::string&, const Json&)) {
  std::vector<Item> items;
  const Json list = script.value(key, Json::array());
  if (!list.is_array()) {
    throw WrongScript(fmt::format("{}: a list was expected, not {}", key, list.dump()));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    items.push_back(read(fmt::format("{}[{}]", key, i), list[i]));
  }
  return items;
}

FakeScript script_in(const Json& json) {
  expect_keys("the script",
              json,
              {"step_time",
               "device_time",
               "note",
               "noise",
               "seed_effect",
               "default_mean",
               "scores",
               "faults"});
  FakeScript script;
  if (json.contains("step_time")) {
    script.step_time = duration_in("step_time", json.at("step_time"));
  }
  if (json.contains("device_time")) {
    script.device_time = duration_in("device_time", json.at("device_time"));
  }
  if (json.contains("note")) {
    if (!json.at("note").is_string()) {
      throw WrongScript(fmt::format("note: a text was expected, not {}", json.at("note").dump()));
    }
    script.note = json.at("note").get<std::string>();
  }
  if (json.contains("noise")) {
    script.noise = number_in("noise", json.at("noise"));
  }
  if (json.contains("seed_effect")) {
    script.seed_effect = share_in("seed_effect", json.at("seed_effect"));
  }
  if (json.contains("default_mean")) {
    script.default_mean = number_in("default_mean", json.at("default_mean"));
  }
  script.scores = list_in<ScriptedScore>(json, "scores", score_in);
  script.faults = list_in<ScriptedFault>(json, "faults", fault_in);
  return script;
}

}  // namespace

Result<FakeScript> parse_fake_script(const std::string& text) {
  try {
    return script_in(Json::parse(text));
  } catch (const std::exception& error) {
    return Error{Errc::invalid_argument, error.what()};
  }
}

Result<FakeScript> fake_script_of_environment() {
  const char* path = std::getenv("TARAMA_FAKE_SCRIPT");
  if (path == nullptr || *path == '\0') {
    return FakeScript{};
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) {
    return Error{Errc::not_found,
                 fmt::format("TARAMA_FAKE_SCRIPT: the file {} cannot be read", path)};
  }
  auto script = parse_fake_script(text.str());
  if (script) {
    script->file = path;
  }
  return script ? script : in_context(fmt::format("TARAMA_FAKE_SCRIPT: {}", path), script.error());
}

bool matches(const Condition& condition, const RunParameters& parameters) {
  return std::all_of(condition.begin(), condition.end(), [&](const auto& wanted) {
    const auto found = parameters.find(wanted.first);
    if (found == parameters.end()) {
      return false;
    }
    const auto left = number_of(found->second);
    const auto right = number_of(wanted.second);
    return left && right ? *left == *right : found->second == wanted.second;
  });
}

namespace {

const ScriptedScore* score_of(const FakeScript& script, const RunParameters& parameters) {
  const auto found =
      std::find_if(script.scores.begin(), script.scores.end(), [&](const ScriptedScore& score) {
        return matches(score.when, parameters);
      });
  return found == script.scores.end() ? nullptr : &*found;
}

}  // namespace

double mean_of(const FakeScript& script, const RunParameters& parameters) {
  const ScriptedScore* const score = score_of(script, parameters);
  return score != nullptr ? score->mean : script.default_mean;
}

double sd_of(const FakeScript& script, const RunParameters& parameters) {
  const ScriptedScore* const score = score_of(script, parameters);
  return score != nullptr ? score->sd.value_or(script.noise) : script.noise;
}

std::optional<FaultKind> fault_at(const FakeScript& script,
                                  const RunParameters& parameters,
                                  std::int64_t attempt,
                                  std::int64_t step) {
  for (const ScriptedFault& fault : script.faults) {
    if (fault.step == step && fault.attempt.value_or(attempt) == attempt &&
        matches(fault.when, parameters)) {
      return fault.kind;
    }
  }
  return std::nullopt;
}

}  // namespace tarama
