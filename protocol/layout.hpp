// The fields of every message, said once: the encoder, the decoder and the table of
// docs/PROTOCOL.md all walk these lists, so that none can disagree with another.
#pragma once

#include "protocol/messages.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarama::protocol {

/// `visit(archive, message)` calls archive("field", message.field) in the order of the wire.
/// Type numbers are never used again once given.
template <class Message>
struct Layout;

template <>
struct Layout<Hello> {
  static constexpr std::uint16_t type = 1;
  static constexpr std::string_view name = "Hello";

  static void visit(auto& archive, auto& message) {
    archive("session", message.session);
    archive("token", message.token);
    archive("slots", message.slots);
    archive("attempts", message.attempts);
  }
};

template <>
struct Layout<Started> {
  static constexpr std::uint16_t type = 2;
  static constexpr std::string_view name = "Started";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("first_step", message.first_step);
    archive("from_run", message.from_run);
    archive("from_step", message.from_step);
  }
};

template <>
struct Layout<Metrics> {
  static constexpr std::uint16_t type = 3;
  static constexpr std::string_view name = "Metrics";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("batch", message.batch);
    archive("steps", message.steps);
    archive("evals", message.evals);
    archive("reported", message.reported);
    archive("train_seconds", message.train_seconds);
    archive("reported_by", message.reported_by);
  }
};

template <>
struct Layout<Finished> {
  static constexpr std::uint16_t type = 4;
  static constexpr std::string_view name = "Finished";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("end", message.end);
    archive("failure", message.failure);
    archive("message", message.message);
    archive("train_seconds", message.train_seconds);
  }
};

template <>
struct Layout<Assign> {
  static constexpr std::uint16_t type = 7;
  static constexpr std::string_view name = "Assign";

  static void visit(auto& archive, auto& message) { archive("job", message.job); }
};

template <>
struct Layout<MetricsStored> {
  static constexpr std::uint16_t type = 8;
  static constexpr std::string_view name = "MetricsStored";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("batch", message.batch);
  }
};

template <>
struct Layout<Stop> {
  static constexpr std::uint16_t type = 9;
  static constexpr std::string_view name = "Stop";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("cause", message.cause);
  }
};

template <>
struct Layout<TimeLimit> {
  static constexpr std::uint16_t type = 20;
  static constexpr std::string_view name = "TimeLimit";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("milliseconds", message.milliseconds);
  }
};

template <>
struct Layout<Request> {
  static constexpr std::uint16_t type = 11;
  static constexpr std::string_view name = "Request";

  static void visit(auto& archive, auto& message) { archive("json", message.json); }
};

template <>
struct Layout<Reply> {
  static constexpr std::uint16_t type = 12;
  static constexpr std::string_view name = "Reply";

  static void visit(auto& archive, auto& message) { archive("json", message.json); }
};

template <>
struct Layout<Predictions> {
  static constexpr std::uint16_t type = 13;
  static constexpr std::string_view name = "Predictions";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("epoch", message.epoch);
    archive("split", message.split);
    archive("classes", message.classes);
    archive("labels", message.labels);
    archive("names", message.names);
  }
};

/// Messages without fields.
template <std::uint16_t number>
struct EmptyLayout {
  static constexpr std::uint16_t type = number;

  static void visit(auto& /*archive*/, auto& /*message*/) {}
};

template <>
struct Layout<Beat> {
  static constexpr std::uint16_t type = 5;
  static constexpr std::string_view name = "Beat";

  static void visit(auto& archive, auto& message) { archive("attempts", message.attempts); }
};

/// Messages that name an attempt and say no more.
template <std::uint16_t number>
struct AttemptLayout {
  static constexpr std::uint16_t type = number;

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
  }
};

template <>
struct Layout<Adopted> {
  static constexpr std::uint16_t type = 14;
  static constexpr std::string_view name = "Adopted";

  static void visit(auto& archive, auto& message) {
    archive("run", message.run);
    archive("attempt", message.attempt);
    archive("steps", message.steps);
  }
};

template <>
struct Layout<Dropped> : AttemptLayout<15> {
  static constexpr std::string_view name = "Dropped";
};

