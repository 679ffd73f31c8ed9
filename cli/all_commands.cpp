// The order in which `tarama --help` lists the commands.
#include "cli/command.hpp"

namespace tarama::cli {

std::vector<Command> all_commands() {
  return {
      run_command(),        plan_command(),          serve_command(),  submit_command(),
      extend_command(),     watch_command(),         wait_command(),   status_command(),
      list_command(),       show_command(),          levels_command(), effects_command(),
      errors_command(),     suggest_command(),       refine_command(), query_command(),
      logs_command(),       predict_command(),       pause_command(),  resume_command(),
      cancel_command(),     priority_command(),      retry_command(),  stop_command(),
      dash_command(),       report_command(),        export_command(), import_command(),
      helper_command(),     report_metric_command(), backup_command(), doctor_command(),
      completion_command(), man_command(),
  };
}

}  // namespace tarama::cli
