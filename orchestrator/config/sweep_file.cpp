// The steps from a file's bytes to a spec: read, parse, override, check keys alone, check them
// together. A later step runs on what an earlier one found right.
#include "orchestrator/config/sweep_file.hpp"

#include "orchestrator/config/lookalikes.hpp"
#include "orchestrator/config/overrides.hpp"
#include "orchestrator/config/source_text.hpp"
#include "orchestrator/config/sweep_reading.hpp"
#include "orchestrator/config/yaml_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <variant>

namespace tarama::config {

namespace {

// A hundred times the longest file that a person writes; more is another file by mistake.
constexpr std::size_t largest_file = 1'048'576;

struct FileText {
  std::string text;
};

struct FileFailure {
  std::string message;
};

std::variant<FileText, FileFailure> read_text(const std::filesystem::path& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (!std::filesystem::exists(status)) {
    return FileFailure{"there is no such file; expected a sweep file"};
  }
  if (std::filesystem::is_directory(status)) {
    return FileFailure{"this is a folder; expected a sweep file"};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return FileFailure{fmt::format("it cannot be read: {}", std::strerror(errno))};
  }
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) {
    return FileFailure{fmt::format("it cannot be read: {}", std::strerror(errno))};
  }
  if (text.size() > largest_file) {
    return FileFailure{"it is larger than 1 MiB; expected a sweep file"};
  }
  return FileText{std::move(text)};
}

/// The folder that relative paths start from; links to it are followed, so that ".." means what
/// it means to the file system.
std::filesystem::path folder_of(const std::filesystem::path& file) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(file, failure).parent_path();
  const auto canonical = std::filesystem::weakly_canonical(absolute, failure);
  return failure ? absolute : canonical;
}

std::vector<ConfigProblem> in_file_order(std::vector<PlacedProblem> problems,
                                         const KeyPositions& positions) {
  std::ranges::stable_sort(problems, {}, &PlacedProblem::position);
  std::vector<ConfigProblem> result;
  const bool may_be_more = problems.size() >= most_problems;
  problems.resize(std::min(problems.size(), most_problems));
  for (PlacedProblem& problem : problems) {
    result.push_back(positions.at(problem.position, std::move(problem.message)));
  }
  if (may_be_more) {
    result.push_back({positions.file,
                      0,
                      0,
                      fmt::format("these are {} problems; more may follow", most_problems)});
  }
  return result;
}

/// Tells of characters that look like others, where they may be why a line is wrong: on its own
/// line, and after a syntax error on the lines before it.
void explain_lookalikes(const std::string& text,
                        const std::vector<std::string>& overrides,
                        bool is_syntax_error,
                        std::vector<PlacedProblem>& problems) {
  const SourceText source(text, 0);
  for (PlacedProblem& problem : problems) {
    if (problem.message.starts_with("U+")) {
      continue;
    }
    const std::size_t origin = problem.position.source;
    int line = problem.position.line;
    auto found = lookalike_in_line(origin == 0 ? source.line(line)
                                               : std::string_view(overrides.at(origin - 1)));
    while (!found && is_syntax_error && origin == 0 && --line >= 1) {
      found = lookalike_in_line(source.line(line));
    }
    if (!found) {
      continue;
    }
    problem.message += line == problem.position.line
                           ? fmt::format("; {}", *found)
                           : fmt::format("; in line {}, {}", line, *found);
  }
}

/// The submitted text; overrides are kept as comments, so that what was run can be seen.
std::string submitted(std::string yaml, const std::vector<std::string>& overrides) {
  for (const std::string& override_text : overrides) {
    if (!yaml.ends_with('\n')) {
      yaml += '\n';
    }
    std::string comment = "# --set " + override_text;
    for (std::size_t end = comment.find('\n'); end != std::string::npos;
         end = comment.find('\n', end + 2)) {
      comment.replace(end, 1, "\n# ");
    }
    yaml += comment + '\n';
  }
  return yaml;
}

SweepFileOutcome read_sweep_text(std::string text, const SweepFileRequest& request) {
  KeyPositions names;
  names.file = request.path.string();
  for (const std::string& override_text : request.overrides) {
    names.overrides.push_back(override_key(override_text));
  }
  ParsedYaml parsed = parse_yaml(text, 0, request.environment);
  YamlNodePointer root = parsed.root;
  for (std::size_t index = 0; index < request.overrides.size(); ++index) {
    root = apply_override(
        root, request.overrides[index], index + 1, request.environment, parsed.problems);
  }
  if (root == nullptr) {
    explain_lookalikes(text, request.overrides, true, parsed.problems);
    return {std::nullopt, in_file_order(std::move(parsed.problems), names)};
  }
  SweepReading reading = read_keys(*root, std::move(names), folder_of(request.path));
  if (root->kind == YamlKind::map && !reading.has_enough_problems()) {
    check_keys_together(reading);
  }
  if (request.named_files == NamedFiles::must_exist) {
    check_named_files(reading);
  }
  reading.problems.insert(reading.problems.begin(), parsed.problems.begin(), parsed.problems.end());
  if (!reading.problems.empty()) {
    explain_lookalikes(text, request.overrides, false, reading.problems);
    return {std::nullopt, in_file_order(std::move(reading.problems), reading.positions)};
  }
  const auto refinement = build_refinement(reading);
  SweepFile file{build_spec(reading),
                 submitted(std::move(text), request.overrides),
                 std::move(reading.positions),
                 refinement};
  return {std::move(file), {}};
}

}  // namespace

SweepFileOutcome read_sweep_file(const SweepFileRequest& request) {
  auto text = read_text(request.path);
  if (const auto* const failure = std::get_if<FileFailure>(&text)) {
    return {std::nullopt, {ConfigProblem{request.path.string(), 0, 0, failure->message}}};
  }
  return read_sweep_text(std::move(std::get<FileText>(text).text), request);
}

}  // namespace tarama::config
