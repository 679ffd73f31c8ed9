// tarama-gpu-check [--quick] [FILE]: what must hold of the packed learner on this machine's GPU,
// and its figures; FILE gets all of it as JSON, what there is so far at any time. Exit codes: 0 all
// is right, 1 something is not, 2 usage, 77 there is no GPU, or what it takes is missing (said in
// words, and in FILE as `skipped`).
#include "tests/gpu/check_list.hpp"
#include "tests/gpu/learner_checks.hpp"
#include "worker/cuda/driver/cuda_device.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using tarama::gpu_check::CheckList;
using tarama::gpu_check::Effort;

constexpr int no_gpu = 77;

/// In a process of its own: nothing of the context is of use behind it.
std::string poisoned_context(const std::string& program) {
  const int status = std::system(fmt::format("'{}' --poison", program).c_str());
  return status == 0 ? "" : "the driver did not say that a kernel wrote where nothing is allocated";
}

int run(const std::string& program, Effort effort, const std::string& file) {
  CheckList list(file);
  const auto device = tarama::cuda::make_cuda_device(0);
  if (!device) {
    list.say("skipped", device.error().message);
    list.finish();
    return no_gpu;
  }
  list.say("device", (*device)->facts().name);
  list.say("compute_capability", (*device)->facts().compute_capability);
  list.say("libraries", (*device)->facts().libraries);
  list.say("driver", (*device)->facts().driver);
  tarama::gpu_check::check_learner(list, **device, effort);
  if (effort == Effort::whole) {
    list.check("a poisoned context is a device error", [&] { return poisoned_context(program); });
    tarama::gpu_check::measure_steps(list, **device);
  }
  list.finish();
  return list.is_all_right() ? 0 : 1;
}

int poison() {
  const auto device = tarama::cuda::make_cuda_device(0);
  return device && tarama::gpu_check::poisons_the_context(**device) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Effort effort = Effort::whole;
  std::string file;
  for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    if (argument == "--poison") {
      return poison();
    }
    if (argument == "--quick") {
      effort = Effort::quick;
    } else if (file.empty() && !argument.starts_with("-")) {
      file = argument;
    } else {
      fmt::print(stderr, "usage: tarama-gpu-check [--quick] [FILE]\n");
      return 2;
    }
  }
  return run(argv[0], effort, file);
}
