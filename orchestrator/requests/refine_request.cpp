// refine: a stage of replicates that decide themselves, written by the store's thread, taken up by
// the loop.
#include "core/sweep/refinement_json.hpp"
#include "orchestrator/requests/requests.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace tarama::orchestrator {
namespace {

using json = nlohmann::ordered_json;

json refined(SweepId sweep, const std::string& name, const RefinementStage& stage) {
  return {{"sweep", sweep.value},
          {"name", name},
          {"stage", stage.stage},
          {"runs_before", stage.runs_before}};
}

void take_up(Orchestrator& orchestrator,
             SweepId sweep,
             const RefinementStage& stage,
             const Reply& reply) {
  // It may have been let go meanwhile, and is read with its new stage then.
  orchestrator.with_open_sweep(
      sweep, [&orchestrator, sweep, stage, reply](const Result<void>& opened) {
        if (!opened) {
          return reply(error_document(opened.error()));
        }
        orchestrator.refine(sweep, stage);
        orchestrator.staff();
        json answer = refined(sweep, orchestrator.catalog().find(sweep)->name(), stage);
        orchestrator.when_committed([answer, reply] { reply(answer); });
      });
}

void begin(Orchestrator& orchestrator, SweepId sweep, const Refinement& asked, const Reply& reply) {
  const SweepState state = *orchestrator.scheduler().state(sweep);
  if (state == SweepState::cancelled || state == SweepState::paused) {
    return reply(error_document({Errc::refused,
                                 fmt::format("sweep {} is {}; `tarama {} {}` first",
                                             sweep,
                                             name_of(state),
                                             state == SweepState::paused ? "resume" : "retry",
                                             sweep)}));
  }
  orchestrator.writer().run(
      [&orchestrator, sweep, asked, now = orchestrator.clock().now().wall, reply](
          db::RunStore& store) {
        const auto stage =
            std::make_shared<Result<RefinementStage>>(store.begin_refinement(sweep, asked, now));
        boost::asio::post(orchestrator.loop(), [&orchestrator, sweep, stage, reply] {
          if (!*stage) {
            return reply(error_document(stage->error()));
          }
          spdlog::info("sweep {}: stage {} of its refinement", sweep, (*stage)->stage);
          take_up(orchestrator, sweep, **stage, reply);
        });
      });
}

}  // namespace

void refine_request(Orchestrator& orchestrator, const json& request, const Reply& reply) {
  const SweepId sweep{request.at("sweep").get<std::int64_t>()};
  const Result<Refinement> asked = refinement_from_json(request.dump());
  if (!asked) {
    return reply(error_document(asked.error()));
  }
  if (orchestrator.is_draining()) {
    return reply(error_document(
        {Errc::refused, "the orchestrator is stopping; refine the sweep once it is gone"}));
  }
  orchestrator.with_open_sweep(
      sweep, [&orchestrator, sweep, asked = *asked, reply](const Result<void>& opened) {
        opened ? begin(orchestrator, sweep, asked, reply) : reply(error_document(opened.error()));
      });
}

}  // namespace tarama::orchestrator
