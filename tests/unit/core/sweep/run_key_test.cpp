// What a run's identity depends on, and what it does not.
#include "core/sweep/run_key.hpp"

#include "core/sweep/fingerprint.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tarama {
namespace {

RunKeyInput from_scratch() {
  RunKeyInput input;
  input.training.lr = 2e-5;
  input.training.epochs = 3;
  input.model.layers = 2;
  input.model.hidden = 128;
  input.model.heads = 2;
  input.data_fingerprint = "d";
  input.learner = "torch";
  return input;
}

TEST(RunKey, DiffersByEverythingThatIsTrained) {
  const std::vector<std::function<void(RunKeyInput&)>> changes = {
      [](RunKeyInput&) {},
      [](RunKeyInput& input) { input.training.lr = std::nextafter(2e-5, 1); },
      [](RunKeyInput& input) { input.training.warmup = 0.1; },
      [](RunKeyInput& input) { input.training.epochs = 4; },
      [](RunKeyInput& input) { input.training.batch_size = 16; },
      [](RunKeyInput& input) { input.training.schedule = Schedule::none; },
      [](RunKeyInput& input) { input.training.t_total = TTotal::none; },
      [](RunKeyInput& input) { input.training.weight_decay = 0; },
      [](RunKeyInput& input) { input.training.max_grad_norm = 0; },
      [](RunKeyInput& input) { input.training.norm = Norm::pre; },
      [](RunKeyInput& input) { input.training.dropout = 0; },
      [](RunKeyInput& input) { input.training.precision = Precision::bf16; },
      [](RunKeyInput& input) { input.model.layers = 3; },
      [](RunKeyInput& input) { input.model.hidden = 64; },
      [](RunKeyInput& input) { input.model.heads = 4; },
      [](RunKeyInput& input) { input.model.intermediate = 256; },
      [](RunKeyInput& input) { input.seed = 2; },
      [](RunKeyInput& input) { input.data_fingerprint = "e"; },
      [](RunKeyInput& input) { input.model_fingerprint = "m"; },
      [](RunKeyInput& input) { input.learner = "packed"; },
      [](RunKeyInput& input) { input.learner = "fake"; },
      [](RunKeyInput& input) {
        input.learner = "fake";
        input.training.learner = LearnerName::packed;
      },
  };
  std::set<std::string> keys;

  for (const auto& change : changes) {
    RunKeyInput input = from_scratch();
    change(input);
    keys.insert(run_key(input));
  }

  EXPECT_EQ(keys.size(), changes.size());
}

TEST(RunKey, DoesNotDependOnPathsOrSpelledOutDefaults) {
  RunKeyInput spelled_out = from_scratch();
  spelled_out.model.intermediate = 512;
  spelled_out.model.vocab = "/somewhere/vocab.txt";
  spelled_out.model.lowercase = true;
  spelled_out.training.warmup = -0.0;

  EXPECT_EQ(run_key(spelled_out), run_key(from_scratch()));
}

TEST(RunKey, OfAModelFolderGoesByItsFingerprint) {
  RunKeyInput here = from_scratch();
  here.model = {};
  here.model.path = "/here";
  here.model_fingerprint = "m";
  RunKeyInput there = here;
  there.model.path = "/there";
  RunKeyInput fewer_layers = here;
  fewer_layers.model.layers = 3;

  EXPECT_EQ(run_key(here), run_key(there));
  EXPECT_NE(run_key(here), run_key(fewer_layers));
}

// Stored results are found by it: a change needs a new numerics_version, or is a bug.
TEST(RunKey, StaysAsItIs) {
  EXPECT_EQ(run_key(from_scratch()), "93156af040a10771bf742dc037bdb647");
}

TEST(Fingerprint, DoesNotDependOnWhereBytesAreCut) {
  EXPECT_EQ(Fingerprint().update("ab").update("c").hex(), Fingerprint().update("abc").hex());
  // xxhash's own value of XXH3_128bits of nothing.
  EXPECT_EQ(Fingerprint().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Fingerprint, KeepsFieldsApart) {
  EXPECT_NE(Fingerprint().field("ab").field("c").hex(), Fingerprint().field("a").field("bc").hex());
  EXPECT_NE(Fingerprint().field(1).field(2).hex(), Fingerprint().field(12).hex());
}

}  // namespace
}  // namespace tarama
