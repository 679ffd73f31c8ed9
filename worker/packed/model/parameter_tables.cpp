// Rows to and from whole parameters.
#include "worker/packed/model/parameter_tables.hpp"

#include "core/sweep/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace tarama::packed {
namespace {

/// The whole parameter's row that a slot's row is.
std::int64_t whole_row(const std::vector<std::int32_t>* pieces, std::int64_t row) {
  return pieces != nullptr ? (*pieces)[static_cast<std::size_t>(row)] : row;
}

std::int64_t whole_rows(const Slot& slot) {
  const std::vector<std::int64_t>& shape = slot.parameter.shape;
  return shape.size() == 2 ? shape.front() : 1;
}

std::vector<std::int32_t> rows_left_out(const ModelPlan& plan, const Slot& slot) {
  std::vector<bool> is_used(static_cast<std::size_t>(whole_rows(slot)), false);
  const auto* const pieces = pieces_of(plan, slot);
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    is_used[static_cast<std::size_t>(whole_row(pieces, row))] = true;
  }
  std::vector<std::int32_t> rows;
  for (std::size_t row = 0; row < is_used.size(); ++row) {
    if (!is_used[row]) {
      rows.push_back(static_cast<std::int32_t>(row));
    }
  }
  return rows;
}

}  // namespace

template <class Real>
void scatter(const ModelPlan& plan, const Slot& slot, const Real* rows, std::span<float> whole) {
  const auto* const pieces = pieces_of(plan, slot);
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    std::copy_n(
        rows + row * slot.width, slot.width, whole.begin() + whole_row(pieces, row) * slot.width);
  }
}

template <class Real>
void gather(const ModelPlan& plan, const Slot& slot, std::span<const float> whole, Real* rows) {
  const auto* const pieces = pieces_of(plan, slot);
  for (std::int64_t row = 0; row < slot.rows; ++row) {
    std::copy_n(
        whole.begin() + whole_row(pieces, row) * slot.width, slot.width, rows + row * slot.width);
  }
}

template <class Real>
ParameterTables<Real>::ParameterTables(const ModelPlan& plan, const KernelTable<Real>& kernels)
    : plan_(plan), kernels_(kernels), values_(plan.elements) {
  for (const Slot& slot : plan.slots) {
    Unused unused;
    unused.rows = rows_left_out(plan, slot);
    unused.values = Buffer<Real>(static_cast<std::int64_t>(unused.rows.size()) * slot.width);
    unused_.push_back(std::move(unused));
  }
}

template <class Real>
void ParameterTables<Real>::set(const ModelWeights& weights) {
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    const Parameter& parameter = plan_.slots[i].parameter;
    const auto found = weights.find(parameter.name);
    if (found == weights.end() || found->second.shape != parameter.shape) {
      throw std::invalid_argument(
          found == weights.end()
              ? fmt::format("its weights have no parameter '{}'", parameter.name)
              : fmt::format("its parameter '{}' has another shape", parameter.name));
    }
    set(i, found->second.values);
  }
}

template <class Real>
ModelWeights ParameterTables<Real>::get(std::span<const Real> rates, Real weight_decay) {
  ModelWeights weights;
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    const Parameter& parameter = plan_.slots[i].parameter;
    std::int64_t elements = 1;
    for (const std::int64_t size : parameter.shape) {
      elements *= size;
    }
    std::vector<float> whole(static_cast<std::size_t>(elements));
    get(i, rates, weight_decay, whole);
    weights.emplace(parameter.name, NamedArray{parameter.shape, std::move(whole)});
  }
  return weights;
}

template <class Real>
void ParameterTables<Real>::set(std::size_t slot_number, std::span<const float> whole) {
  const Slot& slot = plan_.slots[slot_number];
  gather(plan_, slot, whole, values_.data() + slot.offset);
  Unused& unused = unused_[slot_number];
  for (std::size_t i = 0; i < unused.rows.size(); ++i) {
    std::copy_n(whole.begin() + unused.rows[i] * slot.width,
                slot.width,
                unused.values.data() + static_cast<std::int64_t>(i) * slot.width);
  }
  unused.updates = 0;
}

template <class Real>
void ParameterTables<Real>::get(std::size_t slot_number,
                                std::span<const Real> rates,
                                Real weight_decay,
                                std::span<float> whole) {
  const Slot& slot = plan_.slots[slot_number];
  scatter(plan_, slot, values_.data() + slot.offset, whole);
  Unused& unused = unused_[slot_number];
  TARAMA_ASSERT(unused.updates <= rates.size(), "updates are not taken back");
  const std::span<const Real> due = rates.subspan(unused.updates);
  if (weight_decay > 0 && !due.empty()) {
    kernels_.decay(due.data(),
                   static_cast<std::int64_t>(due.size()),
                   weight_decay,
                   unused.values.size(),
                   unused.values.data());
  }
  unused.updates = rates.size();
  for (std::size_t i = 0; i < unused.rows.size(); ++i) {
    std::copy_n(unused.values.data() + static_cast<std::int64_t>(i) * slot.width,
                slot.width,
                whole.begin() + unused.rows[i] * slot.width);
  }
}

template class ParameterTables<float>;
template class ParameterTables<double>;
template void scatter(const ModelPlan&, const Slot&, const float*, std::span<float>);
template void scatter(const ModelPlan&, const Slot&, const double*, std::span<float>);
template void gather(const ModelPlan&, const Slot&, std::span<const float>, float*);
template void gather(const ModelPlan&, const Slot&, std::span<const float>, double*);

}  // namespace tarama::packed
