// A library that is opened at run time, so that the program starts where it is missing.
#pragma once

#include "core/sweep/result.hpp"

#include <string>
#include <vector>

namespace tarama::cuda {

class DynamicLibrary {
 public:
  /// The first of `candidates` that opens: absolute paths, or names for the system's search. Never
  /// closed: libraries of CUDA do not survive it. An error, for a person, says what was tried;
  /// `what` is what it is for.
  [[nodiscard]] static Result<DynamicLibrary> open(const std::string& what,
                                                   const std::vector<std::string>& candidates);

  /// Where it was opened, as it was asked for.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// False where the library has no such function; `function` is null then.
  template <class Function>
  [[nodiscard]] bool find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(symbol(name));
    return function != nullptr;
  }

 private:
  DynamicLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  [[nodiscard]] void* symbol(const char* name) const;

  void* handle_;
  std::string path_;
};

}  // namespace tarama::cuda
