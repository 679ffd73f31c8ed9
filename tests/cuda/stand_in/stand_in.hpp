// A GPU made of the host, for tests: the device seam with everything that a GPU does to a program
// that is not careful. Work is done late, on purpose, and across streams in any order that no event
// forbids (a seed repeats it); memory is closed to the host (arena.hpp); allocation fails on
// demand.
//
// What it finds: a host that looks behind an address (the program ends by SIGSEGV, as it does where
// a kernel reaches past an allocation's end); work on two streams that touches the same allocation
// without an event between them; use and release of memory that is not allocated; a release while
// work is under way, pinned memory's while a copy is; copies of memory that is not pinned; leaks.
// All but the first are faults: the call throws DeviceError if it may, the text is kept, and from
// then on every call throws, as in a CUDA context that is poisoned.
#pragma once

#include "tests/cuda/stand_in/arena.hpp"
#include "worker/cuda/device/device.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tarama::cuda::test {

/// When work is done that nobody waits for yet.
enum class Eagerness { late, early, random };

struct StandInSettings {
  Eagerness eagerness = Eagerness::late;
  ThreadOrder threads = ThreadOrder::forwards;
  std::uint64_t seed = 1;                      // of the order of work
  std::optional<std::int64_t> memory_bytes{};  // more than that is out of memory
};

class StandIn final : public Device {
 public:
  explicit StandIn(const StandInSettings& settings);
  ~StandIn() override;

  [[nodiscard]] DeviceFacts facts() const override;
  [[nodiscard]] std::int64_t free_bytes() override;
  [[nodiscard]] Address allocate(std::int64_t bytes) override;
  void release(Address memory) noexcept override;
  [[nodiscard]] void* allocate_pinned(std::int64_t bytes) override;
  void release_pinned(void* memory) noexcept override;
  [[nodiscard]] StreamId make_stream() override;
  void release_stream(StreamId stream) noexcept override;
  [[nodiscard]] EventId make_event() override;
  void release_event(EventId event) noexcept override;
  void clear(StreamId stream, Address memory, std::int64_t bytes) override;
  void upload(StreamId stream, Address to, const void* from, std::int64_t bytes) override;
  void download(StreamId stream, void* to, Address from, std::int64_t bytes) override;
  void copy(StreamId stream, Address to, Address from, std::int64_t bytes) override;
  void launch(StreamId stream, const Launch& launch) override;
  void multiply(StreamId stream, const MatrixProduct& product) override;
  void record(EventId event, StreamId stream) override;
  void wait(StreamId stream, EventId event) override;
  void await(EventId event) override;
  void await(StreamId stream) override;
  void begin_graph(StreamId stream) override;
  [[nodiscard]] GraphId end_graph(StreamId stream) override;
  void replay(StreamId stream, GraphId graph) override;
  void release_graph(GraphId graph) noexcept override;

  /// What was found so far.
  [[nodiscard]] std::vector<std::string> faults() const;
  /// What is allocated and was not released, in words; empty: nothing.
  [[nodiscard]] std::vector<std::string> leaks() const;
  /// How often each kernel was launched, and products and copies were made, graphs included.
  [[nodiscard]] std::int64_t work_done() const;

  /// How often the host waited until nothing was left to do: from then on the device stood still
  /// until it was given more.
  [[nodiscard]] std::int64_t idle_waits() const;

  /// The number of allocations that succeed from now on; the next one fails, once.
  void fail_allocation_after(std::int64_t successes);
  /// From now on there is no memory for a graph that is made.
  void have_no_memory_for_graphs();
  /// As if a kernel had failed: every call from now on throws.
  void poison();

 private:
  /// How far each stream has got, as somebody knows it.
  using Clock = std::map<std::int64_t, std::int64_t>;

  struct Work {
    std::function<void()> act{};              // empty: a mark of an event, or a wait for one
    std::vector<Address> allocations{};       // that it touches, by their beginnings
    const char* pinned = nullptr;             // likewise, of the host's
    std::optional<std::int64_t> reaches{};    // an event's count, of `event`
    std::optional<std::int64_t> waits_for{};  // likewise
    std::int64_t event = 0;
  };

  struct Queue {
    std::deque<Work> work;
    Clock clock;                             // what comes next is behind these
    std::optional<std::vector<Work>> graph;  // while one is made
  };

  struct Happening {
    std::int64_t recorded = 0;
    std::int64_t reached = 0;
    Clock clock;
  };

  void check();
  [[noreturn]] void fail(const std::string& what);
  void note(const std::string& what) noexcept;
  Queue& queue_of(StreamId stream);
  void enqueue(StreamId stream, Work work);
  void order(std::int64_t stream, const Work& work);
  void do_some();
  void note_wait(bool must_wait);
  [[nodiscard]] bool do_one();
  void act(Work& work);
  [[nodiscard]] std::vector<Address> allocations_in(const void* bytes, std::size_t count);
  Address touched(Address memory, std::int64_t bytes);
  [[nodiscard]] const char* pinned_with(const void* memory, std::int64_t bytes);

  StandInSettings settings_;
  mutable std::recursive_mutex mutex_;
  Arena arena_;
  std::mt19937_64 random_;
  std::map<std::int64_t, Queue> queues_;
  std::map<std::int64_t, Happening> events_;
  std::map<std::int64_t, std::vector<Work>> graphs_;
  std::map<const char*, std::vector<char>> pinned_;
  std::map<Address, Clock> last_use_;       // of each allocation, by each stream
  std::map<const char*, Clock> last_copy_;  // of each pinned one
  Clock known_to_host_;
  std::vector<std::string> faults_;
  std::optional<std::int64_t> successes_left_;
  bool has_memory_for_graphs_ = true;
  std::int64_t next_number_ = 1;
  std::int64_t work_done_ = 0;
  std::int64_t idle_waits_ = 0;
};

}  // namespace tarama::cuda::test
