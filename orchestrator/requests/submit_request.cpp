// submit and extend: planned on the errands' thread, written by the store's, taken up by the loop.
#include "core/sweep/enum_names.hpp"
#include "core/sweep/refinement_json.hpp"
#include "core/sweep/sweep_spec_json.hpp"
#include "db/store_folder.hpp"
#include "failpoints/failpoint.hpp"
#include "orchestrator/requests/requests.hpp"
#include "orchestrator/sweeps/freed_memory.hpp"
#include "orchestrator/sweeps/search_plan.hpp"
#include "orchestrator/sweeps/sweep_plan.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <spdlog/spdlog.h>
#include <utility>
#include <vector>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

/// A request on its way: read, planned, written.
struct Planned {
  Result<db::NewSweep> sweep = Error{};
  std::vector<std::string> earlier_identities{};
  SweepSpec spec;
  bool is_again = false;  // a new sweep is wanted, whatever the store has
};

/// What a request is planned for.
struct Circumstances {
  std::string trainer;
  std::set<LearnerName> learners;
  Machine machine;
  TimePoint now;
  std::filesystem::path folder;
};

Planned plan(const json& request, const Circumstances& here) {
  Result<SweepSpec> spec = sweep_spec_from_json(request.at("spec").dump());
  Result<PreparedSummary> prepared = prepared_summary_from_json(request.at("prepared").dump());
  if (!spec || !prepared) {
    return {.sweep = spec ? prepared.error() : spec.error(), .spec = {}};
  }
  std::optional<Refinement> refinement;
  if (const auto asked = request.find("refinement"); asked != request.end()) {
    const Result<Refinement> read = refinement_from_json(asked->dump());
    if (!read) {
      return {.sweep = read.error(), .spec = {}};
    }
    refinement = *read;
  }
  Planned planned{.sweep = plan_sweep({.spec = *spec,
                                       .prepared = *prepared,
                                       .yaml = request.at("yaml").get<std::string>(),
                                       .host = request.at("host").get<std::string>(),
                                       .driver = here.machine.gpus.driver,
                                       .refinement = refinement},
                                      {.trainer = here.trainer,
                                       .supply = {.devices = {}, .learners = here.learners},
                                       .machine = &here.machine},
                                      here.now),
                  .spec = *spec,
                  .is_again = request.value("again", false)};
  if (planned.sweep && !planned.is_again) {
    // Nobody knows what a program depends on beyond what its file names.
    const bool is_known = !spec->program || !spec->program->inputs.empty();
    planned.sweep->takes_over =
        [folder = here.folder, keep = spec->keep.models, is_known](RunId done) {
          if (!is_known) {
            return false;
          }
          // Where every run is to have its model, one whose model is gone is trained again.
          return keep != KeepModels::all ||
                 std::filesystem::exists(db::StoreFolder{folder}.model(done));
        };
  }
  if (planned.sweep) {
    planned.earlier_identities = earlier_identities(*planned.sweep, planned.spec);
  }
  return planned;
}

Planned plan_guarded(const json& request, const Circumstances& here) {
  try {
    return plan(request, here);
  } catch (const json::exception& error) {
    return {.sweep = Error{Errc::invalid_argument,
                           fmt::format("the request does not decode: {}", error.what())},
            .spec = {}};
  }
}

json submitted(SweepId sweep, const std::string& name, std::int64_t planned, bool is_new) {
  return {{"sweep", sweep.value}, {"name", name}, {"planned", planned}, {"is_new", is_new}};
}

/// A sweep that the store had, and how it stands with it.
json submitted_again(SweepId sweep, const std::string& name, SweepState state, const Account& now) {
  json document = submitted(sweep, name, now.planned, false);
  document["state"] = name_of(state);
  document["pending"] = now.pending + now.leased + now.running;
  document["failed"] = now.failed;
  document["cancelled"] = now.cancelled;
  return document;
}

