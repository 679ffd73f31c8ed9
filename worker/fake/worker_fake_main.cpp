// tarama-worker-fake: the agent with the scripted trainer.
#include "worker/agent/worker_program.hpp"
#include "worker/fake/fake_trainer.hpp"

int main(int argc, char** argv) {
  const tarama::TrainerFactory factory = {
      .kind = "fake",
      .make = [](const std::string& device,
                 int /*threads*/) -> tarama::Result<std::unique_ptr<tarama::Trainer>> {
        auto script = tarama::fake_script_of_environment();
        if (!script) {
          return script.error();
        }
        return std::make_unique<tarama::FakeTrainer>(std::move(*script), device);
      },
      // It "trains" on any device that it is bound to, so that tests can have GPUs.
      // And stands in for any learner.
      .probe =
          [] {
            return tarama::ProbeInfo{
                .can_use_cuda = true, .libtorch = {}, .learners = {"packed", "torch"}};
          }};
  return tarama::worker_main(argc, argv, factory);
}
