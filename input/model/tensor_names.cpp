// See tensor_names.hpp.
#include "input/model/tensor_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tarama::input {
namespace {

// No module of BERT is called so, hence they are taken off wherever they stand.
constexpr std::array<std::string_view, 4> wrapper_words = {
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"};
constexpr std::string_view holder = "model.";  // of a class of one's own, at the front alone

}  // namespace

std::string name_in_model(std::string_view name_in_file) {
  std::string name;
  for (std::size_t from = 0; from <= name_in_file.size();) {
    const std::size_t dot = std::min(name_in_file.find('.', from), name_in_file.size());
    const std::string_view word = name_in_file.substr(from, dot - from);
    if (std::ranges::find(wrapper_words, word) == wrapper_words.end()) {
      name.append(name.empty() ? "" : ".").append(word);
    }
    from = dot + 1;
  }
  while (name.starts_with(holder)) {
    name.erase(0, holder.size());
  }
  return name;
}

Result<StoredTensors> named_as_in_model(StoredTensors tensors) {
  StoredTensors named;
  std::map<std::string, std::string> names_in_files;
  for (auto& [name, tensor] : tensors) {
    std::string short_name = name_in_model(name);
    const auto [entry, is_new] = names_in_files.emplace(short_name, name);
    if (!is_new) {
      return Error{Errc::invalid_config,
                   fmt::format("has two tensors for '{}': '{}' and '{}'; keep one model a folder",
                               short_name,
                               entry->second,
                               name)};
    }
    named.emplace(std::move(short_name), std::move(tensor));
  }
  return named;
}

}  // namespace tarama::input
