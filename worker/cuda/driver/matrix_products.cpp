// See matrix_products.hpp. cuBLASLt's matrices lie by columns: a product of ours is that of the
// transposed factors, the second one first.
#include "worker/cuda/driver/matrix_products.hpp"

#include "worker/cuda/driver/dynamic_library.hpp"
#include "worker/cuda/driver/library_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

namespace tarama::cuda {
namespace {

// cublasLt.h, library_types.h and cublas_api.h.
constexpr int real_float32 = 0;
constexpr int real_bfloat16 = 14;
constexpr int compute_float32 = 68;
constexpr int transposed = 1;
constexpr int not_supported = 15;
constexpr int description_of_a_transposed = 3;
constexpr int description_of_b_transposed = 4;
constexpr int preferred_workspace_bytes = 1;
constexpr int preferred_reductions = 3;
constexpr int preferred_alignment_of_a = 5;  // b, c and d are the next three
// Partial sums of a split product, kept in float32: in the result's type they would be rounded to
// bfloat16 before they are added, and in place the order in which they come would count.
constexpr std::uint32_t reductions_of_sums = 2;

struct Algorithm {
  std::uint64_t data[8];
};

struct Heuristic {
  Algorithm algorithm;
  std::size_t workspace;
  int status;
  float waves;
  int reserved[4];
};

static_assert(sizeof(Heuristic) == 96, "as cublasLtMatmulHeuristicResult_t");

struct Lt {
  int (*create)(void**) = nullptr;
  int (*destroy)(void*) = nullptr;
  std::size_t (*version)() = nullptr;
  int (*description_create)(void**, int, int) = nullptr;
  int (*description_destroy)(void*) = nullptr;
  int (*description_set)(void*, int, const void*, std::size_t) = nullptr;
  int (*layout_create)(void**, int, std::uint64_t, std::uint64_t, std::int64_t) = nullptr;
  int (*layout_destroy)(void*) = nullptr;
  int (*preference_create)(void**) = nullptr;
  int (*preference_destroy)(void*) = nullptr;
  int (*preference_set)(void*, int, const void*, std::size_t) = nullptr;
  int (*heuristic)(void*, void*, void*, void*, void*, void*, void*, int, Heuristic*, int*) =
      nullptr;
  int (*matmul)(void*,
                void*,
                const void*,
                const void*,
                void*,
                const void*,
                void*,
                const void*,
                const void*,
                void*,
                void*,
                void*,
                const Algorithm*,
                void*,
                std::size_t,
                void*) = nullptr;
  std::string path{};
};

/// As cublas_api.h has them.
std::string name_of_status(int status) {
  switch (status) {
    case 1:
      return "NOT_INITIALIZED";
    case 3:
      return "ALLOC_FAILED";
    case 7:
      return "INVALID_VALUE";
    case 8:
      return "ARCH_MISMATCH";
    case 13:
      return "EXECUTION_FAILED";
    case 14:
      return "INTERNAL_ERROR";
    case 15:
      return "NOT_SUPPORTED";
    default:
      return fmt::format("{}", status);
  }
}

void check(int status, const std::string& what) {
  constexpr int alloc_failed = 3;
  const auto text = [&] {
    return fmt::format("CUDA error: CUBLAS_STATUS_{}: {}", name_of_status(status), what);
  };
  if (status == alloc_failed) {
    throw OutOfDeviceMemory(text());
  }
  if (status != 0) {
    throw DeviceError(text());
  }
}

Result<Lt> load_lt() {
  const auto library =
      DynamicLibrary::open("cuBLASLt, which multiplies matrices,", cublaslt_candidates());
  if (!library) {
    return library.error();
  }
  Lt lt;
  lt.path = library->path();
  const bool is_whole = library->find("cublasLtCreate", lt.create) &&
                        library->find("cublasLtDestroy", lt.destroy) &&
                        library->find("cublasLtGetVersion", lt.version) &&
                        library->find("cublasLtMatmulDescCreate", lt.description_create) &&
                        library->find("cublasLtMatmulDescDestroy", lt.description_destroy) &&
                        library->find("cublasLtMatmulDescSetAttribute", lt.description_set) &&
                        library->find("cublasLtMatrixLayoutCreate", lt.layout_create) &&
                        library->find("cublasLtMatrixLayoutDestroy", lt.layout_destroy) &&
                        library->find("cublasLtMatmulPreferenceCreate", lt.preference_create) &&
                        library->find("cublasLtMatmulPreferenceDestroy", lt.preference_destroy) &&
                        library->find("cublasLtMatmulPreferenceSetAttribute", lt.preference_set) &&
                        library->find("cublasLtMatmulAlgoGetHeuristic", lt.heuristic) &&
                        library->find("cublasLtMatmul", lt.matmul);
  if (!is_whole) {
    return Error{Errc::refused, fmt::format("{} lacks functions of cuBLASLt", lt.path)};
  }
  return lt;
}

int type_of(NumberType type) {
  return type == NumberType::float32 ? real_float32 : real_bfloat16;
}

/// The largest power of two up to 256 that divides the address.
std::uint32_t alignment_of(Address address) {
  const int zeros = std::min(8, std::countr_zero(address | 256U));
  return std::uint32_t{1} << zeros;
}

/// What a plan depends on.
using Key = std::tuple<std::int64_t,
                       std::int64_t,
                       std::int64_t,
                       std::int64_t,
                       std::int64_t,
                       std::int64_t,
                       int,
                       std::uint64_t>;

Key plan_key_of(const MatrixProduct& p) {
  const int kind = (p.a.is_transposed ? 1 : 0) | (p.b.is_transposed ? 2 : 0) |
                   (p.factors == NumberType::bfloat16 ? 4 : 0) |
                   (p.result == NumberType::bfloat16 ? 8 : 0) | (p.adds_to_c ? 16 : 0);
  const std::uint64_t alignments = std::uint64_t{alignment_of(p.a.values)} << 32 |
                                   alignment_of(p.b.values) << 16 | alignment_of(p.c);
  return {p.m, p.n, p.k, p.a.stride, p.b.stride, p.c_stride, kind, alignments};
}

/// What cuBLASLt has made, given back with its owner.
using Made = std::unique_ptr<void, int (*)(void*)>;

struct Plan {
  Made description;
  Made first;  // layouts: of our b, our a, and c
  Made second;
  Made result;
  Algorithm algorithm{};
};

/// A factor as cuBLASLt sees it: what is [rows, columns] by rows is [columns, rows] by columns.
Made layout_of(
    const Lt& lt, const Factor& factor, NumberType type, std::int64_t rows, std::int64_t columns) {
  void* layout = nullptr;
  const std::int64_t inner = factor.is_transposed ? rows : columns;
  const std::int64_t outer = factor.is_transposed ? columns : rows;
  check(lt.layout_create(&layout,
                         type_of(type),
                         static_cast<std::uint64_t>(inner),
                         static_cast<std::uint64_t>(outer),
                         factor.stride),
        "a matrix's layout");
  return {layout, lt.layout_destroy};
}

}  // namespace

struct MatrixProducts::Parts {
  explicit Parts(Lt its_lt) : lt(std::move(its_lt)) {
    check(lt.create(&handle), "cuBLASLt does not start");
  }

