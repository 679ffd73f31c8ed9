// The comparison of verify.hpp: rows by position, numbers by their bits.
#include "cli/commands/verify.hpp"
#include "core/sweep/enum_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace tarama::cli {
namespace {

/// Compares the columns of two rows; remembers the first that differs.
class RowComparison {
 public:
  explicit RowComparison(std::string row) : row_(std::move(row)) {}

  void column(const char* name, double stored, double again) {
    const auto bits = [](double value) { return std::bit_cast<std::uint64_t>(value); };
    note(name, bits(stored) == bits(again), fmt::format("{}", stored), fmt::format("{}", again));
  }

  void column(const char* name, std::int64_t stored, std::int64_t again) {
    note(name, stored == again, std::to_string(stored), std::to_string(again));
  }

  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }

 private:
  void note(const char* name, bool is_equal, std::string stored, std::string again) {
    if (!is_equal && !difference_) {
      difference_ = Difference{row_, name, std::move(stored), std::move(again)};
    }
  }

  std::string row_;
  std::optional<Difference> difference_;
};

std::string name_of_row(const StepRow& row) {
  return fmt::format("step {}", row.step);
}

std::string name_of_row(const EvalRow& row) {
  return fmt::format("evaluation of epoch {} on {}", row.epoch, name_of(row.split));
}

std::optional<Difference> compare(const StepRow& stored, const StepRow& again) {
  RowComparison rows(name_of_row(stored));
  rows.column("step", stored.step, again.step);
  rows.column("epoch", stored.epoch, again.epoch);
  rows.column("lr", stored.lr, again.lr);
  rows.column("loss", stored.loss, again.loss);
  rows.column("flat_accuracy", stored.flat_accuracy, again.flat_accuracy);
  rows.column("examples", stored.examples, again.examples);
  rows.column("tokens", stored.tokens, again.tokens);
  return rows.difference();
}

std::optional<Difference> compare(const EvalRow& stored, const EvalRow& again) {
  RowComparison rows(name_of_row(stored));
  rows.column("epoch", stored.epoch, again.epoch);
  rows.column(
      "split", static_cast<std::int64_t>(stored.split), static_cast<std::int64_t>(again.split));
  rows.column("step", stored.step, again.step);
  rows.column("loss", stored.loss, again.loss);
  rows.column("flat_accuracy", stored.flat_accuracy, again.flat_accuracy);
  rows.column(
      "batch_mean_flat_accuracy", stored.batch_mean_flat_accuracy, again.batch_mean_flat_accuracy);
  rows.column("mcc", stored.mcc, again.mcc);
  rows.column("macro_f1", stored.macro_f1, again.macro_f1);
  rows.column("majority_accuracy", stored.majority_accuracy, again.majority_accuracy);
  rows.column("examples", stored.examples, again.examples);
  return rows.difference();
}

template <class Row>
std::optional<Difference> compare_all(const std::vector<Row>& stored,
                                      const std::vector<Row>& again) {
  const std::size_t both = std::min(stored.size(), again.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (auto difference = compare(stored[i], again[i])) {
      return difference;
    }
  }
  if (stored.size() > both) {
    return Difference{name_of_row(stored[both]), "", "there", "not there"};
  }
  if (again.size() > both) {
    return Difference{name_of_row(again[both]), "", "not there", "there"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Difference> first_difference(const RunNumbers& stored, const RunNumbers& again) {
  if (auto difference = compare_all(stored.steps, again.steps)) {
    return difference;
  }
  return compare_all(stored.evals, again.evals);
}

}  // namespace tarama::cli
