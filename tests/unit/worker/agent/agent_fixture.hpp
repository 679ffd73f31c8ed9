// A store with small real data, and an orchestrator that does as a test says: it speaks the
// protocol over a real socket to an agent that runs on a thread of this process.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "input/prepare.hpp"
#include "protocol/messages.hpp"
#include "tests/support/temp_folder.hpp"
#include "transport/listener.hpp"
#include "worker/agent/agent.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace tarama::test {

/// 10 training examples in batches of 4 and 3 to evaluate on: three steps an epoch.
class AgentStore {
 public:
  AgentStore() {
    write("train.tsv", 10);
    write("eval.tsv", 3);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

  /// A job of two epochs, six steps, with everything as planned.
  [[nodiscard]] JobSpec job(std::int64_t run, std::int64_t attempt) const {
    JobSpec job;
    job.run = RunId{run};
    job.attempt = Attempt{attempt};
    job.run_key = "key of run " + std::to_string(run);
    job.learner = "fake";
    job.training.lr = 1e-4;
    job.training.epochs = 2;
    job.training.batch_size = 4;
    job.model.layers = 1;
    job.model.hidden = 8;
    job.model.heads = 2;
    job.data.train = (path() / "train.tsv").string();
    job.data.eval = (path() / "eval.tsv").string();
    job.data.text = std::int64_t{0};
    job.data.label = std::int64_t{1};
    const auto outcome = input::prepare({.data = job.data, .model = job.model, .cache = {}});
    if (outcome.prepared) {
      job.data_fingerprint = outcome.prepared->data->fingerprint;
    } else {
      ADD_FAILURE() << outcome.problems.at(0).message;
    }
    return job;
  }

  [[nodiscard]] std::string log_of(std::int64_t run, std::int64_t attempt) const {
    std::ifstream file(path() / "runs" / std::to_string(run) /
                       ("attempt-" + std::to_string(attempt) + ".log"));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  [[nodiscard]] bool has_checkpoints(std::int64_t run) const {
    return std::filesystem::exists(path() / "checkpoints" / std::to_string(run));
  }

  void write(const std::string& name, int examples) const {
    std::ofstream file(path() / name);
    for (int example = 0; example < examples; ++example) {
      file << "text number " << example << "\t" << (example % 2 == 0 ? "even" : "odd") << "\n";
    }
  }

 private:
  TempFolder folder_;
};

/// Accepts one agent, takes its messages and sends what a test wants.
class ScriptedOrchestrator {
 public:
  ScriptedOrchestrator(const AgentStore& store,
                       Trainer& trainer,
                       std::int64_t slots = 1,
                       std::chrono::milliseconds grace = worker_grace)
      : socket_(store.path() / "control.sock") {
    listen();
    const AgentOptions options{.socket = store.path() / "control.sock",
                               .session = "the third worker",
                               .token = "secret",
                               .worker = WorkerId{3},
                               .device = "cpu:0",
                               .store = store.path(),
                               .slots = slots,
                               .grace = grace};
    exit_code_ =
        std::async(std::launch::async, [options, &trainer] { return run_agent(options, trainer); });
  }

  /// An agent that still runs is turned away, and ends.
  ~ScriptedOrchestrator() {
    is_over_ = true;
    if (!exit_code_.valid()) {
      return;
    }
    if (stream_ && stream_->is_open()) {
      turn_away();
    } else {
      listen();
    }
    static_cast<void>(exit_code());
  }

  ScriptedOrchestrator(const ScriptedOrchestrator&) = delete;
  ScriptedOrchestrator& operator=(const ScriptedOrchestrator&) = delete;

  void welcome() {
    static_cast<void>(next<protocol::Hello>());
    send(protocol::Welcome{});
  }

  void send(const protocol::Message& message) { EXPECT_TRUE(stream_->send(message)); }

  void assign(const JobSpec& job) { send(protocol::Assign{to_json(job)}); }

  /// The stream breaks; the agent may come back.
  void hang_up() { stream_->close(); }

  /// As if it were killed.
  void die() {
    stream_->close();
    listener_.reset();
  }

  /// As if it were started again.
  void listen() {
    listener_ = transport::Listener::open(context_, socket_).value();
    listener_->start([this](std::shared_ptr<transport::FramedStream> stream) {
      stream_ = std::move(stream);
      has_hung_up_ = false;
      stream_->start([this](protocol::Message message) { received_.push_back(std::move(message)); },
                     [this](const Error& /*error*/) { has_hung_up_ = true; });
      if (is_over_) {
        turn_away();
      }
    });
  }

  void turn_away() { send(protocol::Reply{R"({"error": {"code": "not_found"}})"}); }

  /// The next message of this type. Metrics on the way are gathered and acknowledged; any other
  /// message is a failure.
  template <class Wanted>
  Wanted next() {
    const protocol::Message message = next_of<Wanted>();
    const auto* wanted = std::get_if<Wanted>(&message);
    return wanted == nullptr ? Wanted{} : *wanted;
  }

  /// The next message of one of these types; likewise.
  template <class... Wanted>
  protocol::Message next_of() {
    for (;;) {
      protocol::Message message = next_message();
      if (const auto* end = std::get_if<protocol::Finished>(&message)) {
        send(protocol::FinishedStored{end->run, end->attempt});
      }
      if ((std::holds_alternative<Wanted>(message) || ...)) {
        return message;
      }
      if (const auto* metrics = std::get_if<protocol::Metrics>(&message)) {
        gather(*metrics);
      } else if (!std::holds_alternative<protocol::Beat>(message)) {
        ADD_FAILURE() << "a message of type " << message.index() << " came unexpectedly";
        return {};
      }
      if (has_given_up_) {
        return {};
      }
    }
  }

  /// The agent's exit code, once it has ended.
  int exit_code() {
    while (exit_code_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      context_.run_one_for(std::chrono::milliseconds(10));  // its farewell wants to be read
    }
    return exit_code_.get();
  }

  std::vector<StepRow> steps;  // without the time of day; of all runs
  std::vector<EvalRow> evals;
  std::map<RunId, std::vector<std::int64_t>> steps_of;    // their numbers
  std::map<RunId, std::vector<std::int64_t>> batches_of;  // likewise

 private:
  protocol::Message next_message() {
    // Only a failing test waits that long.
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (received_.empty() && !has_hung_up_ && std::chrono::steady_clock::now() < limit) {
      context_.run_one_until(limit);
    }
    if (received_.empty()) {
      ADD_FAILURE() << "the agent sent nothing more";
      has_given_up_ = true;
      return protocol::Beat{};
    }
    protocol::Message message = std::move(received_.front());
    received_.pop_front();
    return message;
  }

  void gather(const protocol::Metrics& metrics) {
    for (StepRow row : metrics.steps) {
      row.at = 0;
      steps.push_back(row);
      steps_of[metrics.run].push_back(row.step);
    }
    batches_of[metrics.run].push_back(metrics.batch);
    evals.insert(evals.end(), metrics.evals.begin(), metrics.evals.end());
    send(protocol::MetricsStored{metrics.run, metrics.attempt, metrics.batch});
  }

  boost::asio::io_context context_;
  std::filesystem::path socket_;
  std::unique_ptr<transport::Listener> listener_;
  std::shared_ptr<transport::FramedStream> stream_;
  std::deque<protocol::Message> received_;
  bool has_hung_up_ = false;
  bool has_given_up_ = false;
  bool is_over_ = false;
  std::future<int> exit_code_;
};

}  // namespace tarama::test
