// One head of attention on made-up numbers: by a table of kernels, and by plain loops in double.
#pragma once

#include "tests/packed/tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace tarama::packed::test {

struct HeadShape {
  std::int64_t queries = 1;
  std::int64_t keys = 1;
  std::int64_t width = 1;
  bool drops = false;
  std::int64_t kept_gap = 0;  // bits between the rows of the mask
  std::int64_t seed = 1;
};

/// Rows of q, k, v and of the context's gradient, each `width` elements and a gap.
template <class Real>
struct HeadCase {
  explicit HeadCase(const HeadShape& its_shape) : shape(its_shape) {
    Numbers numbers(shape.seed);
    q = numbers.normal<Real>(shape.queries * stride());
    k = numbers.normal<Real>(shape.keys * stride());
    v = numbers.normal<Real>(shape.keys * stride());
    d_context = numbers.normal<Real>(shape.queries * stride());
    d_sums = numbers.normal<Real>(shape.queries);
    kept = numbers.words((shape.queries * kept_stride() + 63) / 64 + 1);
  }

  [[nodiscard]] std::int64_t kept_stride() const { return shape.keys + shape.kept_gap; }

  [[nodiscard]] std::int64_t stride() const { return shape.width + 3; }

  [[nodiscard]] double scale() const { return 1 / std::sqrt(static_cast<double>(shape.width)); }

  /// What the probability of an element is multiplied by.
  [[nodiscard]] double factor(std::int64_t query, std::int64_t key) const {
    if (!shape.drops) {
      return 1;
    }
    return is_kept(kept, query * kept_stride() + key) ? keep_scale : 0;
  }

  static constexpr double keep_scale = 2;

  HeadShape shape;
  std::vector<Real> q;
  std::vector<Real> k;
  std::vector<Real> v;
  std::vector<Real> d_context;
  std::vector<Real> d_sums;
  std::vector<std::uint64_t> kept;
};

/// Without gaps.
template <class Real>
struct HeadResults {
  std::vector<Real> probabilities;  // [queries, keys]
  std::vector<Real> sums;           // [queries], of dropped probabilities
  std::vector<Real> context;        // [queries, width], as is d_q
  std::vector<Real> d_q;
  std::vector<Real> d_k;  // [keys, width], as is d_v
  std::vector<Real> d_v;
};

/// The first `width` elements of each row; what lies between the rows must be untouched.
template <class Real>
std::vector<Real> without_gaps(const std::vector<Real>& rows,
                               std::int64_t stride,
                               std::int64_t width,
                               Real untouched) {
  std::vector<Real> result;
  for (std::int64_t i = 0; i < std::ssize(rows); ++i) {
    const Real number = rows[static_cast<std::size_t>(i)];
    if (i % stride < width) {
      result.push_back(number);
    } else {
      EXPECT_EQ(number, untouched) << "between rows, element " << i;
    }
  }
  return result;
}

template <class Real>
Head<Real> head_of(const HeadCase<Real>& made_up, Real* probabilities, Real* scratch) {
  return {.queries = made_up.shape.queries,
          .keys = made_up.shape.keys,
          .width = made_up.shape.width,
          .q = made_up.q.data(),
          .q_stride = made_up.stride(),
          .k = made_up.k.data(),
          .v = made_up.v.data(),
          .kv_stride = made_up.stride(),
          .scale = static_cast<Real>(made_up.scale()),
          .probabilities = probabilities,
          .kept = made_up.shape.drops ? made_up.kept.data() : nullptr,
          .kept_stride = made_up.kept_stride(),
          .keep_scale = Real{made_up.keep_scale},
          .sums = nullptr,
          .d_sums = nullptr,
          .scratch = scratch};
}

template <class Real>
std::vector<Real> scratch_for(const KernelTable<Real>& kernels, const HeadShape& shape) {
  // What others left there must not matter.
  return std::vector<Real>(
      static_cast<std::size_t>(kernels.head_scratch(shape.queries, shape.keys, shape.width)),
      not_a_number<Real>);
}

template <class Real>
std::vector<Real> padded_probabilities(const KernelTable<Real>& kernels,
                                       const HeadCase<Real>& made_up) {
  const HeadShape& shape = made_up.shape;
  std::vector<Real> scratch = scratch_for(kernels, shape);
  std::vector<Real> rows(static_cast<std::size_t>(shape.queries * kernels.padded(shape.keys)),
                         not_a_number<Real>);
  std::vector<Real> context(made_up.q.size());
  kernels.attend(head_of(made_up, rows.data(), scratch.data()), context.data(), made_up.stride());
  return rows;
}

