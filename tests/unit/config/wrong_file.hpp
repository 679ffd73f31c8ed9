// A sweep file with a fault, and everything that the reader says about it.
#pragma once

#include <string>
#include <vector>

namespace tarama::config::test {

/// The file that every fault is put into. Nothing is wrong with it.
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
