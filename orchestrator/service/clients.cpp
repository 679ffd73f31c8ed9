// See clients.hpp.
#include "orchestrator/service/clients.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace tarama::orchestrator {
namespace {

// One request of the greatest length, and beside it many of those that people make.
constexpr std::size_t bytes_being_read = protocol::max_frame_bytes + protocol::max_frame_bytes / 2;

// More than any number of people, dashboards and scripts ask at once.
constexpr std::size_t enough_clients = 2000;

}  // namespace

std::size_t most_clients() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) {
    return enough_clients;
  }
  return std::clamp<std::size_t>(files.rlim_cur / 2, 1, enough_clients);
}

Clients::Clients(std::size_t most)
    : most_(most), budget_(std::make_shared<transport::ReadBudget>(bytes_being_read)) {}

Clients::~Clients() {
  hang_up();
}

void Clients::hang_up() {
  for (const auto& [stream, silence] : silent_since_) {
    stream->close();
  }
  silent_since_.clear();
}

bool Clients::take(const Stream& stream, std::chrono::milliseconds now) {
  if (silent_since_.size() >= most_) {
    const auto longest = std::ranges::min_element(silent_since_, {}, [](const auto& known) {
      return std::pair(known.second.is_waiting_for_us, known.second.since);
    });
    if (longest == silent_since_.end() || longest->second.is_waiting_for_us) {
      stream->close();
      return false;
    }
    longest->first->close();
    silent_since_.erase(longest);
  }
  stream->read_within(budget_);
  silent_since_[stream] = {.since = now};
  return true;
}

void Clients::asked(const Stream& stream) {
  const auto found = silent_since_.find(stream);
  if (found != silent_since_.end()) {
    found->second.is_waiting_for_us = true;
    stream->hold_reading();
  }
}

void Clients::answered(const Stream& stream, std::chrono::milliseconds now) {
  const auto found = silent_since_.find(stream);
  if (found != silent_since_.end()) {
    found->second = {.since = now};
    stream->go_on_reading();
  }
}

void Clients::let_go(const Stream& stream) {
  stream->read_within(nullptr);
  silent_since_.erase(stream);
}

void Clients::tick(std::chrono::milliseconds now) {
  for (auto it = silent_since_.begin(); it != silent_since_.end();) {
    const Silence& silence = it->second;
    if (!silence.is_waiting_for_us && now - silence.since > patience_with_silence) {
      it->first->close();
      it = silent_since_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace tarama::orchestrator
