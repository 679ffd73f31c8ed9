// See predict_text.hpp.
#include "worker/agent/predict_text.hpp"

#include "core/bytes/steering_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <utility>

namespace tarama {

namespace {

/// JSON whose numbers are float32, so that they are printed with no more digits than those have.
using FloatJson = nlohmann::basic_json<nlohmann::ordered_map,
                                       std::vector,
                                       std::string,
                                       bool,
                                       std::int64_t,
                                       std::uint64_t,
                                       float>;

/// A name on one line, in one column, without what steers a terminal.
std::string in_one_column(std::string_view name) {
  std::string escaped;
  while (!name.empty()) {
    std::size_t bytes = 1;
    const unsigned steering = steering_character(name, bytes);
    if (steering == '\t' || steering == '\n' || steering == '\r') {
      escaped += steering == '\t' ? "\\t" : steering == '\n' ? "\\n" : "\\r";
    } else if (steering != 0) {
      escaped += steering < 0x100 ? fmt::format("\\x{:02x}", steering)
                                  : fmt::format("\\u{:04x}", steering);
    } else {
      bytes = 1;
      escaped += name.front();
    }
    name.remove_prefix(bytes);
  }
  return escaped;
}

/// The classes, the likeliest first; of equally likely ones the first.
std::vector<std::size_t> likeliest_first(std::span<const float> probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t label) {  // what is no number comes last
    return std::isnan(probabilities[label]) ? -1.0F : probabilities[label];
  };
  std::stable_sort(
      order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
  return order;
}

std::string json_line(const std::vector<std::size_t>& shown,
                      std::span<const float> probabilities,
                      std::span<const std::int32_t> ids,
                      const std::vector<std::string>& classes) {
  FloatJson all = FloatJson::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    all[classes[i]] = probabilities[i];
  }
  FloatJson line = {{"label", classes[shown[0]]},
                    {"probability", probabilities[shown[0]]},
                    {"probabilities", std::move(all)},
                    {"ids", std::vector<std::int32_t>(ids.begin(), ids.end())}};
  if (shown.size() > 1) {
    FloatJson top = FloatJson::array();
    for (const std::size_t label : shown) {
      top.push_back({{"label", classes[label]}, {"probability", probabilities[label]}});
    }
    line["top"] = std::move(top);
  }
  return line.dump(-1, ' ', false, FloatJson::error_handler_t::replace) + "\n";
}

}  // namespace

std::string prediction_line(const PredictOutput& output,
                            std::span<const float> probabilities,
                            std::span<const std::int32_t> ids,
                            const std::vector<std::string>& classes) {
  std::vector<std::size_t> shown = likeliest_first(probabilities);
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(output.top, 1));
  shown.resize(std::min(shown.size(), most));
  if (output.lines == PredictLines::json) {
    return json_line(shown, probabilities, ids, classes);
  }
  std::string line;
  for (const std::size_t label : shown) {
    line += fmt::format("{}{}\t{:.6f}",
                        line.empty() ? "" : "\t",
                        in_one_column(classes[label]),
                        probabilities[label]);
  }
  return line + "\n";
}

std::string evaluation_text(PredictLines lines,
                            const ConfusionMatrix& matrix,
                            const std::vector<std::string>& classes) {
  const ClassificationMetrics metrics = metrics_of(matrix);
  const auto row_of = [&](std::int64_t label) {
    std::vector<std::int64_t> row;
    for (std::int64_t predicted = 0; predicted < matrix.classes(); ++predicted) {
      row.push_back(matrix.count(label, predicted));
    }
    return row;
  };
  if (lines == PredictLines::json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (std::int64_t label = 0; label < matrix.classes(); ++label) {
      rows.push_back(row_of(label));
    }
    const nlohmann::ordered_json document = {{"examples", matrix.total()},
                                             {"flat_accuracy", metrics.flat_accuracy},
                                             {"mcc", metrics.mcc},
                                             {"macro_f1", metrics.macro_f1},
                                             {"classes", classes},
                                             {"confusion", rows}};
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  std::string text = fmt::format(
      "\nexamples\t{}\nflat_accuracy\t{:.6f}\nmcc\t{:.6f}\nmacro_f1\t{:.6f}\n\nlabel \\ predicted",
      matrix.total(),
      metrics.flat_accuracy,
      metrics.mcc,
      metrics.macro_f1);
  for (const std::string& name : classes) {
    text += "\t" + in_one_column(name);
  }
  for (std::int64_t label = 0; label < matrix.classes(); ++label) {
    text += "\n" + in_one_column(classes[static_cast<std::size_t>(label)]);
    for (const std::int64_t count : row_of(label)) {
      text += fmt::format("\t{}", count);
    }
  }
  return text + "\n";
}

}  // namespace tarama
