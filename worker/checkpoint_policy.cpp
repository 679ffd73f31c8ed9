// When a checkpoint is worth its time.
#include "worker/checkpoint_policy.hpp"

namespace tarama {

namespace {

constexpr int mid_epoch_share = 100;  // one part in 100: the 1 % that is promised

// One part in 20: an epoch so short that its checkpoint took more is trained again in no time.
constexpr int epoch_end_share = 20;

}  // namespace

bool CheckpointPolicy::is_due(Moment moment, TimePoint now) const {
  if (keep_ == KeepCheckpoints::none) {
    return false;
  }
  const int share = moment == Moment::epoch_end ? epoch_end_share : mid_epoch_share;
  return now - last_ > cost_ * share;
}

void CheckpointPolicy::saved(TimePoint began, TimePoint ended) {
  cost_ = ended - began;
  last_ = ended;
}

}  // namespace tarama
