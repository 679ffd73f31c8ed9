// A folder with data and model folders beside the sweep file that a test writes, and an
// environment of its own.
#pragma once

#include "orchestrator/config/sweep_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace tarama::config::test {

class ConfigFixture : public testing::Test {
 protected:
  ConfigFixture() {
    for (const char* const name : {"train.tsv", "eval.tsv", "train.jsonl", "vocab-file.txt"}) {
      write(name, "0\ttext\n");
    }
    std::filesystem::create_directory(folder() / "model");
    std::filesystem::create_directory(folder() / "folder.tsv");
    variables_ = {{"FOLDER", folder().string()}, {"EMPTY", ""}, {"NUMBER", "7"}, {"WORD", "word"}};
  }

  /// As the reader names it: without links.
  [[nodiscard]] std::filesystem::path folder() const {
    return std::filesystem::canonical(folder_.path());
  }

  /// The absolute path of a file in the folder, as a spec has it.
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return (folder() / name).string();
  }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  SweepFileOutcome read(const std::string& text, std::vector<std::string> overrides = {}) const {
    SweepFileRequest request;
    request.path = write("sweep.yaml", text);
    request.overrides = std::move(overrides);
    request.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    return read_sweep_file(request);
  }

  /// The problems as they are printed, the folder replaced by FOLDER.
  [[nodiscard]] std::vector<std::string> printed(const SweepFileOutcome& outcome) const {
    std::vector<std::string> lines;
    for (const ConfigProblem& problem : outcome.problems) {
      std::string line = to_text(problem);
      for (auto at = line.find(folder().string()); at != std::string::npos;
           at = line.find(folder().string())) {
        line.replace(at, folder().string().size(), "FOLDER");
      }
      lines.push_back(line);
    }
    return lines;
  }

 private:
  tarama::test::TempFolder folder_;
  std::map<std::string, std::string> variables_;
};

}  // namespace tarama::config::test