/// In the spec that the store has: that of an open sweep has no parameters, whose levels are rows.
Result<void> change_stored_limits(db::RunStore& store, SweepId sweep, const SweepSpec& newest) {
  const Result<std::string> stored = store.spec_of(sweep);
  const Result<SweepSpec> known =
      stored ? sweep_spec_from_json(*stored) : Result<SweepSpec>(stored.error());
  if (!known) {
    return known.error();
  }
  const SweepSpec spec = with_newest_limits(*known, newest);
  return store.change_rules(sweep, limits_of(spec), to_json(spec));
}

void go_on_by(Orchestrator& orchestrator,
              SweepId sweep,
              const SweepSpec& newest,
              const json& answer,
              const Reply& reply) {
  if (orchestrator.catalog().find(sweep) != nullptr) {
    orchestrator.change_spec(sweep, newest);
    if (orchestrator.scheduler().state(sweep) == SweepState::paused) {
      orchestrator.handle(ResumeAsked{sweep, std::nullopt});
    }
    orchestrator.staff();
  }
  orchestrator.when_committed([answer, reply] { reply(answer); });
}

/// Its search may choose more runs than before. A sweep that had ended has been let go meanwhile.
void search_further(Orchestrator& orchestrator,
                    SweepId sweep,
                    const SweepSpec& newest,
                    const json& answer,
                    const Reply& reply) {
  orchestrator.with_open_sweep(
      sweep, [&orchestrator, sweep, newest, answer, reply](const Result<void>& opened) {
        if (!opened) {
          return reply(error_document(opened.error()));
        }
        orchestrator.search_on(sweep);
        json found = answer;
        found["state"] = name_of(*orchestrator.scheduler().state(sweep));
        go_on_by(orchestrator, sweep, newest, found, reply);
      });
}

/// The store has a sweep with these runs: it goes on, with the newest limits.
void submit_again(Orchestrator& orchestrator,
                  SweepId sweep,
                  const SweepSpec& newest,
                  const Reply& reply) {
  orchestrator.with_open_sweep(sweep, [&orchestrator, sweep, newest, reply](Result<void> opened) {
    if (!opened) {
      return reply(error_document(opened.error()));
    }
    const SweepSpec& known = orchestrator.catalog().find(sweep)->spec();
    const std::string name = orchestrator.catalog().find(sweep)->name();
    if (newest.metric != known.metric) {
      return reply(error_document(
          {Errc::refused,
           fmt::format("sweep {} '{}' has the same runs but another metric; give this one another "
                       "name, or leave the metric as it was",
                       sweep,
                       name)}));
    }
    if (is_learning(newest) != is_learning(known)) {
      return reply(error_document(
          {Errc::refused,
           fmt::format("sweep {} '{}' begins with the same runs, but its method is {} and not {}; "
                       "give this one another name",
                       sweep,
                       name,
                       name_of(known.method),
                       name_of(newest.method))}));
    }
    if (newest.rungs != known.rungs) {
      return reply(error_document(
          {Errc::refused,
           fmt::format("sweep {} '{}' has the same runs, but compares them at other rungs, or at "
                       "none; give this one another name, or leave method and rungs as they were",
                       sweep,
                       name)}));
    }
    const SweepSpec spec = with_newest_limits(known, newest);
    const bool has_more = is_learning(spec) && spec.max_runs > known.max_runs;
    json answer = submitted_again(sweep,
                                  name,
                                  *orchestrator.scheduler().state(sweep),
                                  orchestrator.scheduler().account(sweep));
    const auto go_on = [&orchestrator, sweep, spec, has_more, answer, reply] {
      has_more ? search_further(orchestrator, sweep, spec, answer, reply)
               : go_on_by(orchestrator, sweep, spec, answer, reply);
    };
    if (to_json(spec) == to_json(known)) {
      return go_on();  // nothing is to be written, for which a full disk may have no room
    }
    orchestrator.writer().run([&orchestrator, sweep, spec, go_on, reply](db::RunStore& store) {
      const Result<void> changed = change_stored_limits(store, sweep, spec);
      boost::asio::post(orchestrator.loop(), [changed, go_on, reply] {
        changed ? go_on() : reply(error_document(changed.error()));
      });
    });
  });
}

/// Of runs that are new: what was taken over from other sweeps.
std::int64_t succeeded_in(const SweepRecord& record) {
  return std::count_if(record.runs.begin(), record.runs.end(), [](const RunRecord& run) {
    return run.standing.state == RunState::succeeded;
  });
}

