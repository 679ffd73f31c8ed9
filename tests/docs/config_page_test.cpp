// docs/CONFIG.md is made of the table of keys in orchestrator/config/key_rules.hpp and of an
// example in configs/: this renders the page anew and compares. TARAMA_UPDATE_DOCS=1 writes it.
#include "orchestrator/config/key_rules.hpp"
#include "tests/support/places.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tarama {
namespace {

using config::KeyRule;
using config::Need;
using config::Sweeping;
using config::ValueKind;

constexpr auto introduction = R"(# Sweep files

Generated from `orchestrator/config/key_table.cpp`; a test fails when they differ
(`TARAMA_UPDATE_DOCS=1 ./dev test -L docs` writes it).

A sweep file is one YAML document. It says what to train, on what, and which settings to try;
every combination of these is a *level*, and every level is trained `replicates` times.
`tarama plan FILE` says what a file would do, and everything that is wrong with it, without doing
it. This is `configs/cola-minilm.yaml`:

```yaml
)";

constexpr auto rules = R"(```

## Rules

- **Paths** are relative to the file's folder, those of `--set` too.
- **`--set KEY=YAML`** replaces or adds a key: `--set training.norm=pre`,
  `--set 'parameters.lr={values: [1e-4]}'`. Maps on the way are made.
- **`${NAME}`** in any value is an environment variable; one that is not set is an error. `$${` is
  a literal `${`. Keys and comments are left alone.
- **Numbers** are decimal: `3`, `0.1`, `1e-4`. Whole numbers have no point. In quotes they are
  text. Booleans are `true` and `false`.
- **Durations** have units, large ones first: `12h`, `1h30m`, `90s`, `500ms`.
- **Columns** are indices from 0, or names: those of the first row with `header: true`, or of the
  keys in a `.jsonl` file. A header that is a number goes into quotes.
- **Anchors** and aliases are fine; merge keys (`<<`), tags, and an anchor that holds itself are
  errors. So is a key that stands twice.
- **Data files**: `.tsv` is a row a line, split at tabs, quotes are text; `.csv` is RFC 4180;
  `.jsonl` is an object a line. UTF-8; a byte order mark and CRLF are accepted; lines end at LF
  alone.
- **Limits**: 1 MiB, 32 levels of nesting, 1,000,000 runs.

What is wrong is reported as `FILE:LINE:COLUMN: what, what was expected`, all of it at once, at the
key (or list item) that it is about; what `--set` gave as `--set KEY: ...`. The exit code is 2, and
nothing is written. What is wrong in a data or model file is reported at the key that names it.

## Parameters

Each axis under `parameters` is a map of its values, in one of these ways:

| written | means |
|---|---|
| `lr: {values: [2e-5, 3e-5]}` | these |
| `lr: {value: 2e-5}` | this one |
| `epochs: {min: 2, max: 4, count: 3}` | 2, 3, 4: evenly spaced, both ends included |
| `lr: {min: 1e-5, max: 1e-3, count: 3, distribution: log_uniform}` | 1e-5, 1e-4, 1e-3: spaced geometrically (`uniform` is the default) |
| `lr: {min: 1e-5, max: 1e-3, distribution: log_uniform}` | drawn between them; with `method: random`, `sobol` or `tpe` ([SEARCH.md](SEARCH.md)) |
| `layers: {min: 2, max: 6}` | drawn from the whole numbers between them, since both are written as such; so does `distribution: int` |
| `scale: {min: 1, max: 2, distribution: uniform}` | drawn between them, fractions too |
| `dropout: {min: 0, max: 0.3, q: 0.05}` | drawn from the multiples of `q` |
| `warmup: {min: 0, max: 0.3, distribution: normal, mu: 0.1, sigma: 0.05}` | drawn from a normal distribution, cut off at `min` and `max` |
| `heads: {values: [2, 4], when: {layers: [4, 6]}}` | these, in levels that have 4 or 6 layers; the others have no `heads` of their own, and the default counts |

Points between the ends are rounded to 12 digits, so that 0.3 is the same value spaced or listed.
A value that comes twice is an error, as is a point of a whole-numbered key that is not whole. A
key may stand under `parameters` or in its own place, not in both.

)";

