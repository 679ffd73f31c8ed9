// See torch_file.hpp.
#include "input/model/torch_file.hpp"

#include "core/bytes/byte_io.hpp"
#include "input/files/pointer_file.hpp"
#include "input/files/readable_file.hpp"
#include "input/model/pickle.hpp"
#include "input/model/zip_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace tarama::input {
namespace {

// The pickle of the largest BERT has 100 KB.
constexpr std::size_t longest_pickle = std::size_t{16} << 20U;

/// Where the elements of a storage lie in the file.
struct StoragePlace {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
};

using StoragePlaces = std::map<std::string, StoragePlace>;

Error bad_torch_file(std::string what) {
  return Error{Errc::invalid_config, std::move(what)};
}

/// The number of elements of a shape, where all of it is sound.
std::optional<std::uint64_t> elements_in(const std::vector<std::int64_t>& shape) {
  std::uint64_t elements = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) {
      return std::nullopt;
    }
    const auto factor = static_cast<std::uint64_t>(dimension);
    if (factor != 0 && elements > std::numeric_limits<std::int64_t>::max() / factor) {
      return std::nullopt;
    }
    elements *= factor;
  }
  return elements;
}

bool is_row_major(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i > 0; --i) {
    if (tensor.shape[i - 1] != 1 && tensor.strides[i - 1] != expected) {
      return false;
    }
    expected *= tensor.shape[i - 1];
  }
  return true;
}

/// The last element that the tensor reaches, counted from its first; nothing where strides are
/// negative or run beyond `limit`.
std::optional<std::uint64_t> reach_of(const PickledTensor& tensor, std::uint64_t limit) {
  std::uint64_t reach = 0;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.strides[i] < 0) {
      return std::nullopt;
    }
    const auto steps = static_cast<std::uint64_t>(tensor.shape[i]) - 1;
    const auto stride = static_cast<std::uint64_t>(tensor.strides[i]);
    if (steps != 0 && stride > limit / steps) {
      return std::nullopt;
    }
    reach += steps * stride;
    if (reach > limit) {
      return std::nullopt;
    }
  }
  return reach;
}

/// A tensor of a known type with its place in the file, every number held against its storage.
Result<StoredTensor> placed(const std::string& name,
                            const PickledTensor& tensor,
                            const StoragePlaces& places) {
  const auto place = places.find(tensor.storage);
  if (place == places.end()) {
    return bad_torch_file(fmt::format(
        "tensor '{}' has its values in storage '{}', which is not there", name, tensor.storage));
  }
  StoredTensor stored{tensor.type, tensor.shape, {}, 0, place->second.begin, place->second.begin};
  const std::uint64_t width = bytes_of_element(tensor.type);
  if (width == 0) {
    return stored;  // of a type that nobody reads; its name is told where it is needed
  }
  const std::uint64_t in_storage = place->second.bytes / width;
  const std::optional<std::uint64_t> elements = elements_in(tensor.shape);
  const auto beyond = [&] {
    return bad_torch_file(
        fmt::format("tensor '{}' of shape [{}] does not fit in its storage of {} "
                    "elements",
                    name,
                    fmt::join(tensor.shape, ", "),
                    in_storage));
  };
  if (!elements || *elements > in_storage || tensor.first < 0 ||
      static_cast<std::uint64_t>(tensor.first) > in_storage ||
      static_cast<std::uint64_t>(tensor.storage_elements) > in_storage) {
    return beyond();
  }
  if (*elements == 0) {
    return stored;
  }
  const std::uint64_t after_first = in_storage - static_cast<std::uint64_t>(tensor.first);
  const std::optional<std::uint64_t> reach = reach_of(tensor, in_storage);
  if (!reach || *reach >= after_first) {
    return beyond();
  }
  stored.begin += static_cast<std::uint64_t>(tensor.first) * width;
  stored.end = stored.begin + (*reach + 1) * width;
  if (!is_row_major(tensor)) {
    stored.strides = tensor.strides;
  }
  return stored;
}

