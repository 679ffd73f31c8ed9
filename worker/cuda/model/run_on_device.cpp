// See run_on_device.hpp.
#include "worker/cuda/model/run_on_device.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/philox.hpp"
#include "worker/cuda/kernels/head_kernels.hpp"
#include "worker/cuda/model/batch_feed.hpp"
#include "worker/cuda/model/staging.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

namespace tarama::cuda {
namespace {

PassShape shape_for(std::vector<std::int32_t> longest, std::int64_t examples) {
  std::ranges::sort(longest, std::greater<>());
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(examples, std::ssize(longest)); ++i) {
    tokens += longest[static_cast<std::size_t>(i)];
  }
  return {.tokens = bucket_of(tokens), .examples = examples};
}

constexpr std::int64_t no_step = -1;  // of what is evaluated

/// What is enqueued at once: as a graph, where it comes again.
enum class Work { learn, learn_more, update, judge, finish_judging };

}  // namespace

std::vector<std::int64_t> part_sizes(std::int64_t examples) {
  std::vector<std::int64_t> sizes = {examples};
  while (sizes.back() > 1) {
    sizes.push_back((sizes.back() + 1) / 2);
  }
  return sizes;
}

struct RunOnDevice::Parts {
  Parts(Device& its_device,
        const RunSpec& its_spec,
        const packed::ModelPlan& its_plan,
        std::int64_t examples_at_a_time);
  ~Parts();

  struct Pending {
    std::int64_t step = no_step;
    std::int64_t examples = 0;
    std::size_t ring = 0;
  };

  [[nodiscard]] bool is_bfloat16() const { return pass16.has_value(); }

  [[nodiscard]] std::vector<BatchPart> parts_of(const training::PackedBatch& batch) const;
  std::int64_t feed_part(const training::PackedBatch& batch,
                         const BatchPart& part,
                         const StepScalars& scalars);
  [[nodiscard]] PassContext context(std::int64_t bucket, const DropRate& dropout) const;
  void enqueue(Work work, std::int64_t bucket);
  void perform(Work work, std::int64_t bucket);
  void record(Work work, std::int64_t bucket);
  [[nodiscard]] bool replay(Work work, std::int64_t bucket, std::optional<GraphId>& graph);
  void rehearse();
  void finish_loss(std::int64_t bucket, bool is_training);
  void send_outcome(std::int64_t step, std::int64_t examples);
  [[nodiscard]] training::BatchOutcome received(std::size_t ring, std::int64_t examples) const;

  [[nodiscard]] Ptr<OutcomeHeader> outcome_header() const {
    return Ptr<OutcomeHeader>(outcome.address());
  }

  [[nodiscard]] LossPlaces loss_places() const {
    return {.losses = losses.ptr(),
            .likeliest = Ptr<Int32>(outcome.address_of(sizeof(OutcomeHeader)))};
  }

  [[nodiscard]] const DeviceArray<float>& array(Kind kind) const;

  Device& device;
  RunSpec spec;
  const packed::ModelPlan& plan;
  std::int64_t at_a_time;
  PassShape most;
  DropRate dropout;
  Stream copying;
  Stream computing;
  DeviceAdam adam;
  std::optional<BertPass<BFloat16>> pass16;  // of training, with precision: bf16
  std::optional<BertPass<float>> pass;       // of all else
  BatchFeed feed;
  DeviceArray<double> losses;
  DeviceArray<char> outcome;  // an OutcomeHeader, and the likeliest classes of a batch
  std::vector<PinnedBytes> outcomes;
  std::vector<Event> arrived;
  std::map<std::pair<Work, std::int64_t>, std::optional<GraphId>> graphs;  // none: was done once
  bool has_room_for_graphs = true;
  std::deque<Pending> pending;
  std::size_t next_ring = 0;
};

