// What may stand in a page: texts of other people cannot end what holds them.
#include "cli/page/report_page.hpp"

#include "cli/page/interval_picture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace tarama::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(JsonForHtml, CannotEndItsScriptElement) {
  const nlohmann::ordered_json hostile = {
      {"name", "</script><img src=x onerror=alert(1)><!-- \xe2\x80\xa8 & \xff"}};

  const std::string text = json_for_html(hostile);

  EXPECT_THAT(text, Not(HasSubstr("<")));
  EXPECT_THAT(text, Not(HasSubstr(">")));
  EXPECT_THAT(text, Not(HasSubstr("&")));
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }));
  const auto read = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(read["name"], "</script><img src=x onerror=alert(1)><!-- \xe2\x80\xa8 & \xef\xbf\xbd");
}

TEST(HtmlText, IsTextBetweenTagsAndWithinQuotes) {
  EXPECT_EQ(html_text("<b a='1' b=\"2\">&"), "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;");
  EXPECT_THAT(html_text("a\x1b[31m"), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tarama::cli
