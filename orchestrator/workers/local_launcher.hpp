// Workers as child processes on this machine, each bound to its device by its environment.
#pragma once

#include "orchestrator/workers/launcher.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <filesystem>
#include <memory>

namespace tarama::orchestrator {

/// `program`: tarama-worker or tarama-worker-fake; `store`: whose control.sock they connect to;
/// `grace`: how long a worker lives on without an orchestrator and without a run.
[[nodiscard]] std::unique_ptr<Launcher> make_local_launcher(boost::asio::any_io_executor loop,
                                                            std::filesystem::path program,
                                                            std::filesystem::path store,
                                                            std::chrono::milliseconds grace);

}  // namespace tarama::orchestrator
