// python/tarama_report.py, as it was when this program was built.
#pragma once

#include <string_view>

namespace tarama::cli {

[[nodiscard]] std::string_view python_helper();

}  // namespace tarama::cli
