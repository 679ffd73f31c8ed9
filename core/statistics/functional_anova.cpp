// Marginal means, and what is left of them when the parts' effects are taken away.
#include "core/statistics/functional_anova.hpp"

#include "core/statistics/effect_fit.hpp"
#include "core/training/philox.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarama::statistics {
namespace {

/// A whole grid's shape; cells are numbered with the last axis fastest.
class GridShape {
 public:
  explicit GridShape(const std::vector<std::size_t>& sizes)
      : sizes_(sizes), strides_(sizes.size()) {
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
      strides_[axis] = cells_;
      cells_ *= sizes[axis];
    }
  }

  [[nodiscard]] std::size_t cells() const { return cells_; }

  [[nodiscard]] std::size_t size(std::size_t axis) const { return sizes_[axis]; }

  [[nodiscard]] std::size_t axes() const { return sizes_.size(); }

  [[nodiscard]] std::size_t value(std::size_t cell, std::size_t axis) const {
    return cell / strides_[axis] % sizes_[axis];
  }

  [[nodiscard]] std::size_t cell(const std::vector<std::size_t>& at) const {
    std::size_t cell = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      cell += at[axis] * strides_[axis];
    }
    return cell;
  }

 private:
  const std::vector<std::size_t>& sizes_;
  std::vector<std::size_t> strides_;
  std::size_t cells_ = 1;
};

struct Decomposition {
  std::vector<double> variances;  // of each term
  double total = 0;
};

/// The terms: every axis with two values or more, then every pair of these.
std::vector<std::vector<std::size_t>> terms_of(const GridShape& shape) {
  std::vector<std::vector<std::size_t>> terms;
  for (std::size_t axis = 0; axis < shape.axes(); ++axis) {
    if (shape.size(axis) > 1) {
      terms.push_back({axis});
    }
  }
  const std::size_t mains = terms.size();
  for (std::size_t left = 0; left < mains; ++left) {
    for (std::size_t right = left + 1; right < mains; ++right) {
      terms.push_back({terms[left].front(), terms[right].front()});
    }
  }
  return terms;
}

double mean_of_cells(const std::vector<double>& means) {
  return std::accumulate(means.begin(), means.end(), 0.0) / static_cast<double>(means.size());
}

/// The axis's effects: means over all else, less the mean of all.
std::vector<double> main_effects(const GridShape& shape,
                                 const std::vector<double>& means,
                                 std::size_t axis,
                                 double mean) {
  std::vector<double> effects(shape.size(axis), 0);
  for (std::size_t cell = 0; cell < means.size(); ++cell) {
    effects[shape.value(cell, axis)] += means[cell] - mean;
  }
  for (double& effect : effects) {
    effect *= static_cast<double>(shape.size(axis)) / static_cast<double>(means.size());
  }
  return effects;
}

double mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value * value;
  }
  return sum / static_cast<double>(values.size());
}

double pair_variance(const GridShape& shape,
                     const std::vector<double>& means,
                     const std::vector<std::size_t>& pair,
                     const std::vector<std::vector<double>>& mains,
                     double mean) {
  const std::size_t left = pair[0];
  const std::size_t right = pair[1];
  std::vector<double> joint(shape.size(left) * shape.size(right), 0);
  const double weight = static_cast<double>(joint.size()) / static_cast<double>(means.size());
  for (std::size_t cell = 0; cell < means.size(); ++cell) {
    joint[shape.value(cell, left) * shape.size(right) + shape.value(cell, right)] +=
        weight * (means[cell] - mean);
  }
  for (std::size_t i = 0; i < joint.size(); ++i) {
    joint[i] -= mains[left][i / shape.size(right)] + mains[right][i % shape.size(right)];
  }
  return mean_square(joint);
}

Decomposition decompose(const GridShape& shape,
                        const std::vector<double>& means,
                        const std::vector<std::vector<std::size_t>>& terms) {
  const double mean = mean_of_cells(means);
  std::vector<std::vector<double>> mains(shape.axes());
  Decomposition parts;
  for (const std::vector<std::size_t>& term : terms) {
    if (term.size() == 1) {
      mains[term.front()] = main_effects(shape, means, term.front(), mean);
      parts.variances.push_back(mean_square(mains[term.front()]));
    } else {
      parts.variances.push_back(pair_variance(shape, means, term, mains, mean));
    }
  }
  for (const double each : means) {
    parts.total += (each - mean) * (each - mean) / static_cast<double>(means.size());
  }
  // What sums and fits round is no difference.
  constexpr double rounding = 1e-12;
  if (parts.total <= rounding * rounding * mean_square(means)) {
    parts.total = 0;
    std::ranges::fill(parts.variances, 0);
  }
  return parts;
}

double freedom_of(const GridShape& shape, const std::vector<std::size_t>& term) {
  double freedom = 1;
  for (const std::size_t axis : term) {
    freedom *= static_cast<double>(shape.size(axis)) - 1;
  }
  return freedom;
}

struct TermShares {
  std::vector<double> of_terms;
  double rest = 0;
};

