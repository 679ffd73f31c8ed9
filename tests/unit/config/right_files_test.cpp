// Sweep files that are right, and the specs that they give.
#include "core/sweep/enum_names.hpp"
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::IsEmpty;

class RightFiles : public ConfigFixture {
 protected:
  SweepSpec spec_of(const std::string& text) {
    const SweepFileOutcome outcome = read(text);
    EXPECT_THAT(printed(outcome), IsEmpty());
    return outcome.file ? outcome.file->spec : SweepSpec{};
  }

  SweepSpec spec_with(const std::string& addition) { return spec_of(right_file + addition); }

  /// The spec of right_file.
  SweepSpec right_spec() {
    SweepSpec spec;
    spec.name = "small";
    spec.parameters = {Axis{"lr", {1e-4, 3e-4}},
                       Axis{"warmup", {0.0, 0.1}},
                       Axis{"epochs", {std::int64_t{1}, std::int64_t{2}}}};
    spec.data.train = path_of("train.tsv");
    spec.data.eval = path_of("eval.tsv");
    spec.data.text = std::int64_t{1};
    spec.data.label = std::int64_t{0};
    spec.model.layers = 2;
    spec.model.hidden = 128;
    spec.model.heads = 2;
    spec.time_limit = 12h;
    return spec;
  }

  /// The values of an axis that stands in the place of the right file's lr.
  std::vector<ParameterValue> values_of_lr(const std::string& axis) {
    std::string text = right_file;
    const std::string was = "{values: [1e-4, 3e-4]}";
    text.replace(text.find(was), was.size(), axis);
    const SweepSpec spec = spec_of(text);
    return spec.parameters.empty() ? std::vector<ParameterValue>{} : spec.parameters[0].values;
  }
};

TEST_F(RightFiles, TakeTheDefaultsForWhatTheyDoNotSay) {
  EXPECT_EQ(spec_of(right_file), right_spec());
}

constexpr const char* full_file = R"(
name: all
description: How long, how hot, how warm?
method: grid
metric: {name: eval.mcc, goal: minimize, take: best}
parameters:
  lr: {values: [1e-4, 3e-4]}
  warmup: {values: [0, 0.1]}
  epochs: {values: [1, 2]}
  norm: {values: [post, pre]}
  path: {value: model/}
replicates: 3
seed: 9223372036854775805
data:
  train: ./train.tsv
  eval: 0.1
  test: model/../eval.tsv
  text: sentence
  text_pair: 2
  label: "class"
  header: true
  max_tokens: 3
model: {layers: 3, lowercase: false}
training:
  batch_size: 8
  schedule: warmup_cosine_with_hard_restarts
  t_total: none
  weight_decay: 0
  max_grad_norm: -1
  dropout: 0.0
  precision: bf16
resources: {devices: [cuda:0, cuda:13.2, cpu], runs_per_device: 2, threads: 4}
max_concurrent: 5
max_restarts: 0
time_limit: 1h30m
keep: {models: all, checkpoints: none, predictions: none}
share: none
order: cheapest_first
priority: -3
on_end: notify-send $${WORD}
)";

TEST_F(RightFiles, MayDrawValuesAndMakeThemDependOnOthers) {
  const SweepSpec spec = spec_of(sampled_file);

  EXPECT_EQ(spec.method, Method::sobol);
  EXPECT_EQ(spec.max_runs, 40);
  ASSERT_EQ(spec.parameters.size(), 6U);
  EXPECT_EQ(spec.parameters[0],
            (Axis{.key = "lr",
                  .values = {},
                  .drawn = DrawnRange{
                      .distribution = Distribution::log_uniform, .min = 1e-5, .max = 1e-3}}));
  EXPECT_EQ(
      spec.parameters[1].drawn,
      (DrawnRange{
          .distribution = Distribution::normal, .min = 0, .max = 0.3, .mu = 0.1, .sigma = 0.05}));
  EXPECT_EQ(spec.parameters[2].drawn, (DrawnRange{.min = 2, .max = 4, .is_whole = true}));
  EXPECT_EQ(spec.parameters[3].drawn, (DrawnRange{.min = 0, .max = 0.3, .q = 0.1}));
  EXPECT_EQ(spec.parameters[3].when,
            (std::vector<AxisCondition>{{"norm", {std::string("pre")}},
                                        {"layers", {std::int64_t{1}, std::int64_t{2}}}}));
  EXPECT_THAT(spec.parameters[5].values, testing::SizeIs(3));
}

