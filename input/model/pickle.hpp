// A restricted reader of Python's pickles: as much of them as the weights of a model need, and
// nothing that runs. A pickle is a program; here it may make plain values, ordered dicts, tensors
// and references to their storages. Whatever else it names is refused by that name before anything
// is made of it. Any bytes are safe: depth, counts and lengths are bounded, and nothing recurses.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::input {

enum class PickleKind {
  none,
  boolean,
  integer,
  real,
  text,
  tuple,
  list,
  dict,     // items: key, value, key, value, ...
  name,     // of a class or function that is known and may be called
  storage,  // text: its key; items: nothing
  tensor,
};

/// A value of a pickle; those inside of it are indices into Pickle::values, so that no depth of
/// nesting costs a stack.
struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t number = 0;  // of integer and boolean; of a tensor: index into Pickle::tensors
  std::string text;         // of text, name, storage
  std::vector<std::uint32_t> items;
};

/// A tensor as the pickle describes it: nothing of it is held against a storage's bytes yet.
struct PickledTensor {
  std::string type;     // as in safetensors: "F32", "BF16", "I64", ...; else the storage's class
  std::string storage;  // its key
  std::int64_t storage_elements = 0;
  std::int64_t first = 0;  // element of the storage
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in elements, as many as `shape` has
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickledTensor> tensors;
  std::uint32_t root = 0;  // index into `values`
  std::size_t bytes = 0;   // that the pickle takes of what it was read from
};

/// The pickle at the start of `bytes`; more may follow it. The message begins with what is wrong,
/// without a file's name.
[[nodiscard]] Result<Pickle> read_pickle(std::string_view bytes);

}  // namespace tarama::input
