// That the learner's every order between streams is needed, and that the stand-in finds it where
// one is left out.
#include "tests/cuda/cuda_run.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tarama::cuda::test {
namespace {

/// The stand-in, but that one wait of a stream for an event is left out.
class ForgetfulDevice final : public Device {
 public:
  /// `forgotten`: the number of the wait, from 0.
  ForgetfulDevice(Device& device, std::int64_t forgotten) : device_(device), left_(forgotten) {}

  [[nodiscard]] bool has_forgotten() const { return left_ < 0; }

  void wait(StreamId stream, EventId event) override {
    if (left_-- != 0) {
      device_.wait(stream, event);
    }
  }

  [[nodiscard]] DeviceFacts facts() const override { return device_.facts(); }

  [[nodiscard]] std::int64_t free_bytes() override { return device_.free_bytes(); }

  [[nodiscard]] Address allocate(std::int64_t bytes) override { return device_.allocate(bytes); }

  void release(Address memory) noexcept override { device_.release(memory); }

  [[nodiscard]] void* allocate_pinned(std::int64_t bytes) override {
    return device_.allocate_pinned(bytes);
  }

  void release_pinned(void* memory) noexcept override { device_.release_pinned(memory); }

  [[nodiscard]] StreamId make_stream() override { return device_.make_stream(); }

  void release_stream(StreamId stream) noexcept override { device_.release_stream(stream); }

  [[nodiscard]] EventId make_event() override { return device_.make_event(); }

  void release_event(EventId event) noexcept override { device_.release_event(event); }

  void clear(StreamId stream, Address memory, std::int64_t bytes) override {
    device_.clear(stream, memory, bytes);
  }

  void upload(StreamId stream, Address to, const void* from, std::int64_t bytes) override {
    device_.upload(stream, to, from, bytes);
  }

  void download(StreamId stream, void* to, Address from, std::int64_t bytes) override {
    device_.download(stream, to, from, bytes);
  }

  void copy(StreamId stream, Address to, Address from, std::int64_t bytes) override {
    device_.copy(stream, to, from, bytes);
  }

  void launch(StreamId stream, const Launch& launch) override { device_.launch(stream, launch); }

  void multiply(StreamId stream, const MatrixProduct& product) override {
    device_.multiply(stream, product);
  }

  void record(EventId event, StreamId stream) override { device_.record(event, stream); }

  void await(EventId event) override { device_.await(event); }

  void await(StreamId stream) override { device_.await(stream); }

  void begin_graph(StreamId stream) override { device_.begin_graph(stream); }

  [[nodiscard]] GraphId end_graph(StreamId stream) override { return device_.end_graph(stream); }

  void replay(StreamId stream, GraphId graph) override { device_.replay(stream, graph); }

  void release_graph(GraphId graph) noexcept override { device_.release_graph(graph); }

 private:
  Device& device_;
  std::int64_t left_;
};

TEST(ForgottenWaits, AreFoundEachOfThem) {
  const MadeUpRun run(Norm::post, "portable");
  std::int64_t forgotten = 0;
  for (;; ++forgotten) {
    StandIn stand_in({});
    ForgetfulDevice device(stand_in, forgotten);
    std::string found = "nothing";
    try {
      CudaLearner learner(device, run.spec(), run.made_up().weights());
      train(learner, run, 0, 6);
    } catch (const DeviceError& error) {
      found = error.what();
    }
    if (!device.has_forgotten()) {
      break;
    }
    EXPECT_THAT(found, testing::HasSubstr("no event is between them")) << "wait " << forgotten;
  }
  EXPECT_EQ(forgotten, 9)
      << "an upload a step, and a slot that is written again from the fourth on";
}

}  // namespace
}  // namespace tarama::cuda::test
