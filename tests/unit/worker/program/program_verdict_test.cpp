// What the end of a program means.
#include "worker/program/program_verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <gmock/gmock.h>
#include <sys/wait.h>

namespace tarama::program::test {
namespace {

using testing::HasSubstr;

ProgramStory story_with(int status) {
  ProgramStory story;
  story.end.status = status;
  story.name = "train.py";
  story.metric = "acc";
  story.value = 0.5;
  story.has_reported_number = true;
  return story;
}

ProgramStory exits_with(int code) {
  return story_with(W_EXITCODE(code, 0));
}

FailureClass failure_of(const ProgramStory& story) {
  const Verdict verdict = verdict_on(story);
  EXPECT_EQ(verdict.end, AttemptEnd::failed);
  return verdict.failure;
}

TEST(ProgramVerdict, ACodeOf0IsASuccessOnceTheMetricWasReported) {
  EXPECT_EQ(verdict_on(exits_with(0)).end, AttemptEnd::succeeded);
  ProgramStory silent = exits_with(0);
  silent.value.reset();
  EXPECT_EQ(failure_of(silent), FailureClass::program_error);
  silent.has_reported_before = true;
  EXPECT_EQ(verdict_on(silent).end, AttemptEnd::succeeded);
}

TEST(ProgramVerdict, ALineThatWasMeantAsAReportIsShown) {
  ProgramStory story = exits_with(0);
  story.value.reset();
  story.near_miss = "{'acc': 0.5}";

  EXPECT_THAT(verdict_on(story).message,
              HasSubstr("it reported nothing; a line with that name was no report, which is JSON "
                        "such as {\"acc\": 0.5} and nothing else: {'acc': 0.5}"));
}

TEST(ProgramVerdict, AFileThatIsThereLacksWhatItsFirstLineNames) {
  ProgramStory story = exits_with(0);
  story.end.start_problem = ENOENT;
  EXPECT_THAT(verdict_on(story).message, HasSubstr("No such file"));
  story.is_there = true;
  EXPECT_THAT(verdict_on(story).message, HasSubstr("is there, but what its first line (#!) names"));
}

TEST(ProgramVerdict, AMetricThatIsNoNumberIsADivergence) {
  ProgramStory story = exits_with(0);
  story.value = std::nan("");
  EXPECT_EQ(failure_of(story), FailureClass::diverged);
  story.takes_best = true;  // and there was a number
  EXPECT_EQ(verdict_on(story).end, AttemptEnd::succeeded);
}

TEST(ProgramVerdict, WhatWasAskedToEndHasStoppedWhateverItSays) {
  for (const int status : {W_EXITCODE(0, 0), W_EXITCODE(1, 0), W_EXITCODE(0, SIGKILL)}) {
    ProgramStory story = story_with(status);
    story.was_asked = true;
    EXPECT_EQ(verdict_on(story).end, AttemptEnd::stopped);
  }
}

TEST(ProgramVerdict, CodesAndSignalsHaveTheirClasses) {
  EXPECT_EQ(failure_of(exits_with(1)), FailureClass::program_error);
  EXPECT_EQ(failure_of(exits_with(try_again_code)), FailureClass::exited);
  EXPECT_EQ(failure_of(exits_with(128 + SIGSEGV)), FailureClass::crashed);
  EXPECT_EQ(failure_of(story_with(W_EXITCODE(0, SIGABRT))), FailureClass::crashed);
  ProgramStory killed = story_with(W_EXITCODE(0, SIGKILL));
  EXPECT_EQ(failure_of(killed), FailureClass::crashed);
  killed.met_the_oom_killer = true;
  EXPECT_EQ(failure_of(killed), FailureClass::out_of_memory);
}

TEST(ProgramVerdict, ALineOfTheLogOutweighsTheCodeOfAProgramThatFailed) {
  ProgramStory story = exits_with(1);
  story.rule = LogRule{"CUDA out of memory", FailureClass::out_of_memory};
  EXPECT_EQ(failure_of(story), FailureClass::out_of_memory);
  story.end.status = W_EXITCODE(0, 0);
  EXPECT_EQ(verdict_on(story).end, AttemptEnd::succeeded);
}

TEST(ProgramVerdict, AProgramThatIsNotThereIsNotTriedAgain) {
  ProgramStory story;
  story.name = "pyhton";
  story.folder = "/work";
  story.end.start_problem = ENOENT;

  const Verdict verdict = verdict_on(story);

  EXPECT_EQ(verdict.failure, FailureClass::bad_data);
  EXPECT_THAT(verdict.message, HasSubstr("'pyhton' cannot be run in /work: No such file"));
}

}  // namespace
}  // namespace tarama::program::test
