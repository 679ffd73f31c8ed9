// See wandb_script.hpp.
#include "orchestrator/config/wandb_script.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace tarama::config {

namespace {

namespace fs = std::filesystem;

// Scripts have a few; a whole library is none of the sweep's.
constexpr std::size_t most_script_files = 200;
constexpr std::uintmax_t longest_script = 1'048'576;

std::optional<std::string> script_text(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure) || fs::file_size(path, failure) > longest_script) {
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  return file ? std::optional(std::string(std::istreambuf_iterator<char>(file), {})) : std::nullopt;
}

/// "wandb as w, os" -> wandb, os.
std::vector<std::string> names_in_list(std::string_view list) {
  std::vector<std::string> names;
  std::istringstream parts{std::string(list)};
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream words(part);
    if (std::string word; words >> word) {
      std::erase_if(word, [](char letter) { return letter == '(' || letter == ')'; });
      names.push_back(word);
    }
  }
  return names;
}

/// The modules that a line of Python imports: "a.b", and of `from a import b` also "a.b". One that
/// is relative keeps its dots.
std::vector<std::string> modules_of(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  const std::string_view rest =
      first == std::string::npos ? std::string_view() : std::string_view(line).substr(first);
  constexpr std::string_view import_word = "import ";
  constexpr std::string_view from_word = "from ";
  if (rest.starts_with(import_word)) {
    return names_in_list(rest.substr(import_word.size(), rest.find('#')));
  }
  const std::size_t middle = rest.find(" import ");
  if (!rest.starts_with(from_word) || middle == std::string_view::npos) {
    return {};
  }
  const std::vector<std::string> whole =
      names_in_list(rest.substr(from_word.size(), middle - from_word.size()));
  std::vector<std::string> modules = whole;
  for (const std::string& name : names_in_list(rest.substr(middle + import_word.size() + 1))) {
    if (!whole.empty()) {
      modules.push_back(whole.front() + (whole.front().ends_with('.') ? "" : ".") + name);
    }
  }
  return modules;
}

bool is_wandb(const std::string& module) {
  return module == "wandb" || module.starts_with("wandb.");
}

/// Where a module of the script's own may lie.
std::vector<fs::path> places_of(const std::string& module,
                                const fs::path& script_folder,
                                const fs::path& importer) {
  const std::size_t dots = std::min(module.find_first_not_of('.'), module.size());
  fs::path from = dots == 0 ? script_folder : importer.parent_path();
  for (std::size_t i = 1; i < dots; ++i) {
    from = from.parent_path();
  }
  std::string inner = module.substr(dots);
  std::ranges::replace(inner, '.', '/');
  return {from / (inner + ".py"), from / inner / "__init__.py"};
}

void gather_definitions(const std::string& text, std::vector<std::string>& found) {
  constexpr std::string_view call = "define_metric(";
  constexpr std::size_t longest_call = 500;
  for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
    const std::size_t begin = at + call.size() - 1;
    std::string words = text.substr(begin, std::min(longest_call, text.find(')', begin) - begin));
    std::erase_if(words, [](char letter) { return letter == ' ' || letter == '\n'; });
    std::ranges::replace(words, '\'', '"');
    found.push_back(std::move(words));
  }
}

class ScriptReading {
 public:
  explicit ScriptReading(fs::path script) : folder_(script.parent_path()) {
    add(std::move(script));
  }

  WandbScript read(const fs::path& shown_from) {
    WandbScript script;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const fs::path path = files_[i];
      const auto text = script_text(path);
      if (!text) {
        continue;
      }
      script.is_there = script.is_there || i == 0;
      gather_definitions(*text, script.defined_metrics);
      if (follow(*text, path) && script.imports_wandb.empty()) {
        script.imports_wandb = path.lexically_relative(shown_from).string();
      }
    }
    return script;
  }

 private:
  void add(fs::path path) {
    path = path.lexically_normal();
    if (files_.size() < most_script_files && known_.insert(path).second) {
      files_.push_back(std::move(path));
    }
  }

  /// Whether it imports wandb; what else it imports is looked at later.
  bool follow(const std::string& text, const fs::path& path) {
    bool imports_it = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      for (const std::string& module : modules_of(line)) {
        imports_it = imports_it || is_wandb(module);
        for (const fs::path& place : places_of(module, folder_, path)) {
          std::error_code ignored;  // what cannot be seen is not its own
          if (!is_wandb(module) && fs::is_regular_file(place, ignored)) {
            add(place);
          }
        }
      }
    }
    return imports_it;
  }

  fs::path folder_;
  std::set<fs::path> known_;
  std::vector<fs::path> files_;
};

}  // namespace

WandbScript look_at_wandb_script(const fs::path& folder, const std::string& program) {
  return program.empty() ? WandbScript{} : ScriptReading(folder / program).read(folder);
}

bool takes_best(const WandbScript& script, const std::string& metric) {
  return std::ranges::any_of(script.defined_metrics, [&](const std::string& call) {
    const bool is_of_metric = call.starts_with("(\"" + metric + "\"") ||
                              call.find("name=\"" + metric + "\"") != std::string::npos;
    const std::size_t summary = call.find("summary=\"");
    const std::string_view rule =
        summary == std::string::npos
            ? std::string_view()
            : std::string_view(call).substr(summary, call.find('"', summary + 9) - summary);
    return is_of_metric && (rule.find("max") != std::string_view::npos ||
                            rule.find("min") != std::string_view::npos ||
                            rule.find("best") != std::string_view::npos);
  });
}

}  // namespace tarama::config
