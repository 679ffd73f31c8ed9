// Which process is meant, when another one may have its number by now.
#include "orchestrator/workers/process_identity.hpp"

#include "orchestrator/workers/left_workers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace tarama::orchestrator {
namespace {

TEST(ProcessIdentity, ThisProcessLives) {
  const std::string identity = identity_of_process(getpid());

  EXPECT_FALSE(identity.empty());
  EXPECT_EQ(fate_of_process(getpid(), identity), ProcessFate::living);
}

TEST(ProcessIdentity, AnotherProcessWithItsNumberIsNotIt) {
  const std::string identity = identity_of_process(getpid());

  EXPECT_EQ(fate_of_process(1, identity), ProcessFate::dead);
}

TEST(ProcessIdentity, OneThatEndedIsDeadAlsoBeforeItIsReaped) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);

  EXPECT_EQ(identity_of_process(child), "");
  waitpid(child, nullptr, 0);
  EXPECT_EQ(identity_of_process(child), "");
}

TEST(ProcessIdentity, AMachineThatWasRestartedHasNoneOfItsProcesses) {
  EXPECT_EQ(fate_of_process(getpid(), "another-boot pid:[1] 7"), ProcessFate::dead);
  EXPECT_EQ(fate_of_process(getpid(), ""), ProcessFate::dead);
}

TEST(ProcessIdentity, OfAnotherContainersProcessesNothingIsKnown) {
  std::string identity = identity_of_process(getpid());
  identity.replace(identity.find(' '), identity.rfind(' ') - identity.find(' '), " pid:[1]");

  EXPECT_EQ(fate_of_process(getpid(), identity), ProcessFate::unknown);
}

TEST(LeftWorkers, AreKnownByTheirCommandLine) {
  const std::vector<std::string> arguments = {"tarama-worker",
                                              "--connect",
                                              "/s/control.sock",
                                              "--session",
                                              "5e55",
                                              "--worker",
                                              "3",
                                              "--device",
                                              "cuda:0",
                                              "--store",
                                              "/s"};

  const LeftWorker worker = worker_of(arguments, "/s");

  EXPECT_EQ(worker.session, "5e55");
  EXPECT_EQ(worker.worker, WorkerId{3});
  EXPECT_EQ(worker.device, "cuda:0");
  EXPECT_EQ(worker_of(arguments, "/another").pid, 0);
  EXPECT_EQ(worker_of({"vi", "--store", "/s"}, "/s").pid, 0);
}

}  // namespace
}  // namespace tarama::orchestrator
