// Fisher and Yates' shuffle by Philox, and the stratified split.
#include "core/training/shuffle.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/philox.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace tarama {

namespace {

void shuffle(std::vector<std::int64_t>& items, PhiloxStream& stream) {
  for (std::size_t last = items.size(); last > 1; --last) {
    std::swap(items[last - 1], items[stream.below(last)]);
  }
}

std::size_t share_of(std::size_t members, double share) {
  if (members < 2) {
    return 0;
  }
  const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(members)));
  return std::clamp(wanted, std::size_t{1}, members - 1);
}

}  // namespace

std::vector<std::int64_t> shuffled_order(std::int64_t examples,
                                         std::int64_t seed,
                                         std::int64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(examples));
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream stream({.seed = seed, .place = Place::shuffle, .step = epoch});
  shuffle(order, stream);
  return order;
}

std::vector<std::int64_t> stratified_split(std::span<const std::int32_t> labels,
                                           double share,
                                           std::int64_t seed) {
  TARAMA_ASSERT(share > 0 && share < 1, "the sweep file's check keeps the share within (0, 1)");
  std::map<std::int32_t, std::vector<std::int64_t>> members_of;  // classes in ascending order
  for (std::size_t example = 0; example < labels.size(); ++example) {
    members_of[labels[example]].push_back(static_cast<std::int64_t>(example));
  }
  PhiloxStream stream({.seed = seed, .place = Place::split});
  std::vector<std::int64_t> chosen;
  for (auto& [label, members] : members_of) {
    shuffle(members, stream);
    members.resize(share_of(members.size(), share));
    chosen.insert(chosen.end(), members.begin(), members.end());
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace tarama
