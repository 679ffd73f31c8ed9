// docs/STATES.md is made of core/sweep/run_state.hpp: this renders the page anew and compares.
// TARAMA_UPDATE_DOCS=1 writes it.
#include "core/scheduling/failure_blame.hpp"
#include "core/scheduling/retry_policy.hpp"
#include "core/sweep/run_state.hpp"
#include "tests/support/places.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace tarama {
namespace {

std::string_view doing_of(Blame blame) {
  switch (blame) {
    case Blame::run:
      return "the run's own";
    case Blame::device:
      return "perhaps the device's";
    case Blame::outside:
      return "nobody's";
  }
  return "";
}

std::string rendered_page() {
  std::string page =
      "# States of a run\n\n"
      "Generated from `may_move` in `core/sweep/run_state.hpp`; a test fails when they differ\n"
      "(`TARAMA_UPDATE_DOCS=1 ./dev test -L docs` writes it).\n\n"
      "```mermaid\nstateDiagram-v2\n  [*] --> pending\n";
  for (const RunState from : all_run_states) {
    for (const RunState to : all_run_states) {
      if (may_move(from, to)) {
        page += fmt::format("  {} --> {}\n", name_of(from), name_of(to));
      }
    }
  }
  page += "```\n\n| from \\ to |";
  for (const RunState to : all_run_states) {
    page += fmt::format(" {} |", name_of(to));
  }
  page += "\n|---|";
  for ([[maybe_unused]] const RunState to : all_run_states) {
    page += "---|";
  }
  page += "\n";
  for (const RunState from : all_run_states) {
    page += fmt::format("| **{}** |", name_of(from));
    for (const RunState to : all_run_states) {
      page += may_move(from, to) ? " yes |" : "  |";
    }
    page += "\n";
  }
  page +=
      "\n`succeeded`, `stopped`, `failed` and `cancelled` are ends; only `tarama retry` moves one "
      "of\n"
      "the last three on. In the `account`, `cancelling` counts as running.\n\n"
      "# Classes of failure\n\n"
      "[FAILURES.md](FAILURES.md) says what each is, and what to do.\n\n"
      "| class | tried again | counts against `max_restarts` | whose doing | spoils the exit code "
      "|\n"
      "|---|---|---|---|---|\n";
  for (const FailureClass failure : all_failure_classes) {
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n",
                        name_of(failure),
                        is_retriable(failure) ? "yes" : "no",
                        is_retriable(failure) && costs_a_restart(failure) ? "yes" : "no",
                        doing_of(blame_of(failure)),
                        is_a_finding(failure) ? "no" : "yes");
  }
  return page;
}

TEST(StatesPage, IsWhatTheCodeSays) {
  const std::filesystem::path path = test::source_folder() / "docs/STATES.md";
  if (std::getenv("TARAMA_UPDATE_DOCS") != nullptr) {
    std::ofstream(path) << rendered_page();
  }
  std::ifstream stream(path);
  const std::string page((std::istreambuf_iterator<char>(stream)), {});

  EXPECT_EQ(page, rendered_page()) << "run TARAMA_UPDATE_DOCS=1 ./dev test -L docs";
}

}  // namespace
}  // namespace tarama
