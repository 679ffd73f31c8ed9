// See kernel_compiler.hpp.
#include "worker/cuda/driver/kernel_compiler.hpp"

#include "worker/cuda/driver/dynamic_library.hpp"
#include "worker/cuda/driver/kernel_source.hpp"
#include "worker/cuda/driver/library_places.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace tarama::cuda {
namespace {

namespace fs = std::filesystem;

using Program = struct ProgramOfNvrtc*;

// As docs.nvidia.com/cuda/nvrtc declares them; 0 is success.
struct Nvrtc {
  int (*version)(int*, int*) = nullptr;
  int (*create)(Program*, const char*, const char*, int, const char* const*, const char* const*) =
      nullptr;
  int (*destroy)(Program*) = nullptr;
  int (*compile)(Program, int, const char* const*) = nullptr;
  int (*log_size)(Program, std::size_t*) = nullptr;
  int (*log)(Program, char*) = nullptr;
  int (*code_size)(Program, std::size_t*) = nullptr;
  int (*code)(Program, char*) = nullptr;
  const char* (*error_text)(int) = nullptr;
  std::string path{};

  [[nodiscard]] std::string name() const {
    int major = 0;
    int minor = 0;
    version(&major, &minor);
    return fmt::format("NVRTC {}.{}", major, minor);
  }

  [[nodiscard]] std::string words() const { return fmt::format("{} ({})", name(), path); }
};

Result<Nvrtc> load_nvrtc() {
  auto library = DynamicLibrary::open("NVRTC, which compiles the kernels,", nvrtc_candidates());
  if (!library) {
    return library.error();
  }
  Nvrtc nvrtc;
  nvrtc.path = library->path();
  const bool is_whole = library->find("nvrtcVersion", nvrtc.version) &&
                        library->find("nvrtcCreateProgram", nvrtc.create) &&
                        library->find("nvrtcDestroyProgram", nvrtc.destroy) &&
                        library->find("nvrtcCompileProgram", nvrtc.compile) &&
                        library->find("nvrtcGetProgramLogSize", nvrtc.log_size) &&
                        library->find("nvrtcGetProgramLog", nvrtc.log) &&
                        library->find("nvrtcGetCUBINSize", nvrtc.code_size) &&
                        library->find("nvrtcGetCUBIN", nvrtc.code) &&
                        library->find("nvrtcGetErrorString", nvrtc.error_text);
  if (!is_whole) {
    return Error{
        Errc::refused,
        fmt::format("{} lacks functions of NVRTC; expected version 11.1 or newer", nvrtc.path)};
  }
  return nvrtc;
}

constexpr const char* language = "--std=c++17";

/// FNV-1a.
class Hash {
 public:
  Hash& add(std::string_view text) {
    for (const char character : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(character)) * 0x100000001B3U;
    }
    hash_ = (hash_ ^ 0xFFU) * 0x100000001B3U;  // ends of texts count
    return *this;
  }

  [[nodiscard]] std::string words() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

/// Of everything that the code depends on.
std::string source_hash(std::string_view architecture, const std::string& compiler) {
  Hash hash;
  hash.add(architecture).add(compiler).add(language);
  for (const SourceFile& header : kernel_headers()) {
    hash.add(header.name).add(header.text);
  }
  return hash.add(kernel_program().text).words();
}

std::string hash_of_code(const std::vector<char>& code) {
  return Hash().add({code.data(), code.size()}).words();
}

/// Code with its hash behind it; nothing where it is not whole: a disk that was full, or without
/// power, leaves files that the driver would read past the end of.
std::vector<char> read_kept(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> code{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const std::size_t hash_length = Hash().words().size();
  if (code.size() <= hash_length) {
    return {};
  }
  const std::string hash(code.end() - static_cast<std::ptrdiff_t>(hash_length), code.end());
  code.resize(code.size() - hash_length);
  return hash_of_code(code) == hash ? code : std::vector<char>();
}

/// Whole, or not at all; a cache that cannot be written is no trouble.
void keep(const fs::path& file, const std::vector<char>& code) {
  static std::atomic<int> number{0};  // another thread may write the same
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  const fs::path partial = fmt::format("{}.{}.{}", file.native(), getpid(), ++number);
  {
    std::ofstream stream(partial, std::ios::binary);
    stream.write(code.data(), static_cast<std::streamsize>(code.size()));
    stream << hash_of_code(code);
    if (!stream.flush()) {
      fs::remove(partial, ignored);
      return;
    }
  }
  fs::rename(partial, file, ignored);
}

Result<std::vector<char>> compile(const Nvrtc& nvrtc, const std::string& architecture) {
  std::vector<const char*> texts;
  std::vector<const char*> names;
  for (const SourceFile& header : kernel_headers()) {
    texts.push_back(header.text);
    names.push_back(header.name);
  }
  Program program = nullptr;
  int status = nvrtc.create(&program,
                            kernel_program().text,
                            kernel_program().name,
                            static_cast<int>(texts.size()),
                            texts.data(),
                            names.data());
  if (status != 0) {
    return Error{Errc::internal, fmt::format("NVRTC: {}", nvrtc.error_text(status))};
  }
  const auto destroy = [&](Program* its) { nvrtc.destroy(its); };
  const std::unique_ptr<Program, decltype(destroy)> owner(&program, destroy);
  const std::string target = "--gpu-architecture=" + architecture;
  const char* const options[] = {target.c_str(), language};
  status = nvrtc.compile(program, 2, options);
  std::size_t size = 0;
  if (status != 0) {
    nvrtc.log_size(program, &size);
    std::string log(size, '\0');
    nvrtc.log(program, log.data());
    return Error{Errc::refused,
                 fmt::format("{} cannot compile the kernels for {}: {}: {}",
                             nvrtc.words(),
                             architecture,
                             nvrtc.error_text(status),
                             log.c_str())};
  }
  status = nvrtc.code_size(program, &size);
  std::vector<char> code(size);
  if (status == 0 && size > 0) {
    status = nvrtc.code(program, code.data());
  }
  if (status != 0 || size == 0) {
    return Error{Errc::refused,
                 fmt::format("{} has compiled the kernels for {}, and gives no code: {}",
                             nvrtc.words(),
                             architecture,
                             nvrtc.error_text(status))};
  }
  return code;
}

}  // namespace

Result<std::string> find_kernel_compiler() {
  const auto nvrtc = load_nvrtc();
  if (!nvrtc) {
    return nvrtc.error();
  }
  return nvrtc->words();
}

Result<CompiledKernels> compile_kernels(const std::string& architecture,
                                        const std::string& cache_folder) {
  const auto nvrtc = load_nvrtc();
  if (!nvrtc) {
    return nvrtc.error();
  }
  CompiledKernels compiled{
      .code = {}, .compiler = nvrtc->name(), .code_hash = {}, .is_from_cache = false};
  // By its path as well: versions do not tell a compiler's updates apart.
  const fs::path file =
      fs::path(cache_folder) /
      fmt::format("{}-{}.kernels", source_hash(architecture, nvrtc->words()), architecture);
  if (!cache_folder.empty()) {
    compiled.code = read_kept(file);
    compiled.is_from_cache = !compiled.code.empty();
  }
  if (!compiled.is_from_cache) {
    auto code = compile(*nvrtc, architecture);
    if (!code) {
      return code.error();
    }
    compiled.code = std::move(*code);
    if (!cache_folder.empty()) {
      keep(file, compiled.code);
    }
  }
  compiled.code_hash = hash_of_code(compiled.code);
  return compiled;
}

}  // namespace tarama::cuda
