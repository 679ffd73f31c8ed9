// See stand_in.hpp. Work is done by whoever waits, one piece after the other, so that a seed
// repeats its order; what a clock holds is how many pieces of each stream are known to be done
// before.
#include "tests/cuda/stand_in/stand_in.hpp"

#include "tests/cuda/stand_in/host_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace tarama::cuda::test {
namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

/// While kernels and copies look behind addresses.
class Opened {
 public:
  explicit Opened(std::ptrdiff_t distance) { host_distance = distance; }

  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  ~Opened() { host_distance = 0; }
};

template <class Clock>
void join(Clock& into, const Clock& other) {
  for (const auto& [stream, count] : other) {
    into[stream] = std::max(into[stream], count);
  }
}

}  // namespace

StandIn::StandIn(const StandInSettings& settings) : settings_(settings), random_(settings.seed) {}

StandIn::~StandIn() = default;

DeviceFacts StandIn::facts() const {
  return {.name = "stand-in",
          .compute_capability = "0.0",
          .libraries = "plain C++",
          .memory_bytes = settings_.memory_bytes.value_or(std::int64_t{1} << 34)};
}

void StandIn::note(const std::string& what) noexcept {
  faults_.push_back(what);
}

void StandIn::fail(const std::string& what) {
  note(what);
  throw DeviceError("CUDA error: " + what);
}

/// A context that has failed fails.
void StandIn::check() {
  if (!faults_.empty()) {
    throw DeviceError("CUDA error: " + faults_.front());
  }
}

std::int64_t StandIn::free_bytes() {
  const Lock lock(mutex_);
  check();
  return facts().memory_bytes - arena_.allocated_bytes();
}

Address StandIn::allocate(std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  const bool is_full =
      settings_.memory_bytes && arena_.allocated_bytes() + bytes > *settings_.memory_bytes;
  const bool is_told = successes_left_ && *successes_left_ == 0;
  if (successes_left_) {
    successes_left_ = *successes_left_ == 0 ? std::nullopt : std::optional(*successes_left_ - 1);
  }
  const auto memory = is_full || is_told ? std::nullopt : arena_.allocate(bytes);
  if (!memory) {
    throw OutOfDeviceMemory(fmt::format("CUDA error: out of memory: {} bytes", bytes));
  }
  return *memory;
}

void StandIn::release(Address memory) noexcept {
  const Lock lock(mutex_);
  for (const auto& [stream, count] : last_use_[memory]) {
    if (known_to_host_[stream] < count) {
      note("memory is released while work that touches it may be under way");
      break;
    }
  }
  last_use_.erase(memory);
  if (!arena_.release(memory)) {
    note("memory is released that is not allocated");
  }
}

void* StandIn::allocate_pinned(std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  std::vector<char> memory(static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1)), '\xFF');
  char* const address = memory.data();
  pinned_.emplace(address, std::move(memory));
  return address;
}

void StandIn::release_pinned(void* memory) noexcept {
  const Lock lock(mutex_);
  const auto* const released = static_cast<const char*>(memory);
  for (const auto& [stream, count] : last_copy_[released]) {
    if (known_to_host_[stream] < count) {
      note("pinned memory is released while a copy of it may be under way");
      break;
    }
  }
  last_copy_.erase(released);
  if (pinned_.erase(released) == 0) {
    note("pinned memory is released that is not allocated");
  }
}

/// The beginning of the pinned memory that has these bytes.
const char* StandIn::pinned_with(const void* memory, std::int64_t bytes) {
  const char* const first = static_cast<const char*>(memory);
  const auto behind = pinned_.upper_bound(first);
  if (behind != pinned_.begin()) {
    const auto& [beginning, held] = *std::prev(behind);
    if (first + bytes <= beginning + held.size()) {
      return beginning;
    }
  }
  fail("a copy reads or writes memory of the host that is not pinned");
}

