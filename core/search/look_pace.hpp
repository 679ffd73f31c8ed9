// When a run that reports often is looked at: each look reads all that it has reported.
#pragma once

#include <cstdint>

namespace tarama {

/// Of one run. What is decided does not depend on when it is looked at, only how soon: at each
/// report until there are some thousand values, and from then on whenever they are a 64th more. So
/// what all looks together read grows with the number of values, and not with its square.
class LookPace {
 public:
  /// So many values more: whether to look now.
  [[nodiscard]] bool is_due(std::int64_t more) {
    since_ += more;
    if (since_ * parts < looked_at_ && looked_at_ >= few) {
      return false;
    }
    looked_at_ += since_;
    since_ = 0;
    return true;
  }

 private:
  static constexpr std::int64_t parts = 64;
  static constexpr std::int64_t few = 4096;

  std::int64_t looked_at_ = 0;
  std::int64_t since_ = 0;
};

}  // namespace tarama
