// What is stored as JSON comes back bit for bit.
#include "core/sweep/sweep_spec_json.hpp"

#include "core/sweep/job_spec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>
#include <string>

namespace tarama {
namespace {

using testing::HasSubstr;

/// Every field away from its default, so that one that is forgotten shows.
SweepSpec full_spec() {
  SweepSpec spec;
  spec.name = "şeker \"x\"";
  spec.description = "two\nlines";
  spec.metric = {MetricName::mcc, Goal::minimize, Take::best};
  spec.parameters = {{"lr", {2e-5, 0.1 + 0.2}},
                     {"epochs", {std::int64_t{3}}},
                     {"norm", {std::string("pre")}},
                     {"lowercase", {true, false}}};
  spec.replicates = 5;
  spec.seed = 9'223'372'036'854'775'806;
  spec.data = {.train = "/d/train.tsv",
               .more_train = {"/d/more.csv.gz"},
               .eval = 0.1,
               .test = "/d/test.tsv",
               .text = std::int64_t{3},
               .text_pair = std::string("other"),
               .label = std::string("y"),
               .header = true,
               .quotes = Quotes::csv,
               .encoding = Encoding::latin_1,
               .max_tokens = 64};
  spec.model = {.path = "/m",
                .layers = 1,
                .hidden = 2,
                .heads = 3,
                .intermediate = 4,
                .vocab = "/v.txt",
                .vocab_size = 5,
                .lowercase = false};
  spec.training = {.lr = 0.1,
                   .warmup = 0.2,
                   .epochs = 3,
                   .batch_size = 4,
                   .schedule = Schedule::warmup_cosine_with_hard_restarts,
                   .t_total = TTotal::none,
                   .weight_decay = 0.3,
                   .max_grad_norm = 0.4,
                   .norm = Norm::pre,
                   .dropout = 0.5,
                   .precision = Precision::bf16,
                   .learner = LearnerName::packed};
  spec.resources = {{"cuda:0", "cuda:1"}, 2, 3};
  spec.max_concurrent = 4;
  spec.max_restarts = 5;
  spec.time_limit = std::chrono::milliseconds(6'500);
  spec.keep = {KeepModels::all, KeepCheckpoints::none, KeepPredictions::all};
  spec.share = Share::none;
  spec.stop_when = {{"eval.loss", 10, {}, {}, 7, Goal::maximize},
                    {"eval.mcc", {}, -0.25, {}, 0, Goal::maximize},
                    {"eval.loss", {}, {}, 3, 0, Goal::minimize}};
  spec.on_end = "notify-send 'tarama'";
  return spec;
}

JobSpec full_job() {
  const SweepSpec spec = full_spec();
  JobSpec job;
  job.run = RunId{3};
  job.attempt = Attempt{2};
  job.run_key = "0123";
  job.learner = "packed";
  job.training = spec.training;
  job.model = spec.model;
  job.data = spec.data;
  job.metric = spec.metric;
  job.keep = spec.keep;
  job.sweep_seed = 4;
  job.seed = 5;
  job.committed_steps = 6;
  job.committed_evals = 7;
  job.data_fingerprint = "89";
  job.model_fingerprint = "ab";
  job.begins_with = Beginning{RunId{2}, 10, "cd"};
  job.keeps = Beginning{RunId{3}, 20, "ef"};
  return job;
}

TEST(SweepSpecJson, RoundTripsEveryField) {
  const SweepSpec spec = full_spec();

  EXPECT_EQ(sweep_spec_from_json(to_json(spec)).value(), spec);
}

TEST(SweepSpecJson, RoundTripsRungs) {
  SweepSpec spec;
  spec.method = Method::hyperband;
  for (const std::optional<double> end : {std::optional<double>(), std::optional(81.5)}) {
    spec.rungs = Rungs{.eta = 4, .first = 1.0 / 7, .end = end, .brackets = 3};

    EXPECT_EQ(sweep_spec_from_json(to_json(spec)).value(), spec);
  }
  spec.rungs->eta = 1;
  EXPECT_EQ(sweep_spec_from_json(to_json(spec)).error().code, Errc::corrupt);

  spec.rungs = Rungs{.eta = 3, .first = 1, .end = 27, .restart = "epochs"};
  EXPECT_EQ(sweep_spec_from_json(to_json(spec)).value(), spec);
  spec.rungs->end = std::nullopt;
  EXPECT_EQ(sweep_spec_from_json(to_json(spec)).error().code, Errc::corrupt);
}

TEST(SweepSpecJson, RoundTripsWhatIsDrawn) {
  SweepSpec spec;
  spec.method = Method::random;
  spec.max_runs = 7;
  spec.parameters = {{.key = "lr",
                      .values = {},
                      .drawn = DrawnRange{.distribution = Distribution::normal,
                                          .min = 1e-5,
                                          .max = 1,
                                          .mu = 0.1,
                                          .sigma = 0.2,
                                          .q = 0.3,
                                          .is_whole = true},
                      .when = {{"norm", {std::string("pre"), std::int64_t{1}}}}}};

  EXPECT_EQ(sweep_spec_from_json(to_json(spec)).value(), spec);
}

TEST(SweepSpecJson, RoundTripsDefaults) {
  EXPECT_EQ(sweep_spec_from_json(to_json(SweepSpec{})).value(), SweepSpec{});
}

TEST(SweepSpecJson, RoundTripsEveryDoubleBitForBit) {
  EXPECT_TRUE(rc::check("whatever finite double", [] {
    const auto value = *rc::gen::arbitrary<double>();
    RC_PRE(std::isfinite(value));
    SweepSpec spec;
    spec.parameters = {{"lr", {value, std::int64_t{1}, 1.0}}};
    spec.training.lr = value;

    RC_ASSERT(sweep_spec_from_json(to_json(spec)).value() == spec);
  }));
}

TEST(SweepSpecJson, ReadsWhatAnOlderTaramaLeftOut) {
  const auto spec = sweep_spec_from_json(R"({"name": "x", "parameters": [], "training": {}})");

  SweepSpec expected;
  expected.name = "x";
  EXPECT_EQ(spec.value(), expected);
}

TEST(SweepSpecJson, SaysWhatIsWrong) {
  const std::string bad_name = R"({"name":"x","parameters":[],"training":{"norm":"middle"}})";

  EXPECT_EQ(sweep_spec_from_json(bad_name).error(),
            (Error{Errc::corrupt, "stored sweep: norm: 'middle' is none of post, pre"}));
  EXPECT_EQ(sweep_spec_from_json("[]").error(),
            (Error{Errc::corrupt, "stored sweep: expected a JSON object"}));
  EXPECT_THAT(sweep_spec_from_json("{").error().message, HasSubstr("parse error"));
  EXPECT_THAT(sweep_spec_from_json("{}").error().message, HasSubstr("name"));
}

TEST(JobSpecJson, RoundTripsEveryField) {
  EXPECT_EQ(job_spec_from_json(to_json(full_job())).value(), full_job());
  EXPECT_EQ(job_spec_from_json(to_json(JobSpec{})).value(), JobSpec{});
}

TEST(JobSpecJson, TakesNoNumberForAWholeOneThatIsNone) {
  const std::string json = to_json(full_job());
  for (const char* number : {"66666666666666666666666661", "1e300", "1.5", "true", "\"1\""}) {
    auto document = nlohmann::ordered_json::parse(json);
    document["run"] = nlohmann::ordered_json::parse(number);
    EXPECT_EQ(job_spec_from_json(document.dump()).error().code, Errc::corrupt) << number;
    document = nlohmann::ordered_json::parse(json);
    document["seed"] = nlohmann::ordered_json::parse(number);
    EXPECT_EQ(job_spec_from_json(document.dump()).error().code, Errc::corrupt) << number;
  }
}

TEST(JobSpecJson, SaysWhatIsMissing) {
  const Error error = job_spec_from_json(R"({"run": 1})").error();

  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_THAT(error.message, HasSubstr("attempt"));
}

}  // namespace
}  // namespace tarama
