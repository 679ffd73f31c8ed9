// See context.hpp.
#include "cli/context.hpp"

#include "cli/text/json_text.hpp"
#include "cli/text/terminal_text.hpp"

#include <nlohmann/json.hpp>

namespace tarama::cli {
namespace {

TextStyle style_for(const Context& context, bool is_terminal) {
  if (context.options.color == "always") {
    return TextStyle(ColourUse::ansi);
  }
  // https://no-color.org: any value but the empty one.
  const bool is_unwanted = !context.environment("NO_COLOR").value_or("").empty() ||
                           context.environment("TERM").value_or("") == "dumb";
  if (context.options.color == "never" || is_unwanted || !is_terminal) {
    return TextStyle(ColourUse::none);
  }
  return TextStyle(ColourUse::ansi);
}

}  // namespace

ExitCode exit_code_of(Errc code) {
  switch (code) {
    case Errc::invalid_config:
    case Errc::invalid_argument:
      return ExitCode::usage;
    case Errc::not_found:
      return ExitCode::not_found;
    case Errc::refused:
      return ExitCode::refused;
    case Errc::timed_out:
      return ExitCode::timed_out;
    case Errc::io:
    case Errc::corrupt:
    case Errc::disk_full:
    case Errc::internal:
      return ExitCode::failure;
  }
  return ExitCode::failure;
}

std::filesystem::path Context::store() const {
  if (!options.store.empty()) {
    return options.store;
  }
  const std::string named = environment("TARAMA_STORE").value_or("");
  return named.empty() ? std::filesystem::path("tarama-store") : std::filesystem::path(named);
}

TextStyle Context::out_style() const {
  return style_for(*this, streams.out_is_terminal);
}

TextStyle Context::err_style() const {
  return style_for(*this, streams.err_is_terminal);
}

void Context::print_json(const nlohmann::ordered_json& document) const {
  streams.out << json_text(document, 2) << '\n';
}

ExitCode Context::fail(const Error& error) const {
  streams.err << err_style()(Paint::red, "tarama:") << ' ' << for_terminal(error.message) << '\n';
  return exit_code_of(error.code);
}

void Context::note(std::string_view message) const {
  if (!is_quiet()) {
    streams.err << "tarama: " << for_terminal(message) << '\n';
  }
}

}  // namespace tarama::cli
