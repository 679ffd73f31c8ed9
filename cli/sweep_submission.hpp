// What `plan`, `run` and `submit` do alike: the FILE and --set options, checking the file with
// all its problems told at once, and handing the sweep to an orchestrator.
#pragma once

#include "cli/context.hpp"
#include "cli/interrupts.hpp"
#include "cli/temporary_folder.hpp"
#include "core/sweep/ids.hpp"
#include "core/sweep/result.hpp"
#include "orchestrator/sweeps/submission.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tarama::cli {

/// Whether a sweep that the store has is meant, where the file makes one.
enum class Occasion { first, again };

struct SweepFileOptions {
  std::string file;
  std::vector<std::string> overrides;  // KEY=YAML
  Occasion occasion = Occasion::first;
};

/// FILE and --set. `options` must outlive the parsing.
void declare_sweep_file(CLI::App& app, SweepFileOptions& options);

/// --again.
void declare_again(CLI::App& app, SweepFileOptions& options);

/// Where inputs are tokenized to while a sweep is checked: the store's cache if there is one,
/// else a temporary folder, so that a sweep that is refused leaves nothing behind.
class CheckingCache {
 public:
  explicit CheckingCache(const db::StoreFolder& store);

  /// Empty where not even a temporary folder could be made: then nothing is cached.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Moves what was tokenized into the store's cache, so that the workers need not do it again.
  /// What cannot be moved is left: it is made anew.
  void hand_over();
  /// Removes the temporary folder, which the destructor else does.
  void discard();

 private:
  std::filesystem::path store_cache_;
  std::optional<TemporaryFolder> temporary_;
  std::filesystem::path folder_;
};

/// The checked sweep; nullopt, with every problem as FILE:LINE:COLUMN on stderr, where it must
/// not run.
[[nodiscard]] std::optional<orchestrator::CheckedSubmission> check_sweep(
    const Context& context, const SweepFileOptions& options, const CheckingCache& cache);

/// The same, but a signal ends it; then, and where the sweep must not run, `code` says what to exit
/// with.
[[nodiscard]] std::optional<orchestrator::CheckedSubmission> check_sweep(
    const Context& context,
    const SweepFileOptions& options,
    CheckingCache& cache,
    Interrupts& interrupts,
    ExitCode& code);

/// "FILE:LINE: warning: …" on stderr, unless --quiet or --json asks for silence.
void print_warnings(const Context& context,
                    const std::vector<config::ConfigWarning>& warnings,
                    const std::string& file);

struct Submitted {
  SweepId sweep;
  std::string name;
  std::int64_t planned = 0;
  bool is_new = true;           // false: the store had this sweep
  std::int64_t taken_over = 0;  // of a new one: runs that another sweep had done
  // Of a sweep that the store had:
  std::string state{};
  std::int64_t pending = 0;  // or at work
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
};

/// What happens with a sweep that the store had, and how to get what does not: a sentence. Of a new
/// one, what was taken over; empty: nothing.
[[nodiscard]] std::string what_becomes_of(const Submitted& submitted);

[[nodiscard]] Result<Submitted> submit_sweep(const Context& context,
                                             const orchestrator::Submission& submission,
                                             Occasion occasion = Occasion::first);

struct Extended {
  SweepId sweep;
  std::string name;
  std::int64_t planned = 0;  // runs of the sweep, those added included
  std::int64_t added = 0;
};

/// Adds the points that the sweep does not have, by the store's orchestrator.
[[nodiscard]] Result<Extended> extend_sweep(const Context& context,
                                            SweepId sweep,
                                            const orchestrator::Submission& submission);

}  // namespace tarama::cli
