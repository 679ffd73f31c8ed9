// What every command gets: its streams, the options that all commands share, the environment,
// and how results and errors are said. Tests fill it with string streams.
#pragma once

#include "cli/text/text_style.hpp"
#include "core/sweep/result.hpp"
#include "db/store_folder.hpp"

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace tarama::cli {

/// The process's exit codes, as docs/CLI.md lists them.
enum class ExitCode {
  done = 0,
  failure = 1,
  usage = 2,
  not_found = 3,
  refused = 4,
  failed_runs = 5,
  timed_out = 6,
  interrupted = 130,
};

[[nodiscard]] ExitCode exit_code_of(Errc code);

/// Where a command speaks: results to `out`, progress, warnings and errors to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int out_descriptor = -1;  // of `out`; -1: none
};

enum class Verbosity { quiet, normal, verbose };
enum class Output { text, json };

/// The options that may stand after any command.
struct GlobalOptions {
  std::string store;  // empty: TARAMA_STORE, else ./tarama-store
  Output output = Output::text;
  Verbosity verbosity = Verbosity::normal;
  std::string color = "auto";  // auto, always, never
};

/// A variable of the environment, nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Context {
  Streams streams;
  Environment environment;
  GlobalOptions options;

  /// Where the store is, or would be; nothing is made.
  [[nodiscard]] std::filesystem::path store() const;

  [[nodiscard]] db::StoreFolder folder() const { return {store()}; }

  [[nodiscard]] bool wants_json() const { return options.output == Output::json; }

  [[nodiscard]] bool is_quiet() const { return options.verbosity == Verbosity::quiet; }

  /// The colours of stdout and of stderr: --color, else NO_COLOR, else whether it is a terminal.
  [[nodiscard]] TextStyle out_style() const;
  [[nodiscard]] TextStyle err_style() const;

  /// One document and a line feed on stdout, as json_text writes it.
  void print_json(const nlohmann::ordered_json& document) const;
  /// "tarama: message" on stderr, what would steer a terminal as escapes; gives the exit code that
  /// belongs to the error.
  [[nodiscard]] ExitCode fail(const Error& error) const;
  /// The same line for something that is no error; silent under --quiet.
  void note(std::string_view message) const;
};

}  // namespace tarama::cli