/// Each term's variance less what noise alone gives it (its degrees of freedom times the cells'
/// mean squared error over their number), in relation to the whole.
TermShares shares_of(const GridShape& shape,
                     const std::vector<std::vector<std::size_t>>& terms,
                     const Decomposition& parts,
                     double squared_error) {
  const double noise = squared_error / static_cast<double>(shape.cells());
  const double total = parts.total - noise * (static_cast<double>(shape.cells()) - 1);
  TermShares shares;
  double explained = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const double left = std::max(0.0, parts.variances[i] - noise * freedom_of(shape, terms[i]));
    shares.of_terms.push_back(total > 0 ? std::min(1.0, left / total) : 0);
    explained += shares.of_terms.back();
  }
  shares.rest = total > 0 ? std::max(0.0, 1 - explained) : 0;
  return shares;
}

/// Percentiles of the shares under as much noise again, from a fixed stream.
void add_intervals(std::vector<EffectShare>& shares,
                   const GridShape& shape,
                   const std::vector<std::vector<std::size_t>>& terms,
                   const std::vector<double>& means,
                   const std::vector<double>& squared_errors) {
  // 200 draws place a 2.5 % point well enough for two digits. Many cells have little noise in
  // common, and fewer draws: 10,000 runs are to take milliseconds.
  const std::size_t draws = means.size() > 500 ? 40 : 200;
  const double noise = mean_of_cells(squared_errors);
  PhiloxStream numbers({.seed = 1, .place = Place::fake_noise});
  std::vector<std::vector<double>> drawn(terms.size());
  std::vector<double> noisy(means.size());
  for (std::size_t draw = 0; draw < draws; ++draw) {
    for (std::size_t cell = 0; cell < means.size(); ++cell) {
      noisy[cell] = means[cell] + std::sqrt(squared_errors[cell]) * numbers.normal();
    }
    const TermShares again = shares_of(shape, terms, decompose(shape, noisy, terms), 2 * noise);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      drawn[i].push_back(again.of_terms[i]);
    }
  }
  for (std::size_t i = 0; i < terms.size(); ++i) {
    std::sort(drawn[i].begin(), drawn[i].end());
    const auto at = [&](double share) {
      return drawn[i]
                  [static_cast<std::size_t>(std::lround(share * static_cast<double>(draws - 1)))];
    };
    shares[i].low = std::min(at(.025), shares[i].share);
    shares[i].high = std::max(at(.975), shares[i].share);
  }
}

void sort_shares(std::vector<EffectShare>& shares) {
  std::stable_sort(shares.begin(), shares.end(), [](const EffectShare& l, const EffectShare& r) {
    return l.axes.size() != r.axes.size() ? l.axes.size() < r.axes.size() : l.share > r.share;
  });
}

/// Every cell once.
bool is_whole(const GridShape& shape, const std::vector<GridCell>& cells) {
  std::vector<bool> seen(shape.cells(), false);
  for (const GridCell& cell : cells) {
    seen[shape.cell(cell.at)] = true;
  }
  return cells.size() == shape.cells() &&
         std::count(seen.begin(), seen.end(), true) == static_cast<std::ptrdiff_t>(seen.size());
}

/// Each cell's squared error; where all cells have one.
std::optional<std::vector<double>> errors_of(const GridShape& shape,
                                             const std::vector<GridCell>& cells) {
  std::vector<double> errors(shape.cells(), 0);
  for (const GridCell& cell : cells) {
    if (!cell.squared_error) {
      return std::nullopt;
    }
    errors[shape.cell(cell.at)] = *cell.squared_error;
  }
  return errors;
}

/// The product of the sizes; what no grid has is cut off.
bool is_too_large(const std::vector<std::size_t>& sizes) {
  constexpr std::size_t most_cells = 2'000'000;
  std::size_t cells = 1;
  for (const std::size_t size : sizes) {
    if (size == 0 || cells > most_cells / size) {
      return true;
    }
    cells *= size;
  }
  return false;
}

}  // namespace

Effects analyse_effects(const std::vector<GridCell>& cells, const std::vector<std::size_t>& sizes) {
  if (cells.empty() || is_too_large(sizes)) {
    return {};
  }
  const GridShape shape(sizes);
  const auto terms = terms_of(shape);
  std::vector<double> means(shape.cells());
  const bool whole = is_whole(shape, cells);
  if (whole) {
    for (const GridCell& cell : cells) {
      means[shape.cell(cell.at)] = cell.mean;
    }
  } else if (auto completed = complete_grid(cells, sizes)) {
    means = std::move(*completed);
  } else {
    return {};
  }
  const auto errors = whole ? errors_of(shape, cells) : std::nullopt;
  const TermShares shares =
      shares_of(shape, terms, decompose(shape, means, terms), errors ? mean_of_cells(*errors) : 0);
  Effects effects{.kind = whole ? EffectsKind::exact : EffectsKind::least_squares,
                  .rest = shares.rest,
                  .is_without_noise = errors.has_value()};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    effects.shares.push_back({.axes = terms[i], .share = shares.of_terms[i]});
  }
  if (errors) {
    add_intervals(effects.shares, shape, terms, means, *errors);
  }
  sort_shares(effects.shares);
  const double mean = mean_of_cells(means);
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    effects.means.push_back(main_effects(shape, means, axis, mean));
    for (double& each : effects.means.back()) {
      each += mean;
    }
  }
  return effects;
}

}  // namespace tarama::statistics
