// How many runs a GPU has at once where the file leaves it open: one more for as long as all of
// them together get on faster by a margin, never more than its memory holds. Pure; who measures and
// who starts workers is elsewhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tarama {

struct SharingRules {
  /// What one more run must add to the steps a second of all: each costs memory, and makes every
  /// run's own end later, so that a few percent are not worth it.
  double margin = 0.10;
  /// Once it has been worth it, it is given up below this share of the margin: rates swing.
  double kept_share = 0.5;
  /// Measurements of a number of runs before anything is decided by them.
  std::int64_t looks = 3;
  /// Measurements until one more is tried again after it brought nothing: what the runs do may be
  /// another by then.
  std::int64_t looks_until_again = 180;
  std::int64_t most = 8;  // beyond it nothing was ever gained, and every attempt costs a start
};

/// Of one device.
class DeviceSharing {
 public:
  explicit DeviceSharing(SharingRules rules = {}) : rules_(rules) {}

  /// How many runs it is to have at once; one at least.
  [[nodiscard]] std::int64_t runs() const { return runs_; }

  /// So many are at work already, since an earlier orchestrator found that worth it: it goes on
  /// from there. Before all else.
  void begin_with(std::int64_t runs);

  /// Whether so many are at once for the first time, to find out whether it is worth it.
  [[nodiscard]] bool is_trying() const { return runs_ > proven_; }

  /// How many did not fail for want of memory where one more did; nullopt: none did.
  [[nodiscard]] std::optional<std::int64_t> most_held() const { return most_held_; }

  /// How many its memory holds; nullopt: not known, and then there is one.
  void set_room(std::optional<std::int64_t> room);

  /// So many runs were at work for a whole look, and made `steps_per_second` together. `kind`: what
  /// they train (model and batch): rates of another kind say nothing of theirs, and it begins anew.
  void measured(const std::string& kind, std::int64_t runs, double steps_per_second);

  /// A run ended for want of memory while so many were at work: so many are not tried again with
  /// what is trained now, whatever set_room says.
  void ran_out_of_memory(std::int64_t runs);

 private:
  struct Rate {
    double mean = 0;
    std::int64_t looks = 0;
  };

  void begin_anew();
  void take(std::int64_t runs, double rate);
  void decide();
  [[nodiscard]] bool is_worth_it() const;

  SharingRules rules_;
  std::int64_t runs_ = 1;
  std::int64_t room_ = 1;
  std::optional<std::int64_t> most_held_;  // since memory ran out with more
  std::int64_t proven_ = 1;                // numbers up to it were worth it
  std::optional<std::int64_t> vain_;       // that was tried and brought nothing
  std::int64_t looks_since_ = 0;           // since then
  std::string kind_;
  std::map<std::int64_t, Rate> rates_;  // by the number of runs
};

}  // namespace tarama
