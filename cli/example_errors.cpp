// One query over the predictions, then the texts.
#include "cli/example_errors.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "input/data/labelled_splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>
#include <utility>

namespace tarama::cli {
namespace {

/// Predicted classes of one example, counted over runs.
struct PredictedCounts {
  std::string label;
  std::map<std::string, std::int64_t> counts;
};

/// Of rows (example, label, predicted, count).
struct CountingSink : db::RowSink {
  std::map<std::int64_t, PredictedCounts> examples;

  void columns(const std::vector<std::string>& /*names*/) override {}

  Next row(const std::vector<db::Cell>& cells) override {
    PredictedCounts& example = examples[std::get<std::int64_t>(cells.at(0))];
    example.label = std::get<std::string>(cells.at(1));
    example.counts[std::get<std::string>(cells.at(2))] = std::get<std::int64_t>(cells.at(3));
    return Next::go_on;
  }
};

/// Where several epochs are kept, the one whose numbers are the run's.
std::string sql_of(const ErrorQuestion& question) {
  const bool is_eval = question.split == Split::eval;
  return fmt::format(
      "SELECT p.example, p.label, p.predicted, count(*) FROM results AS r "
      "JOIN predictions AS p ON p.run_id = r.run_id {} "
      "WHERE r.sweep_id = {} AND p.split = '{}'{} GROUP BY 1, 2, 3",
      is_eval ? "JOIN evals AS e ON e.run_id = p.run_id AND e.epoch = p.epoch AND e.split = 'eval' "
                "AND e.loss IS r.eval_loss AND e.flat_accuracy IS r.flat_accuracy"
              : "",
      question.sweep,
      name_of(question.split),
      question.level ? fmt::format(" AND r.level_id = {}", *question.level) : "");
}

MissedExample missed_of(std::int64_t number, const PredictedCounts& example) {
  MissedExample missed;
  missed.example = number;
  missed.label = example.label;
  std::int64_t most = 0;
  for (const auto& [predicted, count] : example.counts) {
    missed.runs += count;
    if (predicted != example.label) {
      missed.wrong += count;
      if (count > most) {
        most = count;
        missed.predicted = predicted;
      }
    }
  }
  return missed;
}

std::vector<Confusion> confusions_of(const std::map<std::int64_t, PredictedCounts>& examples) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  std::map<std::string, std::int64_t> of_label;
  for (const auto& [number, example] : examples) {
    for (const auto& [predicted, count] : example.counts) {
      of_label[example.label] += count;
      if (predicted != example.label) {
        counts[{example.label, predicted}] += count;
      }
    }
  }
  std::vector<Confusion> confusions;
  for (const auto& [pair, count] : counts) {
    confusions.push_back({pair.first, pair.second, count, of_label.at(pair.first)});
  }
  std::ranges::stable_sort(confusions, std::greater(), &Confusion::count);
  return confusions;
}

Result<ExampleErrors> count_errors(const db::ReadStore& store, const ErrorQuestion& question) {
  CountingSink sink;
  if (const auto answered = store.query(sql_of(question), sink); !answered) {
    return answered.error();
  }
  const auto sweep = store.sweep(question.sweep);
  if (sweep && sweep->metric.name == MetricName::reported) {
    return Error{
        Errc::not_found,
        "the sweep's runs are trained by a program, whose predictions tarama does not see"};
  }
  if (sink.examples.empty()) {
    return Error{Errc::not_found,
                 fmt::format("no predictions of the split '{}' are kept: they come with runs that "
                             "succeed, where the sweep file's keep.predictions is chosen (the "
                             "default) or all{}",
                             name_of(question.split),
                             question.split == Split::test ? " and it has data.test" : "")};
  }
  ExampleErrors errors;
  errors.examples = static_cast<std::int64_t>(sink.examples.size());
  for (const auto& [number, example] : sink.examples) {
    const MissedExample missed = missed_of(number, example);
    errors.runs = std::max(errors.runs, missed.runs);
    if (missed.wrong > 0) {
      errors.missed.push_back(missed);
    }
  }
  std::ranges::stable_sort(errors.missed, [](const MissedExample& a, const MissedExample& b) {
    return a.wrong * b.runs > b.wrong * a.runs;
  });
  errors.confusions = confusions_of(sink.examples);
  return errors;
}

std::string path_of(const DataSpec& data, Split split) {
  if (split == Split::test) {
    return data.test.value_or("");
  }
  const auto* const file = std::get_if<std::string>(&data.eval);
  return file != nullptr ? *file : data.train;
}

/// The split as its files have it now; a reason where they cannot be read.
Result<std::vector<input::LabelledText>> read_split(const SweepSpec& spec,
                                                    Split split,
                                                    std::vector<std::string>& classes) {
  input::Findings findings;
  const input::DataFiles files = input::open_data_files(spec.data, findings);
  auto splits = input::label_splits(spec.data, files, spec.seed, findings);
  if (!findings.problems.empty() || !splits) {
    return Error{Errc::io,
                 findings.problems.empty() ? "they have no rows" : findings.problems[0].message};
  }
  classes = std::move(splits->classes);
  return std::move(split == Split::eval ? splits->eval : splits->test);
}

/// Sets the texts where every missed example still has its label; says why not in `no_texts`.
void add_texts(const SweepSpec& spec, Split split, ExampleErrors& errors) {
  std::vector<std::string> classes;
  const auto texts = read_split(spec, split, classes);
  if (!texts) {
    errors.no_texts = fmt::format("the data files cannot be read: {}", texts.error().message);
    return;
  }
  const bool are_same = static_cast<std::int64_t>(texts->size()) == errors.examples &&
                        std::ranges::all_of(errors.missed, [&](const MissedExample& missed) {
                          const input::LabelledText& text =
                              texts->at(static_cast<std::size_t>(missed.example));
                          return classes.at(static_cast<std::size_t>(text.label)) == missed.label;
                        });
  if (!are_same) {
    errors.no_texts =
        fmt::format("{} is not what it was when the runs were trained", path_of(spec.data, split));
    return;
  }
  errors.file = path_of(spec.data, split);
  for (MissedExample& missed : errors.missed) {
    const input::LabelledText& text = texts->at(static_cast<std::size_t>(missed.example));
    missed.line = text.line;
    missed.text = text.text;
    missed.second_text = text.second_text;
  }
}

}  // namespace

