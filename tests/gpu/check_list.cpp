// See check_list.hpp.
#include "tests/gpu/check_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <exception>

namespace tarama::gpu_check {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string quoted(const std::string& text) {
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

void CheckList::check(const std::string& name, const std::function<std::string()>& work) {
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
                                quoted(name),
                                wrong.empty(),
                                seconds,
                                quoted(wrong)));
}

void CheckList::measure(const std::string& name,
                        const std::string& unit,
                        const std::function<double()>& work) {
  try {
    const double value = work();
    fmt::print("       {}: {:.4g} {}\n", name, value, unit);
    std::fflush(stdout);
    figures_.push_back(fmt::format(
        R"({{"name": {}, "value": {:.6g}, "unit": {}}})", quoted(name), value, quoted(unit)));
  } catch (const std::exception& error) {
    const std::string wrong = error.what();
    check("figure: " + name, [&] { return wrong; });
  }
}

void CheckList::say(const std::string& key, const std::string& text) {
  fmt::print("       {}: {}\n", key, text);
  facts_.push_back(fmt::format("{}: {}", quoted(key), quoted(text)));
}

std::string CheckList::json() const {
  return fmt::format("{{{},\n \"checks\": [\n  {}],\n \"figures\": [\n  {}]}}\n",
                     fmt::join(facts_, ", "),
                     fmt::join(checks_, ",\n  "),
                     fmt::join(figures_, ",\n  "));
}

}  // namespace tarama::gpu_check
