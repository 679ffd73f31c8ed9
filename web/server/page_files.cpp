// See page_files.hpp.
#include "web/server/page_files.hpp"

#include "web/server/page_bytes.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace tarama::web {
namespace {

// Nothing from elsewhere, nothing inline, and nobody may show the page within another.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view index_page = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>tarama</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="app.css">
</head>
<body>
<div id="page"><p class="waiting">Reading the store…</p><noscript>This page needs JavaScript. `tarama levels` says the same in a terminal, and `tarama report -o page.html` makes a page that does without.</noscript></div>
<script src="app.js"></script>
</body>
</html>
)html";

// Three intervals, the best one full.
constexpr std::string_view icon =
    R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b4f6c"/><g stroke="#fff" stroke-width="3" stroke-linecap="round"><path d="M13 9h13" /><path d="M9 16h12" opacity=".65"/><path d="M6 23h9" opacity=".4"/></g><circle cx="20" cy="9" r="4" fill="#ffb000"/></svg>)svg";

std::string_view text_of(const PageBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

std::array<std::uint8_t, 32> digest_of(std::string_view digits) {
  std::array<std::uint8_t, 32> digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, digest[i], 16);
  }
  return digest;
}

/// 32 bytes are 43 digits and one sign of filling.
std::string base64_of(const std::array<std::uint8_t, 32>& digest) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : digest) {
    bits = (bits << 8U | byte) & 0xffffU;
    for (count += 8; count >= 6; count -= 6) {
      text += digits[bits >> (count - 6) & 63U];
    }
  }
  text += digits[bits << (6 - count) & 63U];
  return text + "=";
}

PageFile file_of(const PageBytes& bytes) {
  return {text_of(bytes), "sha256-" + base64_of(digest_of(bytes.sha256))};
}

Reply reply_with(std::string_view type, std::string_view text, std::string_view etag) {
  Reply reply;
  reply.content_type = type;
  reply.body = text;
  reply.etag = etag;
  return reply;
}

}  // namespace

PageFile page_script() {
  return file_of(app_js);
}

PageFile page_style() {
  return file_of(app_css);
}

std::string_view page_icon() {
  return icon;
}

std::optional<Reply> page_file(std::string_view path) {
  if (path == "/") {
    Reply reply = reply_with("text/html; charset=utf-8", index_page, "");
    reply.content_security_policy = page_policy;
    return reply;
  }
  if (path == "/app.js") {
    return reply_with(
        "text/javascript; charset=utf-8", text_of(app_js), std::string_view(app_js.sha256, 16));
  }
  if (path == "/app.css") {
    return reply_with(
        "text/css; charset=utf-8", text_of(app_css), std::string_view(app_css.sha256, 16));
  }
  if (path == "/icon.svg") {
    return reply_with("image/svg+xml", icon, "");
  }
  return std::nullopt;
}

}  // namespace tarama::web
