// Streams, listeners and the blocking client over real socket files in a temporary folder.
#include "tests/support/temp_folder.hpp"
#include "transport/connector.hpp"
#include "transport/control_client.hpp"
#include "transport/listener.hpp"
#include "transport/timers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tarama::Errc;
using tarama::Error;
using tarama::protocol::Message;
using tarama::protocol::Reply;
using tarama::protocol::Request;
using tarama::test::TempFolder;
using tarama::transport::FramedStream;
using tarama::transport::Listener;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// Far longer than anything here takes: only a failing test waits that long.
constexpr auto generous = 60s;

/// Two connected streams and what the second one was told.
struct Pair {
  explicit Pair(std::size_t queue_limit = tarama::transport::default_queue_limit)
      : first_socket(context), second_socket(context) {
    asio::local::connect_pair(first_socket, second_socket);
    first = FramedStream::create(std::move(first_socket), queue_limit);
  }

  void listen_to_second() {
    second = FramedStream::create(std::move(second_socket));
    second->start([this](Message message) { received.push_back(std::move(message)); },
                  [this](const Error& error) { closed.push_back(error); });
  }

  asio::io_context context;
  FramedStream::Socket first_socket;
  FramedStream::Socket second_socket;
  std::shared_ptr<FramedStream> first;
  std::shared_ptr<FramedStream> second;
  std::vector<Message> received;
  std::vector<Error> closed;
};

/// An orchestrator that answers every request with its own text, on a thread of its own.
class Echo {
 public:
  explicit Echo(const std::filesystem::path& path)
      : listener_(Listener::open(context_, path).value()) {
    listener_->start([this](const std::shared_ptr<FramedStream>& stream) {
      streams_.push_back(stream);
      // Not itself: a stream that its own handler holds would never end.
      stream->start(
          [self = std::weak_ptr(stream)](Message message) {
            const std::string text = "re: " + std::get<Request>(message).json;
            static_cast<void>(self.lock()->send(Reply{text}));
          },
          [](const Error& /*error*/) {});
    });
    thread_ = std::thread([this] { context_.run_for(generous); });
  }

  ~Echo() {
    context_.stop();
    thread_.join();
  }

 private:
  asio::io_context context_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::shared_ptr<FramedStream>> streams_;
  std::thread thread_;
};

std::filesystem::path long_folder(const TempFolder& folder) {
  const auto path = folder.path() / std::string(120, 'a') / std::string(120, 'b');
  std::filesystem::create_directories(path);
  return path;
}

}  // namespace

TEST(FramedStream, DeliversMessagesInOrderAndThenTheEnd) {
  Pair pair;
  pair.listen_to_second();
  for (const char* text : {"one", "two", "three"}) {
    ASSERT_TRUE(pair.first->send(Request{text}));
  }
  pair.first->close_when_written();

  pair.context.run_for(generous);

  EXPECT_THAT(
      pair.received,
      ElementsAre(Message(Request{"one"}), Message(Request{"two"}), Message(Request{"three"})));
  EXPECT_THAT(pair.closed, ElementsAre(Error{Errc::io, "the peer closed the connection"}));
}

TEST(FramedStream, CarriesAMessageLongerThanTheSocketsBuffer) {
  Pair pair;
  pair.listen_to_second();
  const Request long_request{std::string(std::size_t{5} << 20, 'x')};

  ASSERT_TRUE(pair.first->send(long_request));
  pair.first->close_when_written();
  pair.context.run_for(generous);

  EXPECT_THAT(pair.received, ElementsAre(Message(long_request)));
}

TEST(FramedStream, GarbageEndsTheStreamAsCorrupt) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  std::vector<Error> closed;
  pair.first->start([](const Message&) { FAIL() << "garbage is no message"; },
                    [&](const Error& error) { closed.push_back(error); });

  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
  pair.context.run_for(generous);

  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, Errc::corrupt);
  EXPECT_THAT(closed[0].message, HasSubstr("longer than the limit"));
  EXPECT_FALSE(pair.first->is_open());
}

TEST(FramedStream, EndWithinAHeaderIsCorrupt) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  std::vector<Error> closed;
  pair.first->start([](const Message&) {}, [&](const Error& error) { closed.push_back(error); });

  asio::write(socket, asio::buffer("abc", 3));
  socket.close();
  pair.context.run_for(generous);

  EXPECT_THAT(closed,
              ElementsAre(Error{Errc::corrupt, "the connection ended within a frame header"}));
}

