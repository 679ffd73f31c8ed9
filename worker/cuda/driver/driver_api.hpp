// The functions of NVIDIA's driver that a device needs, found at run time; declared here as cuda.h
// does, so that no header of CUDA is needed to build.
#pragma once

#include "core/sweep/result.hpp"

#include <cstddef>
#include <string>

namespace tarama::cuda {

/// By cuda.h's names without their cu; 0 is success.
struct DriverApi {
  using Handle = void*;               // of a context, stream, event, module, function or graph
  using Memory = unsigned long long;  // an address of the device

  static constexpr int out_of_memory = 2;
  static constexpr int compute_capability_major = 75;
  static constexpr int compute_capability_minor = 76;
  static constexpr unsigned stream_non_blocking = 1;
  // Waits leave the processor to others: what is waited for is some steps old.
  static constexpr unsigned event_blocking_sync = 1;
  static constexpr unsigned event_disable_timing = 2;
  static constexpr int capture_thread_local = 1;

  int (*init)(unsigned) = nullptr;
  int (*driver_get_version)(int*) = nullptr;
  int (*get_error_string)(int, const char**) = nullptr;
  int (*device_get)(int*, int) = nullptr;
  int (*device_get_count)(int*) = nullptr;
  int (*device_get_name)(char*, int, int) = nullptr;
  int (*device_get_attribute)(int*, int, int) = nullptr;
  int (*device_total_mem)(std::size_t*, int) = nullptr;
  int (*primary_ctx_retain)(Handle*, int) = nullptr;
  int (*primary_ctx_release)(int) = nullptr;
  int (*ctx_set_current)(Handle) = nullptr;
  int (*module_load_data)(Handle*, const void*) = nullptr;
  int (*module_unload)(Handle) = nullptr;
  int (*module_get_function)(Handle*, Handle, const char*) = nullptr;
  int (*mem_get_info)(std::size_t*, std::size_t*) = nullptr;
  int (*mem_alloc)(Memory*, std::size_t) = nullptr;
  int (*mem_free)(Memory) = nullptr;
  int (*mem_host_alloc)(void**, std::size_t, unsigned) = nullptr;
  int (*mem_free_host)(void*) = nullptr;
  int (*memcpy_htod_async)(Memory, const void*, std::size_t, Handle) = nullptr;
  int (*memcpy_dtoh_async)(void*, Memory, std::size_t, Handle) = nullptr;
  int (*memcpy_dtod_async)(Memory, Memory, std::size_t, Handle) = nullptr;
  int (*memset_d8_async)(Memory, unsigned char, std::size_t, Handle) = nullptr;
  int (*stream_create)(Handle*, unsigned) = nullptr;
  int (*stream_destroy)(Handle) = nullptr;
  int (*stream_synchronize)(Handle) = nullptr;
  int (*stream_wait_event)(Handle, Handle, unsigned) = nullptr;
  int (*stream_begin_capture)(Handle, int) = nullptr;
  int (*stream_end_capture)(Handle, Handle*) = nullptr;
  int (*event_create)(Handle*, unsigned) = nullptr;
  int (*event_destroy)(Handle) = nullptr;
  int (*event_record)(Handle, Handle) = nullptr;
  int (*event_synchronize)(Handle) = nullptr;
  int (*graph_instantiate)(Handle*, Handle, unsigned long long) = nullptr;
  int (*graph_launch)(Handle, Handle) = nullptr;
  int (*graph_destroy)(Handle) = nullptr;
  int (*graph_exec_destroy)(Handle) = nullptr;
  int (*launch_kernel)(Handle,
                       unsigned,
                       unsigned,
                       unsigned,
                       unsigned,
                       unsigned,
                       unsigned,
                       unsigned,
                       Handle,
                       void**,
                       void**) = nullptr;

  /// What the driver says of a status.
  [[nodiscard]] std::string words_of(int status) const;
};

/// Opened once; any thread. An error, for a person, where there is no driver or it is too old;
/// `not_found` where the machine has none.
[[nodiscard]] Result<const DriverApi*> load_driver();

}  // namespace tarama::cuda