  ~Parts() {
    plans.clear();
    lt.destroy(handle);
  }

  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void choose(const MatrixProduct& product, Plan& plan) const;
  const Plan& plan_for(const MatrixProduct& product);

  Lt lt;
  void* handle = nullptr;
  std::mutex mutex;  // of the next
  std::map<Key, Plan> plans;
};

void MatrixProducts::Parts::choose(const MatrixProduct& product, Plan& plan) const {
  void* created = nullptr;
  check(lt.preference_create(&created), "a preference");
  const Made preference(created, lt.preference_destroy);
  const auto set = [&](int what, auto value) {
    check(lt.preference_set(preference.get(), what, &value, sizeof(value)), "a preference");
  };
  set(preferred_workspace_bytes, std::uint64_t{workspace_bytes});
  set(preferred_reductions, reductions_of_sums);
  const std::uint32_t alignments[] = {alignment_of(product.b.values),
                                      alignment_of(product.a.values),
                                      alignment_of(product.c),
                                      alignment_of(product.c)};
  for (int i = 0; i < 4; ++i) {
    set(preferred_alignment_of_a + i, alignments[i]);
  }
  Heuristic best{};
  int count = 0;
  int status = lt.heuristic(handle,
                            plan.description.get(),
                            plan.first.get(),
                            plan.second.get(),
                            plan.result.get(),
                            plan.result.get(),
                            preference.get(),
                            1,
                            &best,
                            &count);
  if (status == 0) {
    status = count == 0 ? not_supported : best.status;
  }
  check(status,
        fmt::format(
            "no way to multiply [{}, {}] by [{}, {}]", product.m, product.k, product.k, product.n));
  plan.algorithm = best.algorithm;
}

const Plan& MatrixProducts::Parts::plan_for(const MatrixProduct& product) {
  const std::lock_guard lock(mutex);
  const Key key = plan_key_of(product);
  if (const auto found = plans.find(key); found != plans.end()) {
    return found->second;
  }
  void* created = nullptr;
  check(lt.description_create(&created, compute_float32, real_float32), "a description");
  Plan plan{
      .description = {created, lt.description_destroy},
      .first = layout_of(lt, product.b, product.factors, product.k, product.n),
      .second = layout_of(lt, product.a, product.factors, product.m, product.k),
      .result = layout_of(lt, {.stride = product.c_stride}, product.result, product.m, product.n)};
  const auto transpose = [&](int which, const Factor& factor) {
    if (factor.is_transposed) {
      const int value = transposed;
      check(lt.description_set(plan.description.get(), which, &value, sizeof(value)),
            "a description");
    }
  };
  transpose(description_of_a_transposed, product.b);
  transpose(description_of_b_transposed, product.a);
  choose(product, plan);
  return plans.emplace(key, std::move(plan)).first->second;  // where it stays
}

MatrixProducts::MatrixProducts(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

MatrixProducts::~MatrixProducts() = default;

Result<std::string> find_matrix_library() {
  const auto lt = load_lt();
  if (!lt) {
    return lt.error();
  }
  return fmt::format("cuBLASLt {} ({})", lt->version(), lt->path);
}

Result<std::unique_ptr<MatrixProducts>> MatrixProducts::make() {
  auto lt = load_lt();
  if (!lt) {
    return lt.error();
  }
  return std::unique_ptr<MatrixProducts>(
      new MatrixProducts(std::make_unique<Parts>(std::move(*lt))));
}

std::string MatrixProducts::version() const {
  return fmt::format("cuBLASLt {}", parts_->lt.version());
}

void MatrixProducts::multiply(const MatrixProduct& product,
                              void* stream,
                              const Workspace& workspace) {
  const Plan& plan = parts_->plan_for(product);
  const float one = 1;
  const float kept = product.adds_to_c ? 1 : 0;
  const auto at = [](Address address) { return reinterpret_cast<void*>(address); };
  check(parts_->lt.matmul(parts_->handle,
                          plan.description.get(),
                          &one,
                          at(product.b.values),
                          plan.first.get(),
                          at(product.a.values),
                          plan.second.get(),
                          &kept,
                          at(product.c),
                          plan.result.get(),
                          at(product.c),
                          plan.result.get(),
                          &plan.algorithm,
                          workspace.memory,
                          workspace.bytes,
                          stream),
        "a product");
}

}  // namespace tarama::cuda
