// All kernels as functions of a GPU: what NVRTC and nvcc compile.
#include "worker/cuda/kernels/kernel_list.hpp"

TARAMA_CUDA_KERNELS(TARAMA_CUDA_KERNEL)
