// Whether the store's file system has room for what runs write: below a watermark nothing more is
// handed out, so that what is at work finds the room to end well.
#pragma once

#include "core/sweep/result.hpp"
#include "orchestrator/loop/errands.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace tarama::orchestrator {

/// Bytes of a file system.
struct DiskRoom {
  std::int64_t free = 0;  // for us
  std::int64_t total = 0;
};

/// nullopt: it cannot be asked, which is no reason to stop.
[[nodiscard]] std::optional<DiskRoom> room_at(const std::filesystem::path& folder);

/// What is kept free where nobody has said how much.
[[nodiscard]] std::int64_t usual_watermark(std::int64_t total);

/// On the loop's thread.
class DiskWatch {
 public:
  using Ask = std::function<std::optional<DiskRoom>()>;

  /// `ask` is called on the errands' thread; none: there is always room. `watermark`: bytes to keep
  /// free; 0: none; nullopt: the usual.
  DiskWatch(Errands& errands, Ask ask, std::optional<std::int64_t> watermark);

  /// Asks, and calls `changed` behind the answer where `shortage` is another than before it. Does
  /// nothing while an answer is awaited.
  void look(std::function<void()> changed);

  /// Why nothing is to be handed out, for a person; empty: there is room. It begins below the
  /// watermark, and ends a quarter above it, so that one file does not switch it on and off.
  [[nodiscard]] const std::string& shortage() const { return shortage_; }

  /// As last answered; nullopt: never.
  [[nodiscard]] const std::optional<DiskRoom>& room() const { return room_; }

  [[nodiscard]] std::int64_t watermark() const;

 private:
  void take(const std::optional<DiskRoom>& answer, const std::function<void()>& changed);

  Errands& errands_;
  Ask ask_;
  std::optional<std::int64_t> watermark_;
  std::optional<DiskRoom> room_;
  std::string shortage_;
  bool is_asking_ = false;
};

}  // namespace tarama::orchestrator
