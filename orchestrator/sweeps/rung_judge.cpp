// See rung_judge.hpp.
#include "orchestrator/sweeps/rung_judge.hpp"

#include <vector>

namespace tarama::orchestrator {

RungJudge::RungJudge(SweepId sweep, const SweepSpec& spec)
    : sweep_(sweep), empty_(spec), metric_(reported_name_of(spec.metric)) {}

Result<void> RungJudge::read(db::RunStore& store) {
  const Result<std::vector<RungRow>> rows = store.rungs(sweep_);
  if (!rows) {
    return rows.error();
  }
  book_ = empty_;
  for (const RungRow& row : *rows) {
    book_->add(row);
  }
  return {};
}

Result<std::optional<StopVerdict>> RungJudge::verdict_on(const JudgedRun& run,
                                                         std::optional<std::int64_t> last_step,
                                                         db::RunStore& store) {
  if (!book_) {
    if (const Result<void> is_read = read(store); !is_read) {
      return is_read.error();
    }
  }
  Result<std::vector<MetricPoint>> values = store.values(run.run, metric_);
  if (!values) {
    return values.error();
  }
  std::erase_if(*values,
                [&](const MetricPoint& point) { return last_step && point.step > *last_step; });
  const std::vector<RungRow> rows = book_->judge(run, *values);
  if (!rows.empty()) {
    if (const Result<void> written = store.write_rungs(rows); !written) {
      book_.reset();  // whether it is there, only the store knows
      return written.error();
    }
  }
  for (const RungRow& row : rows) {
    book_->add(row);
  }
  return book_->verdict_on(run.run);
}

}  // namespace tarama::orchestrator