template <class Real>
HeadResults<Real> results_by_kernels(const KernelTable<Real>& kernels,
                                     const HeadCase<Real>& made_up) {
  const HeadShape& shape = made_up.shape;
  const std::int64_t stride = made_up.stride();
  const std::int64_t line = kernels.padded(shape.keys);
  constexpr Real untouched = 77;
  std::vector<Real> scratch = scratch_for(kernels, shape);
  std::vector<Real> probabilities(static_cast<std::size_t>(shape.queries * line));
  std::vector<Real> context(made_up.q.size(), untouched);
  std::vector<Real> d_q(made_up.q.size(), untouched);
  std::vector<Real> d_k(made_up.k.size(), untouched);
  std::vector<Real> d_v(made_up.k.size(), untouched);
  Head<Real> head = head_of(made_up, probabilities.data(), scratch.data());
  std::vector<Real> sums(made_up.d_sums.size(), untouched);
  head.sums = sums.data();
  head.d_sums = made_up.d_sums.data();
  kernels.attend(head, context.data(), stride);
  std::ranges::fill(scratch, not_a_number<Real>);
  kernels.attend_backward(
      head, made_up.d_context.data(), stride, d_q.data(), d_k.data(), d_v.data());
  HeadResults<Real> results;
  for (std::int64_t i = 0; i < std::ssize(probabilities); ++i) {
    if (i % line < shape.keys) {
      results.probabilities.push_back(probabilities[static_cast<std::size_t>(i)]);
    }
  }
  results.sums = std::move(sums);
  results.context = without_gaps(context, stride, shape.width, untouched);
  results.d_q = without_gaps(d_q, stride, shape.width, untouched);
  results.d_k = without_gaps(d_k, stride, shape.width, untouched);
  results.d_v = without_gaps(d_v, stride, shape.width, untouched);
  return results;
}

/// Row `row` of a times row `other` of b.
template <class Real>
double dot(const HeadCase<Real>& made_up,
           const std::vector<Real>& a,
           std::int64_t row,
           const std::vector<Real>& b,
           std::int64_t other) {
  double sum = 0;
  for (std::int64_t i = 0; i < made_up.shape.width; ++i) {
    sum += static_cast<double>(a[static_cast<std::size_t>(row * made_up.stride() + i)]) *
           static_cast<double>(b[static_cast<std::size_t>(other * made_up.stride() + i)]);
  }
  return sum;
}

/// Row `to` of sum += factor times row `from` of rows.
template <class Real>
void add_row(const HeadCase<Real>& made_up,
             double factor,
             const std::vector<Real>& rows,
             std::int64_t from,
             std::vector<double>& sum,
             std::int64_t to) {
  for (std::int64_t i = 0; i < made_up.shape.width; ++i) {
    sum[static_cast<std::size_t>(to * made_up.shape.width + i)] +=
        factor * static_cast<double>(rows[static_cast<std::size_t>(from * made_up.stride() + i)]);
  }
}

/// The softmax of one query's scores.
template <class Real>
std::vector<double> probabilities_of(const HeadCase<Real>& made_up, std::int64_t query) {
  std::vector<double> row;
  for (std::int64_t key = 0; key < made_up.shape.keys; ++key) {
    row.push_back(dot(made_up, made_up.q, query, made_up.k, key) * made_up.scale());
  }
  const double largest = *std::ranges::max_element(row);
  double sum = 0;
  for (double& number : row) {
    number = std::exp(number - largest);
    sum += number;
  }
  for (double& number : row) {
    number /= sum;
  }
  return row;
}

template <class Real>
HeadResults<double> results_by_loops(const HeadCase<Real>& made_up) {
  const HeadShape& shape = made_up.shape;
  HeadResults<double> results;
  results.context.resize(static_cast<std::size_t>(shape.queries * shape.width));
  results.d_q = results.context;
  results.d_k.resize(static_cast<std::size_t>(shape.keys * shape.width));
  results.d_v = results.d_k;
  for (std::int64_t query = 0; query < shape.queries; ++query) {
    const std::vector<double> row = probabilities_of(made_up, query);
    results.probabilities.insert(results.probabilities.end(), row.begin(), row.end());
    std::vector<double> d_row;
    double mean = 0;
    double sum = 0;
    for (std::int64_t key = 0; key < shape.keys; ++key) {
      const double weight = row[static_cast<std::size_t>(key)] * made_up.factor(query, key);
      sum += weight;
      add_row(made_up, weight, made_up.v, key, results.context, query);
      add_row(made_up, weight, made_up.d_context, query, results.d_v, key);
      const double d_weight = dot(made_up, made_up.d_context, query, made_up.v, key) +
                              static_cast<double>(made_up.d_sums[static_cast<std::size_t>(query)]);
      d_row.push_back(d_weight * made_up.factor(query, key));
      mean += d_row.back() * row[static_cast<std::size_t>(key)];
    }
    results.sums.push_back(sum);
    for (std::int64_t key = 0; key < shape.keys; ++key) {
      const auto i = static_cast<std::size_t>(key);
      const double d_score = (d_row[i] - mean) * row[i] * made_up.scale();
      add_row(made_up, d_score, made_up.k, key, results.d_q, query);
      add_row(made_up, d_score, made_up.q, query, results.d_k, key);
    }
  }
  return results;
}

}  // namespace tarama::packed::test
