// What other programs call the keys of a sweep: Weights & Biases, and the arguments of
// `transformers`, from which most people come. The names there beside ours. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarama::config {

/// What to say of a key by such a name, wherever it stands: "here it is 'lr', under 'parameters'".
/// Nothing for other names.
[[nodiscard]] std::optional<std::string> words_for_foreign_key(std::string_view name);

/// What to say of a value of `key` ("metric.name", "method", "distribution") by such a name.
[[nodiscard]] std::optional<std::string> words_for_foreign_value(std::string_view key,
                                                                 std::string_view value);

/// "eval.macro_f1" for "eval/f1"; nothing for what no metric of ours is.
[[nodiscard]] std::optional<std::string> metric_meant(std::string_view foreign);

}  // namespace tarama::config
