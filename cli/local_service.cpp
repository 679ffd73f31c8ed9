// The service's event loop runs in std::async; its Result comes back through the future.
#include "cli/local_service.hpp"

#include "cli/interrupts.hpp"

#include <fmt/format.h>

#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tarama::cli {
namespace {

bool is_executable(const std::filesystem::path& file) {
  std::error_code ignored;  // what cannot be looked at cannot be run either
  return std::filesystem::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::filesystem::path> find_worker_program(const Context& context,
                                                  const std::string& named) {
  const std::string from_environment = context.environment("TARAMA_WORKER").value_or("");
  if (!named.empty() || !from_environment.empty()) {
    const std::string asked = named.empty() ? from_environment : named;
    std::error_code problem;
    const auto program = std::filesystem::absolute(asked, problem);
    if (problem || !is_executable(program)) {
      return Error{Errc::not_found,
                   fmt::format("the worker program {} ({}) is not an executable file",
                               asked,
                               named.empty() ? "TARAMA_WORKER" : "--worker")};
    }
    return program;
  }
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  const auto beside = self.parent_path() / "tarama-worker";
  if (problem || !is_executable(beside)) {
    return Error{
        Errc::not_found,
        fmt::format("there is no worker program at {}; build it (./dev build), or name one "
                    "by --worker or TARAMA_WORKER",
                    beside.string())};
  }
  return beside;
}

Result<std::unique_ptr<LocalService>> LocalService::start(orchestrator::ServiceOptions options) {
  auto service = orchestrator::Service::start(std::move(options));
  if (!service) {
    return service.error();
  }
  return std::unique_ptr<LocalService>(new LocalService(std::move(*service)));
}

LocalService::LocalService(std::unique_ptr<orchestrator::Service> service)
    : service_(std::move(service)), end_(std::async(std::launch::async, [running = service_.get()] {
        auto outcome = running->run();
        Interrupts::wake();
        return outcome;
      })) {}

LocalService::~LocalService() {
  if (end_.valid()) {
    service_->drain();
    end_.wait();
  }
}

void LocalService::drain() {
  service_->drain();
}

void LocalService::finish() {
  service_->finish();
}

void LocalService::stop_now(int exit_code) {
  service_->stop_now();
  // Its processes are killed within a turn of its loop; a disk that hangs may take for ever.
  static constexpr std::chrono::seconds longest{5};
  std::thread([exit_code] {
    std::this_thread::sleep_for(longest);
    _exit(exit_code);
  }).detach();
}

std::optional<SweepId> LocalService::sweep_of_on_end() const {
  return service_->sweep_of_on_end();
}

bool LocalService::has_ended(std::chrono::milliseconds limit) {
  return !end_.valid() || end_.wait_for(limit) == std::future_status::ready;
}

Result<void> LocalService::outcome() {
  return end_.valid() ? end_.get() : Result<void>();
}

}  // namespace tarama::cli
