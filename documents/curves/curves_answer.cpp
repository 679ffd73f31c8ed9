// See curves_answer.hpp.
#include "documents/curves/curves_answer.hpp"

#include "core/sweep/run_state.hpp"
#include "documents/reported_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace tarama {
namespace {

using nlohmann::ordered_json;

/// One run that is drawn, alone or in a band.
struct DrawnRun {
  CurveOwner owner;
  LevelId level;
  std::int64_t steps = 0;  // planned; of a program: behind the last one that it reported
};

struct RunsSink : db::RowSink {
  std::vector<DrawnRun> runs;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    const auto number = [&](std::size_t at) { return std::get<std::int64_t>(cells.at(at)); };
    const auto state = run_state_named(std::get<std::string>(cells.at(4)));
    const bool is_over = state && is_terminal(*state);
    runs.push_back(
        {{RunId{number(0)}, Attempt{number(2)}, is_over}, LevelId{number(1)}, number(3)});
    return Next::go_on;
  }
};

template <class Identity>
std::string sql_list_of(const std::vector<Identity>& ids) {
  std::string text = "NULL";
  for (const Identity id : ids) {
    text += fmt::format(", {}", id);
  }
  return text;
}

/// SQL: behind the highest step at which the run `r` has reported a number.
std::string reported_end(const std::string& name) {
  return fmt::format(
      "(SELECT ifnull(max((SELECT max(m.step) FROM metric AS m WHERE m.run_id = a.run_id "
      "AND m.attempt = a.attempt AND m.name_id = "
      "(SELECT name_id FROM metric_name WHERE name = {}))), 0) + 1 "
      "FROM attempt AS a WHERE a.run_id = r.run_id)",
      sql_text(name));
}

Result<std::vector<DrawnRun>> runs_asked_for(const db::ReadStore& store,
                                             const CurvesQuestion& question) {
  RunsSink sink;
  const std::string sql = fmt::format(
      "SELECT run_id, level_id, attempt, {}, state FROM run AS r WHERE sweep_id = {} "
      "AND (level_id IN ({}) OR run_id IN ({})) ORDER BY run_id",
      question.reported.empty() ? "planned_steps" : reported_end(question.reported),
      question.sweep,
      sql_list_of(question.levels),
      sql_list_of(question.runs));
  if (const auto answered = store.query(sql, sink); !answered) {
    return answered.error();
  }
  return std::move(sink.runs);
}

/// Reads curves as they are drawn: smoothed, and by the share of the steps where that is asked.
class CurveSource {
 public:
  CurveSource(const db::ReadStore& store,
              CurveReader& reader,
              const CurvesQuestion& question,
              const CurveWindow& window)
      : store_(store), reader_(reader), question_(question), window_(window) {}

  Result<Curve> curve(const DrawnRun& run, CurveSight::Points points) {
    const auto read =
        question_.reported.empty()
            ? reader_.read(store_, run.owner, question_.metric, sight_of(run, points))
            : reader_.read_reported(store_, run.owner, question_.reported, sight_of(run, points));
    if (!read) {
      return read.error();
    }
    Curve curve = smoothed(*read, question_.half_life);
    if (question_.place == CurvePlace::share) {
      curve = by_share(std::move(curve), static_cast<double>(run.steps));
    }
    return curve;
  }

 private:
  /// Smoothing needs every step, from the first on.
  CurveSight sight_of(const DrawnRun& run, CurveSight::Points points) const {
    if (question_.half_life > 0) {
      return {};
    }
    const double steps = question_.place == CurvePlace::share
                             ? static_cast<double>(std::max<std::int64_t>(run.steps, 1))
                             : 1.0;
    return {.from = window_.from * steps,
            .to = window_.to * steps,
            .pixels = window_.pixels,
            .points = points};
  }

  const db::ReadStore& store_;
  CurveReader& reader_;
  const CurvesQuestion& question_;
  CurveWindow window_;
};

