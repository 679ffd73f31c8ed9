// What workers that are gone had to say, read from their spools (protocol/spool.hpp) as if they
// said it now, and removed once it is stored.
#pragma once

#include "core/sweep/ids.hpp"
#include "protocol/messages.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace tarama::orchestrator {

class Errands;

struct SpoolIntakeParts {
  Errands& errands;              // outlives it
  std::filesystem::path folder;  // of the spools
  std::function<void(WorkerId, const protocol::Message&)> take;
  /// Calls back once everything that was taken before is committed.
  std::function<void(std::function<void()> then)> when_stored;
};

/// On the loop's thread; files are read and removed as errands.
class SpoolIntake {
 public:
  explicit SpoolIntake(SpoolIntakeParts parts);

  /// Takes in what the worker left, then calls back.
  void take_in(WorkerId worker, const std::string& session, std::function<void()> then);
  /// Removes spools of sessions that nobody knows any more.
  void remove_strangers(std::set<std::string> known);

 private:
  struct Reading;
  void read_on(const std::shared_ptr<Reading>& reading);

  SpoolIntakeParts parts_;
};

}  // namespace tarama::orchestrator
