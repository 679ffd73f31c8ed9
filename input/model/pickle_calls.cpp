// See pickle_calls.hpp.
#include "input/model/pickle_calls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tarama::input {
namespace {

struct StorageClass {
  std::string_view name;
  std::string_view type;
};

constexpr std::array storage_classes = {StorageClass{"FloatStorage", "F32"},
                                        StorageClass{"HalfStorage", "F16"},
                                        StorageClass{"BFloat16Storage", "BF16"},
                                        StorageClass{"DoubleStorage", "F64"},
                                        StorageClass{"LongStorage", "I64"},
                                        StorageClass{"IntStorage", "I32"},
                                        StorageClass{"ShortStorage", "I16"},
                                        StorageClass{"CharStorage", "I8"},
                                        StorageClass{"ByteStorage", "U8"},
                                        StorageClass{"BoolStorage", "BOOL"}};

constexpr std::string_view ordered_dict = "collections.OrderedDict";
constexpr std::string_view size_class = "torch.Size";
constexpr std::string_view rebuild_tensor = "torch._utils._rebuild_tensor";
constexpr std::string_view rebuild_tensor_2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view rebuild_parameter = "torch._utils._rebuild_parameter";
constexpr std::string_view rebuild_with_state = "torch._utils._rebuild_parameter_with_state";

constexpr std::array callable_names = {ordered_dict,
                                       size_class,
                                       rebuild_tensor,
                                       rebuild_tensor_2,
                                       rebuild_parameter,
                                       rebuild_with_state};

// Torch's own limit of dimensions; no call has as many arguments, no key as many letters.
constexpr std::size_t most_dimensions = 64;
constexpr std::size_t most_arguments = 16;
constexpr std::size_t longest_storage_key = 256;

/// The known class that `name` is; torch.cuda's ones are what old files of a GPU name.
const StorageClass* storage_class_of(std::string_view name) {
  for (const std::string_view module : {"torch.cuda.", "torch."}) {
    if (!name.starts_with(module)) {
      continue;
    }
    const auto* const found =
        std::ranges::find(storage_classes, name.substr(module.size()), &StorageClass::name);
    if (found != storage_classes.end()) {
      return found;
    }
  }
  return nullptr;
}

Error unusual_call(std::string_view function) {
  return Error{
      Errc::invalid_config,
      fmt::format("its pickle calls '{}' with other values than torch.save writes", function)};
}

std::optional<std::vector<std::int64_t>> numbers_of(const Pickle& pickle,
                                                    const PickleValue& tuple) {
  if (tuple.kind != PickleKind::tuple && tuple.kind != PickleKind::list) {
    return std::nullopt;
  }
  std::vector<std::int64_t> numbers;
  numbers.reserve(tuple.items.size());
  for (const std::uint32_t item : tuple.items) {
    const PickleValue& value = pickle.values[item];
    if (value.kind != PickleKind::integer) {
      return std::nullopt;
    }
    numbers.push_back(value.number);
  }
  return numbers;
}

/// (storage, first element, shape, strides, ...): what follows is of no use here.
Result<PickleValue> tensor_in_pickle(Pickle& pickle,
                                     std::string_view function,
                                     const PickleValue& arguments) {
  if (arguments.items.size() < 4) {
    return unusual_call(function);
  }
  const PickleValue& storage = pickle.values[arguments.items[0]];
  const PickleValue& first = pickle.values[arguments.items[1]];
  const auto shape = numbers_of(pickle, pickle.values[arguments.items[2]]);
  const auto strides = numbers_of(pickle, pickle.values[arguments.items[3]]);
  if (storage.kind != PickleKind::storage || first.kind != PickleKind::integer || !shape ||
      !strides || shape->size() != strides->size() || shape->size() > most_dimensions) {
    return unusual_call(function);
  }
  PickledTensor tensor{element_type_of(pickle.values[storage.items[0]].text),
                       storage.text,
                       storage.number,
                       first.number,
                       *shape,
                       *strides};
  pickle.tensors.push_back(std::move(tensor));
  PickleValue value;
  value.kind = PickleKind::tensor;
  value.number = static_cast<std::int64_t>(pickle.tensors.size()) - 1;
  return value;
}

/// OrderedDict(), or OrderedDict([[key, value], ...]) as older versions of Python wrote it.
Result<PickleValue> dict_in_pickle(const Pickle& pickle, const PickleValue& arguments) {
  PickleValue dict;
  dict.kind = PickleKind::dict;
  if (arguments.items.empty()) {
    return dict;
  }
  const PickleValue& pairs = pickle.values[arguments.items[0]];
  if (arguments.items.size() != 1 || pairs.kind != PickleKind::list) {
    return unusual_call(ordered_dict);
  }
  for (const std::uint32_t item : pairs.items) {
    const PickleValue& pair = pickle.values[item];
    const bool is_pair = pair.kind == PickleKind::list || pair.kind == PickleKind::tuple;
    if (!is_pair || pair.items.size() != 2) {
      return unusual_call(ordered_dict);
    }
    dict.items.insert(dict.items.end(), pair.items.begin(), pair.items.end());
  }
  return dict;
}

}  // namespace

bool is_known_to_pickles(std::string_view name) {
  return std::ranges::find(callable_names, name) != callable_names.end() ||
         storage_class_of(name) != nullptr;
}

std::string element_type_of(std::string_view storage_class) {
  const StorageClass* const found = storage_class_of(storage_class);
  return std::string(found == nullptr ? storage_class : found->type);
}

Result<PickleValue> call_in_pickle(Pickle& pickle,
                                   std::string_view function,
                                   const PickleValue& arguments) {
  if (arguments.items.size() > most_arguments) {
    return unusual_call(function);
  }
  if (function == ordered_dict) {
    return dict_in_pickle(pickle, arguments);
  }
  if (function == rebuild_tensor || function == rebuild_tensor_2) {
    return tensor_in_pickle(pickle, function, arguments);
  }
  if (arguments.items.empty()) {
    return unusual_call(function);
  }
  const PickleValue& first = pickle.values[arguments.items[0]];
  const bool is_parameter = function == rebuild_parameter || function == rebuild_with_state;
  if (is_parameter && first.kind == PickleKind::tensor) {
    return first;
  }
  if (function == size_class && first.kind == PickleKind::tuple) {
    return first;
  }
  return unusual_call(function);
}

Result<PickleValue> storage_in_pickle(const Pickle& pickle, const PickleValue& id) {
  const auto item = [&](std::size_t place) -> const PickleValue& {
    return pickle.values[id.items[place]];
  };
  const bool is_storage =
      id.kind == PickleKind::tuple && id.items.size() >= 5 && item(0).kind == PickleKind::text &&
      item(0).text == "storage" && item(1).kind == PickleKind::name &&
      storage_class_of(item(1).text) != nullptr && item(2).kind == PickleKind::text &&
      item(2).text.size() <= longest_storage_key && item(4).kind == PickleKind::integer &&
      item(4).number >= 0;
  if (!is_storage) {
    return Error{Errc::invalid_config,
                 "its pickle refers to something outside of it that is no storage of a tensor"};
  }
  if (id.items.size() > 5 && item(5).kind != PickleKind::none) {
    return Error{Errc::invalid_config,
                 fmt::format("its storage '{}' is a view of another one, as versions of torch "
                             "before 0.4 wrote; load it in Python and save its state_dict() again",
                             item(2).text)};
  }
  PickleValue storage;
  storage.kind = PickleKind::storage;
  storage.text = item(2).text;
  storage.number = item(4).number;
  storage.items = {id.items[1]};
  return storage;
}

}  // namespace tarama::input
