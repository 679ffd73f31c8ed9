// Products by cuBLASLt: one plan for each shape, chosen once. TF32 is off, and partial sums are
// never added in place, so that a shape's bits are the same each time.
#pragma once

#include "core/sweep/result.hpp"
#include "worker/cuda/device/device.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tarama::cuda {

/// Memory that products of a stream may use meanwhile.
struct Workspace {
  void* memory = nullptr;
  std::size_t bytes = 0;
};

inline constexpr std::size_t workspace_bytes = std::size_t{32}
                                               << 20;  // what NVIDIA asks for on H100

/// Whether there is a cuBLASLt: its version and path, or an error for a person. Needs no device.
[[nodiscard]] Result<std::string> find_matrix_library();

/// For any thread.
class MatrixProducts {
 public:
  /// With the device's context current. An error, for a person, where there is no cuBLASLt.
  [[nodiscard]] static Result<std::unique_ptr<MatrixProducts>> make();
  ~MatrixProducts();
  MatrixProducts(const MatrixProducts&) = delete;
  MatrixProducts& operator=(const MatrixProducts&) = delete;

  /// "cuBLASLt 130002".
  [[nodiscard]] std::string version() const;

  /// Enqueues it. Throws DeviceError.
  void multiply(const MatrixProduct& product, void* stream, const Workspace& workspace);

 private:
  struct Parts;
  explicit MatrixProducts(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarama::cuda
