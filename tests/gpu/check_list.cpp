// See check_list.hpp.
#include "tests/gpu/check_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

namespace tarama::gpu_check {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string as_json(const std::string& text) {
  std::string out = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      out += '\\';
    }
    out += static_cast<unsigned char>(character) < ' ' ? ' ' : character;
  }
  return out + '"';
}

}  // namespace

void CheckList::begin(const std::string& name) {
  running_ = name;
  write();
}

void CheckList::finish() {
  is_complete_ = true;
  write();
}

/// Whole, or as it was before.
void CheckList::write() {
  if (file_.empty()) {
    return;
  }
  const std::string partial = file_ + ".partial";
  std::FILE* const out = std::fopen(partial.c_str(), "w");
  bool is_written = out != nullptr;
  if (out != nullptr) {
    is_written = std::fputs(json().c_str(), out) >= 0;
    is_written = std::fclose(out) == 0 && is_written;
  }
  is_written = is_written && std::rename(partial.c_str(), file_.c_str()) == 0;
  if (!is_written && !is_unwritten_) {
    fmt::print(stderr, "{} cannot be written: {}\n", file_, std::strerror(errno));
  }
  is_unwritten_ = is_unwritten_ || !is_written;
}

void CheckList::check(const std::string& name, const std::function<std::string()>& work) {
  begin(name);
  const auto start = Clock::now();
  std::string wrong;
  try {
    wrong = work();
  } catch (const std::exception& error) {
    wrong = error.what();
  }
  const double seconds = seconds_since(start);
  failed_ += wrong.empty() ? 0 : 1;
  fmt::print("{} {} ({:.1f} s){}{}\n",
             wrong.empty() ? "ok    " : "FAILED",
             name,
             seconds,
             wrong.empty() ? "" : ": ",
             wrong);
  std::fflush(stdout);
  checks_.push_back(fmt::format(R"({{"name": {}, "ok": {}, "seconds": {:.3f}, "wrong": {}}})",
                                as_json(name),
                                wrong.empty(),
                                seconds,
                                as_json(wrong)));
  begin("");
}

void CheckList::measure(const std::string& name,
                        const std::string& unit,
                        const std::function<double()>& work) {
  begin(name);
  try {
    const double value = work();
    if (!std::isfinite(value)) {
      throw std::runtime_error("it came out as no number");
    }
    fmt::print("       {}: {:.4g} {}\n", name, value, unit);
    std::fflush(stdout);
    figures_.push_back(fmt::format(
        R"({{"name": {}, "value": {:.6g}, "unit": {}}})", as_json(name), value, as_json(unit)));
    begin("");
  } catch (const std::exception& error) {
    const std::string wrong = error.what();
    check("figure: " + name, [&] { return wrong; });
  }
}

void CheckList::say(const std::string& key, const std::string& text) {
  fmt::print("       {}: {}\n", key, text);
  facts_.push_back(fmt::format("{}: {}", as_json(key), as_json(text)));
  write();
}

std::string CheckList::json() const {
  return fmt::format(
      "{{\"complete\": {}, \"running\": {}{}{},\n \"checks\": [\n  {}],\n "
      "\"figures\": [\n  {}]}}\n",
      is_complete_,
      running_.empty() ? "null" : as_json(running_),
      facts_.empty() ? "" : ", ",
      fmt::join(facts_, ", "),
      fmt::join(checks_, ",\n  "),
      fmt::join(figures_, ",\n  "));
}

}  // namespace tarama::gpu_check
