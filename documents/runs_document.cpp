// See runs_document.hpp.
#include "documents/runs_document.hpp"

#include "core/sweep/run_state.hpp"
#include "documents/run_document.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

namespace tarama {
namespace {

using nlohmann::ordered_json;

/// Columns that are filled row by row.
ordered_json empty_columns(std::initializer_list<const char*> names) {
  ordered_json columns = ordered_json::object();
  for (const char* const name : names) {
    columns[name] = ordered_json::array();
  }
  return columns;
}

ordered_json cell_json(const db::Cell& cell) {
  if (const auto* const whole = std::get_if<std::int64_t>(&cell)) {
    return *whole;
  }
  if (const auto* const text = std::get_if<std::string>(&cell)) {
    return *text;
  }
  return nullptr;
}

/// Of rows (run, attempt, device, started_at, ended_at, first_step, outcome).
struct AttemptsSink : db::RowSink {
  ordered_json table = empty_columns(
      {"devices", "run", "attempt", "device", "started_at", "ended_at", "first_step", "outcome"});
  std::map<std::string, std::size_t> places;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto& device = std::get<std::string>(cells.at(2));
    const auto [place, is_new] = places.emplace(device, places.size());
    if (is_new) {
      table["devices"].push_back(device);
    }
    table["run"].push_back(cell_json(cells.at(0)));
    table["attempt"].push_back(cell_json(cells.at(1)));
    table["device"].push_back(place->second);
    table["started_at"].push_back(cell_json(cells.at(3)));
    table["ended_at"].push_back(cell_json(cells.at(4)));
    table["first_step"].push_back(cell_json(cells.at(5)));
    table["outcome"].push_back(cell_json(cells.at(6)));
    return Next::go_on;
  }
};

template <class Value>
ordered_json number_or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

}  // namespace

ordered_json runs_table_json(const std::vector<db::RunInfo>& runs) {
  ordered_json table = empty_columns({"run",
                                      "level",
                                      "state",
                                      "failure_class",
                                      "message",
                                      "attempts",
                                      "seed",
                                      "planned_steps",
                                      "metric",
                                      "train_seconds"});
  for (const db::RunInfo& run : runs) {
    const auto& failure = run.standing.failure;
    table["run"].push_back(run.run.value);
    table["level"].push_back(run.plan.level.value);
    table["state"].push_back(name_of(run.standing.state));
    table["failure_class"].push_back(failure ? ordered_json(name_of(*failure)) : nullptr);
    table["message"].push_back(run.standing.message);
    table["attempts"].push_back(run.standing.attempt.value);
    table["seed"].push_back(run.plan.seed);
    table["planned_steps"].push_back(planned_steps_json(run.plan));
    table["metric"].push_back(number_or_null(run.metric));
    table["train_seconds"].push_back(number_or_null(run.train_seconds));
  }
  return table;
}

Result<ordered_json> devices_json(const db::ReadStore& store, SweepId sweep) {
  AttemptsSink sink;
  const std::string sql = fmt::format(
      "SELECT a.run_id, a.attempt, a.device, a.started_at, a.ended_at, a.first_step, a.outcome "
      "FROM run AS r JOIN attempt AS a ON a.run_id = r.run_id WHERE r.sweep_id = {} "
      "AND a.device IS NOT NULL AND a.started_at IS NOT NULL ORDER BY a.started_at",
      sweep);
  if (const auto answered = store.query(sql, sink); !answered) {
    return answered.error();
  }
  return Result<ordered_json>(Result<ordered_json>::in_place_value, std::move(sink.table));
}

}  // namespace tarama
