// Command line and environment of a worker, and the file that it prints to.
#include "orchestrator/workers/local_launcher.hpp"

#include "db/store_folder.hpp"
#include "orchestrator/workers/foreign_process.hpp"
#include "orchestrator/workers/process_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace tarama::orchestrator {
namespace {

namespace fs = std::filesystem;

std::string last_lines(const fs::path& file) {
  std::ifstream stream(file, std::ios::ate);
  if (!stream) {
    return {};
  }
  constexpr std::streamoff wanted = 500;  // a message and its neighbours
  const std::streamoff size = stream.tellg();
  stream.seekg(std::max<std::streamoff>(0, size - wanted));
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

class LocalWorker final : public LaunchedWorker {
 public:
  LocalWorker(std::unique_ptr<ChildProcess> process, fs::path output)
      : process_(std::move(process)), output_(std::move(output)) {}

  [[nodiscard]] std::int64_t pid() const override { return process_->pid(); }

  [[nodiscard]] std::string identity() const override {
    return identity_of_process(process_->pid());
  }

  void signal(int number) override { process_->signal(number); }

  [[nodiscard]] std::function<std::string()> last_words() const override {
    return [output = output_] { return last_lines(output); };
  }

  void forget_output() override {
    std::error_code ignored;  // A log that stays is no harm.
    fs::remove(output_, ignored);
  }

 private:
  std::unique_ptr<ChildProcess> process_;
  fs::path output_;
};

class AdoptedWorker final : public LaunchedWorker {
 public:
  AdoptedWorker(const KnownWorker& known,
                fs::path output,
                boost::asio::any_io_executor loop,
                Launcher::Ended ended)
      : known_(known),
        output_(std::move(output)),
        process_(known.pid, known.process, std::move(loop), std::move(ended)) {}

  [[nodiscard]] std::int64_t pid() const override { return known_.pid; }

  [[nodiscard]] std::string identity() const override { return known_.process; }

  void signal(int number) override { process_.signal(number); }

  [[nodiscard]] std::function<std::string()> last_words() const override {
    return [output = output_] { return last_lines(output); };
  }

  void forget_output() override {
    std::error_code ignored;  // A log that stays is no harm.
    fs::remove(output_, ignored);
  }

 private:
  KnownWorker known_;
  fs::path output_;
  ForeignProcess process_;
};

class LocalLauncher final : public Launcher {
 public:
  LocalLauncher(boost::asio::any_io_executor loop,
                fs::path program,
                fs::path store,
                std::chrono::milliseconds grace)
      : loop_(std::move(loop)),
        program_(std::move(program)),
        store_(std::move(store)),
        grace_(grace) {}

  [[nodiscard]] std::string_view name() const override { return "local"; }

  [[nodiscard]] Result<std::unique_ptr<LaunchedWorker>> launch(const LaunchRequest& request,
                                                               Ended ended) override {
    const fs::path output = log_of(request.worker);
    std::error_code ignored;  // a stale log is appended to
    fs::remove(output, ignored);
    ProcessStart start = start_of(request, output);
    Result<std::unique_ptr<ChildProcess>> process = ChildProcess::start(start, loop_, ended);
    if (!process) {
      // For want of room for the file that it prints to, perhaps: it can do without.
      start.output.clear();
      process = ChildProcess::start(start, loop_, std::move(ended));
    }
    if (!process) {
      return process.error();
    }
    return std::unique_ptr<LaunchedWorker>(
        std::make_unique<LocalWorker>(std::move(*process), output));
  }

  [[nodiscard]] std::unique_ptr<LaunchedWorker> adopt(const KnownWorker& worker,
                                                      Ended ended) override {
    return std::make_unique<AdoptedWorker>(worker, log_of(worker.worker), loop_, std::move(ended));
  }

 private:
  [[nodiscard]] fs::path log_of(WorkerId worker) const {
    return store_ / fmt::format("worker-{}.log", worker);
  }

  [[nodiscard]] ProcessStart start_of(const LaunchRequest& request, const fs::path& output) const {
    const Place& place = request.place;
    return {.program = program_,
            .arguments = {"--connect",
                          db::StoreFolder{store_}.control_socket(),
                          "--session",
                          request.session,
                          "--worker",
                          fmt::format("{}", request.worker),
                          "--device",
                          place.device,
                          "--store",
                          store_,
                          "--threads",
                          fmt::format("{}", place.threads),
                          "--slots",
                          is_gpu(place) ? "0" : "1",
                          "--grace",
                          fmt::format("{}", grace_.count())},
            // Not among the arguments: those can be read by every user of the machine.
            .environment = {{"TARAMA_WORKER_TOKEN", request.token},
                            {"OMP_NUM_THREADS", fmt::format("{}", place.threads)},
                            {"MKL_NUM_THREADS", fmt::format("{}", place.threads)},
                            {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"},
                            {"CUDA_VISIBLE_DEVICES", place.uuid}},
            .output = output,
            .lock = {},
            .processors = place.processors};
  }

  boost::asio::any_io_executor loop_;
  fs::path program_;
  fs::path store_;
  std::chrono::milliseconds grace_;
};

}  // namespace

std::unique_ptr<Launcher> make_local_launcher(boost::asio::any_io_executor loop,
                                              fs::path program,
                                              fs::path store,
                                              std::chrono::milliseconds grace) {
  return std::make_unique<LocalLauncher>(
      std::move(loop), std::move(program), std::move(store), grace);
}

}  // namespace tarama::orchestrator
