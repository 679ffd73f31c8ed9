// A sweep as a journal file of Optuna's JournalStorage: one study, a trial for each run, in the
// order of their ids. optuna.load_study and the Optuna dashboard open it.
#pragma once

#include "cli/export/exported_sweep.hpp"

#include <ostream>

namespace tarama::cli {

/// Errors of the stream are the caller's to see. A trial has the run's parameters, its metric as
/// the value, the metric of each epoch as intermediate values (step = epoch), and `seed`,
/// `replicate`, `run`, `level`, `state` and more as user attributes.
[[nodiscard]] Result<void> write_optuna_journal(std::ostream& out,
                                                const db::ReadStore& store,
                                                const ExportedSweep& sweep);

}  // namespace tarama::cli