constexpr auto warnings = R"(## Warnings

`tarama plan` lists what is allowed but hardly meant:

| code | when |
|---|---|
| `warmup_without_t_total` | some level has a warm-up and `t_total: none`: no schedule is applied, so the warm-up has no effect |
| `warmup_ignored_by_schedule` | some level has a warm-up and `schedule: none` |
| `unusual_rate` | a pretrained model, and a learning rate below 1e-6 or above 1e-3 |
| `one_replicate` | one run a level: nothing can be told apart, and nobody knows how sure a value is |
| `two_replicates` | two runs a level: hardly anything can be told apart |
| `fewer_levels` | `max_runs` asks for more levels than the values of the parameters make |
| `small_eval` | the evaluation set is so small that its own error is larger than what the seeds tell apart |
| `memory` | the workers need more memory than there is, or `auto` starts fewer than there are cores |
| `devices` | CUDA_VISIBLE_DEVICES names what the machine does not have, or its GPUs do not answer |
| `device_order` | CUDA_VISIBLE_DEVICES has an index that CUDA itself may count otherwise |
| `disk_space` | models and checkpoints may need more than is free |

Others come of the data and the model; see [CLI.md](CLI.md).
)";

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::filesystem::path in_project(const char* path) {
  return test::source_folder() / path;
}

std::string default_of(const KeyRule& rule) {
  if (rule.need == Need::required) {
    return "**required**";
  }
  return rule.default_yaml.empty() ? "" : fmt::format("`{}`", rule.default_yaml);
}

std::string row_of(const KeyRule& rule) {
  const bool is_swept = rule.sweeping != Sweeping::never;
  return fmt::format("| `{}` | {} | {} | {} | {} |\n",
                     config::bare_name(rule.key),
                     config::expected_by(rule),
                     default_of(rule),
                     is_swept ? "yes" : "",
                     rule.meaning);
}

bool is_section(const KeyRule& rule) {
  return rule.kind == ValueKind::map || rule.kind == ValueKind::parameters;
}

/// The table of the keys in a section; sections in it have tables of their own.
std::string table_of(const std::string& section) {
  std::string table = "| key | holds | default | may be swept | meaning |\n|---|---|---|---|---|\n";
  for (const KeyRule& rule : config::key_rules()) {
    if (config::section_of(rule.key) == section && !is_section(rule)) {
      table += row_of(rule);
    }
  }
  return table + "\n";
}

std::string rendered_page() {
  std::string page = introduction + text_of_file(in_project("configs/cola-minilm.yaml")) + rules;
  std::string others = "## At the top of the file\n\n" + table_of("") +
                       "## `replicates` as a map\n\nReplicates that decide themselves: "
                       "[STATISTICS.md](STATISTICS.md) says how.\n\n" +
                       table_of("replicates");
  for (const KeyRule& rule : config::key_rules()) {
    if (rule.kind == ValueKind::parameters) {
      page += rule.meaning + "\n\n" + table_of(rule.key);
    } else if (rule.kind == ValueKind::map) {
      others += fmt::format("## `{}`{}\n\n{}\n\n{}",
                            rule.key,
                            rule.need == Need::required ? " (required)" : "",
                            rule.meaning,
                            table_of(rule.key));
    }
  }
  return page + others + warnings;
}

TEST(ConfigPage, IsWhatTheCodeSays) {
  const std::filesystem::path path = in_project("docs/CONFIG.md");
  if (std::getenv("TARAMA_UPDATE_DOCS") != nullptr) {
    std::ofstream(path) << rendered_page();
  }

  EXPECT_EQ(text_of_file(path), rendered_page()) << "run TARAMA_UPDATE_DOCS=1 ./dev test -L docs";
}

}  // namespace
}  // namespace tarama
