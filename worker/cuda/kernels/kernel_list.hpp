// Every kernel by name: TARAMA_CUDA_KERNELS(entry) is entry(name, type) for each.
#pragma once

#include "worker/cuda/kernels/activation_kernels.hpp"
#include "worker/cuda/kernels/attend.hpp"
#include "worker/cuda/kernels/attend_backward.hpp"
#include "worker/cuda/kernels/head_kernels.hpp"
#include "worker/cuda/kernels/row_kernels.hpp"
#include "worker/cuda/kernels/sum_kernels.hpp"
#include "worker/cuda/kernels/update_kernels.hpp"

#define TARAMA_CUDA_KERNELS(entry)                                                                 \
  entry(embed_f32, tarama::cuda::Embed<float>) entry(embed_bf16,                                   \
                                                     tarama::cuda::Embed<tarama::cuda::BFloat16>)  \
      entry(add_and_normalize_f32, tarama::cuda::AddAndNormalize<float>) entry(                    \
          add_and_normalize_bf16, tarama::cuda::AddAndNormalize<tarama::cuda::BFloat16>)           \
          entry(normalize_backward_f32, tarama::cuda::NormalizeBackward<float>) entry(             \
              normalize_backward_bf16, tarama::cuda::NormalizeBackward<tarama::cuda::BFloat16>)    \
              entry(spread_first, tarama::cuda::SpreadFirst) entry(activate_f32,                   \
                                                                   tarama::cuda::Activate<float>)  \
                  entry(activate_bf16, tarama::cuda::Activate<tarama::cuda::BFloat16>) entry(      \
                      activate_backward_f32,                                                       \
                      tarama::cuda::ActivateBackward<float>) entry(activate_backward_bf16,         \
                                                                   tarama::cuda::ActivateBackward< \
                                                                       tarama::cuda::BFloat16>)    \
                      entry(attend_f32, tarama::cuda::Attend<float>) entry(                        \
                          attend_bf16, tarama::cuda::Attend<tarama::cuda::BFloat16>)               \
                          entry(attend_backward_f32, tarama::cuda::AttendBackward<float>) entry(   \
                              attend_backward_bf16,                                                \
                              tarama::cuda::AttendBackward<tarama::cuda::BFloat16>)                \
                              entry(pool, tarama::cuda::Pool) entry(                               \
                                  pool_backward_f32, tarama::cuda::PoolBackward<float>)            \
                                  entry(pool_backward_bf16,                                        \
                                        tarama::cuda::PoolBackward<tarama::cuda::BFloat16>)        \
                                      entry(cross_entropy, tarama::cuda::CrossEntropy)             \
                                          entry(finish_loss, tarama::cuda::FinishLoss) entry(      \
                                              sum_columns, tarama::cuda::SumColumns)               \
                                              entry(finish_sums, tarama::cuda::FinishSums) entry(  \
                                                  word_gradients, tarama::cuda::WordGradients)     \
                                                  entry(position_gradients,                        \
                                                        tarama::cuda::PositionGradients)           \
                                                      entry(sum_squares, tarama::cuda::SumSquares) \
                                                          entry(clip_factors,                      \
                                                                tarama::cuda::ClipFactors)         \
                                                              entry(update, tarama::cuda::Update)  \
                                                                  entry(round_values,              \
                                                                        tarama::cuda::RoundValues)
