// Arguments of a program with places for parameters: `--lr={lr}`. `{{` and `}}` are braces. Nothing
// is split and no shell reads them: an argument stays one argument, whatever a value holds.
// `{?amp}--amp` is `--amp` where amp is true, and no argument where it is false. Pure.
#pragma once

#include "core/sweep/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarama {

/// Values by the names that arguments may hold.
using ArgumentValues = std::map<std::string, std::string>;

// What a program is told beside its parameters.
inline constexpr std::string_view seed_argument = "seed";
inline constexpr std::string_view run_dir_argument = "run_dir";

/// Whether a parameter of this name can stand in braces: letters, digits, `_`, `-`, `.`, at most
/// 100 of them, and none of the names above.
[[nodiscard]] bool can_name_parameter(std::string_view name);

/// The names in braces, in order. `invalid_config`, with the remedy, where a brace is alone or what
/// it holds is no name.
[[nodiscard]] Result<std::vector<std::string>> names_in_argument(std::string_view argument);

/// Those that stand behind a question mark: they are true or false, and decide whether the argument
/// is there. Empty where the argument is no template.
[[nodiscard]] std::vector<std::string> conditions_in_argument(std::string_view argument);

/// What `{?name}` may hold: true or false as we write them, or as Python does.
[[nodiscard]] bool is_condition_value(std::string_view value);

/// The arguments with their values in place. One that names a parameter without a value (its
/// conditions do not hold) is left out, and with it, where it is nothing but that name, the option
/// before it: `--momentum`, `{momentum}`. So is one with `{?name}`, unless that is true; it leaves
/// no text itself. Arguments that are not templates stay as they are.
[[nodiscard]] std::vector<std::string> fill_arguments(const std::vector<std::string>& templates,
                                                      const ArgumentValues& values);

/// Of a JSON object of parameters, each as an argument holds it: texts as they are, numbers in the
/// shortest form that reads back, true and false. `corrupt` where it is none.
[[nodiscard]] Result<ArgumentValues> argument_values(const std::string& params_json);

/// The same parameters in one form, whatever their order: what a run key holds.
[[nodiscard]] std::string canonical_params(const std::string& params_json);

}  // namespace tarama
