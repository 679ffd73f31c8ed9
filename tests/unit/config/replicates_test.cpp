// `replicates` as a number, and as a map: replicates that decide themselves.
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <gmock/gmock.h>

namespace tarama::config::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Replicates : public ConfigFixture {
 protected:
  SweepFileOutcome with(const std::string& replicates) {
    return read(right_file + "replicates: " + replicates + "\n");
  }
};

TEST_F(Replicates, AsANumberDecideNothing) {
  const SweepFileOutcome outcome = with("7");

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(outcome.file->spec.replicates, 7);
  EXPECT_EQ(outcome.file->refinement, std::nullopt);
}

TEST_F(Replicates, AsAMapBeginWithTheFirstOnes) {
  const SweepFileOutcome outcome = with("{first: 4, most: 9, until: 0.005}");

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(outcome.file->spec.replicates, 4);
  EXPECT_EQ(outcome.file->refinement, (Refinement{.until = 0.005, .first = 4, .most = 9}));
}

TEST_F(Replicates, AsAMapHaveDefaults) {
  const SweepFileOutcome outcome = with("{budget: 300}");

  ASSERT_THAT(printed(outcome), IsEmpty());
  EXPECT_EQ(outcome.file->spec.replicates, 5);
  EXPECT_EQ(outcome.file->refinement, (Refinement{.budget = 300}));
}

TEST_F(Replicates, MustSayOneRuleAlone) {
  EXPECT_THAT(printed(with("{first: 4}")), ElementsAre(HasSubstr("but found neither")));
  EXPECT_THAT(printed(with("{until: 0.1, budget: 3}")), ElementsAre(HasSubstr("but found both")));
  EXPECT_THAT(printed(with("{until: 0}")), ElementsAre(HasSubstr("a number above 0")));
  EXPECT_THAT(printed(with("{until: 0.1, first: 9, most: 3}")),
              ElementsAre(HasSubstr("replicates.most: 3 is less than the first 9")));
  EXPECT_THAT(printed(with("{untill: 0.1}")).front(), HasSubstr("until"));
}

}  // namespace

}  // namespace tarama::config::test
