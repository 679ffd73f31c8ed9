// What the stand-in finds, each put in on purpose, and that careful programs pass.
#include "tests/cuda/stand_in/stand_in.hpp"

#include "worker/cuda/device/device_memory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <gmock/gmock.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarama::cuda::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t count = 64;
constexpr std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(float));

/// Two streams, and numbers on their way through the device.
struct Scene {
  explicit Scene(const StandInSettings& settings = {}) : device(settings) {
    for (std::int64_t i = 0; i < count; ++i) {
      numbers()[i] = static_cast<float>(i);
    }
  }

  float* numbers() { return reinterpret_cast<float*>(input.data()); }

  float* results() { return reinterpret_cast<float*>(output.data()); }

  StandIn device;
  Stream copying{device};
  Stream computing{device};
  Event event{device};
  PinnedBytes input{device, bytes};
  PinnedBytes output{device, bytes};
  DeviceArray<float> a{device, count};
  DeviceArray<float> b{device, count};
};

std::string fault_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const DeviceError& error) {
    return error.what();
  }
  return "none";
}

TEST(StandInDevice, CopiesWhatIsOrderedByEventsWheneverItIsDone) {
  for (const Eagerness eagerness : {Eagerness::late, Eagerness::early, Eagerness::random}) {
    Scene scene({.eagerness = eagerness});
    StandIn& device = scene.device;

    device.upload(scene.copying.id(), scene.a.address(), scene.input.data(), bytes);
    device.record(scene.event.id(), scene.copying.id());
    device.wait(scene.computing.id(), scene.event.id());
    device.copy(scene.computing.id(), scene.b.address(), scene.a.address(), bytes);
    device.download(scene.computing.id(), scene.output.data(), scene.b.address(), bytes);
    device.await(scene.computing.id());

    EXPECT_EQ(std::memcmp(scene.results(), scene.numbers(), bytes), 0);
    EXPECT_THAT(device.faults(), IsEmpty());
  }
}

TEST(StandInDevice, DoesNothingBeforeSomebodyWaitsWhereItIsLate) {
  Scene scene;
  scene.device.upload(scene.copying.id(), scene.a.address(), scene.input.data(), bytes);
  scene.device.download(scene.copying.id(), scene.output.data(), scene.a.address(), bytes);
  scene.numbers()[3] = 77;  // too early: the copy has not been made

  scene.device.await(scene.copying.id());

  EXPECT_EQ(scene.results()[3], 77);
}

TEST(StandInDevice, FindsAMissingEvent) {
  Scene scene;
  scene.device.upload(scene.copying.id(), scene.a.address(), scene.input.data(), bytes);

  EXPECT_THAT(fault_of([&] {
                scene.device.copy(
                    scene.computing.id(), scene.b.address(), scene.a.address(), bytes);
              }),
              HasSubstr("no event is between them"));
  // As a CUDA context that is poisoned.
  EXPECT_THAT(fault_of([&] { scene.device.await(scene.copying.id()); }),
              HasSubstr("no event is between them"));
}

TEST(StandInDevice, FindsPinnedMemoryThatGoesWhileACopyIsUnderWay) {
  Scene scene;
  {
    const PinnedBytes waited_for(scene.device, bytes);
    scene.device.upload(scene.copying.id(), scene.a.address(), waited_for.data(), bytes);
    scene.device.await(scene.copying.id());
  }
  EXPECT_THAT(scene.device.faults(), IsEmpty());
  {
    const PinnedBytes too_short_lived(scene.device, bytes);
    scene.device.download(scene.copying.id(), too_short_lived.data(), scene.a.address(), bytes);
  }

  EXPECT_THAT(scene.device.faults(),
              ElementsAre(HasSubstr("pinned memory is released while a copy of it")));
}

TEST(StandInDevice, KnowsThatAHostWhoWaitedIsBehindTheWork) {
  Scene scene;
  scene.device.upload(scene.copying.id(), scene.a.address(), scene.input.data(), bytes);
  scene.device.await(scene.copying.id());

  scene.device.copy(scene.computing.id(), scene.b.address(), scene.a.address(), bytes);
  scene.device.await(scene.computing.id());

  EXPECT_THAT(scene.device.faults(), IsEmpty());
}

TEST(StandInDevice, FindsMemoryThatIsUsedAfterItsRelease) {
  Scene scene;
  const Address address = scene.a.address();
  scene.a = DeviceArray<float>();

  EXPECT_THAT(fault_of([&] { scene.device.clear(scene.computing.id(), address, bytes); }),
              HasSubstr("outside of what is allocated"));
}

TEST(StandInDevice, FindsMemoryThatIsReleasedUnderWork) {
  Scene scene;
  scene.device.clear(scene.computing.id(), scene.a.address(), bytes);

  scene.a = DeviceArray<float>();

  EXPECT_THAT(scene.device.faults(),
              ElementsAre(HasSubstr("released while work that touches it may be under way")));
}

TEST(StandInDevice, FindsCopiesOfMemoryThatIsNotPinned) {
  Scene scene;
  std::array<float, count> on_the_stack{};

  EXPECT_THAT(fault_of([&] {
                scene.device.upload(
                    scene.copying.id(), scene.a.address(), on_the_stack.data(), bytes);
              }),
              HasSubstr("not pinned"));
}

