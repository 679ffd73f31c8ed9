// The front end's files as replies, and what a page of one file needs of them.
#pragma once

#include "web/server/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tarama::web {

struct PageFile {
  std::string_view text;
  std::string csp_hash;  // "sha256-...", as a Content-Security-Policy allows it inline
};

[[nodiscard]] PageFile page_script();
[[nodiscard]] PageFile page_style();

/// "/", "/app.js", "/app.css", "/icon.svg"; nullopt: there is no such file. Nothing is read from
/// the disk, so that no path leads anywhere else.
[[nodiscard]] std::optional<Reply> page_file(std::string_view path);

/// The picture in the browser's tab.
[[nodiscard]] std::string_view page_icon();

}  // namespace tarama::web
