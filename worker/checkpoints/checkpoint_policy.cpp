// When a checkpoint is worth its time.
#include "worker/checkpoints/checkpoint_policy.hpp"

#include <algorithm>

namespace tarama {

namespace {

constexpr int mid_epoch_share = 100;  // one part in 100: the 1 % that is promised

// One part in 20: an epoch so short that its checkpoint took more is trained again in no time.
constexpr int epoch_end_share = 20;

}  // namespace

bool CheckpointPolicy::is_due(Moment moment, TimePoint now) {
  if (keep_ == KeepCheckpoints::none) {
    return false;
  }
  const int share = moment == Moment::epoch_end ? epoch_end_share : mid_epoch_share;
  if (now - last_ <= cost_ * share) {
    return false;
  }
  began_ = now;
  return true;
}

void CheckpointPolicy::written(TimePoint now) {
  // A stop saves one that was not due; none follows it.
  cost_ = now - began_.value_or(now);
  last_ = now;
  began_.reset();
}

void CheckpointPolicy::failed(TimePoint now) {
  const auto before = cost_;
  written(now);
  cost_ = std::max(cost_, before);
}

}  // namespace tarama
