// Which processors this process may run on, which of them are near a GPU, and a child's start on
// those: memory that a worker fills lies where it runs, and a copy to a GPU of the other socket
// goes through a slower link.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarama::orchestrator {

/// By its affinity (taskset, cpuset, Slurm), rising.
[[nodiscard]] std::vector<int> allowed_processors();

/// "0-3,8" as the kernel writes lists, rising; of a text that is none, nothing.
[[nodiscard]] std::vector<int> processors_in(std::string_view list);

/// Those of `allowed` that are near the device with this PCI address ("0000:3b:00.0"), as the
/// kernel has it below `devices` (/sys/bus/pci/devices). Empty where it does not say, where none is
/// allowed, and where all are near: then nothing is to be chosen.
[[nodiscard]] std::vector<int> processors_near(const std::string& pci_address,
                                               const std::vector<int>& allowed,
                                               const std::filesystem::path& devices);

/// While it lives the thread, and what it starts, runs on these processors alone. Nothing happens
/// where there are none, or where the kernel refuses: running elsewhere is slower, not wrong.
class ThreadOnProcessors {
 public:
  explicit ThreadOnProcessors(const std::vector<int>& processors);
  ~ThreadOnProcessors();
  ThreadOnProcessors(const ThreadOnProcessors&) = delete;
  ThreadOnProcessors& operator=(const ThreadOnProcessors&) = delete;

 private:
  std::vector<int> before_;  // empty: nothing is to be set back
};

}  // namespace tarama::orchestrator
