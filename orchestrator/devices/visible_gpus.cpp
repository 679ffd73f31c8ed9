// See visible_gpus.hpp.
#include "orchestrator/devices/visible_gpus.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <string_view>

namespace tarama::orchestrator {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_index(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<const Gpu*> gpus_named(const std::vector<Gpu>& gpus, const std::string& name) {
  std::vector<const Gpu*> named;
  for (const Gpu& gpu : gpus) {
    if (is_index(name) ? name == fmt::format("{}", gpu.index)
                       : !name.empty() && gpu.uuid.starts_with(name)) {
      named.push_back(&gpu);
    }
  }
  return named;
}

std::string trouble_with(const char* visible,
                         const std::string& name,
                         const std::vector<Gpu>& gpus,
                         std::string_view why) {
  std::vector<std::string> there;
  for (const Gpu& gpu : gpus) {
    there.push_back(fmt::format("{} ({})", gpu.index, gpu.uuid));
  }
  return fmt::format("CUDA_VISIBLE_DEVICES={}: '{}' {}; {}",
                     visible,
                     name,
                     why,
                     there.empty() ? std::string("this machine has no GPU that answers")
                                   : fmt::format("this machine has {}", fmt::join(there, ", ")));
}

/// GPUs of one kind are counted by PCI bus by everybody; of several, CUDA's default is the fastest
/// first.
bool may_be_counted_otherwise(const std::vector<Gpu>& gpus, const char* order) {
  std::set<std::string> kinds;
  for (const Gpu& gpu : gpus) {
    kinds.insert(gpu.name);
  }
  return kinds.size() > 1 && (order == nullptr || std::string_view(order) != "PCI_BUS_ID");
}

}  // namespace

VisibleGpus visible_gpus(std::vector<Gpu> gpus, const char* visible, const char* order) {
  if (visible == nullptr) {
    return {.gpus = std::move(gpus)};
  }
  VisibleGpus seen;
  bool has_index = false;
  std::stringstream names(visible);
  for (std::string text; std::getline(names, text, ',');) {
    const std::string name = trimmed(text);
    if (name == "-1") {
      break;  // what people write for "none from here on"
    }
    const std::vector<const Gpu*> named = gpus_named(gpus, name);
    // The number of a GPU that is cut means its parts.
    if (named.empty() || (named.size() > 1 && !is_index(name))) {
      seen.trouble = trouble_with(
          visible,
          name,
          gpus,
          named.empty() ? "is no GPU of this machine, nor a part of one" : "fits several GPUs");
      break;
    }
    if (std::ranges::find(seen.gpus, *named.front()) != seen.gpus.end()) {
      seen.trouble = trouble_with(visible, name, gpus, "is named twice");
      break;
    }
    has_index = has_index || is_index(name);
    for (const Gpu* const gpu : named) {
      seen.gpus.push_back(*gpu);
    }
  }
  if (has_index && may_be_counted_otherwise(gpus, order)) {
    seen.order = fmt::format(
        "CUDA_VISIBLE_DEVICES={}: tarama counts GPUs by PCI bus, as nvidia-smi does; CUDA counts "
        "the "
        "fastest first unless CUDA_DEVICE_ORDER=PCI_BUS_ID is set, and the GPUs here differ",
        visible);
  }
  return seen;
}

}  // namespace tarama::orchestrator
