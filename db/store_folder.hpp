// The folder in which everything of one orchestrator lives: where each thing is in it, how it is
// made, why it may be refused, and the lock that keeps a second orchestrator out.
#pragma once

#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace tarama::db {

/// Where things are. Pure names; nothing is created.
struct StoreFolder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path database() const;        // tarama.db
  [[nodiscard]] std::filesystem::path lock_file() const;       // lock
  [[nodiscard]] std::filesystem::path control_socket() const;  // control.sock
  [[nodiscard]] std::filesystem::path attempt_log(RunId run, Attempt attempt) const;
  [[nodiscard]] std::filesystem::path checkpoints(RunId run) const;  // a folder
  /// The state behind a run's last epoch, for runs that begin as it: a folder.
  [[nodiscard]] std::filesystem::path kept_state(RunId run) const;
  [[nodiscard]] std::filesystem::path model(RunId run) const;  // a Hugging Face folder
  [[nodiscard]] std::filesystem::path cache() const;           // tokenized data
  [[nodiscard]] std::filesystem::path spools() const;          // of workers without an orchestrator
  /// There since somebody stopped the latest orchestrator by `tarama stop`; each start removes it.
  [[nodiscard]] std::filesystem::path stop_mark() const;
};

/// Tokenized data that nobody used for so long are removed. They are made anew in seconds to
/// minutes, and a data set that nobody has trained on for a month is mostly done with.
inline constexpr std::chrono::days cache_kept{30};

/// Makes the folder, with its parents, where it is missing, and checks that a store can live
/// there. Errors, each with what to do: not a folder, no permission (`io`), no room (`disk_full`),
/// a network file system (`refused`).
[[nodiscard]] Result<StoreFolder> prepare_store_folder(const std::filesystem::path& root);

/// The right to be the one orchestrator of a store. The kernel drops it when the process ends,
/// however it ends; programs that it started do not inherit it.
class StoreLock {
 public:
  /// Does not wait. `refused` if another process holds it, with its pid.
  [[nodiscard]] static Result<StoreLock> take(const StoreFolder& folder);
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&& other) noexcept;
  ~StoreLock();

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace tarama::db