/// What the store made of a submission: a new sweep, or one that it has.
struct Outcome {
  std::optional<SweepId> known;
  Result<db::StoredSweep> created = Error{};
};

// Looking for the sweep and creating it is one task of the writer, so that of two equal submissions
// the second finds the first.
Outcome find_or_create(db::RunStore& store, Planned& planned) {
  if (planned.is_again) {
    return {.known = {}, .created = store.create_sweep(std::move(*planned.sweep))};
  }
  std::vector<std::string> identities = planned.earlier_identities;
  identities.insert(identities.begin(), planned.sweep->identity);
  for (const std::string& identity : identities) {
    const Result<std::optional<SweepId>> found = store.find_sweep(identity);
    if (!found) {
      return {.known = {}, .created = found.error()};
    }
    if (*found) {
      return {.known = *found};
    }
  }
  return {.known = {}, .created = store.create_sweep(std::move(*planned.sweep))};
}

void write_sweep(Orchestrator& orchestrator, std::shared_ptr<Planned> planned, const Reply& reply) {
  orchestrator.writer().run([&orchestrator, planned, reply](db::RunStore& store) {
    const std::size_t given = planned->sweep->runs.size();
    auto outcome = std::make_shared<Outcome>(find_or_create(store, *planned));
    planned->sweep = Error{};  // what of it is new, the store has given back
    give_memory_back(given);
    boost::asio::post(orchestrator.loop(), [&orchestrator, planned, outcome, reply] {
      if (outcome->known) {
        return submit_again(orchestrator, *outcome->known, planned->spec, reply);
      }
      if (!outcome->created) {
        return reply(error_document(outcome->created.error()));
      }
      TARAMA_FAILPOINT("submit.committed");
      const SweepId id = outcome->created->record.sweep;
      const std::string name = outcome->created->name;
      const auto runs = static_cast<std::int64_t>(outcome->created->runs.size());
      const std::int64_t taken_over = succeeded_in(outcome->created->record);
      spdlog::info("sweep {} '{}': {} runs, {} of them taken over", id, name, runs, taken_over);
      if (const Result<void> adopted = orchestrator.adopt(std::move(*outcome->created)); !adopted) {
        return reply(error_document(adopted.error()));
      }
      orchestrator.staff();
      TARAMA_FAILPOINT("submit.before_reply");
      json answer = submitted(id, name, runs, true);
      answer["taken_over"] = taken_over;
      orchestrator.when_committed([answer, reply] { reply(answer); });
    });
  });
}

/// Told the plan, and whom to answer.
using PlannedThen = std::function<void(std::shared_ptr<Planned>, const Reply&)>;

void plan_now(Orchestrator& orchestrator,
              const json& request,
              const Reply& reply,
              const PlannedThen& then) {
  orchestrator.watch().look(orchestrator.roster().pids(), [&orchestrator, request, reply, then] {
    auto planned = std::make_shared<Planned>();
    orchestrator.errands().run(
        [planned,
         request,
         here = Circumstances{.trainer = orchestrator.trainer(),
                              .learners = orchestrator.learners(),
                              .machine = orchestrator.machine(),
                              .now = orchestrator.clock().now().wall,
                              .folder = orchestrator.folder()}] {
          *planned = plan_guarded(request, here);
          give_memory_back(planned->sweep ? planned->sweep->runs.size() : 0);
        },
        [planned, reply, then] {
          if (!planned->sweep) {
            return reply(error_document(planned->sweep.error()));
          }
          then(planned, reply);
        });
  });
}

/// The sweep's plan in the context of the machine as it is now; refused while stopping. One
/// submission at a time: twenty plans of a million runs that wait for the disk hold no memory.
void plan_then(Orchestrator& orchestrator,
               const json& request,
               const Reply& reply,
               const PlannedThen& then) {
  if (orchestrator.is_draining()) {
    reply(error_document({Errc::refused, "the orchestrator is stopping; submit once it is gone"}));
    return;
  }
  orchestrator.roster().forgive();
  orchestrator.one_by_one([&orchestrator, request, reply, then](std::function<void()> done) {
    plan_now(
        orchestrator,
        request,
        [reply, done = std::move(done)](const json& document) {
          reply(document);
          done();
        },
        then);
  });
}

