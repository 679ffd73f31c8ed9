// What may stand in a page: texts of other people cannot end what holds them.
#include "cli/page/report_page.hpp"

#include "cli/page/interval_picture.hpp"
#include "cli/page/packed_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <gmock/gmock.h>
#include <string>
#include <string_view>
#include <zlib.h>

namespace tarama::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What gzip makes of base64: a browser's part, here by zlib.
std::string unpacked(const std::string& packed) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int known = 0;
  for (const char c : packed) {
    if (const auto digit = digits.find(c); digit != std::string_view::npos) {
      bits = bits << 6U | static_cast<std::uint32_t>(digit);
      known += 6;
      if (known >= 8) {
        known -= 8;
        bytes += static_cast<char>(bits >> static_cast<unsigned>(known) & 0xffU);
      }
    }
  }
  std::string text(1'000'000, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(PackedText, CannotEndItsScriptElement) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!-- \xe2\x80\xa8 & \"'";

  const std::string packed = packed_text(hostile);

  EXPECT_TRUE(std::ranges::all_of(packed, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=';
  })) << packed;
  EXPECT_EQ(unpacked(packed), hostile);
}

TEST(PackedText, MayBeEmptyOrLong) {
  EXPECT_EQ(unpacked(packed_text("")), "");
  const std::string longer(500'000, 'x');
  EXPECT_LT(packed_text(longer).size(), 2000U);
  EXPECT_EQ(unpacked(packed_text(longer)), longer);
}

TEST(HtmlText, IsTextBetweenTagsAndWithinQuotes) {
  EXPECT_EQ(html_text("<b a='1' b=\"2\">&"), "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;");
  EXPECT_THAT(html_text("a\x1b[31m"), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tarama::cli
