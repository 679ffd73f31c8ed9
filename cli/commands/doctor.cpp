// `tarama doctor`: what works here, what does not, and what to do about it.
#include "cli/command.hpp"
#include "cli/doctor_path.hpp"
#include "cli/left_workers.hpp"
#include "cli/local_service.hpp"
#include "cli/orchestrator_client.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"
#include "db/file_system.hpp"
#include "db/sqlite/read_store.hpp"
#include "db/sqlite/store_check.hpp"
#include "files/left_processes.hpp"
#include "orchestrator/devices/cuda_fit.hpp"
#include "orchestrator/devices/devices.hpp"
#include "orchestrator/workers/child_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace tarama::cli {
namespace {

namespace fs = std::filesystem;

/// `remark`: not as good as it could be, but sweeps run. `problem`: they do not.
enum class Finding { fine, remark, problem };

struct Check {
  std::string name;
  Finding finding = Finding::fine;
  std::string what;
  std::string remedy;  // empty where nothing is to be done
};

/// What the worker program says of itself; an empty trainer: it could not be asked.
struct WorkerProbe {
  std::string trainer;
  bool has_cuda = false;
  Check check;
  orchestrator::CudaStack cuda{};  // as far as the program knows it
  std::string packed_fault{};      // why the packed learner trains on none of the GPUs
};

/// Empty: the program does not say.
std::string text_of(const nlohmann::ordered_json& probe, const char* key) {
  const auto found = probe.find(key);
  return found != probe.end() && found->is_string() ? found->get<std::string>() : std::string();
}

orchestrator::CudaStack stack_of(const nlohmann::ordered_json& probe) {
  orchestrator::CudaStack stack;
  stack.libtorch = text_of(probe, "libtorch");
  stack.kernel_compiler = text_of(probe, "kernel_compiler");
  if (const auto of = probe.find("libtorch_cuda"); of != probe.end() && of->is_number_integer()) {
    stack.libtorch_of = of->get<int>();
  }
  return stack;
}

/// Whether driver, LibTorch, kernel compiler and GPUs go together.
std::vector<Check> check_cuda(const orchestrator::GpuSurvey& gpus, orchestrator::CudaStack stack) {
  std::vector<Check> checks;
  if (gpus.gpus.empty()) {
    return checks;
  }
  stack.driver = gpus.driver;
  stack.driver_serves = gpus.driver_serves;
  for (const orchestrator::Gpu& gpu : gpus.gpus) {
    if (gpu.capability) {
      stack.gpus.push_back(*gpu.capability);
    }
  }
  for (const orchestrator::Misfit& misfit : misfits_of(stack)) {
    checks.push_back({"CUDA", Finding::remark, printable(misfit.what), printable(misfit.remedy)});
  }
  if (checks.empty()) {
    checks.push_back({"CUDA", Finding::fine, printable(words_of(stack)), ""});
  }
  return checks;
}

/// ", learners packed, torch"; nothing where the program does not say.
std::string learners_of(const nlohmann::ordered_json& probe) {
  std::string names;
  for (const auto& name : probe.value("learners", nlohmann::ordered_json::array())) {
    names +=
        (names.empty() ? "" : ", ") + printable(name.is_string() ? name.get<std::string>() : "?");
  }
  return names.empty() ? "" : ", learners " + names;
}

WorkerProbe probe_worker(const Context& context, const std::string& named) {
  const auto program = find_worker_program(context, named);
  if (!program) {
    return {"", false, {"worker", Finding::problem, program.error().message, "./dev build"}};
  }
  const auto output = orchestrator::output_of({program->string(), {"--probe"}, {}, ""},
                                              std::chrono::minutes(2));  // as the service waits
  if (!output) {
    return {"", false, {"worker", Finding::problem, output.error().message, "./dev build"}};
  }
  const auto said = nlohmann::ordered_json::parse(*output, nullptr, false);
  if (!said.is_object()) {
    return {"",
            false,
            {"worker",
             Finding::problem,
             fmt::format("{} does not answer --probe with a document", program->string()),
             "name tarama's own worker program by --worker"}};
  }
  const std::string trainer = said.value("trainer", "");
  const auto libtorch = said.contains("libtorch") && said["libtorch"].is_string()
                            ? ", LibTorch " + said["libtorch"].get<std::string>()
                            : std::string();
  const auto kernels =
      said.contains("kernel_compiler") && said["kernel_compiler"].is_string()
          ? ", CUDA kernels by " + printable(said["kernel_compiler"].get<std::string>())
          : std::string();
  return {trainer,
          said.value("cuda", false),
          {"worker",
           Finding::fine,
           fmt::format("{}: trainer {}{}{}{}",
                       program->string(),
                       trainer,
                       learners_of(said),
                       libtorch,
                       kernels),
           ""},
          stack_of(said),
          text_of(said, "packed_fault")};
}

/// "; 12 % busy, 41 C, 70 W, 1.2 GB used": what the driver tells of it.
std::string load_words(const orchestrator::GpuLoad& load) {
  std::vector<std::string> parts;
  if (load.busy_percent) {
    parts.push_back(fmt::format("{} % busy", *load.busy_percent));
  }
  if (load.celsius) {
    parts.push_back(fmt::format("{} C", *load.celsius));
  }
  if (load.watts) {
    parts.push_back(fmt::format("{:.0f} W", *load.watts));
  }
  if (load.used_bytes) {
    parts.push_back(bytes_text(static_cast<double>(*load.used_bytes)) + " used");
  }
  return parts.empty() ? "" : fmt::format("; {}", fmt::join(parts, ", "));
}

std::vector<Check> check_devices(const WorkerProbe& probe) {
  const bool trainer_has_cuda = probe.has_cuda;
  const auto machine = orchestrator::survey_machine(trainer_has_cuda);
  std::vector<Check> checks = {
      {"cores", Finding::fine, fmt::format("{} that this process may use", machine.cores), ""}};
  if (machine.memory_bytes > 0) {
    checks.push_back({"memory",
                      Finding::fine,
                      fmt::format("{} that this process may use",
                                  bytes_text(static_cast<double>(machine.memory_bytes))),
                      ""});
  }
  for (const orchestrator::Gpu& gpu : machine.gpus.gpus) {
    const bool is_used = !gpu.processes.empty();
    checks.push_back({orchestrator::device_of(gpu),
                      trainer_has_cuda && !is_used ? Finding::fine : Finding::remark,
                      fmt::format("{}, {}, driver {}{}{}",
                                  printable(gpu.name),
                                  bytes_text(static_cast<double>(gpu.memory_bytes)),
                                  printable(machine.gpus.driver),
                                  load_words(gpu.load),
                                  is_used ? fmt::format("; {} (pid {}) works on it",
                                                        printable(gpu.processes.front().name),
                                                        gpu.processes.front().pid)
                                          : ""),
                      trainer_has_cuda
                          ? ""
                          : "the worker program cannot train on it: build with a CUDA LibTorch "
                            "(TARAMA_TORCH_INDEX)"});
  }
  const std::vector<Check> fits = check_cuda(machine.gpus, probe.cuda);
  checks.insert(checks.end(), fits.begin(), fits.end());
  if (!probe.packed_fault.empty()) {
    checks.push_back({"GPU check",
                      Finding::remark,
                      printable(probe.packed_fault),
                      "sweeps that name no learner are trained by torch on these GPUs"});
  }
  if (!machine.gpus.trouble.empty()) {
    checks.push_back({"NVIDIA",
                      Finding::remark,
                      printable(machine.gpus.trouble),
                      "see what nvidia-smi says; until then, sweeps run on the cores"});
  }
  if (!machine.gpus.not_visible.empty()) {
    checks.push_back({"visible GPUs",
                      Finding::remark,
                      printable(machine.gpus.not_visible),
                      "name GPUs by their index or UUID; unset it to use all"});
  }
  if (!machine.gpus.order.empty()) {
    checks.push_back({"order of GPUs",
                      Finding::remark,
                      printable(machine.gpus.order),
                      "export CUDA_DEVICE_ORDER=PCI_BUS_ID, or name GPUs by UUID"});
  }
  return checks;
}

/// The folder itself, or the nearest one above it that is there.
fs::path existing_folder(const fs::path& folder) {
  std::error_code problem;
  fs::path at = fs::absolute(folder, problem).lexically_normal();
  while (!fs::exists(at, problem) && at.has_relative_path()) {
    at = at.parent_path();
  }
  return at;
}

Check check_disk(const fs::path& store) {
  std::error_code problem;
  const fs::path folder = existing_folder(store);
  const auto space = fs::space(folder, problem);
  if (problem) {
    return {
        "disk", Finding::problem, fmt::format("{}: {}", folder.string(), problem.message()), ""};
  }
  // A checkpoint of BERT-base with its moments is 1.3 GB, and two are kept per running run.
  constexpr double little = 3e9;
  const auto free = static_cast<double>(space.available);
  return {"disk",
          free < little ? Finding::remark : Finding::fine,
          fmt::format("{} free at {}", bytes_text(free), folder.string()),
          free < little ? "free some, or choose another folder by --store" : ""};
}

Check check_folder(const Context& context) {
  const fs::path store = context.store();
  if (const auto unfit = db::why_unfit_for_store(existing_folder(store))) {
    return {"store",
            Finding::problem,
            fmt::format("{} {}", store.string(), *unfit),
            "choose a folder on a local disk by --store"};
  }
  std::error_code problem;
  if (!fs::exists(context.folder().database(), problem)) {
    return {"store",
            Finding::fine,
            fmt::format("{} has no sweeps yet; `tarama run` makes it", store.string()),
            ""};
  }
  const auto database = db::ReadStore::open(context.folder().database());
  const auto sweeps = database ? database->sweeps() : database.error();
  if (!sweeps) {
    return {"store", Finding::problem, sweeps.error().message, "keep a copy of the folder first"};
  }
  return {"store",
          Finding::fine,
          fmt::format("{}: {}", store.string(), counted(std::ssize(*sweeps), "sweep")),
          ""};
}

Check check_orchestrator(const Context& context) {
  const auto peer = find_orchestrator(context);
  if (!peer) {
    return {"orchestrator",
            Finding::problem,
            peer.error().message,
            "end it by its pid (the file `lock` in the store has it)"};
  }
  if (const std::string left = peer->has_value() ? "" : name_left_workers(context); !left.empty()) {
    return {"orchestrator",
            Finding::remark,
            "none runs on this store, but workers that one left: " + left,
            "`tarama serve` goes on with them, `tarama stop` ends them"};
  }
  return {"orchestrator",
          Finding::fine,
          peer->has_value() ? fmt::format("runs, pid {}, tarama {}, trainer {}",
                                          (*peer)->pid,
                                          (*peer)->version,
                                          (*peer)->trainer)
                            : "none runs on this store",
          ""};
}

/// The integrity check: minutes for a store of many gigabytes, so it is asked for by --store.
std::vector<Check> check_whole_store(const Context& context) {
  const auto peer = find_orchestrator(context);
  const bool is_in_use = peer && peer->has_value();
  const auto findings = db::check_store(context.folder(),
                                        is_in_use ? db::StoreUse::in_use : db::StoreUse::idle,
                                        [&context](std::string_view part) {
                                          if (!context.wants_json()) {
                                            context.note(fmt::format("checking {} ...", part));
                                          }
                                        });
  std::vector<Check> checks;
  for (const db::StoreFinding& finding : findings) {
    using Weight = db::StoreFinding::Weight;
    const Finding weight = finding.weight == Weight::fine     ? Finding::fine
                           : finding.weight == Weight::remark ? Finding::remark
                                                              : Finding::problem;
    checks.push_back({finding.check, weight, printable(finding.what), finding.remedy});
  }
  return checks;
}

/// Nothing where there are none.
std::vector<Check> check_left_processes(const Context& context) {
  const auto left = files::left_processes(context.store() / "runs");
  if (left.empty()) {
    return {};
  }
  return {
      {"programs",
       Finding::remark,
       "nobody watches over processes that programs of runs have started: " + files::names_of(left),
       "the next orchestrator of this store ends them, or `kill` does"}};
}

std::string line_of(const Check& check, const TextStyle& style) {
  const auto verdict = [&] {
    switch (check.finding) {
      case Finding::fine:
        return style(Paint::green, "ok     ");
      case Finding::remark:
        return style(Paint::yellow, "remark ");
      case Finding::problem:
        return style(Paint::red, "problem");
    }
    return std::string();
  }();
  std::string line =
      fmt::format("{}  {}  {}\n", verdict, pad(check.name, 12, Align::left), printable(check.what));
  if (!check.remedy.empty()) {
    line += fmt::format("{}-> {}\n", std::string(23, ' '), check.remedy);
  }
  return line;
}

nlohmann::ordered_json document_of(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    const char* finding = check.finding == Finding::fine     ? "ok"
                          : check.finding == Finding::remark ? "remark"
                                                             : "problem";
    list.push_back(
        {{"check", check.name},
         {"finding", finding},
         {"what", check.what},
         {"remedy",
          check.remedy.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(check.remedy)}});
  }
  return {{"version", TARAMA_VERSION}, {"checks", std::move(list)}};
}

