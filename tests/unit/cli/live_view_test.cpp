// What the live view shows, and that it never leaves its frame.
#include "cli/live/live_view.hpp"

#include "cli/text/text_width.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <regex>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

WorkerStatus busy_worker(int id) {
  WorkerStatus worker;
  worker.id = WorkerId{id};
  worker.device = "cpu";
  worker.state = "busy";
  worker.run = RunId{15};
  worker.params = ordered_json::parse(R"({"lr":3e-05,"warmup":0.1,"epochs":3})");
  worker.step = 20;
  worker.steps = 40;
  worker.losses = {1.0, 0.5, 0.25};
  return worker;
}

StatusDocument one_sweep() {
  StatusDocument status;
  SweepStatus sweep;
  sweep.sweep = SweepId{1};
  sweep.name = "cola";
  sweep.state = "running";
  sweep.account = {36, 21, 0, 1, 13, 0, 1, 0};
  sweep.waiting = {{"all devices are busy", 21, RunId{16}}};
  sweep.steps_done = 50;
  sweep.steps_planned = 100;
  sweep.seconds_left = 130;
  status.sweeps = {sweep};
  status.workers = {busy_worker(1)};
  return status;
}

TEST(LiveView, ShowsBarWorkersBestFailuresAndWhatWaits) {
  const BestSoFar best{ordered_json::parse(R"({"lr":5e-05})"), 0.81234, 2, 3};

  EXPECT_THAT(
      live_lines(one_sweep(), best, {100, 24}),
      ElementsAre("cola  ████████████░░░░░░░░░░░░  14/36 runs  2 min 10 s left  50/100 steps",
                  "  cpu  run 15  █████░░░░░ 20/40  █▃▁ 0.250  lr 3e-5 · warmup 0.1 · epochs 3",
                  "  best so far  0.8123  lr 5e-5  (2 of 3 replicates)",
                  "  1 failed",
                  "  21 waiting: all devices are busy"));
}

TEST(LiveView, NoLineIsWiderThanTheTerminal) {
  StatusDocument status = one_sweep();
  status.sweeps[0].name = "日本語の名前がとても長い時";
  const BestSoFar best{ordered_json::parse(R"({"lr":5e-05,"warmup":0.1,"epochs":12})"), 0.8, 2, 3};

  for (const std::size_t columns : {1u, 10u, 40u, 61u, 200u}) {
    const Frame frame{columns, 24, TextStyle(ColourUse::ansi)};
    for (const std::string& line : live_lines(status, best, frame)) {
      EXPECT_LE(display_width(line), columns) << line;
    }
  }
}

TEST(LiveView, ACountIsThereWholeOrNotAtAll) {
  StatusDocument status = one_sweep();
  status.sweeps[0].name = "a sweep with a long name";
  status.sweeps[0].account = {1064, 1050, 0, 1, 12, 0, 1, 0};
  status.workers[0].step = 4;
  status.workers[0].steps = 64;
  const BestSoFar best{ordered_json::parse(R"({"lr":5e-05,"epochs":12})"), 0.8, 12, 13};
  const std::regex counts("[0-9,]+/[0-9,]*");

  for (std::size_t columns = 12; columns < 120; ++columns) {
    for (const std::string& line : live_lines(status, best, {columns, 24})) {
      for (std::sregex_iterator count(line.begin(), line.end(), counts), end; count != end;
           ++count) {
        EXPECT_THAT(count->str(), testing::AnyOf("13/1,064", "4/64", "50/100")) << line;
      }
    }
  }
  EXPECT_THAT(live_lines(status, best, {40, 24})[0], HasSubstr("13/1,064 runs"));
  EXPECT_THAT(live_lines(status, best, {40, 24})[1], HasSubstr("4/64"));
}

TEST(LiveView, ParametersWithoutRoomAreLeftOutWhole) {
  const BestSoFar best{ordered_json::parse(R"({"lr":5e-05,"warmup":0.1})"), 0.8, 2, 3};

  EXPECT_EQ(live_lines(one_sweep(), best, {60, 24})[2],
            "  best so far  0.8000  lr 5e-5 …  (2 of 3 replicates)");
}

TEST(LiveView, WorkersWithoutRoomAreCounted) {
  StatusDocument status = one_sweep();
  for (int id = 2; id <= 64; ++id) {
    status.workers.push_back(busy_worker(id));
  }

  const auto lines = live_lines(status, std::nullopt, {80, 10});

  EXPECT_THAT(lines, SizeIs(9));
  EXPECT_EQ(lines[6], "  … and 59 more");
}

TEST(LiveView, ATerminalOfOneRowShowsTheBar) {
  EXPECT_THAT(live_lines(one_sweep(), std::nullopt, {80, 1}), SizeIs(1));
}

TEST(LiveView, ALossThatIsNotANumberShows) {
  StatusDocument status = one_sweep();
  status.workers[0].losses = {1.0, std::nullopt};

  EXPECT_THAT(live_lines(status, std::nullopt, {100, 24})[1], HasSubstr("▅? ?"));
}

TEST(LiveView, AnIdleWorkerSaysSo) {
  StatusDocument status = one_sweep();
  status.workers[0].run = std::nullopt;
  status.workers[0].state = "idle";

  EXPECT_EQ(live_lines(status, std::nullopt, {80, 24})[1], "  cpu  idle");
}

TEST(LiveView, APausedSweepShowsNoTimeLeft) {
  StatusDocument status = one_sweep();
  status.sweeps[0].state = "paused";

  EXPECT_EQ(live_lines(status, std::nullopt, {100, 24})[0],
            "cola  ████████████░░░░░░░░░░░░  14/36 runs  paused  50/100 steps");
}

TEST(LiveView, WhyNoWorkerStartsIsShown) {
  StatusDocument status = one_sweep();
  status.trouble = "the worker program is gone";

  EXPECT_THAT(live_lines(status, std::nullopt, {80, 24}),
              testing::Contains("  the worker program is gone"));
}

TEST(LiveView, NamesCannotMoveTheCursor) {
  StatusDocument status = one_sweep();
  status.sweeps[0].waiting[0].reason = "\x1b[2Jcleared";

  for (const std::string& line : live_lines(status, std::nullopt, {80, 24})) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
}

TEST(FinishedLine, TellsRunParametersMetricAndTime) {
  FinishedRun run{RunId{7}, SweepId{1}, "succeeded", std::nullopt, "", {}, 2, 0.81234, 1.24};
  run.params = ordered_json::parse(R"({"lr":2e-05,"epochs":3})");

  EXPECT_EQ(finished_line(run, 14, 36),
            "run 7 succeeded  lr 2e-5 · epochs 3 · seed 2  0.8123  in 1.2 s  14/36");
}

TEST(FinishedLine, TellsWhyARunFailed) {
  FinishedRun run{
      RunId{7}, SweepId{1}, "failed", "diverged", "loss is nan\nat step 5", {}, 2, {}, {}};
  run.params = ordered_json::parse(R"({"lr":2e-05})");

  EXPECT_EQ(finished_line(run, 14, 36),
            "run 7 failed (diverged)  lr 2e-5 · seed 2  14/36  loss is nan at step 5");
}

}  // namespace
}  // namespace tarama::cli
