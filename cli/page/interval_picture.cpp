// See interval_picture.hpp.
#include "cli/page/interval_picture.hpp"

#include "cli/answer_sentence.hpp"
#include "cli/text/number_text.hpp"
#include "cli/text/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tarama::cli {
namespace {

using Interval = std::pair<double, double>;

constexpr double label_width = 330;
constexpr double plot_width = 390;
constexpr double row_height = 22;
constexpr double margin = 12;

/// The one with strength borrowed from other levels, else that of the level's own runs.
std::optional<Interval> shown_interval(const RankedLevel& level) {
  return level.answer.interval ? level.answer.interval : level.summary().ci95;
}

class Scale {
 public:
  explicit Scale(const std::vector<const RankedLevel*>& levels) {
    bool has_any = false;
    const auto widen = [&](double value) {
      low_ = has_any ? std::min(low_, value) : value;
      high_ = has_any ? std::max(high_, value) : value;
      has_any = true;
    };
    for (const RankedLevel* const level : levels) {
      widen(*level->answer.score);
      if (const auto interval = shown_interval(*level)) {
        widen(interval->first);
        widen(interval->second);
      }
    }
  }

  [[nodiscard]] double place(double value) const {
    const double range = high_ - low_;
    return label_width + margin + (range > 0 ? (value - low_) / range : 0.5) * plot_width;
  }

  [[nodiscard]] double low() const { return low_; }

  [[nodiscard]] double high() const { return high_; }

 private:
  double low_ = 0;
  double high_ = 0;
};

std::string row_of(const SweepResult& result,
                   const RankedLevel& level,
                   const Scale& scale,
                   double y) {
  const std::string mark = level_mark(result, level);
  std::string text =
      fmt::format("<g class=\"{}\"><text class=\"label\" x=\"{:.0f}\" y=\"{:.1f}\">{}</text>",
                  mark.empty() ? "other" : mark,
                  label_width,
                  y + 4,
                  html_text(fit(level_words(result, level), 52)));
  if (const auto interval = shown_interval(level)) {
    text += fmt::format("<path d=\"M{:.1f} {:.1f}H{:.1f}\"/>",
                        scale.place(interval->first),
                        y,
                        scale.place(interval->second));
  }
  return text + fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/></g>\n",
                            scale.place(*level.answer.score),
                            y);
}

std::string axis_of(const Scale& scale, double y) {
  return fmt::format(
      "<g class=\"axis\"><path d=\"M{:.1f} {:.1f}H{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}"
      "</text><text class=\"end\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n",
      label_width + margin,
      y,
      label_width + margin + plot_width,
      label_width + margin,
      y + 16,
      metric_text(scale.low()),
      label_width + margin + plot_width,
      y + 16,
      metric_text(scale.high()));
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string level_mark(const SweepResult& result, const RankedLevel& level) {
  if (&level == result.best()) {
    return "best";
  }
  if (&level == result.cheapest_tied()) {
    return "cheapest";
  }
  return level.answer.compared.is_tied ? "tied" : "";
}

std::string interval_picture(const SweepResult& result, std::size_t most) {
  std::vector<const RankedLevel*> levels;
  for (const RankedLevel& level : result.levels) {
    if (level.answer.score && levels.size() < most) {
      levels.push_back(&level);
    }
  }
  if (levels.empty()) {
    return "";
  }
  const Scale scale(levels);
  const double height = row_height * static_cast<double>(levels.size()) + 30;
  std::string text = fmt::format(
      "<svg class=\"intervals\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"The "
      "levels' "
      "means and intervals, best first; the table below has the same numbers\">\n",
      label_width + plot_width + 2 * margin,
      height);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    text += row_of(result, *levels[i], scale, row_height * (static_cast<double>(i) + 0.5));
  }
  return text + axis_of(scale, height - 26) + "</svg>\n";
}

}  // namespace tarama::cli