TEST(FramedStream, PeerThatDoesNotReadIsCutOffAtTheLimit) {
  constexpr std::size_t limit = std::size_t{4} << 20;
  Pair pair(limit);  // nobody reads the second socket
  std::vector<Error> closed;
  pair.first->start([](const Message&) {}, [&](const Error& error) { closed.push_back(error); });

  for (int i = 0; i < 10 && pair.first->is_open(); ++i) {
    ASSERT_TRUE(pair.first->send(Request{std::string(std::size_t{1} << 20, 'x')}));
    EXPECT_LE(pair.first->queued_bytes(), limit);
  }
  pair.context.run_for(generous);

  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, Errc::refused);
}

TEST(FramedStream, SendOnAnEndedStreamIsDropped) {
  Pair pair;
  pair.first->close();

  EXPECT_TRUE(pair.first->send(Request{"too late"}));
  EXPECT_EQ(pair.first->queued_bytes(), 0U);
}

TEST(FramedStream, WhatThePeerSaidBeforeItLeftIsReadThoughOurWritesFail) {
  Pair pair;
  pair.first->start([](Message) {}, [](const Error&) {});
  ASSERT_TRUE(pair.first->send(Reply{"the result"}));
  pair.context.poll();
  pair.first->close();
  pair.listen_to_second();
  ASSERT_TRUE(pair.second->send(Reply{"too late"}));

  pair.context.restart();
  pair.context.run_for(generous);

  EXPECT_THAT(pair.received, ElementsAre(Message{Reply{"the result"}}));
  EXPECT_EQ(pair.closed.size(), 1U);
}

TEST(FramedStream, ARequestOfAnotherVersionIsAnsweredInThatVersion) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  pair.first->start(
      [&](const Message& message) {
        EXPECT_EQ(message, Message(Request{"{}"}));
        EXPECT_EQ(pair.first->peer_version(), 7);
        EXPECT_TRUE(pair.first->send(Reply{"{}"}));
        pair.first->close_when_written();
      },
      [](const Error& error) { FAIL() << error.message; });

  asio::write(socket, asio::buffer(tarama::protocol::encode(Request{"{}"}, 7).value()));
  pair.context.run_for(generous);

  std::vector<std::byte> answer(tarama::protocol::encode(Reply{"{}"}, 7).value().size());
  asio::read(socket, asio::buffer(answer));
  EXPECT_EQ(answer, tarama::protocol::encode(Reply{"{}"}, 7).value());
}

TEST(FramedStream, AWorkerOfAnotherVersionIsToldSo) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  std::vector<Error> closed;
  pair.first->start([](const Message&) { FAIL() << "its Hello means something else"; },
                    [&](const Error& error) { closed.push_back(error); });

  asio::write(socket, asio::buffer(tarama::protocol::encode(tarama::protocol::Hello{}, 7).value()));
  pair.context.run_for(generous);

  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, Errc::refused);
  std::vector<std::byte> header(tarama::protocol::header_bytes);
  asio::read(socket, asio::buffer(header));
  const auto decoded = tarama::protocol::decode_header(header).value();
  EXPECT_EQ(decoded.version, 7);
  std::vector<std::byte> body(decoded.body_bytes);
  asio::read(socket, asio::buffer(body));
  const auto reply = tarama::protocol::decode_body(decoded, body).value();
  EXPECT_THAT(std::get<Reply>(reply).json, HasSubstr("the peer speaks protocol version 7"));
}

TEST(FramedStream, APromisedLengthCostsNothingUntilTheBytesCome) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  const auto budget = std::make_shared<tarama::transport::ReadBudget>(std::size_t{1} << 20);
  pair.first->read_within(budget);
  pair.first->start([](const Message&) {}, [](const Error& error) { FAIL() << error.message; });
  auto frame = tarama::protocol::encode(Request{std::string(std::size_t{32} << 20, 'x')}).value();

  asio::write(socket, asio::buffer(frame.data(), 1000));
  pair.context.run_for(10ms);

  EXPECT_EQ(budget->left(), std::size_t{1} << 20);
}

