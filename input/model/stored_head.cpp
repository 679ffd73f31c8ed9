// See stored_head.hpp.
#include "input/model/stored_head.hpp"

#include "input/text/folded_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tarama::input {
namespace {

constexpr std::size_t most_names_listed = 5;

std::string listed_names(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), most_names_listed); ++i) {
    list += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  return list + (names.size() > most_names_listed ? ", ..." : "");
}

/// LABEL_0, LABEL_1, ...: what `transformers` writes where nobody named the classes.
bool are_placeholders(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != fmt::format("LABEL_{}", i)) {
      return false;
    }
  }
  return true;
}

/// 0, 1, 2, ...: the only classes that a head without names can be meant for.
bool are_numbers(const std::vector<std::string>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] != std::to_string(i) && classes[i] != fmt::format("LABEL_{}", i)) {
      return false;
    }
  }
  return true;
}

std::vector<std::string> folded_names(const std::vector<std::string>& names) {
  std::vector<std::string> folded;
  for (const std::string& name : names) {
    folded.push_back(folded_text(name));
  }
  return folded;
}

}  // namespace

void warn_of_head(const StoredHead& head,
                  const std::vector<std::string>& data_classes,
                  Findings& findings) {
  const bool has_names = !are_placeholders(head.names);
  if (head.classes == 0) {
    if (has_names) {
      findings.warn("classifier_initialised",
                    "model.path",
                    fmt::format("{}: config.json names the classes {}, but the weights hold no "
                                "classifier; a new one starts from each run's seed",
                                head.folder,
                                listed_names(head.names)));
    }
    return;
  }
  if (head.classes != std::ssize(data_classes)) {
    return;
  }
  std::vector<std::string> names = folded_names(head.names);
  std::vector<std::string> classes = folded_names(data_classes);
  const bool is_same_order = names == classes;
  std::ranges::sort(names);
  std::ranges::sort(classes);
  if (has_names && names == classes) {
    if (!is_same_order) {
      findings.warn(
          "class_order",
          "model.path",
          "the folder's classifier has the classes of the data in another order (id2label "
          "of config.json); it learns the new order");
    }
    return;
  }
  if (has_names) {
    findings.warn("foreign_classifier",
                  "model.path",
                  fmt::format("{}: its classifier tells {} apart, the data have {}: as many, and "
                              "others. It is trained on from there, not replaced",
                              head.folder,
                              listed_names(head.names),
                              listed_names(data_classes)));
  } else if (!are_numbers(data_classes)) {
    findings.warn(
        "foreign_classifier",
        "model.path",
        fmt::format("{}: its classifier is for {} classes without names, and the data have "
                    "{}; whether they are the same nobody can tell. It is trained on from "
                    "there, not replaced",
                    head.folder,
                    head.classes,
                    listed_names(data_classes)));
  }
}

}  // namespace tarama::input
