// One transaction per event, and what follows it.
#include "orchestrator/service/effector.hpp"

#include "failpoints/failpoint.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>

namespace tarama::orchestrator {
namespace {

// Nobody sees by then that a duty is not struck off yet, and a crash does it again.
constexpr std::chrono::milliseconds latest{200};

bool is_order(const Effect& effect) {
  return std::holds_alternative<StopRun>(effect) || std::holds_alternative<DropAttempt>(effect) ||
         std::holds_alternative<KillWorker>(effect);
}

std::vector<db::Write> writes_of(const Effects& effects) {
  std::vector<db::Write> writes;
  for (const Effect& effect : effects) {
    if (const auto* run = std::get_if<PersistRun>(&effect)) {
      writes.emplace_back(*run);
    } else if (const auto* attempt = std::get_if<PersistAttempt>(&effect)) {
      writes.emplace_back(*attempt);
    } else if (const auto* sweep = std::get_if<PersistSweep>(&effect)) {
      writes.emplace_back(*sweep);
    } else if (const auto* quarantine = std::get_if<PersistQuarantine>(&effect)) {
      writes.emplace_back(*quarantine);
    }
  }
  return writes;
}

/// The runs that go on where an older attempt was: their worker must know what the store has.
std::vector<RunId> resumed_runs(const Effects& effects) {
  std::vector<RunId> runs;
  for (const Effect& effect : effects) {
    if (const auto* assignment = std::get_if<AssignRun>(&effect);
        assignment != nullptr && assignment->attempt > Attempt{1}) {
      runs.push_back(assignment->run);
    }
  }
  return runs;
}

Result<std::map<RunId, db::Committed>> committed_of(db::RunStore& store,
                                                    const std::vector<RunId>& runs) {
  std::map<RunId, db::Committed> committed;
  for (const RunId run : runs) {
    const Result<db::Committed> found = store.committed(run);
    if (!found) {
      return found.error();
    }
    committed[run] = *found;
  }
  return committed;
}

}  // namespace

Effector::Effector(boost::asio::any_io_executor loop,
                   Scheduler& scheduler,
                   db::StoreWriter& writer,
                   const Clock& clock,
                   EffectHandlers handlers)
    : loop_(std::move(loop)),
      scheduler_(scheduler),
      writer_(writer),
      clock_(clock),
      handlers_(std::move(handlers)),
      rest_(loop_, [this] { write_the_rest(); }) {}

bool Effector::handle(const Event& event) {
  if (is_deaf_) {
    return false;
  }
  Effects effects = scheduler_.handle(event, clock_.now());
  handlers_.told();
  if (effects.empty()) {
    return false;
  }
  perform(std::move(effects));
  return true;
}

/// What was decided about one event, while its transaction is under way.
struct Effector::Decided {
  Effects effects;  // those to act on behind the commit
  std::vector<db::Duty> duties;
};

void Effector::perform(Effects effects) {
  std::vector<db::Write> writes = writes_of(effects);
  Attached attached = handlers_.attach(effects);
  writes.insert(writes.end(), attached.duties.begin(), attached.duties.end());
  writes.insert(writes.end(), attached.changes.begin(), attached.changes.end());
  TARAMA_FAILPOINT("effector.decided");
  for (const Effect& effect : effects) {
    if (is_order(effect)) {
      handlers_.order(effect);
      TARAMA_FAILPOINT("effector.ordered");
    }
  }
  std::erase_if(effects, [](const Effect& effect) {
    return is_order(effect) || std::holds_alternative<PersistAttempt>(effect);
  });
  commit(std::move(writes),
         std::make_shared<const Decided>(std::move(effects), std::move(attached.duties)));
}

void Effector::write_soon(db::Write write) {
  if (soon_.empty()) {
    rest_.start(latest);
  }
  soon_.push_back(std::move(write));
}

void Effector::write_the_rest() {
  if (!soon_.empty()) {
    write({});
  }
}

// Commit before sending: if we die in between, the run is still `leased` on disk and restart
// requeues it. The other order could start a run that nobody remembers.
void Effector::commit(std::vector<db::Write> writes, std::shared_ptr<const Decided> decided) {
  const std::vector<RunId> resumed = resumed_runs(decided->effects);
  if (resumed.empty()) {
    take_along(writes);
    writer_.enqueue(std::move(writes), [this, decided](const Result<void>& done) {
      boost::asio::post(loop_, [this, decided, done] {
        TARAMA_FAILPOINT("effector.committed");
        done ? handlers_.act({decided->effects, decided->duties})
             : handlers_.store_failed(done.error());
        TARAMA_FAILPOINT("effector.acted");
      });
    });
    return;
  }
  write(std::move(writes));
  writer_.run([this, decided, resumed](db::RunStore& store) {
    const auto committed = committed_of(store, resumed);
    boost::asio::post(loop_, [this, decided, committed] {
      TARAMA_FAILPOINT("effector.resumption_committed");
      committed ? handlers_.act({decided->effects, decided->duties, *committed})
                : handlers_.store_failed(committed.error());
    });
  });
}

void Effector::take_along(std::vector<db::Write>& writes) {
  std::ranges::move(soon_, std::back_inserter(writes));
  soon_.clear();
  rest_.cancel();
}

void Effector::write(std::vector<db::Write> writes) {
  take_along(writes);
  writer_.enqueue(std::move(writes), [this](const Result<void>& done) {
    if (!done) {
      boost::asio::post(loop_, [this, error = done.error()] { handlers_.store_failed(error); });
    }
  });
}

}  // namespace tarama::orchestrator
