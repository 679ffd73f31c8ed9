// One of TensorBoard's event files: numbers by tag and step, and what its plugin HParams asks for.
// Layouts: event.proto, summary.proto and plugins/hparams/{api,plugin_data}.proto of TensorBoard;
// records with their masked CRC-32C as TensorFlow's TFRecord has them.
#pragma once

#include "core/sweep/parameter_value.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace tarama::cli {

/// What stands in one event, under its tags ("train/loss").
using Scalars = std::vector<std::pair<std::string, double>>;

enum class SessionStatus { success = 1, failure = 2, running = 3 };  // of HParams' api.proto

/// Errors are those of the stream.
class EventFile {
 public:
  /// Writes the head of the file; `seconds` since 1970 are when it began. `out` must outlive it.
  EventFile(std::ostream& out, double seconds);

  void scalars(std::int64_t step, double seconds, const Scalars& scalars);
  /// What the session was made with, and of which group (a level's replicates) it is one.
  void session_start(const std::map<std::string, ParameterValue>& parameters,
                     const std::string& group,
                     double seconds);
  void session_end(SessionStatus status, double seconds);
  /// Which parameters and which metrics (by tag) the sessions beside this file have.
  void experiment(const std::vector<Axis>& parameters,
                  const std::vector<std::string>& metrics,
                  double seconds);

 private:
  void record(const std::string& event);

  std::ostream& out_;
};

}  // namespace tarama::cli