RunOnDevice::Parts::Parts(Device& its_device,
                          const RunSpec& its_spec,
                          const packed::ModelPlan& its_plan,
                          std::int64_t examples_at_a_time)
    : device(its_device),
      spec(its_spec),
      plan(its_plan),
      at_a_time(examples_at_a_time),
      most(shape_for(spec.longest_batch, at_a_time)),
      dropout{.threshold = keep_threshold(spec.training.dropout),
              .scale = keep_scale(spec.training.dropout)},
      copying(device),
      computing(device),
      adam(device,
           computing.id(),
           plan,
           {.weight_decay = spec.training.weight_decay,
            .max_grad_norm = spec.training.max_grad_norm},
           spec.training.precision == Precision::bf16 ? Precision16::bfloat16 : Precision16::none),
      feed(device, most, std::ssize(plan.pieces)),
      losses(device, std::ssize(spec.longest_batch)),
      outcome(device,
              static_cast<std::int64_t>(sizeof(OutcomeHeader)) +
                  std::ssize(spec.longest_batch) * static_cast<std::int64_t>(sizeof(Int32))) {
  const bool is_16 = spec.training.precision == Precision::bf16;
  if (is_16) {
    pass16.emplace(device, computing.id(), spec.config, plan, most, adam.gradients.address());
  }
  pass.emplace(device,
               computing.id(),
               spec.config,
               plan,
               most,
               is_16 ? Address{0} : adam.gradients.address());
  for (std::int64_t i = 0; i < steps_under_way; ++i) {
    outcomes.emplace_back(device, outcome.bytes());
    arrived.emplace_back(device);
  }
}

RunOnDevice::Parts::~Parts() {
  try {
    // What is under way reads and writes what goes now.
    device.await(copying.id());
    device.await(computing.id());
  } catch (const DeviceError&) {
    // The device is of no use any more, and does nothing.
  }
  for (const auto& [key, graph] : graphs) {
    if (graph) {
      device.release_graph(*graph);
    }
  }
}

std::vector<BatchPart> RunOnDevice::Parts::parts_of(const training::PackedBatch& batch) const {
  std::vector<BatchPart> parts;
  for (std::int64_t first = 0; first < batch.examples(); first += at_a_time) {
    parts.push_back({first, std::min(at_a_time, batch.examples() - first)});
  }
  return parts;
}

/// Returns the bucket of its tokens.
std::int64_t RunOnDevice::Parts::feed_part(const training::PackedBatch& batch,
                                           const BatchPart& part,
                                           const StepScalars& scalars) {
  const std::int64_t bucket = bucket_of(tokens_of(batch, part));
  TARAMA_ASSERT(bucket <= most.tokens, "no batch is larger than the learner was told");
  feed.send(computing.id(), copying.id(), bucket, [&](const BatchPlaces& places, char* block) {
    write_part(batch, part, plan, spec.config.padding_piece, scalars, places, block);
  });
  return bucket;
}

PassContext RunOnDevice::Parts::context(std::int64_t bucket, const DropRate& rate) const {
  return {.stream = computing.id(),
          .batch = feed.view(bucket),
          .shape = {.tokens = bucket, .examples = at_a_time},
          .dropout = rate,
          .parameters = adam.parameters_in_float32()};
}

void RunOnDevice::Parts::finish_loss(std::int64_t bucket, bool is_training) {
  launch<FinishLoss>(device,
                     computing.id(),
                     {.threads = FinishLoss::most_threads},
                     {.batch = feed.view(bucket),
                      .is_training = is_training ? 1 : 0,
                      .losses = losses.read(),
                      .outcome = outcome_header()});
}

void RunOnDevice::Parts::enqueue(Work work, std::int64_t bucket) {
  const auto learn = [&](auto& its_pass, const ParameterPlaces& parameters, Into into) {
    PassContext its_context = context(bucket, dropout);
    its_context.parameters = parameters;
    its_pass.forward(its_context, loss_places());
    its_pass.backward(its_context, into);
  };
  switch (work) {
    case Work::learn:
    case Work::learn_more: {
      const Into into = work == Work::learn ? Into::fresh : Into::sum;
      if (is_bfloat16()) {
        learn(*pass16, adam.parameters(), into);
      } else {
        learn(*pass, adam.parameters_in_float32(), into);
      }
      return;
    }
    case Work::update:
      finish_loss(bucket, /*is_training=*/true);
      adam.update(computing.id(), feed.view(bucket), Ptr<const OutcomeHeader>(outcome.address()));
      return;
    case Work::judge:
      pass->forward(context(bucket, {}), loss_places());
      return;
    case Work::finish_judging:
      finish_loss(bucket, /*is_training=*/false);
      return;
  }
}