enum class Depth { quick, whole_store };

ExitCode examine(const Context& context, const std::string& worker, Depth depth) {
  const WorkerProbe probe = probe_worker(context, worker);
  std::vector<Check> checks = {probe.check};
  const auto devices = check_devices(probe);
  checks.insert(checks.end(), devices.begin(), devices.end());
  checks.push_back(check_disk(context.store()));
  checks.push_back(check_folder(context));
  checks.push_back(check_orchestrator(context));
  if (depth == Depth::whole_store) {
    const auto more = check_whole_store(context);
    checks.insert(checks.end(), more.begin(), more.end());
    const auto left = check_left_processes(context);
    checks.insert(checks.end(), left.begin(), left.end());
  }
  if (context.wants_json()) {
    context.print_json(document_of(checks));
  } else {
    for (const Check& check : checks) {
      context.streams.out << line_of(check, context.out_style());
    }
  }
  const bool has_problem = std::any_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.finding == Finding::problem;
  });
  return has_problem ? ExitCode::failure : ExitCode::done;
}

}  // namespace

Command doctor_command() {
  return {"doctor",
          "What works here, what does not, what to do; --store: whether the store is whole",
          "tarama doctor --store ~/sweeps",
          [](CLI::App& app) -> Action {
            const auto worker = std::make_shared<std::string>();
            app.add_option("--worker", *worker, "The worker program")->type_name("PROGRAM");
            // Without a folder: the usual one.
            const CLI::Option* const store = app.get_option("--store")->expected(0, 1);
            const auto path = std::make_shared<std::string>();
            app.add_option(
                "PATH", *path, "A model's folder or a data file: what tarama would read there");
            return [worker, path, store](const Context& context) {
              if (!path->empty()) {
                return examine_path(context, *path);
              }
              return examine(
                  context, *worker, store->count() > 0 ? Depth::whole_store : Depth::quick);
            };
          }};
}

}  // namespace tarama::cli