Result<ExampleErrors> read_example_errors(const db::ReadStore& store,
                                          const ErrorQuestion& question) {
  auto errors = count_errors(store, question);
  if (!errors) {
    return errors;
  }
  const auto info = store.sweep(question.sweep);
  if (!info) {
    return info.error();
  }
  if (const auto spec = sweep_spec_from_json(info->spec)) {
    add_texts(*spec, question.split, *errors);
  } else {
    errors->no_texts = spec.error().message;
  }
  return errors;
}

nlohmann::ordered_json errors_json(const ErrorQuestion& question,
                                   const ExampleErrors& errors,
                                   std::size_t limit) {
  using nlohmann::ordered_json;
  ordered_json missed = ordered_json::array();
  for (const MissedExample& example :
       std::span(errors.missed).first(std::min(limit, errors.missed.size()))) {
    missed.push_back(
        {{"example", example.example},
         {"line", example.line > 0 ? ordered_json(example.line) : ordered_json()},
         {"text", errors.file.empty() ? ordered_json() : ordered_json(example.text)},
         {"text_pair",
          example.second_text.empty() ? ordered_json() : ordered_json(example.second_text)},
         {"label", example.label},
         {"predicted", example.predicted},
         {"wrong", example.wrong},
         {"runs", example.runs}});
  }
  ordered_json confusions = ordered_json::array();
  for (const Confusion& confusion : errors.confusions) {
    confusions.push_back({{"label", confusion.label},
                          {"predicted", confusion.predicted},
                          {"count", confusion.count},
                          {"of", confusion.of}});
  }
  return {{"sweep", question.sweep.value},
          {"level", question.level ? ordered_json(question.level->value) : ordered_json()},
          {"split", name_of(question.split)},
          {"file", errors.file.empty() ? ordered_json() : ordered_json(errors.file)},
          {"runs", errors.runs},
          {"examples", errors.examples},
          {"missed", std::move(missed)},
          {"confusions", std::move(confusions)}};
}

}  // namespace tarama::cli
