// The built front end, as the build puts it into the program. For page_files.cpp alone.
#pragma once

#include <cstddef>

namespace tarama::web {

struct PageBytes {
  const unsigned char* data;
  std::size_t size;
  const char* sha256;  // 64 hexadecimal digits
};

extern const PageBytes app_js;
extern const PageBytes app_css;

}  // namespace tarama::web
