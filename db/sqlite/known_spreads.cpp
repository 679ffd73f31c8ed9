// See known_spreads.hpp.
#include "db/sqlite/known_spreads.hpp"

#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tarama::db {
namespace {

/// Takes (spread, of the same data) from each row.
class SpreadRows final : public RowSink {
 public:
  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<Cell>& cells) override {
    if (const auto* const sd = std::get_if<double>(&cells.at(0))) {
      const auto* const same = std::get_if<std::int64_t>(&cells.at(1));
      (same != nullptr && *same != 0 ? of_same_data : of_others).push_back(*sd);
    }
    return Next::go_on;
  }

  std::vector<double> of_same_data;
  std::vector<double> of_others;
};

double middle_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// As a literal of SQL: a fingerprint has no quotes, but who knows.
std::string sql_text(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) {
    quoted += letter == '\'' ? "''" : std::string(1, letter);
  }
  return quoted + "'";
}

}  // namespace

Result<std::optional<KnownSpread>> known_spread(const ReadStore& store,
                                                MetricName metric,
                                                const std::string& data_fingerprint) {
  SpreadRows rows;
  const Result<void> asked = store.query(
      fmt::format("SELECT l.sd, l.data_fingerprint = {} FROM level AS l JOIN sweep AS s "
                  "USING (sweep_id) WHERE s.metric_name = {} AND l.sd > 0 AND 3 <= "
                  "(SELECT count(*) FROM run AS r WHERE r.sweep_id = l.sweep_id "
                  "AND r.level_id = l.level_id AND r.state = 'succeeded')",
                  sql_text(data_fingerprint),
                  sql_text(std::string(name_of(metric)))),
      rows);
  if (!asked) {
    return asked.error();
  }
  const bool is_same = !rows.of_same_data.empty();
  const std::vector<double>& known = is_same ? rows.of_same_data : rows.of_others;
  if (known.empty()) {
    return std::optional<KnownSpread>();
  }
  return std::optional(
      KnownSpread{middle_of(known), static_cast<std::int64_t>(known.size()), is_same});
}

}  // namespace tarama::db