TEST_F(RightFiles, MaySayEverything) {
  SweepSpec expected = right_spec();
  expected.name = "all";
  expected.description = "How long, how hot, how warm?";
  expected.metric = {MetricName::mcc, Goal::minimize, Take::best};
  expected.parameters.push_back({"norm", {std::string("post"), std::string("pre")}});
  expected.parameters.push_back({"path", {path_of("model")}});
  expected.replicates = 3;
  expected.seed = 9'223'372'036'854'775'805;
  expected.data.eval = 0.1;
  expected.data.test = path_of("eval.tsv");
  expected.data.text = std::string("sentence");
  expected.data.text_pair = std::int64_t{2};
  expected.data.label = std::string("class");
  expected.data.header = true;
  expected.data.max_tokens = 3;
  expected.model = {};
  expected.model.layers = 3;
  expected.model.lowercase = false;
  expected.training.batch_size = 8;
  expected.training.schedule = Schedule::warmup_cosine_with_hard_restarts;
  expected.training.t_total = TTotal::none;
  expected.training.weight_decay = 0;
  expected.training.max_grad_norm = -1;
  expected.training.dropout = 0;
  expected.training.precision = Precision::bf16;
  expected.resources = {{"cuda:0", "cuda:13.2", "cpu"}, 2, 4};
  expected.max_concurrent = 5;
  expected.max_restarts = 0;
  expected.time_limit = 90min;
  expected.keep = {KeepModels::all, KeepCheckpoints::none, KeepPredictions::none};
  expected.share = Share::none;
  expected.order = OrderBy::cheapest_first;
  expected.priority = -3;
  expected.on_end = "notify-send ${WORD}";

  EXPECT_EQ(spec_of(full_file), expected);
}

TEST_F(RightFiles, MayBeginWithAByteOrderMarkAndEndLinesWithCrLf) {
  std::string text = "\xef\xbb\xbf" + right_file;
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    text.insert(at, "\r");
  }

  EXPECT_EQ(spec_of(text), right_spec());
}

TEST_F(RightFiles, MinimizeTheLossUnlessTheySayOtherwise) {
  EXPECT_EQ(spec_with("metric: {name: eval.loss}\n").metric.goal, Goal::minimize);
  EXPECT_EQ(spec_with("metric: {name: eval.loss, goal: maximize}\n").metric.goal, Goal::maximize);
  EXPECT_EQ(spec_with("metric: {name: eval.macro_f1}\n").metric.goal, Goal::maximize);
}

TEST_F(RightFiles, MayLiftTheTimeLimit) {
  EXPECT_EQ(spec_with("time_limit: none\n").time_limit, std::nullopt);
}

TEST_F(RightFiles, GiveDurationsInAllUnits) {
  EXPECT_EQ(spec_with("time_limit: 12h\n").time_limit, 12h);
  EXPECT_EQ(spec_with("time_limit: 90s\n").time_limit, 90s);
  EXPECT_EQ(spec_with("time_limit: 30m\n").time_limit, 30min);
  EXPECT_EQ(spec_with("time_limit: 500ms\n").time_limit, 500ms);
  EXPECT_EQ(spec_with("time_limit: 1h2m3s4ms\n").time_limit, 1h + 2min + 3s + 4ms);
}

