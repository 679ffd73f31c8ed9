// See reported_numbers.hpp.
#include "documents/reported_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

namespace tarama {
namespace {

std::optional<double> finite_number_in(const db::Cell& cell) {
  const auto* const number = std::get_if<double>(&cell);
  return number != nullptr && std::isfinite(*number) ? std::optional(*number) : std::nullopt;
}

/// Of rows (name, step, value), by name and step.
struct ReportedSink : db::RowSink {
  std::vector<ReportedNumber> numbers;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto& name = std::get<std::string>(cells.at(0));
    if (numbers.empty() || numbers.back().name != name) {
      numbers.emplace_back().name = name;
    }
    ReportedNumber& number = numbers.back();
    const std::optional<double> value = finite_number_in(cells.at(2));
    number.last_step = std::get<std::int64_t>(cells.at(1));
    number.values.push_back(value);
    if (value) {
      number.least = std::min(number.least.value_or(*value), *value);
      number.greatest = std::max(number.greatest.value_or(*value), *value);
    }
    return Next::go_on;
  }
};

nlohmann::ordered_json reported_or_null(const std::optional<double>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

}  // namespace

Result<std::vector<ReportedNumber>> read_reported(const db::ReadStore& store, RunId run) {
  ReportedSink sink;
  const auto read = store.query(
      fmt::format("SELECT name, step, value FROM reported WHERE run_id = {} ORDER BY name, step",
                  run),
      sink);
  if (!read) {
    return read.error();
  }
  return std::move(sink.numbers);
}

nlohmann::ordered_json reported_json(const std::vector<ReportedNumber>& numbers) {
  auto document = nlohmann::ordered_json::array();
  for (const ReportedNumber& number : numbers) {
    document.push_back({{"name", number.name},
                        {"reports", number.values.size()},
                        {"last_step", number.last_step},
                        {"last", reported_or_null(number.values.back())},
                        {"least", reported_or_null(number.least)},
                        {"greatest", reported_or_null(number.greatest)}});
  }
  return document;
}

std::int64_t reported_steps(const std::vector<ReportedNumber>& numbers) {
  std::int64_t steps = 0;
  for (const ReportedNumber& number : numbers) {
    steps = std::max(steps, number.last_step + 1);
  }
  return steps;
}

}  // namespace tarama
