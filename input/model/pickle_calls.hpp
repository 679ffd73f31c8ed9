// The few functions that a pickle of weights may call, each as what it does to values. See
// pickle.hpp; this is its inside.
#pragma once

#include "input/model/pickle.hpp"

#include <string_view>

namespace tarama::input {

/// Whether the pickle may name this class or function; `name` is as in "collections.OrderedDict".
[[nodiscard]] bool is_known_to_pickles(std::string_view name);

/// The type of elements of a storage's class ("torch.FloatStorage": F32); the class itself where
/// it is of another kind.
[[nodiscard]] std::string element_type_of(std::string_view storage_class);

/// What the call gives: `function` is a known name, `arguments` a tuple of `pickle.values`.
[[nodiscard]] Result<PickleValue> call_in_pickle(Pickle& pickle,
                                                 std::string_view function,
                                                 const PickleValue& arguments);

/// What a persistent id stands for: ('storage', class, key, device, elements).
[[nodiscard]] Result<PickleValue> storage_in_pickle(const Pickle& pickle, const PickleValue& id);

}  // namespace tarama::input
