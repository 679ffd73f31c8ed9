// A classifier that fits the data by the number of its classes alone is told.
#include "input/model/stored_head.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::input {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Names = std::vector<std::string>;

Names codes_of(Names names, std::int64_t stored, const Names& data) {
  Findings findings;
  warn_of_head({"model", std::move(names), stored}, data, findings);
  Names codes;
  for (const Warning& warning : findings.warnings) {
    codes.push_back(warning.code);
  }
  return codes;
}

TEST(StoredHead, OfTheDatasClassesIsNothingToTell) {
  EXPECT_THAT(codes_of({"neg", "pos"}, 2, {"neg", "pos"}), IsEmpty());
  EXPECT_THAT(codes_of({"NEG", "POS"}, 2, {"neg", "pos"}), IsEmpty());
  EXPECT_THAT(codes_of({"LABEL_0", "LABEL_1"}, 2, {"0", "1"}), IsEmpty());
  EXPECT_THAT(codes_of({}, 2, {"0", "1"}), IsEmpty());
}

TEST(StoredHead, OfOtherClassesIsForeign) {
  EXPECT_THAT(codes_of({"entailment", "neutral", "contradiction"}, 3, {"neg", "neu", "pos"}),
              ElementsAre("foreign_classifier"));
  EXPECT_THAT(codes_of({"LABEL_0", "LABEL_1"}, 2, {"neg", "pos"}),
              ElementsAre("foreign_classifier"));
  EXPECT_THAT(codes_of({}, 2, {"neg", "pos"}), ElementsAre("foreign_classifier"));
}

TEST(StoredHead, OfTheSameClassesInAnotherOrderLearnsThatOrder) {
  EXPECT_THAT(codes_of({"pos", "neg"}, 2, {"neg", "pos"}), ElementsAre("class_order"));
}

TEST(StoredHead, ThatIsNamedAndNotThereStartsAnew) {
  EXPECT_THAT(codes_of({"neg", "pos"}, 0, {"neg", "pos"}), ElementsAre("classifier_initialised"));
  EXPECT_THAT(codes_of({"LABEL_0", "LABEL_1"}, 0, {"neg", "pos"}), IsEmpty());
  EXPECT_THAT(codes_of({}, 0, {"neg", "pos"}), IsEmpty());
}

}  // namespace
}  // namespace tarama::input