/// The bytes behind the JSON.
class Floats {
 public:
  template <class Number>
  void add(const std::vector<Number>& numbers) {
    for (const Number number : numbers) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
      for (int shift = 0; shift < 32; shift += 8) {
        bytes_ += static_cast<char>((bits >> shift) & 0xffU);
      }
    }
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Places of floats must be multiples of 4.
std::string framed(const ordered_json& head, const std::string& floats) {
  std::string json = head.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  json.append((4 - json.size() % 4) % 4, ' ');
  std::string answer;
  for (int shift = 0; shift < 32; shift += 8) {
    answer += static_cast<char>((json.size() >> shift) & 0xffU);
  }
  return answer + json + floats;
}

CurveWindow window_of(const CurvesQuestion& question, const std::vector<DrawnRun>& runs) {
  double end = 1;
  if (question.place == CurvePlace::step) {
    for (const DrawnRun& run : runs) {
      end = std::max(end, static_cast<double>(run.steps));
    }
  }
  CurveWindow window{.from = question.from.value_or(0),
                     .to = question.to.value_or(end),
                     .pixels = std::clamp<std::size_t>(question.pixels, 1, most_curve_pixels)};
  window.to = std::max(window.to, window.from);
  return window;
}

class AnswerMaker {
 public:
  AnswerMaker(CurveSource source, const CurveWindow& window) : source_(source), window_(window) {}

  Result<void> add_level(LevelId level, const std::vector<DrawnRun>& runs) {
    std::vector<Curve> curves;
    for (const DrawnRun& run : runs) {
      if (run.level != level) {
        continue;
      }
      auto curve = source_.curve(run, CurveSight::Points::means);
      if (!curve) {
        return curve.error();
      }
      if (curve->size() > 0) {
        curves.push_back(std::move(*curve));
      }
    }
    const CurveBand band = band_of(curves, window_);
    series_.push_back({{"level", level.value}, {"points", band.x.size()}, {"runs", curves.size()}});
    floats_.add(band.x);
    floats_.add(band.low);
    floats_.add(band.median);
    floats_.add(band.high);
    return {};
  }

  Result<void> add_run(const DrawnRun& run) {
    const auto curve = source_.curve(run, CurveSight::Points::extremes);
    if (!curve) {
      return curve.error();
    }
    const Curve drawn = reduced(*curve, window_);
    series_.push_back({{"run", run.owner.run.value}, {"points", drawn.size()}, {"runs", 1}});
    floats_.add(drawn.x);
    floats_.add(drawn.y);
    return {};
  }

  [[nodiscard]] const ordered_json& series() const { return series_; }

  [[nodiscard]] const std::string& bytes() const { return floats_.bytes(); }

 private:
  CurveSource source_;
  CurveWindow window_;
  ordered_json series_ = ordered_json::array();
  Floats floats_;
};

Result<void> add_all(AnswerMaker& maker,
                     const CurvesQuestion& question,
                     const std::vector<DrawnRun>& runs) {
  for (const LevelId level : question.levels) {
    if (const auto added = maker.add_level(level, runs); !added) {
      return added.error();
    }
  }
  for (const RunId wanted : question.runs) {
    const auto run = std::ranges::find_if(
        runs, [&](const DrawnRun& candidate) { return candidate.owner.run == wanted; });
    if (run == runs.end()) {
      return Error{Errc::not_found, fmt::format("sweep {} has no run {}", question.sweep, wanted)};
    }
    if (const auto added = maker.add_run(*run); !added) {
      return added.error();
    }
  }
  return {};
}

}  // namespace

Result<std::string> curves_answer(const db::ReadStore& store,
                                  CurveReader& reader,
                                  const CurvesQuestion& question) {
  const auto runs = runs_asked_for(store, question);
  if (!runs) {
    return runs.error();
  }
  std::set<std::int64_t> lengths;
  for (const DrawnRun& run : *runs) {
    lengths.insert(run.steps);
  }
  const CurveWindow window = window_of(question, *runs);
  AnswerMaker maker(CurveSource(store, reader, question, window), window);
  if (const auto added = add_all(maker, question, *runs); !added) {
    return added.error();
  }
  const bool is_reported = !question.reported.empty();
  const ordered_json head = {
      {"metric", is_reported ? question.reported : std::string(name_of(question.metric))},
      {"place", question.place == CurvePlace::share ? "share" : "step"},
      {"from", window.from},
      {"to", window.to},
      {"lengths", is_reported ? std::size_t{1} : lengths.size()},
      {"series", maker.series()}};
  return framed(head, maker.bytes());
}

}  // namespace tarama