TEST_F(RightFiles, MayUseAnchors) {
  const SweepSpec spec = spec_of(
      "name: &n small\n"
      "description: *n\n"
      "parameters:\n"
      "  lr: &axis {values: [0.1, 0.2]}\n"
      "  warmup: *axis\n"
      "  epochs: {value: 1}\n"
      "data: {train: &file train.tsv, eval: *file, text: 1, label: 0}\n"
      "model: {layers: 2, hidden: 128, heads: 2}\n");

  EXPECT_EQ(spec.description, "small");
  EXPECT_EQ(spec.parameters[1], (Axis{"warmup", {0.1, 0.2}}));
  EXPECT_EQ(spec.data.eval, (std::variant<std::string, double>(path_of("train.tsv"))));
}

TEST_F(RightFiles, MayUseVariablesInAnyScalar) {
  const SweepSpec spec = spec_of(
      "name: ${WORD}-${NUMBER}\n"
      "description: ${NUMBER}\n"
      "parameters:\n"
      "  lr: {values: [1e-${NUMBER}, 3e-4]}  # ${COMMENTS_ARE_LEFT_ALONE}\n"
      "  warmup: {value: 0.${NUMBER}}\n"
      "  epochs: {value: ${NUMBER}}\n"
      "data: {train: ${FOLDER}/train.tsv, eval: \"${FOLDER}/eval.tsv\", text: 1, label: 0}\n"
      "model: {layers: 2, hidden: 128, heads: 2}\n"
      "on_end: echo $HOME $${WORD} $$ ${WORD}$\n");

  EXPECT_EQ(spec.name, "word-7");
  EXPECT_EQ(spec.description, "7");
  EXPECT_EQ(
      spec.parameters,
      (std::vector<Axis>{{"lr", {1e-7, 3e-4}}, {"warmup", {0.7}}, {"epochs", {std::int64_t{7}}}}));
  EXPECT_EQ(spec.data.train, path_of("train.tsv"));
  EXPECT_EQ(spec.on_end, "echo $HOME ${WORD} $$ word$");
}

TEST_F(RightFiles, ReadNumbersInEveryNotation) {
  EXPECT_EQ(values_of_lr("{values: [1e-4, 2E-5, .5, 2., +3, 0.25, 1.5e+1]}"),
            (std::vector<ParameterValue>{1e-4, 2e-5, 0.5, 2.0, 3.0, 0.25, 15.0}));
}

TEST_F(RightFiles, SpacePointsEvenly) {
  EXPECT_EQ(values_of_lr("{min: 0.1, max: 0.5, count: 5}"),
            (std::vector<ParameterValue>{0.1, 0.2, 0.3, 0.4, 0.5}));
  EXPECT_EQ(values_of_lr("{min: 0.1, max: 0.5, count: 2, distribution: uniform}"),
            (std::vector<ParameterValue>{0.1, 0.5}));
  EXPECT_EQ(values_of_lr("{min: 0.3, max: 0.3, count: 1}"), (std::vector<ParameterValue>{0.3}));
}

TEST_F(RightFiles, SpacePointsOfWholeNumbers) {
  EXPECT_EQ(values_of_lr("{min: 2, max: 8, count: 4, distribution: int}"),
            (std::vector<ParameterValue>{2.0, 4.0, 6.0, 8.0}));
}

TEST_F(RightFiles, DrawWholeNumbersBetweenBoundsThatAreWritten) {
  const auto drawn = [&](const std::string& range) {
    return spec_of(
               "name: small\nmethod: random\nmax_runs: 3\nparameters:\n  lr: {value: 1}\n"
               "  warmup: {value: 0}\n  epochs: {value: 1}\n  max_grad_norm: " +
               range +
               "\ndata: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}\n"
               "model: {layers: 2, hidden: 128, heads: 2}\n")
        .parameters.back()
        .drawn;
  };
  // Of a key of numbers in steps of 1: they stay numbers.
  EXPECT_EQ(drawn("{min: 1, max: 5}"), (DrawnRange{.min = 1, .max = 5, .q = 1}));
  EXPECT_EQ(drawn("{min: 1, max: 5, distribution: int}"), (DrawnRange{.min = 1, .max = 5, .q = 1}));
  EXPECT_EQ(drawn("{min: 1, max: 5, distribution: uniform}"), (DrawnRange{.min = 1, .max = 5}));
  EXPECT_EQ(drawn("{min: 1, max: 5.0}"), (DrawnRange{.min = 1, .max = 5}));
}

