// `run` at a terminal, as people leave it: suspended and taken up again, interrupted, and with the
// window closed over it.
#include "tests/support/sweep_fixture.hpp"
#include "tests/support/terminal_program.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

const std::string first_drawing = "/12 runs";
const std::string at_prompt = "at the prompt";
const std::string hide_cursor = "\x1b[?25l";
const std::string show_cursor = "\x1b[?25h";

class Terminal : public SweepFixture {
 protected:
  Terminal() { write("script.json", R"({"step_time": "50ms"})"); }

  [[nodiscard]] Environment slow() const {
    return with_defaults({{"TARAMA_FAKE_SCRIPT", folder() / "script.json"}});
  }

  std::unique_ptr<TerminalProgram> run() {
    return std::make_unique<TerminalProgram>(command({"run", file_}), slow());
  }

  /// As a job of a shell, which says when it has the terminal back, and takes the job up again.
  std::unique_ptr<TerminalProgram> run_in_shell() {
    std::string line = "set -m; ";
    for (const std::string& word : command({"run", file_})) {
      line += "'" + word + "' ";
    }
    return std::make_unique<TerminalProgram>(
        std::vector<std::string>{"/bin/bash", "-c", line + "; echo " + at_prompt + "; fg; exit"},
        slow());
  }

  static bool cursor_is_shown(const std::string& shown) {
    return shown.rfind(show_cursor) != std::string::npos &&
           shown.rfind(show_cursor) > shown.rfind(hide_cursor);
  }

  std::string file_ = small_sweep("replicates: 3\n");
};

TEST_F(Terminal, ASweepThatIsSuspendedGoesOnAsIfNothingHadBeen) {
  const auto program = run_in_shell();
  ASSERT_TRUE(program->read_until(first_drawing)) << program->shown();

  program->type("\x1a");  // Ctrl-Z
  ASSERT_TRUE(program->read_until(at_prompt)) << program->shown();
  const std::string before = program->shown().substr(0, program->shown().find(at_prompt));
  EXPECT_TRUE(cursor_is_shown(before)) << before;

  EXPECT_EQ(program->finish(), 0);
  EXPECT_EQ(value("SELECT succeeded FROM account"), 12);
  EXPECT_EQ(value("SELECT max(attempts) FROM results"), 1);
  EXPECT_TRUE(cursor_is_shown(program->shown())) << program->shown();
}

TEST_F(Terminal, CtrlCStopsResumablyAndLeavesTheCursor) {
  const auto program = run();
  ASSERT_TRUE(program->read_until(first_drawing)) << program->shown();

  program->type("\x03");

  EXPECT_EQ(program->finish(), 130);
  EXPECT_TRUE(cursor_is_shown(program->shown())) << program->shown();
  EXPECT_EQ(value("SELECT leased + running FROM account"), 0);
}

TEST_F(Terminal, AWindowThatIsClosedStopsResumably) {
  const auto program = run();
  ASSERT_TRUE(program->read_until(first_drawing)) << program->shown();

  program->hang_up();

  EXPECT_EQ(program->finish(), 130);
  EXPECT_EQ(value("SELECT leased + running FROM account"), 0);
  EXPECT_EQ(tarama({"run", file_}).exit_code, 0);
  EXPECT_EQ(value("SELECT count(*) FROM steps"), 120);
}

}  // namespace
}  // namespace tarama::test