StreamId StandIn::make_stream() {
  const Lock lock(mutex_);
  check();
  queues_.emplace(next_number_, Queue{});
  return StreamId{next_number_++};
}

void StandIn::release_stream(StreamId stream) noexcept {
  const Lock lock(mutex_);
  const auto found = queues_.find(static_cast<std::int64_t>(stream));
  if (found == queues_.end()) {
    note("a stream is released that there is not");
    return;
  }
  if (!found->second.work.empty() && faults_.empty()) {
    note("a stream is released while it has work");
  }
  queues_.erase(found);
}

EventId StandIn::make_event() {
  const Lock lock(mutex_);
  check();
  events_.emplace(next_number_, Happening{});
  return EventId{next_number_++};
}

void StandIn::release_event(EventId event) noexcept {
  const Lock lock(mutex_);
  if (events_.erase(static_cast<std::int64_t>(event)) == 0) {
    note("an event is released that there is not");
  }
}

StandIn::Queue& StandIn::queue_of(StreamId stream) {
  const auto found = queues_.find(static_cast<std::int64_t>(stream));
  if (found == queues_.end()) {
    fail("work for a stream that there is not");
  }
  return found->second;
}

/// The allocation of these bytes.
Address StandIn::touched(Address memory, std::int64_t bytes) {
  if (!arena_.holds(memory, bytes)) {
    fail(fmt::format("a copy of {} bytes reaches outside of what is allocated", bytes));
  }
  return *arena_.allocation_at(memory);
}

/// What arguments point to: whatever in them looks like an address of this memory is one.
std::vector<Address> StandIn::allocations_in(const void* bytes, std::size_t count) {
  std::vector<Address> found;
  for (std::size_t at = 0; at + sizeof(Address) <= count; at += sizeof(Address)) {
    Address address = 0;
    std::memcpy(&address, static_cast<const char*>(bytes) + at, sizeof(address));
    if (!arena_.is_inside(address)) {
      continue;
    }
    const auto allocation = arena_.allocation_at(address);
    if (!allocation) {
      fail("an argument points to memory that is not allocated");
    }
    found.push_back(*allocation);
  }
  return found;
}

void StandIn::enqueue(StreamId stream, Work work) {
  Queue& queue = queue_of(stream);
  if (queue.graph) {
    queue.graph->push_back(std::move(work));
    return;
  }
  order(static_cast<std::int64_t>(stream), work);
  queue.work.push_back(std::move(work));
  do_some();
}

/// That nothing touches an allocation on two streams without one knowing of the other.
void StandIn::order(std::int64_t stream, const Work& work) {
  Clock& clock = queues_.at(stream).clock;
  join(clock, known_to_host_);
  ++clock[stream];
  for (const Address allocation : work.allocations) {
    Clock& uses = last_use_[allocation];
    for (const auto& [other, count] : uses) {
      if (other != stream && clock[other] < count) {
        fail("two streams touch the same memory, and no event is between them");
      }
    }
    uses[stream] = clock[stream];
  }
  if (work.pinned != nullptr) {
    last_copy_[work.pinned][stream] = clock[stream];
  }
}

void StandIn::do_some() {
  switch (settings_.eagerness) {
    case Eagerness::late:
      return;
    case Eagerness::early:
      while (do_one()) {
      }
      return;
    case Eagerness::random:
      for (auto count = random_() % 3; count > 0 && do_one(); --count) {
      }
      return;
  }
}

/// The next piece of some stream that may go on; false: there is none.
bool StandIn::do_one() {
  std::vector<Queue*> ready;
  for (auto& [number, queue] : queues_) {
    if (!queue.work.empty()) {
      const Work& next = queue.work.front();
      const bool is_held = next.waits_for && events_.contains(next.event) &&
                           events_.at(next.event).reached < *next.waits_for;
      if (!is_held) {
        ready.push_back(&queue);
      }
    }
  }
  if (ready.empty()) {
    return false;
  }
  Queue& queue = *ready[random_() % ready.size()];
  Work work = std::move(queue.work.front());
  queue.work.pop_front();
  act(work);
  return true;
}