TEST_F(RightFiles, SpacePointsGeometrically) {
  EXPECT_EQ(values_of_lr("{min: 1e-5, max: 1e-2, count: 4, distribution: log_uniform}"),
            (std::vector<ParameterValue>{1e-5, 1e-4, 1e-3, 1e-2}));
}

TEST_F(RightFiles, SpaceWholeNumbersGeometrically) {
  const SweepSpec spec = spec_of(
      "name: small\n"
      "parameters:\n"
      "  lr: {value: 1}\n"
      "  warmup: {value: 0}\n"
      "  epochs: {min: 1, max: 1000, count: 4, distribution: log_uniform}\n"
      "data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}\n"
      "model: {layers: 2, hidden: 128, heads: 2}\n");

  EXPECT_EQ(spec.parameters[2].values,
            (std::vector<ParameterValue>{
                std::int64_t{1}, std::int64_t{10}, std::int64_t{100}, std::int64_t{1000}}));
}

TEST_F(RightFiles, MayNameColumnsOfJsonlWithoutAHeader) {
  const SweepSpec spec = spec_of(
      "name: small\n"
      "parameters: {lr: {value: 1}, warmup: {value: 0}, epochs: {value: 1}}\n"
      "data: {train: train.jsonl, eval: 0.5, text: sentence, label: \"0\"}\n"
      "model: {layers: 2, hidden: 128, heads: 2}\n");

  EXPECT_EQ(spec.data.text, ColumnRef(std::string("sentence")));
  EXPECT_EQ(spec.data.label, ColumnRef(std::string("0")));
}

TEST_F(RightFiles, MaySweepTheDimensionsOfTheModel) {
  const SweepSpec spec = spec_of(
      "name: small\n"
      "parameters:\n"
      "  lr: {value: 1}\n"
      "  warmup: {value: 0}\n"
      "  epochs: {value: 1}\n"
      "  hidden: {values: [64, 128]}\n"
      "  vocab: {values: [auto, vocab-file.txt]}\n"
      "  lowercase: {values: [true, false]}\n"
      "data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}\n"
      "model: {layers: 2, heads: 2}\n");

  EXPECT_EQ(spec.parameters[3], (Axis{"hidden", {std::int64_t{64}, std::int64_t{128}}}));
  EXPECT_EQ(spec.parameters[4], (Axis{"vocab", {std::string("auto"), path_of("vocab-file.txt")}}));
  EXPECT_EQ(spec.parameters[5], (Axis{"lowercase", {true, false}}));
}

TEST_F(RightFiles, KeepTheirTextAsItWasSubmitted) {
  const SweepFileOutcome outcome = read(right_file, {"replicates=2", "description=a\nb"});

  ASSERT_TRUE(outcome.file.has_value());
  EXPECT_EQ(outcome.file->yaml, right_file + "# --set replicates=2\n# --set description=a\n# b\n");
}

TEST_F(RightFiles, AreReadWithoutTheFilesThatTheyNameIfAsked) {
  SweepFileRequest request;
  request.path = write("sweep.yaml", right_file);
  std::filesystem::remove(folder() / "train.tsv");
  request.named_files = NamedFiles::may_be_missing;

  EXPECT_EQ(read_sweep_file(request).file->spec, right_spec());
}

}  // namespace

}  // namespace tarama::config::test