template <>
struct Layout<FinishedStored> : AttemptLayout<16> {
  static constexpr std::string_view name = "FinishedStored";
};

template <>
struct Layout<Welcome> : EmptyLayout<6> {
  static constexpr std::string_view name = "Welcome";
};

template <>
struct Layout<Shutdown> : EmptyLayout<10> {
  static constexpr std::string_view name = "Shutdown";
};

/// The rows inside of Metrics.
template <>
struct Layout<StepRow> {
  static constexpr std::string_view name = "StepRow";
  static constexpr std::size_t bytes = 64;

  static void visit(auto& archive, auto& row) {
    archive("step", row.step);
    archive("epoch", row.epoch);
    archive("lr", row.lr);
    archive("loss", row.loss);
    archive("flat_accuracy", row.flat_accuracy);
    archive("examples", row.examples);
    archive("tokens", row.tokens);
    archive("at", row.at);
  }
};

template <>
struct Layout<EvalRow> {
  static constexpr std::string_view name = "EvalRow";
  static constexpr std::size_t bytes = 73;

  static void visit(auto& archive, auto& row) {
    archive("epoch", row.epoch);
    archive("split", row.split);
    archive("step", row.step);
    archive("loss", row.loss);
    archive("flat_accuracy", row.flat_accuracy);
    archive("batch_mean_flat_accuracy", row.batch_mean_flat_accuracy);
    archive("mcc", row.mcc);
    archive("macro_f1", row.macro_f1);
    archive("majority_accuracy", row.majority_accuracy);
    archive("examples", row.examples);
  }
};

/// A row's bytes without those of its name.
template <>
struct Layout<ReportedRow> {
  static constexpr std::string_view name = "ReportedRow";
  static constexpr std::size_t bytes = 36;
  static constexpr std::string_view more = " and those of its name";

  static void visit(auto& archive, auto& row) {
    archive("name", row.name);
    archive("step", row.step);
    archive("epoch", row.epoch);
    archive("value", row.value);
    archive("at", row.at);
  }
};

/// The rows inside of Hello.
template <>
struct Layout<AttemptAtHand> {
  static constexpr std::string_view name = "AttemptAtHand";
  static constexpr std::size_t bytes = 48;

  static void visit(auto& archive, auto& row) {
    archive("run", row.run);
    archive("attempt", row.attempt);
    archive("first_step", row.first_step);
    archive("running_ms", row.running_ms);
    archive("from_run", row.from_run);
    archive("from_step", row.from_step);
  }
};

/// The rows inside of Beat.
template <>
struct Layout<AttemptProgress> {
  static constexpr std::string_view name = "AttemptProgress";
  static constexpr std::size_t bytes = 40;

  static void visit(auto& archive, auto& row) {
    archive("run", row.run);
    archive("attempt", row.attempt);
    archive("signs", row.signs);
    archive("steps", row.steps);
    archive("trained_ms", row.trained_ms);
  }
};

/// Enums travel as one byte; the number of their values bounds what a decoder accepts.
template <class Enum>
struct EnumRange;

template <>
struct EnumRange<AttemptEnd> {
  static constexpr std::uint64_t values = 3;

  static std::string meaning() { return "0 succeeded, 1 stopped, 2 failed"; }
};

template <>
struct EnumRange<FailureClass> {
  static constexpr std::uint64_t values = all_failure_classes.size();

  static std::string meaning() {
    std::string names;
    for (const FailureClass failure : all_failure_classes) {
      names += fmt::format("{} {}, ", static_cast<int>(failure), name_of(failure));
    }
    return names + "of an end that failed";
  }
};

template <>
struct EnumRange<StopCause> {
  static constexpr std::uint64_t values = all_stop_causes.size();

  static std::string meaning() {
    std::string names;
    for (const StopCause cause : all_stop_causes) {
      names += fmt::format(
          "{}{} {}", names.empty() ? "" : ", ", static_cast<int>(cause), name_of(cause));
    }
    return names;
  }
};

template <>
struct EnumRange<Split> {
  static constexpr std::uint64_t values = 2;

  static std::string meaning() { return "0 eval, 1 test"; }
};

}  // namespace tarama::protocol