/// The dict of tensors: the root, or what it holds under a name that trainers use for it.
const PickleValue* state_dict_of(const Pickle& pickle) {
  const PickleValue& root = pickle.values[pickle.root];
  if (root.kind != PickleKind::dict) {
    return nullptr;
  }
  const PickleValue* inner = nullptr;
  for (std::size_t i = 0; i < root.items.size(); i += 2) {
    const PickleValue& key = pickle.values[root.items[i]];
    const PickleValue& value = pickle.values[root.items[i + 1]];
    if (value.kind == PickleKind::tensor) {
      return &root;
    }
    constexpr std::array wrappers = {"state_dict", "model_state_dict", "model", "module"};
    if (value.kind == PickleKind::dict && std::ranges::find(wrappers, key.text) != wrappers.end()) {
      inner = &value;
    }
  }
  return inner;
}

Result<StoredTensors> tensors_of(const Pickle& pickle, const StoragePlaces& places) {
  const PickleValue* const dict = state_dict_of(pickle);
  if (dict == nullptr) {
    return bad_torch_file(
        "holds no state dict: expected what torch.save(model.state_dict()) "
        "writes, names with their tensors");
  }
  StoredTensors tensors;
  for (std::size_t i = 0; i < dict->items.size(); i += 2) {
    const PickleValue& key = pickle.values[dict->items[i]];
    const PickleValue& value = pickle.values[dict->items[i + 1]];
    if (key.kind != PickleKind::text || value.kind != PickleKind::tensor) {
      continue;  // numbers and lists of a trainer beside the tensors
    }
    const auto& tensor = pickle.tensors[static_cast<std::size_t>(value.number)];
    Result<StoredTensor> stored = placed(key.text, tensor, places);
    if (!stored) {
      return stored.error();
    }
    tensors.insert_or_assign(key.text, std::move(*stored));
  }
  return tensors;
}

Result<std::string> read_entry(const ReadableFile& file, const ZipEntry& entry) {
  if (!entry.is_stored || entry.size > longest_pickle) {
    return bad_torch_file("its entry data.pkl is packed or too long; torch.save stores it plain");
  }
  const Result<std::uint64_t> begin = data_of_entry(file, entry);
  if (!begin) {
    return begin.error();
  }
  return file.read(*begin, static_cast<std::size_t>(entry.size));
}

/// The entries below `folder`, by their names within it.
Result<StoragePlaces> places_in_zip(const ReadableFile& file,
                                    const ZipEntries& entries,
                                    const std::string& folder) {
  StoragePlaces places;
  for (auto entry = entries.lower_bound(folder);
       entry != entries.end() && entry->first.starts_with(folder);
       ++entry) {
    if (!entry->second.is_stored) {
      return bad_torch_file(
          fmt::format("its entry {} is packed; torch.save stores tensors plain", entry->first));
    }
    const Result<std::uint64_t> begin = data_of_entry(file, entry->second);
    if (!begin) {
      return begin.error();
    }
    places[entry->first.substr(folder.size())] = {*begin, entry->second.size};
  }
  return places;
}

Result<StoredTensors> read_zipped(const ReadableFile& file) {
  constexpr std::string_view pickle_name = "/data.pkl";
  const Result<ZipEntries> entries = read_zip_entries(file);
  if (!entries) {
    return entries.error();
  }
  const auto found = std::ranges::find_if(
      *entries, [&](const auto& entry) { return entry.first.ends_with(pickle_name); });
  if (found == entries->end()) {
    return bad_torch_file("is a zip archive without data.pkl; expected what torch.save writes");
  }
  const std::string root = found->first.substr(0, found->first.size() - pickle_name.size());
  if (entries->contains(root + "/constants.pkl")) {
    return bad_torch_file(
        "holds TorchScript, a program with its weights; expected the state dict "
        "alone: save model.state_dict()");
  }
  if (const auto order = entries->find(root + "/byteorder"); order != entries->end()) {
    const Result<std::string> word = read_entry(file, order->second);
    if (word && *word != "little") {
      return bad_torch_file("was written on a big-endian machine; convert it there");
    }
  }
  const Result<std::string> bytes = read_entry(file, found->second);
  if (!bytes) {
    return bytes.error();
  }
  const Result<Pickle> pickle = read_pickle(*bytes);
  if (!pickle) {
    return pickle.error();
  }
  const Result<StoragePlaces> places = places_in_zip(file, *entries, root + "/data/");
  return places ? tensors_of(*pickle, *places) : Result<StoredTensors>(places.error());
}