void StandIn::act(Work& work) {
  if (work.reaches) {
    if (const auto event = events_.find(work.event); event != events_.end()) {
      event->second.reached = std::max(event->second.reached, *work.reaches);
    }
  }
  if (!work.act) {
    return;
  }
  for (const Address allocation : work.allocations) {
    if (arena_.allocation_at(allocation) != allocation) {
      fail("work touches memory that was released before it was done");
    }
  }
  const Opened opened(arena_.distance());
  work.act();
  ++work_done_;
}

void StandIn::clear(StreamId stream, Address memory, std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  const Address allocation = touched(memory, bytes);
  enqueue(stream,
          {.act = [this,
                   memory,
                   bytes] { std::memset(arena_.open(memory), 0, static_cast<std::size_t>(bytes)); },
           .allocations = {allocation}});
}

void StandIn::upload(StreamId stream, Address to, const void* from, std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  const char* const pinned = pinned_with(from, bytes);
  const Address allocation = touched(to, bytes);
  if (queue_of(stream).graph) {
    fail("a graph may not upload");
  }
  enqueue(stream,
          {.act =
               [this, to, from, bytes] {
                 std::memcpy(arena_.open(to), from, static_cast<std::size_t>(bytes));
               },
           .allocations = {allocation},
           .pinned = pinned});
}

void StandIn::download(StreamId stream, void* to, Address from, std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  const char* const pinned = pinned_with(to, bytes);
  const Address allocation = touched(from, bytes);
  if (queue_of(stream).graph) {
    fail("a graph may not download");
  }
  enqueue(stream,
          {.act =
               [this, to, from, bytes] {
                 std::memcpy(to, arena_.open(from), static_cast<std::size_t>(bytes));
               },
           .allocations = {allocation},
           .pinned = pinned});
}

void StandIn::copy(StreamId stream, Address to, Address from, std::int64_t bytes) {
  const Lock lock(mutex_);
  check();
  enqueue(stream,
          {.act =
               [this, to, from, bytes] {
                 std::memmove(arena_.open(to), arena_.open(from), static_cast<std::size_t>(bytes));
               },
           .allocations = {touched(to, bytes), touched(from, bytes)}});
}

void StandIn::launch(StreamId stream, const Launch& launch) {
  const Lock lock(mutex_);
  check();
  const auto* const first = static_cast<const char*>(launch.args);
  // Aligned as the arguments were.
  auto args = std::make_shared<std::vector<std::max_align_t>>(
      launch.args_bytes / sizeof(std::max_align_t) + 1);
  std::memcpy(args->data(), first, launch.args_bytes);
  enqueue(stream,
          {.act =
               [this, launch, args] {
                 Launch with_args = launch;
                 with_args.args = args->data();
                 run_kernel(with_args, settings_.threads);
               },
           .allocations = allocations_in(launch.args, launch.args_bytes)});
}

void StandIn::multiply(StreamId stream, const MatrixProduct& product) {
  const Lock lock(mutex_);
  check();
  enqueue(stream,
          {.act = [product] { run_product(product); },
           .allocations = allocations_in(&product, sizeof(product))});
}

void StandIn::record(EventId event, StreamId stream) {
  const Lock lock(mutex_);
  check();
  Queue& queue = queue_of(stream);
  const auto number = static_cast<std::int64_t>(event);
  if (queue.graph || !events_.contains(number)) {
    fail("an event is recorded in a graph, or there is no such event");
  }
  Happening& happening = events_.at(number);
  happening.clock = queue.clock;
  enqueue(stream, {.reaches = ++happening.recorded, .event = number});
}

