// The status document, read and written.
#include "documents/status_document.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;

TEST(StatusDocument, ReadsWhatAnOrchestratorSays) {
  const auto status = status_from_json(ordered_json::parse(R"({
    "orchestrator": {"pid": 12, "version": "0.1.0"},
    "workers": [{"id": 1, "pid": 13, "device": "cpu", "state": "busy", "run": 5, "attempt": 2,
                 "sweep": 3, "params": {"lr": 0.1}, "step": 4, "steps": 9,
                 "losses": [1.5, null], "steps_per_second": 2.0}],
    "sweeps": [{"sweep": 3, "name": "x", "state": "running", "planned": 6, "pending": 1,
                "leased": 1, "running": 1, "succeeded": 1, "stopped": 0, "failed": 1, "cancelled": 1,
                "waiting": [{"reason": "busy", "runs": 1, "example": 6}],
                "steps_done": 7, "steps_planned": 54, "seconds_left": null, "search": null,
                "runs_to_choose": 3}],
    "strangers": [{"device": "cuda:0", "pid": 99, "process": "python"}],
    "trouble": null,
    "finished": [{"run": 4, "sweep": 3, "state": "failed", "failure_class": "crashed",
                  "message": "m", "params": {}, "seed": 1, "metric": null,
                  "train_seconds": null, "attempt": 1}],
    "next": 17})"));

  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->orchestrator_pid, 12);
  EXPECT_EQ(status->sweeps.at(0).account, (Account{6, 1, 1, 1, 1, 0, 1, 1}));
  EXPECT_EQ(status->sweeps.at(0).waiting.at(0), (WaitingStatus{"busy", 1, RunId{6}}));
  EXPECT_FALSE(status->sweeps.at(0).is_over());
  EXPECT_EQ(status->sweeps.at(0).runs_in_the_end(), 9);
  EXPECT_EQ(status->workers.at(0).run, RunId{5});
  EXPECT_EQ(status->workers.at(0).losses, (std::vector<std::optional<double>>{1.5, std::nullopt}));
  EXPECT_EQ(status->finished.at(0).failure_class, "crashed");
  EXPECT_EQ(status->strangers.at(0).process, "python");
  EXPECT_EQ(status->trouble, std::nullopt);
  EXPECT_EQ(status->next, 17);
}

TEST(StatusDocument, AnotherDocumentIsCorrupt) {
  for (const char* text : {"[]", "{}", "3", "null"}) {
    const auto status = status_from_json(ordered_json::parse(text));
    ASSERT_FALSE(status.has_value()) << text;
    EXPECT_EQ(status.error().code, Errc::corrupt);
  }
}

TEST(StatusDocument, WithoutAnOrchestratorTheAccountIsTheDatabases) {
  db::SweepInfo sweep;
  sweep.sweep = SweepId{3};
  sweep.name = "x";
  sweep.account = {6, 1, 0, 1, 2, 0, 1, 1};

  EXPECT_EQ(status_json_of({{sweep, RunId{5}}}), ordered_json::parse(R"({
    "orchestrator": null,
    "workers": [],
    "devices": [],
    "sweeps": [{"sweep": 3, "name": "x", "state": "running", "planned": 6, "pending": 1,
                "leased": 0, "running": 1, "succeeded": 2, "stopped": 0, "failed": 1, "cancelled": 1,
                "priority": null,
                "steps_done": null, "steps_planned": null, "elapsed_seconds": null,
                "seconds_left": null, "search": null, "runs_to_choose": null,
                "waiting": [{"reason": "no orchestrator runs on this store", "runs": 2,
                             "example": 5, "until": null}]}],
    "unreadable": [], "strangers": [], "on_end": [], "trouble": null, "store_trouble": null,
    "disk": null})"));
}

TEST(StatusDocument, ASweepIsOverWhenNoRunIsLeft) {
  SweepStatus sweep;
  sweep.account = {4, 0, 0, 0, 1, 1, 1, 1};
  EXPECT_TRUE(sweep.is_over());
  sweep.account = {4, 0, 0, 1, 1, 1, 1, 0};
  EXPECT_FALSE(sweep.is_over());
}

}  // namespace
}  // namespace tarama::cli