TEST(FramedStream, UnfinishedFramesBeyondTheBudgetEndTheirStream) {
  Pair pair;
  auto socket = std::move(pair.second_socket);
  const auto budget = std::make_shared<tarama::transport::ReadBudget>(std::size_t{100'000});
  pair.first->read_within(budget);
  std::vector<Error> closed;
  pair.first->start([](const Message&) {}, [&](const Error& error) { closed.push_back(error); });
  const auto frame = tarama::protocol::encode(Request{std::string(200'000, 'x')}).value();

  std::thread writing([&] {
    boost::system::error_code ignored;  // it is hung up on in the midst
    asio::write(socket, asio::buffer(frame), ignored);
  });
  pair.context.run_for(generous);
  writing.join();

  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].code, Errc::refused);
  EXPECT_EQ(budget->left(), 100'000U);  // what it had taken is there for others
}

TEST(FramedStream, AFrameWithinTheBudgetIsReadAndItsShareGivenBack) {
  Pair pair;
  const auto budget = std::make_shared<tarama::transport::ReadBudget>(std::size_t{300'000});
  pair.second = FramedStream::create(std::move(pair.second_socket));
  pair.second->read_within(budget);
  pair.second->start([&](Message message) { pair.received.push_back(std::move(message)); },
                     [](const Error&) {});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pair.first->send(Request{std::string(200'000, 'x')}));
  }
  pair.first->close_when_written();

  pair.context.run_for(generous);

  EXPECT_EQ(pair.received.size(), 3U);
  EXPECT_EQ(budget->left(), 300'000U);
}

TEST(FramedStream, OneThatIsHeldReadsOnOnceItsAnswerIsTaken) {
  Pair pair;
  std::vector<Message> asked;
  pair.first->start(
      [&](const Message& message) {
        asked.push_back(message);
        pair.first->hold_reading();
      },
      [](const Error&) {});
  pair.listen_to_second();
  ASSERT_TRUE(pair.second->send(Request{"one"}));
  ASSERT_TRUE(pair.second->send(Request{"two"}));
  pair.context.run_for(10ms);
  ASSERT_THAT(asked, ElementsAre(Message(Request{"one"})));

  ASSERT_TRUE(pair.first->send(Reply{"the first"}));
  pair.first->go_on_reading();
  pair.context.restart();
  pair.context.run_for(10ms);

  EXPECT_THAT(asked, ElementsAre(Message(Request{"one"}), Message(Request{"two"})));
  EXPECT_THAT(pair.received, ElementsAre(Message(Reply{"the first"})));
}

TEST(Listener, SpeaksWithItsOwnUserAndWithRoot) {
  EXPECT_TRUE(tarama::transport::may_speak(1000, 1000));
  EXPECT_TRUE(tarama::transport::may_speak(0, 1000));
  EXPECT_FALSE(tarama::transport::may_speak(1001, 1000));
  EXPECT_FALSE(tarama::transport::may_speak(1000, 0));
}

TEST(Listener, SocketFileIsPrivateAndGoesWithTheListener) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  asio::io_context context;
  auto listener = Listener::open(context, path);
  ASSERT_TRUE(listener);

  struct stat status {};

  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  listener->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Listener, SocketOfTheDeadIsReplaced) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  {
    asio::io_context context;
    asio::local::stream_protocol::acceptor dead(context, path.string());  // leaves its file behind
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  asio::io_context context;

  EXPECT_TRUE(Listener::open(context, path));
}

TEST(Listener, SocketOfTheLivingIsRefusedAndLeftAlone) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  const Echo living(path);
  asio::io_context context;

  const auto second = Listener::open(context, path);

  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error(),
            (Error{Errc::refused, "an orchestrator listens on " + path.string() + " already"}));
  EXPECT_EQ(tarama::transport::ask(path, "still there?", generous).value(), "re: still there?");
}

TEST(Listener, AFileThatIsNoSocketIsNotReplaced) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  std::ofstream(path) << "mine";
  asio::io_context context;

  const auto listener = Listener::open(context, path);

  ASSERT_TRUE(listener.has_error());
  EXPECT_EQ(listener.error().code, Errc::refused);
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(ControlClient, GetsTheReplyToItsRequest) {
  const TempFolder folder;
  const Echo echo(folder.path() / "control.sock");

  EXPECT_EQ(tarama::transport::ask(folder.path() / "control.sock", "{}", generous).value(),
            "re: {}");
}

TEST(ControlClient, ReachesAStoreWhosePathIsLongerThanASocketAddress) {
  const TempFolder folder;
  const auto path = long_folder(folder) / "control.sock";
  const Echo echo(path);

  EXPECT_EQ(tarama::transport::ask(path, "{}", generous).value(), "re: {}");
}

TEST(ControlClient, SaysWhatToDoWhereNobodyListens) {
  const TempFolder folder;
  const Error nobody{Errc::not_found,
                     "no orchestrator is running on this store: start one with `tarama serve` or "
                     "use `tarama run`"};

  EXPECT_EQ(tarama::transport::ask(folder.path() / "control.sock", "{}", generous).error(), nobody);
  EXPECT_EQ(
      tarama::transport::ask(folder.path() / std::string(200, 'x') / "control.sock", "{}", generous)
          .error(),
      nobody);
}

TEST(ControlClient, GivesUpAtTheDeadline) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  asio::io_context context;
  const auto silent = Listener::open(context, path);  // accepts in the kernel, never answers
  ASSERT_TRUE(silent);

  EXPECT_EQ(tarama::transport::ask(path, "{}", 1ms).error().code, Errc::timed_out);
}

TEST(ControlClient, ReportsAnOrchestratorThatHangsUp) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  asio::io_context context;
  auto listener = Listener::open(context, path);
  ASSERT_TRUE(listener);
  (*listener)->start([&](const std::shared_ptr<FramedStream>& stream) {
    stream->close();
    context.stop();
  });
  const auto hanging_up = std::async(std::launch::async, [&] { context.run_for(generous); });

  const auto answer = tarama::transport::ask(path, "{}", generous);

  EXPECT_EQ(answer.error(),
            (Error{Errc::io, "the orchestrator gave no answer: the peer closed the connection"}));
}

TEST(Backoff, PausesDoubleUpToTheLongest) {
  const tarama::transport::Backoff backoff{10ms, 55ms};

  std::vector<std::chrono::milliseconds> pauses;
  for (int failures = 1; failures <= 5; ++failures) {
    pauses.push_back(tarama::transport::pause_after(backoff, failures));
  }

  EXPECT_THAT(pauses, ElementsAre(10ms, 20ms, 40ms, 55ms, 55ms));
}

TEST(Connector, WaitsForAListenerThatComesLater) {
  const TempFolder folder;
  const auto path = folder.path() / "control.sock";
  asio::io_context context;
  std::unique_ptr<Listener> listener;
  bool is_connected = false;
  tarama::transport::connect_with_backoff(context, path, generous, {1ms, 1ms}, [&](auto stream) {
    is_connected = stream.has_value();
    listener.reset();
  });
  tarama::transport::Deadline later(context.get_executor(), [&] {
    listener = Listener::open(context, path).value();
    listener->start([](const std::shared_ptr<FramedStream>&) {});
  });
  later.start(10ms);

  context.run_for(generous);

  EXPECT_TRUE(is_connected);
}

TEST(Connector, GivesUpAtTheDeadlineWithTheReason) {
  const TempFolder folder;
  asio::io_context context;
  Error error;

  tarama::transport::connect_with_backoff(
      context, folder.path() / "control.sock", 3ms, {1ms, 1ms}, [&](auto stream) {
        error = stream.error();
      });
  context.run_for(generous);

  EXPECT_EQ(error.code, Errc::timed_out);
  EXPECT_THAT(error.message, HasSubstr("No such file"));
}

TEST(Ticker, TicksUntilItsEnd) {
  asio::io_context context;
  int ticks = 0;
  std::unique_ptr<tarama::transport::Ticker> ticker;
  ticker = std::make_unique<tarama::transport::Ticker>(context.get_executor(), 1ms, [&] {
    if (++ticks == 3) {
      ticker.reset();
    }
  });

  context.run_for(generous);

  EXPECT_EQ(ticks, 3);
}

TEST(Deadline, CancelledOneDoesNothing) {
  asio::io_context context;
  bool was_called = false;
  tarama::transport::Deadline deadline(context.get_executor(), [&] { was_called = true; });
  deadline.start(1ms);
  deadline.cancel();

  context.run_for(generous);

  EXPECT_FALSE(was_called);
}