void StandIn::wait(StreamId stream, EventId event) {
  const Lock lock(mutex_);
  check();
  Queue& queue = queue_of(stream);
  const auto number = static_cast<std::int64_t>(event);
  if (queue.graph || !events_.contains(number)) {
    fail("an event is waited for in a graph, or there is no such event");
  }
  const Happening& happening = events_.at(number);
  join(queue.clock, happening.clock);
  enqueue(stream, {.waits_for = happening.recorded, .event = number});
}

void StandIn::await(EventId event) {
  const Lock lock(mutex_);
  check();
  const auto found = events_.find(static_cast<std::int64_t>(event));
  if (found == events_.end()) {
    fail("the host waits for an event that there is not");
  }
  const bool must_wait = found->second.reached < found->second.recorded;
  while (found->second.reached < found->second.recorded) {
    if (!do_one()) {
      fail("the host waits for what never comes");
    }
  }
  note_wait(must_wait);
  join(known_to_host_, found->second.clock);
}

void StandIn::await(StreamId stream) {
  const Lock lock(mutex_);
  check();
  Queue& queue = queue_of(stream);
  const bool must_wait = !queue.work.empty();
  while (!queue.work.empty()) {
    if (!do_one()) {
      fail("the host waits for what never comes");
    }
  }
  note_wait(must_wait);
  join(known_to_host_, queue.clock);
}

void StandIn::note_wait(bool must_wait) {
  const bool is_idle =
      std::ranges::all_of(queues_, [](const auto& entry) { return entry.second.work.empty(); });
  idle_waits_ += must_wait && is_idle ? 1 : 0;
}

void StandIn::begin_graph(StreamId stream) {
  const Lock lock(mutex_);
  check();
  queue_of(stream).graph.emplace();
}

GraphId StandIn::end_graph(StreamId stream) {
  const Lock lock(mutex_);
  check();
  Queue& queue = queue_of(stream);
  if (!queue.graph) {
    fail("a graph is ended that was not begun");
  }
  std::vector<Work> made = *std::exchange(queue.graph, std::nullopt);
  if (!has_memory_for_graphs_) {
    throw OutOfDeviceMemory("CUDA error: out of memory: a graph");
  }
  graphs_.emplace(next_number_, std::move(made));
  return GraphId{next_number_++};
}

void StandIn::replay(StreamId stream, GraphId graph) {
  const Lock lock(mutex_);
  check();
  const auto found = graphs_.find(static_cast<std::int64_t>(graph));
  if (found == graphs_.end()) {
    fail("a graph is replayed that there is not");
  }
  for (const Work& work : found->second) {
    enqueue(stream, work);
  }
}

void StandIn::release_graph(GraphId graph) noexcept {
  const Lock lock(mutex_);
  if (graphs_.erase(static_cast<std::int64_t>(graph)) == 0) {
    note("a graph is released that there is not");
  }
}

std::vector<std::string> StandIn::faults() const {
  const Lock lock(mutex_);
  return faults_;
}

std::vector<std::string> StandIn::leaks() const {
  const Lock lock(mutex_);
  std::vector<std::string> found;
  const auto say = [&](std::size_t count, const char* what) {
    if (count > 0) {
      found.push_back(fmt::format("{} {}", count, what));
    }
  };
  say(arena_.allocations(), "allocations of the device");
  say(pinned_.size(), "pinned allocations");
  say(queues_.size(), "streams");
  say(events_.size(), "events");
  say(graphs_.size(), "graphs");
  return found;
}

std::int64_t StandIn::work_done() const {
  const Lock lock(mutex_);
  return work_done_;
}

std::int64_t StandIn::idle_waits() const {
  const Lock lock(mutex_);
  return idle_waits_;
}

void StandIn::fail_allocation_after(std::int64_t successes) {
  const Lock lock(mutex_);
  successes_left_ = successes;
}

void StandIn::have_no_memory_for_graphs() {
  const Lock lock(mutex_);
  has_memory_for_graphs_ = false;
}

void StandIn::poison() {
  const Lock lock(mutex_);
  note("an illegal memory access was encountered");
}

}  // namespace tarama::cuda::test
