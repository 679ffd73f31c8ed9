// A folder with small data, sweep files and a store, and the programs run on them: what the
// integration and fault tests begin with.
#pragma once

#include "tests/support/program.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace tarama::test {

class SweepFixture : public testing::Test {
 protected:
  SweepFixture() {
    write("train.tsv", rows(40));
    write("eval.tsv", rows(10));
  }

  /// Two classes that a word tells apart, texts of several lengths.
  static std::string rows(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const bool is_warm = i % 2 == 0;
      text += fmt::format("{}\tthe {} number {} is here{}\n",
                          is_warm ? "warm" : "cold",
                          is_warm ? "sun" : "ice",
                          i,
                          i % 3 == 0 ? " and stays for a while" : "");
    }
    return text;
  }

  std::filesystem::path write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  /// A sweep file over the fixture's data; `parameters` and `more` are YAML.
  std::string sweep_file(const std::string& parameters, const std::string& more = "") {
    return write("sweep.yaml",
                 fmt::format("name: small\n"
                             "parameters:\n{}"
                             "data: {{train: train.tsv, eval: eval.tsv, text: 1, label: 0, "
                             "max_tokens: 16}}\n"
                             "model: {{layers: 1, hidden: 16, heads: 2}}\n"
                             "{}",
                             parameters,
                             more));
  }

  /// 2 x 2 x 1 levels of 5 steps an epoch (batch 8 of 40).
  std::string small_sweep(const std::string& more = "") {
    return sweep_file(
        "  lr: {values: [1e-3, 3e-3]}\n"
        "  warmup: {values: [0, 0.1]}\n"
        "  epochs: {value: 2}\n",
        "training: {batch_size: 8}\n" + more);
  }

  [[nodiscard]] std::string store() const { return folder_.path() / "store"; }

  /// `tarama ARGUMENTS --store STORE` with the scripted worker, to its end.
  ProgramResult tarama(std::vector<std::string> arguments, const Environment& environment = {}) {
    return run_program(command(std::move(arguments)), with_defaults(environment));
  }

  std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), bin("tarama"));
    arguments.insert(arguments.end(),
                     {"--store", store_override_.empty() ? store() : store_override_});
    return arguments;
  }

  [[nodiscard]] Environment with_defaults(Environment environment) const {
    environment.insert(environment.begin(), {"TARAMA_WORKER", bin(worker_)});
    return environment;
  }

  /// Rows of a query as JSON objects.
  nlohmann::json query(const std::string& sql) {
    const ProgramResult result = tarama({"query", sql, "--format", "json"});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.json();
  }

  /// The first cell of the first row.
  nlohmann::json value(const std::string& sql) {
    const nlohmann::json rows_found = query(sql);
    return rows_found.empty() ? nlohmann::json() : rows_found.at(0).begin().value();
  }

  void use_store(const std::string& name) { store_override_ = folder_.path() / name; }

  void use_worker(const std::string& program) { worker_ = program; }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  std::string store_override_;
  std::string worker_ = "tarama-worker-fake";
};

}  // namespace tarama::test