TEST(StandInDevice, FindsAnArgumentThatPointsNowhere) {
  Scene scene;
  RoundValues::Args args{};
  args.values = Ptr<const float>(scene.a.address());
  args.rounded_values = Ptr<BFloat16>(scene.b.address() + 4 * bytes);

  EXPECT_THAT(fault_of([&] {
                launch<RoundValues>(
                    scene.device, scene.computing.id(), {.threads = update_threads}, args);
              }),
              HasSubstr("not allocated"));
}

TEST(StandInDevice, HasAddressesThatNoNumberBesideALeftoverLooksLike) {
  StandIn one({});
  StandIn another({});
  for (StandIn* const device : {&one, &another}) {
    const DeviceArray<float> memory(*device, count);
    const Address lower_half = memory.address() & 0xFFFFFFFFU;

    EXPECT_GE(lower_half, 0x60000000U);
    EXPECT_LT(lower_half, 0x78000000U);
  }
}

TEST(StandInDevice, FindsLeaks) {
  StandIn device({});
  const Address memory = device.allocate(100);
  EXPECT_THAT(device.leaks(), ElementsAre("1 allocations of the device"));

  device.release(memory);

  EXPECT_THAT(device.leaks(), IsEmpty());
}

TEST(StandInDevice, IsFullWhenItIsToldSoAndStaysOfUse) {
  StandIn device({.memory_bytes = 1000});
  const DeviceArray<char> first(device, 900);

  EXPECT_THROW(static_cast<void>(device.allocate(200)), OutOfDeviceMemory);
  device.fail_allocation_after(1);
  const DeviceArray<char> second(device, 10);
  EXPECT_THROW(static_cast<void>(device.allocate(10)), OutOfDeviceMemory);

  const DeviceArray<char> third(device, 10);
  EXPECT_THAT(device.faults(), IsEmpty());
}

TEST(StandInDevice, ReplaysAGraphAsOftenAsItIsAsked) {
  Scene scene;
  StandIn& device = scene.device;
  device.upload(scene.computing.id(), scene.a.address(), scene.input.data(), bytes);
  device.begin_graph(scene.computing.id());
  device.copy(scene.computing.id(), scene.b.address(), scene.a.address(), bytes);
  device.clear(scene.computing.id(), scene.a.address(), bytes);
  const GraphId graph = device.end_graph(scene.computing.id());

  device.replay(scene.computing.id(), graph);
  device.download(scene.computing.id(), scene.output.data(), scene.b.address(), bytes);
  device.await(scene.computing.id());
  EXPECT_EQ(scene.results()[5], 5);
  device.replay(scene.computing.id(), graph);
  device.download(scene.computing.id(), scene.output.data(), scene.b.address(), bytes);
  device.await(scene.computing.id());
  EXPECT_EQ(scene.results()[5], 0);

  device.release_graph(graph);
  EXPECT_THAT(device.faults(), IsEmpty());
}

#if !defined(__SANITIZE_ADDRESS__)
using StandInDeviceDeathTest = testing::Test;

TEST(StandInDeviceDeathTest, EndsTheHostThatLooksBehindAnAddress) {
  Scene scene;
  EXPECT_DEATH(static_cast<void>(*reinterpret_cast<volatile float*>(scene.a.address())), "");
}

TEST(StandInDeviceDeathTest, EndsAKernelThatReadsWhatWasLeftOnTheHost) {
  Scene scene;
  DeviceArray<ChunkInfo> chunks(scene.device, 1);
  std::vector<float> on_the_host(count);
  scene.device.clear(scene.computing.id(), chunks.address(), chunks.bytes());
  const SumSquares::Args args{
      .batch = {},
      .chunks = Ptr<const ChunkInfo>(reinterpret_cast<Address>(on_the_host.data())),
      .gradients = scene.a.read(),
      .squares = Ptr<double>(scene.b.address())};
  launch<SumSquares>(scene.device, scene.computing.id(), {.threads = update_threads}, args);

  EXPECT_DEATH(scene.device.await(scene.computing.id()), "");
}

TEST(StandInDeviceDeathTest, EndsAKernelThatReachesPastAnAllocation) {
  Scene scene;
  DeviceArray<ChunkInfo> chunks(scene.device, 1);
  PinnedBytes chunk(scene.device, sizeof(ChunkInfo));
  const ChunkInfo too_long{.begin = 0, .count = 5000, .tensor = 0, .word = no_word, .unused = 0};
  std::memcpy(chunk.data(), &too_long, sizeof(too_long));
  scene.device.clear(scene.computing.id(), scene.a.address(), bytes);
  scene.device.upload(scene.computing.id(), chunks.address(), chunk.data(), sizeof(ChunkInfo));
  const RoundValues::Args args{.chunks = chunks.read(),
                               .values = scene.a.read(),
                               .rounded_values = Ptr<BFloat16>(scene.b.address())};
  launch<RoundValues>(scene.device, scene.computing.id(), {.threads = update_threads}, args);

  EXPECT_DEATH(scene.device.await(scene.computing.id()), "");
}
#endif

}  // namespace
}  // namespace tarama::cuda::test
