// Nesting that would cost a reader its stack is an error with its place.
#include "input/data/table.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>

namespace tarama::input {
namespace {

using testing::HasSubstr;

TEST(JsonlReader, ALineThatIsNestedByTheMillionIsAnError) {
  TableRequest request;
  request.name = "a.jsonl";
  request.columns = {{std::string("text"), CellKind::text}};

  const Table table = read_table(
      TableFormat::jsonl, "{\"text\": \"a\"}\n{\"text\": " + std::string(1'000'000, '['), request);

  ASSERT_EQ(table.errors.size(), 1U);
  EXPECT_THAT(table.errors[0].message, HasSubstr("a.jsonl:2"));
  EXPECT_THAT(table.errors[0].message, HasSubstr("more than 64 levels within each other"));
}

}  // namespace
}  // namespace tarama::input