/// The storages of the older stream: their keys in a pickle at `at`, then each one's number of
/// elements and the elements.
Result<StoragePlaces> places_in_stream(const ReadableFile& file,
                                       const Pickle& state,
                                       const Pickle& keys,
                                       std::uint64_t at) {
  std::map<std::string_view, std::string_view> types;
  for (const PickledTensor& tensor : state.tensors) {
    types.emplace(tensor.storage, tensor.type);
  }
  StoragePlaces places;
  for (const std::uint32_t item : keys.values[keys.root].items) {
    const std::string& key = keys.values[item].text;
    const Result<std::string> count = file.read(at, 8);
    if (!count) {
      return count.error();
    }
    ByteReader reader(*count);
    const std::uint64_t elements = reader.unsigned_number("elements", 8);
    const auto type = types.find(key);
    const std::uint64_t width = type == types.end() ? 0 : bytes_of_element(type->second);
    at += 8;
    if (reader.has_failed() || at > file.size() ||
        (width != 0 && elements > (file.size() - at) / width)) {
      return bad_torch_file(
          fmt::format("its storage '{}' of {} elements does not end within the "
                      "file; was it downloaded to its end?",
                      key,
                      elements));
    }
    if (width == 0) {
      return bad_torch_file(fmt::format("its storage '{}' belongs to no tensor", key));
    }
    places[key] = {at, elements * width};
    at += elements * width;
  }
  return places;
}

/// Three pickles of torch's own, the state dict's, that of the storages' keys, then the storages.
Result<StoredTensors> read_stream(const ReadableFile& file) {
  const Result<std::string> start = file.read(0, longest_pickle);
  if (!start) {
    return start.error();
  }
  std::string_view rest = *start;
  std::array<Pickle, 5> pickles;
  for (Pickle& pickle : pickles) {
    Result<Pickle> read = read_pickle(rest);
    if (!read) {
      return read.error();
    }
    rest.remove_prefix(read->bytes);
    pickle = std::move(*read);
  }
  const auto number_of = [](const Pickle& pickle) { return pickle.values[pickle.root].number; };
  constexpr std::int64_t protocol = 1001;
  if (number_of(pickles[1]) != protocol) {
    return bad_torch_file("is no stream that torch.save wrote");
  }
  const PickleValue& system = pickles[2].values[pickles[2].root];
  for (std::size_t i = 0; i + 1 < system.items.size(); i += 2) {
    const PickleValue& value = pickles[2].values[system.items[i + 1]];
    if (pickles[2].values[system.items[i]].text == "little_endian" && value.number == 0) {
      return bad_torch_file("was written on a big-endian machine; convert it there");
    }
  }
  const std::uint64_t at = start->size() - rest.size();
  const Result<StoragePlaces> places = places_in_stream(file, pickles[3], pickles[4], at);
  return places ? tensors_of(pickles[3], *places) : Result<StoredTensors>(places.error());
}

Result<StoredTensors> read_any_form(const ReadableFile& file) {
  // torch's magic number; the bytes before it depend on the pickle's protocol.
  constexpr std::string_view stream_mark = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
  constexpr std::size_t mark_within = 32;
  const Result<std::string> start = file.read(0, longest_pointer);
  if (!start) {
    return start.error();
  }
  if (is_zip_archive(*start)) {
    return read_zipped(file);
  }
  if (std::string_view(*start).substr(0, mark_within).find(stream_mark) != std::string::npos) {
    return read_stream(file);
  }
  if (is_web_page(*start)) {
    return bad_torch_file("is a web page, not the file; download it again");
  }
  return bad_torch_file(start->empty()
                            ? "is empty"
                            : "is not a file that torch.save wrote: neither a zip archive nor the "
                              "stream of older versions");
}

}  // namespace

Result<StoredTensors> read_torch_file(const std::filesystem::path& path) {
  const Result<ReadableFile> file = ReadableFile::open(path);
  if (!file) {
    return file.error();
  }
  Result<StoredTensors> tensors = read_any_form(*file);
  if (!tensors && !tensors.error().message.starts_with(path.string())) {
    return in_context(path.string(), tensors.error());
  }
  return tensors;
}

}  // namespace tarama::input
