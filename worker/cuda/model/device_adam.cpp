// See device_adam.hpp.
#include "worker/cuda/model/device_adam.hpp"

#include "core/training/architecture.hpp"
#include "worker/cuda/model/staging.hpp"

#include <algorithm>
#include <vector>

namespace tarama::cuda {
namespace {

struct Tables {
  std::vector<ChunkInfo> chunks;
  std::vector<TensorInfo> tensors;
};

/// A row of the table of words is a chunk, since a batch has a gradient for a few of them.
void add_chunks(const packed::Slot& slot, Int32 tensor, std::vector<ChunkInfo>& chunks) {
  const bool is_words = slot.parameter.module == Module::word_embeddings;
  const std::int64_t length = is_words ? slot.width : chunk_elements;
  for (std::int64_t first = 0; first < slot.elements(); first += length) {
    chunks.push_back({.begin = slot.offset + first,
                      .count = static_cast<Int32>(std::min(length, slot.elements() - first)),
                      .tensor = tensor,
                      .word = is_words ? static_cast<Int32>(first / length) : no_word,
                      .unused = 0});
  }
}

Tables tables_of(const packed::ModelPlan& plan, double weight_decay) {
  Tables tables;
  for (const packed::Slot& slot : plan.slots) {
    const auto tensor = static_cast<Int32>(tables.tensors.size());
    const auto first = static_cast<Int32>(tables.chunks.size());
    add_chunks(slot, tensor, tables.chunks);
    tables.tensors.push_back(
        {.first_chunk = first,
         .chunks = static_cast<Int32>(tables.chunks.size()) - first,
         .weight_decay = is_decayed(slot.parameter.role) ? static_cast<float>(weight_decay) : 0.0F,
         .unused = 0});
  }
  return tables;
}

}  // namespace

DeviceAdam::DeviceAdam(Device& device,
                       StreamId stream,
                       const packed::ModelPlan& plan,
                       const AdamSettings& settings,
                       Precision16 copies)
    : values(device, plan.elements),
      next_m(device, plan.elements),
      next_v(device, plan.elements),
      gradients(device, plan.elements),
      device_(device),
      settings_(settings) {
  if (copies == Precision16::bfloat16) {
    copies_ = DeviceArray<BFloat16>(device, plan.elements);
  }
  const Tables tables = tables_of(plan, settings.weight_decay);
  chunks_ = on_device(device, stream, tables.chunks);
  tensors_ = on_device(device, stream, tables.tensors);
  squares_ = DeviceArray<double>(device, chunks_.count());
  factors_ = DeviceArray<float>(device, tensors_.count());
  device.clear(stream, next_m.address(), next_m.bytes());
  device.clear(stream, next_v.address(), next_v.bytes());
  device.await(stream);
}

void DeviceAdam::update(StreamId stream, const BatchView& batch, Ptr<const OutcomeHeader> outcome) {
  const Grid by_chunk{.blocks_x = static_cast<Int32>(chunks_.count()), .threads = update_threads};
  const bool clips = settings_.max_grad_norm > 0;
  if (clips) {
    launch<SumSquares>(device_,
                       stream,
                       by_chunk,
                       {.batch = batch,
                        .chunks = chunks_.read(),
                        .gradients = gradients.read(),
                        .squares = squares_.ptr()});
    launch<ClipFactors>(
        device_,
        stream,
        {.blocks_x = static_cast<Int32>(tensors_.count()), .threads = update_threads},
        {.max_norm = static_cast<float>(settings_.max_grad_norm),
         .tensors = tensors_.read(),
         .squares = squares_.read(),
         .factors = factors_.ptr()});
  }
  launch<Update>(device_,
                 stream,
                 by_chunk,
                 {.batch = batch,
                  .outcome = outcome,
                  .chunks = chunks_.read(),
                  .tensors = tensors_.read(),
                  .factors = clips ? factors_.read() : Ptr<const float>(),
                  .gradients = gradients.read(),
                  .values = values.ptr(),
                  .next_m = next_m.ptr(),
                  .next_v = next_v.ptr(),
                  .rounded_values = copies_.ptr()});
}

void DeviceAdam::values_were_set(StreamId stream) {
  if (copies_.count() > 0) {
    launch<RoundValues>(
        device_,
        stream,
        {.blocks_x = static_cast<Int32>(chunks_.count()), .threads = update_threads},
        {.chunks = chunks_.read(), .values = values.read(), .rounded_values = copies_.ptr()});
  }
}

}  // namespace tarama::cuda
