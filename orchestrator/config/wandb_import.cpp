// See wandb_import.hpp.
#include "orchestrator/config/wandb_import.hpp"

#include "orchestrator/config/wandb_built_in.hpp"
#include "orchestrator/config/wandb_command.hpp"
#include "orchestrator/config/wandb_program.hpp"
#include "orchestrator/config/yaml_node.hpp"
#include "orchestrator/config/yaml_parser.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace tarama::config {

namespace {

constexpr std::size_t longest_wandb_file = 1'048'576;

WandbImport problem_with_import(const std::string& name, std::string message) {
  return {"", {ConfigProblem{name, 0, 0, std::move(message)}}, {}};
}

/// In the order of the file.
std::vector<ConfigProblem> with_names(std::vector<PlacedProblem> placed, const std::string& name) {
  std::ranges::stable_sort(placed, {}, &PlacedProblem::position);
  KeyPositions positions;
  positions.file = name;
  std::vector<ConfigProblem> problems;
  for (PlacedProblem& problem : placed) {
    problems.push_back(positions.at(problem.position, std::move(problem.message)));
  }
  return problems;
}

}  // namespace

WandbImport import_wandb(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file && text.empty()) {
    return problem_with_import(path.string(), "it cannot be read; expected a sweep file of W&B");
  }
  return import_wandb_text(text, path.string(), std::filesystem::absolute(path).parent_path());
}

WandbImport import_wandb_text(const std::string& text,
                              const std::string& name,
                              const std::optional<std::filesystem::path>& folder) {
  if (text.size() > longest_wandb_file) {
    return problem_with_import(name, "it is larger than 1 MiB; expected a sweep file of W&B");
  }
  ParsedYaml parsed = parse_yaml(text, 0, nullptr);
  if (!parsed.problems.empty()) {
    return {"", with_names(std::move(parsed.problems), name), {}};
  }
  if (parsed.root == nullptr || parsed.root->kind != YamlKind::map) {
    return problem_with_import(name, "expected a map with keys such as method and parameters");
  }
  WandbReport report;
  const WandbScript script =
      folder ? look_at_wandb_script(*folder, wandb_program_name(*parsed.root)) : WandbScript{};
  std::string yaml = names_program(*parsed.root)
                         ? import_program(*parsed.root, name, script, report)
                         : import_for_built_in_trainer(*parsed.root, name, report);
  if (!report.problems.empty()) {
    return {"", with_names(std::move(report.problems), name), {}};
  }
  return {std::move(yaml), {}, with_names(std::move(report.warnings), name)};
}

}  // namespace tarama::config
