// A sweep file with a fault, and everything that the reader says about it.
#pragma once

#include <string>
#include <vector>

namespace tarama::config::test {

/// The file that every fault is put into. Nothing is wrong with it.
/// Values drawn in every way, and one that depends on others.
inline const std::string sampled_file = R"(
name: sampled
method: sobol
max_runs: 40
parameters:
  lr: {min: 1e-5, max: 1e-3, distribution: log_uniform}
  warmup: {min: 0, max: 0.3, distribution: normal, mu: 0.1, sigma: 0.05}
  epochs: {min: 2, max: 4}
  dropout: {min: 0, max: 0.3, q: 0.1, when: {norm: pre, layers: [1, 2]}}
  norm: {values: [post, pre]}
  layers: {min: 1, max: 3, count: 3}
replicates: 2
data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0}
model: {hidden: 16, heads: 2}
)";

inline const std::string right_file =
    "name: small\n"
    "parameters:\n"
    "  lr: {values: [1e-4, 3e-4]}\n"
    "  warmup: {values: [0, 0.1]}\n"
    "  epochs: {values: [1, 2]}\n"
    "data:\n"
    "  train: train.tsv\n"
    "  eval: eval.tsv\n"
    "  text: 1\n"
    "  label: 0\n"
    "model:\n"
    "  layers: 2\n"
    "  hidden: 128\n"
    "  heads: 2\n";

/// Instead of `was`, the file says `is`.
struct Edit {
  std::string was;
  std::string is;
};

inline const std::string end_of_file;        // as `was`: the text is added
inline const std::string whole_file = "\n";  // as `was`: the text is all there is

struct WrongFile {
  std::string name;
  std::vector<Edit> edits;            // of right_file
  std::vector<std::string> problems;  // all of them, after "sweep.yaml:"; FOLDER is its folder
};

inline std::string text_of(const WrongFile& wrong) {
  std::string text = right_file;
  for (const Edit& edit : wrong.edits) {
    if (edit.was == whole_file) {
      text = edit.is;
    } else if (edit.was.empty()) {
      text += edit.is;
    } else {
      text.replace(text.find(edit.was), edit.was.size(), edit.is);  // throws if it is not there
    }
  }
  return text;
}

}  // namespace tarama::config::test
