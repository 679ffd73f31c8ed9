// Columns of zeros and ones that differ from the last value of each axis; normal equations by
// Cholesky. A grid has few values an axis, so the equations are small.
#include "core/statistics/effect_fit.hpp"

#include <cmath>

namespace tarama::statistics {
namespace {

using Row = std::vector<double>;

/// 1 at the cell's own value, -1 everywhere at the last one: effects that sum to 0.
void add_main(Row& row, std::size_t at, std::size_t size) {
  for (std::size_t value = 0; value + 1 < size; ++value) {
    row.push_back(at == value ? 1 : at + 1 == size ? -1 : 0);
  }
}

Row row_of(const std::vector<std::size_t>& at,
           const std::vector<std::size_t>& sizes,
           bool has_pairs) {
  Row row = {1};
  std::vector<Row> mains;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    Row main;
    add_main(main, at[axis], sizes[axis]);
    row.insert(row.end(), main.begin(), main.end());
    mains.push_back(std::move(main));
  }
  for (std::size_t left = 0; has_pairs && left < mains.size(); ++left) {
    for (std::size_t right = left + 1; right < mains.size(); ++right) {
      for (const double l : mains[left]) {
        for (const double r : mains[right]) {
          row.push_back(l * r);
        }
      }
    }
  }
  return row;
}

/// The solution of a symmetric positive system; nullopt: it is singular.
std::optional<Row> solve(std::vector<Row> matrix, Row right) {
  const std::size_t count = right.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i][j];
      for (std::size_t k = 0; k < j; ++k) {
        sum -= matrix[i][k] * matrix[j][k];
      }
      if (i == j && !(sum > 1e-9)) {
        return std::nullopt;
      }
      matrix[i][j] = i == j ? std::sqrt(sum) : sum / matrix[j][j];
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      right[i] -= matrix[i][k] * right[k];
    }
    right[i] /= matrix[i][i];
  }
  for (std::size_t i = count; i-- > 0;) {
    for (std::size_t k = i + 1; k < count; ++k) {
      right[i] -= matrix[k][i] * right[k];
    }
    right[i] /= matrix[i][i];
  }
  return right;
}

std::optional<Row> coefficients(const std::vector<GridCell>& cells,
                                const std::vector<std::size_t>& sizes,
                                bool has_pairs) {
  const std::size_t count = row_of(cells.front().at, sizes, has_pairs).size();
  // Beyond, solving takes seconds, and no grid of a person has so many values.
  constexpr std::size_t most = 600;
  if (count > cells.size() || count > most) {
    return std::nullopt;
  }
  std::vector<Row> matrix(count, Row(count, 0));
  Row right(count, 0);
  for (const GridCell& cell : cells) {
    const Row row = row_of(cell.at, sizes, has_pairs);
    for (std::size_t i = 0; i < count; ++i) {
      right[i] += row[i] * cell.mean;
      for (std::size_t j = 0; j <= i; ++j) {
        matrix[i][j] += row[i] * row[j];
      }
    }
  }
  return solve(std::move(matrix), std::move(right));
}

}  // namespace

std::optional<std::vector<double>> complete_grid(const std::vector<GridCell>& cells,
                                                 const std::vector<std::size_t>& sizes) {
  bool has_pairs = true;
  std::optional<Row> fitted = coefficients(cells, sizes, true);
  if (!fitted) {
    has_pairs = false;
    fitted = coefficients(cells, sizes, false);
  }
  if (!fitted) {
    return std::nullopt;
  }
  std::vector<double> means;
  std::vector<std::size_t> at(sizes.size(), 0);
  for (bool goes_on = true; goes_on;) {
    const Row row = row_of(at, sizes, has_pairs);
    double mean = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      mean += row[i] * (*fitted)[i];
    }
    means.push_back(mean);
    goes_on = false;
    for (std::size_t axis = sizes.size(); axis-- > 0 && !goes_on;) {
      goes_on = ++at[axis] < sizes[axis];
      at[axis] = goes_on ? at[axis] : 0;
    }
  }
  return means;
}

}  // namespace tarama::statistics