/// Everything once, of a batch without examples: what a driver loads at the first launch of a
/// kernel, and products need beside their matrices, takes memory too. Where that is short, it shows
/// now, when fewer examples at a time can still be tried, and not at the first step.
void RunOnDevice::Parts::rehearse() {
  const std::int64_t bucket = most.tokens;
  device.clear(computing.id(), adam.values.address(), adam.values.bytes());
  adam.values_were_set(computing.id());
  feed.send_nothing(computing.id());
  for (const Work work : {Work::learn, Work::update, Work::judge, Work::finish_judging}) {
    enqueue(work, bucket);
  }
  // The mean over no examples is no number.
  device.clear(computing.id(), outcome.address(), sizeof(OutcomeHeader));
  device.await(computing.id());
}

/// The first time as it is: what a driver loads and chooses at the first launch of a kernel, it may
/// not while a graph is made. Many a bucket comes once, and needs no graph.
void RunOnDevice::Parts::perform(Work work, std::int64_t bucket) {
  const auto [found, is_first] = graphs.try_emplace({work, bucket});
  if (is_first || !replay(work, bucket, found->second)) {
    enqueue(work, bucket);
  }
}

/// A graph that cannot be made is ended all the same: the thread is to serve other runs.
void RunOnDevice::Parts::record(Work work, std::int64_t bucket) {
  device.begin_graph(computing.id());
  try {
    enqueue(work, bucket);
  } catch (const DeviceError&) {
    try {
      device.release_graph(device.end_graph(computing.id()));
    } catch (const DeviceError&) {
      // As it was.
    }
    throw;
  }
}

/// False where there is no memory for a graph: then none is made any more, and those that there are
/// serve.
bool RunOnDevice::Parts::replay(Work work, std::int64_t bucket, std::optional<GraphId>& graph) {
  if (!graph && !has_room_for_graphs) {
    return false;
  }
  if (!graph) {
    record(work, bucket);
  }
  try {
    if (!graph) {
      graph = device.end_graph(computing.id());
    }
    device.replay(computing.id(), *graph);
    return true;
  } catch (const OutOfDeviceMemory&) {
    has_room_for_graphs = false;
    if (graph) {
      device.release_graph(*std::exchange(graph, std::nullopt));
    }
    return false;
  }
}

void RunOnDevice::Parts::send_outcome(std::int64_t step, std::int64_t examples) {
  const std::size_t ring = next_ring;
  next_ring = (next_ring + 1) % outcomes.size();
  device.download(computing.id(),
                  outcomes[ring].data(),
                  outcome.address(),
                  static_cast<std::int64_t>(sizeof(OutcomeHeader)) +
                      examples * static_cast<std::int64_t>(sizeof(Int32)));
  device.record(arrived[ring].id(), computing.id());
  pending.push_back({.step = step, .examples = examples, .ring = ring});
}

training::BatchOutcome RunOnDevice::Parts::received(std::size_t ring, std::int64_t examples) const {
  const char* const bytes = outcomes[ring].data();
  OutcomeHeader header{};
  std::memcpy(&header, bytes, sizeof(header));
  training::BatchOutcome result{.loss = header.loss, .classes = {}};
  result.classes.resize(static_cast<std::size_t>(examples));
  std::memcpy(
      result.classes.data(), bytes + sizeof(header), result.classes.size() * sizeof(std::int32_t));
  return result;
}

const DeviceArray<float>& RunOnDevice::Parts::array(Kind kind) const {
  switch (kind) {
    case Kind::values:
      return adam.values;
    case Kind::next_m:
      return adam.next_m;
    case Kind::next_v:
      return adam.next_v;
  }
  return adam.values;
}