json extended(SweepId sweep, const std::string& name, std::int64_t planned, std::size_t added) {
  return {{"sweep", sweep.value}, {"name", name}, {"planned", planned}, {"added", added}};
}

/// What an extension came to.
struct WrittenExtension {
  db::StoredSweep added;
  std::optional<SweepSpec> widened{};  // where its search may choose more runs
};

/// In the writer's task, so that nothing comes between reading the sweep and adding to it.
Result<WrittenExtension> read_and_extend(db::RunStore& store,
                                         SweepId sweep,
                                         const Planned& planned) {
  const Result<db::StoredSweep> stored = store.load_sweep(sweep);
  if (!stored) {
    return stored.error();
  }
  const Result<db::NewSweep> more = plan_extension(*planned.sweep, planned.spec, *stored);
  if (!more) {
    return more.error();
  }
  Result<db::StoredSweep> added = store.extend_sweep(sweep, *more);
  Result<SweepSpec> known = sweep_spec_from_json(stored->spec);
  if (!added || !known) {
    return added ? known.error() : added.error();
  }
  WrittenExtension extension{.added = std::move(*added)};
  if (is_learning(planned.spec) && planned.spec.max_runs > known->max_runs) {
    known->max_runs = planned.spec.max_runs;
    const Result<void> changed = store.change_rules(sweep, limits_of(*known), to_json(*known));
    if (!changed) {
      return changed.error();
    }
    known->parameters.clear();  // as in an open sweep
    extension.widened = std::move(*known);
  }
  return extension;
}

/// Behind its commit: the sweep is open.
void go_on_with(Orchestrator& orchestrator,
                SweepId sweep,
                const std::optional<SweepSpec>& widened,
                std::size_t runs,
                const Reply& reply) {
  if (widened) {
    orchestrator.change_spec(sweep, *widened);
  }
  orchestrator.search_on(sweep);
  orchestrator.staff();
  reply(extended(sweep,
                 orchestrator.catalog().find(sweep)->name(),
                 orchestrator.scheduler().account(sweep).planned,
                 runs));
}

void write_extension(Orchestrator& orchestrator,
                     SweepId sweep,
                     std::shared_ptr<Planned> planned,
                     const Reply& reply) {
  orchestrator.writer().run([&orchestrator, sweep, planned, reply](db::RunStore& store) {
    auto extension =
        std::make_shared<Result<WrittenExtension>>(read_and_extend(store, sweep, *planned));
    boost::asio::post(orchestrator.loop(), [&orchestrator, sweep, extension, reply] {
      if (!*extension) {
        return reply(error_document(extension->error()));
      }
      const std::size_t runs = (*extension)->added.runs.size();
      if (orchestrator.catalog().find(sweep) != nullptr) {
        // A sweep that was let go is read with what was added, below.
        const Result<void> taken = orchestrator.extend(std::move((*extension)->added));
        if (!taken) {
          return reply(error_document(taken.error()));
        }
      }
      spdlog::info("sweep {}: {} runs added", sweep, runs);
      orchestrator.with_open_sweep(
          sweep,
          [&orchestrator, sweep, runs, widened = (*extension)->widened, reply](
              const Result<void>& opened) {
            opened ? go_on_with(orchestrator, sweep, widened, runs, reply)
                   : reply(error_document(opened.error()));
          });
    });
  });
}

}  // namespace

void submit_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  plan_then(orchestrator,
            request,
            reply,
            [&orchestrator](std::shared_ptr<Planned> planned, const Reply& answer) {
              write_sweep(orchestrator, std::move(planned), answer);
            });
}

void extend_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  const SweepId sweep{request.at("sweep").get<std::int64_t>()};
  plan_then(orchestrator,
            request,
            reply,
            [&orchestrator, sweep](std::shared_ptr<Planned> planned, const Reply& answer) {
              write_extension(orchestrator, sweep, std::move(planned), answer);
            });
}

}  // namespace tarama::orchestrator
