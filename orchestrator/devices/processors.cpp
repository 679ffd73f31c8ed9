// See processors.hpp.
#include "orchestrator/devices/processors.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <optional>
#include <sched.h>

namespace tarama::orchestrator {
namespace {

// The kernel's own sets are of 8,192 processors at most today.
constexpr int most_processors = 64 * CPU_SETSIZE;

/// A set of so many processors.
class Set {
 public:
  explicit Set(int count) : set_(CPU_ALLOC(count)), size_(CPU_ALLOC_SIZE(count)) {
    if (set_ != nullptr) {
      CPU_ZERO_S(size_, set_);
    }
  }

  ~Set() {
    if (set_ != nullptr) {
      CPU_FREE(set_);
    }
  }

  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  void add(int processor) { CPU_SET_S(static_cast<std::size_t>(processor), size_, set_); }

  [[nodiscard]] bool has(int processor) const {
    return CPU_ISSET_S(static_cast<std::size_t>(processor), size_, set_);
  }

  /// Of the calling thread.
  [[nodiscard]] bool take() { return set_ != nullptr && sched_getaffinity(0, size_, set_) == 0; }

  [[nodiscard]] bool give() const {
    return set_ != nullptr && sched_setaffinity(0, size_, set_) == 0;
  }

 private:
  cpu_set_t* set_;
  std::size_t size_;
};

bool set_affinity(const std::vector<int>& processors) {
  Set set(std::max(CPU_SETSIZE, processors.back() + 1));
  for (const int processor : processors) {
    set.add(processor);
  }
  return set.give();
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_one = code == std::errc{} && end == text.data() + text.size() && number >= 0 &&
                      number < most_processors;
  return is_one ? std::optional(number) : std::nullopt;
}

}  // namespace

std::vector<int> allowed_processors() {
  std::vector<int> processors;
  // The kernel refuses a set that is shorter than its own.
  for (int count = CPU_SETSIZE; count <= most_processors; count *= 2) {
    Set allowed(count);
    if (!allowed.take()) {
      continue;
    }
    for (int processor = 0; processor < count; ++processor) {
      if (allowed.has(processor)) {
        processors.push_back(processor);
      }
    }
    break;
  }
  return processors;
}

std::vector<int> processors_in(std::string_view list) {
  std::vector<int> processors;
  list = list.substr(0, list.find_first_of("\n "));
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view range = list.substr(0, comma);
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto first = number_in(range.substr(0, dash));
    const auto last = dash == range.size() ? first : number_in(range.substr(dash + 1));
    if (!first || !last) {
      return {};
    }
    for (int processor = *first; processor <= *last; ++processor) {
      processors.push_back(processor);
    }
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  std::ranges::sort(processors);
  return processors;
}

std::vector<int> processors_near(const std::string& pci_address,
                                 const std::vector<int>& allowed,
                                 const std::filesystem::path& devices) {
  std::string list;
  if (!pci_address.empty()) {
    std::ifstream file(devices / pci_address / "local_cpulist");
    std::getline(file, list);
  }
  const std::vector<int> local = processors_in(list);
  std::vector<int> near;
  std::ranges::set_intersection(allowed, local, std::back_inserter(near));
  return near.size() == allowed.size() ? std::vector<int>() : near;
}

ThreadOnProcessors::ThreadOnProcessors(const std::vector<int>& processors) {
  if (processors.empty()) {
    return;
  }
  before_ = allowed_processors();
  if (before_.empty() || !set_affinity(processors)) {
    before_.clear();
  }
}

ThreadOnProcessors::~ThreadOnProcessors() {
  if (!before_.empty()) {
    static_cast<void>(set_affinity(before_));  // it was allowed a moment ago
  }
}

}  // namespace tarama::orchestrator