RunOnDevice::RunOnDevice(Device& device,
                         const RunSpec& spec,
                         const packed::ModelPlan& plan,
                         std::int64_t examples_at_a_time)
    : parts_(std::make_unique<Parts>(device, spec, plan, examples_at_a_time)) {
  parts_->rehearse();
}

RunOnDevice::~RunOnDevice() = default;

void RunOnDevice::learn(const training::PackedBatch& batch, std::int64_t step, double lr) {
  Parts& parts = *parts_;
  TARAMA_ASSERT(std::ssize(parts.pending) < steps_under_way, "steps are collected in time");
  const StepScalars scalars{.step = step, .seed = parts.spec.seed, .lr = lr};
  Work work = Work::learn;
  std::int64_t bucket = 0;
  for (const BatchPart& part : parts.parts_of(batch)) {
    bucket = parts.feed_part(batch, part, scalars);
    parts.perform(work, bucket);
    work = Work::learn_more;
  }
  parts.perform(Work::update, bucket);
  parts.send_outcome(step, batch.examples());
}

training::StepOutcome RunOnDevice::collect() {
  Parts& parts = *parts_;
  TARAMA_ASSERT(!parts.pending.empty(), "what is collected was enqueued");
  const Parts::Pending oldest = parts.pending.front();
  parts.pending.pop_front();
  parts.device.await(parts.arrived[oldest.ring].id());
  return {.step = oldest.step, .batch = parts.received(oldest.ring, oldest.examples)};
}

void RunOnDevice::judge(const training::PackedBatch& batch) {
  Parts& parts = *parts_;
  TARAMA_ASSERT(parts.pending.empty() || parts.pending.back().step == no_step,
                "the model is read with no step under way");
  TARAMA_ASSERT(std::ssize(parts.pending) < steps_under_way, "judgements are collected in time");
  std::int64_t bucket = 0;
  for (const BatchPart& part : parts.parts_of(batch)) {
    bucket = parts.feed_part(batch, part, {});
    parts.perform(Work::judge, bucket);
  }
  parts.perform(Work::finish_judging, bucket);
  parts.send_outcome(no_step, batch.examples());
}

std::vector<float> RunOnDevice::scores(const training::PackedBatch& batch) {
  Parts& parts = *parts_;
  TARAMA_ASSERT(parts.pending.empty(), "the model is read with no step under way");
  const auto classes = static_cast<std::size_t>(parts.spec.config.classes);
  std::vector<float> bias(classes);
  Staging staging(
      parts.device,
      parts.computing.id(),
      parts.at_a_time * parts.spec.config.classes * static_cast<std::int64_t>(sizeof(float)));
  staging.download<float>(bias, parts.adam.values.address_of(parts.plan.classifier_bias));
  std::vector<float> scores(static_cast<std::size_t>(batch.examples()) * classes);
  for (const BatchPart& part : parts.parts_of(batch)) {
    parts.perform(Work::judge, parts.feed_part(batch, part, {}));
    staging.download<float>(
        std::span(scores).subspan(static_cast<std::size_t>(part.first) * classes,
                                  static_cast<std::size_t>(part.examples) * classes),
        parts.pass->scores());
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i] += bias[i % classes];
  }
  return scores;
}

void RunOnDevice::read(Kind kind, std::span<float> by_plan) {
  const DeviceArray<float>& array = parts_->array(kind);
  Staging staging(parts_->device, parts_->computing.id(), array.bytes());
  staging.download<float>(by_plan, array.address());
}

void RunOnDevice::write(Kind kind, std::span<const float> by_plan) {
  const DeviceArray<float>& array = parts_->array(kind);
  Staging staging(parts_->device, parts_->computing.id(), array.bytes());
  staging.upload<float>(array.address(), by_plan);
}

void RunOnDevice::was_written() {
  Parts& parts = *parts_;
  parts.device.clear(parts.computing.id(), parts.outcome.address(), sizeof(OutcomeHeader));
  parts.adam.values_were_set(parts.computing.id());
  parts.device.await(parts.computing.id());
}

}  // namespace tarama::cuda
