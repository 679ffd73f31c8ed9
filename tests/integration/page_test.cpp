// `tarama dash` and `tarama report` on a real sweep: the page says what the commands say.
#include "tests/support/http_client.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <memory>

namespace tarama::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class PageTest : public SweepFixture {
 protected:
  /// Starts it and reads its address.
  void start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"dash", "--port", "0", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    dash_ = std::make_unique<Program>(command(words), with_defaults({}));
    ASSERT_TRUE(dash_->read_until("Ctrl-C ends it"));
    const std::string printed = dash_->printed();
    const json document = json::parse(printed, nullptr, false);
    ASSERT_TRUE(document.is_object()) << printed;
    port_ = document["port"];
    const std::string url = document["url"];
    token_ = url.substr(url.find("#token=") + 7);
  }

  std::string get(const std::string& path) {
    return http_reply(
        port_,
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tarama-Token: " + token_ + "\r\n\r\n");
  }

  std::string order(const std::string& body) {
    return http_reply(port_,
                      fmt::format("POST /api/control HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                  "X-Tarama-Token: {}\r\nContent-Type: application/json\r\n"
                                  "Content-Length: {}\r\n\r\n",
                                  token_,
                                  body.size()) +
                          body);
  }

  std::unique_ptr<Program> dash_;
  int port_ = 0;
  std::string token_;
};

TEST_F(PageTest, DashHasTheNumbersOfLevels) {
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 3\n"), "--quiet"}).exit_code, 0);
  const json levels = tarama({"levels", "--json"}).json();
  start();

  const json page = json::parse(body_of(get("/api/sweep?sweep=1")));

  EXPECT_EQ(page["levels"]["levels"], levels["levels"]);
  EXPECT_EQ(page["levels"]["answer"], levels["answer"]);
  EXPECT_EQ(page["effects"], tarama({"effects", "--json"}).json());
  EXPECT_EQ(json::parse(body_of(get("/api/runs?sweep=1")))["metric"].size(), 12U);
  EXPECT_EQ(json::parse(body_of(get("/api/run?run=2")))["seed"], 2);
}

TEST_F(PageTest, DashRefusesWithoutTokenAndWithAnotherHost) {
  ASSERT_EQ(tarama({"run", small_sweep(), "--quiet"}).exit_code, 0);
  start();

  EXPECT_THAT(http_reply(port_, "GET /api/sweeps HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
              StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(http_reply(port_,
                         "GET /api/sweeps HTTP/1.1\r\nHost: evil.example\r\nX-Tarama-Token: " +
                             token_ + "\r\n\r\n"),
              StartsWith("HTTP/1.1 421"));
}

TEST_F(PageTest, DashSteersOnlyWhereThatIsAllowed) {
  ASSERT_EQ(tarama({"run", small_sweep(), "--quiet"}).exit_code, 0);
  start();
  EXPECT_THAT(order(R"({"do": "cancel", "sweep": 1})"), StartsWith("HTTP/1.1 403"));

  start({"--control"});
  EXPECT_THAT(order(R"({"do": "drain", "sweep": 1})"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(order(R"({"do": "cancel", "sweep": 1})"), HasSubstr("no orchestrator runs"));
}

TEST_F(PageTest, DashShowsTheStoreThatWasPutInThePlaceOfTheOther) {
  ASSERT_EQ(tarama({"run", small_sweep(), "--quiet"}).exit_code, 0);
  ASSERT_EQ(tarama({"backup", folder() / "copy.db"}).exit_code, 0);
  ASSERT_EQ(tarama({"run", small_sweep("replicates: 2\n"), "--quiet"}).exit_code, 0);
  start();
  EXPECT_EQ(json::parse(body_of(get("/api/sweeps")))["sweeps"].size(), 2U);

  std::filesystem::rename(folder() / "copy.db", std::filesystem::path(store()) / "tarama.db");

  EXPECT_EQ(json::parse(body_of(get("/api/sweeps")))["sweeps"].size(), 1U);
}

TEST_F(PageTest, DashEndsWithTheSignalAndChangesNothing) {
  ASSERT_EQ(tarama({"run", small_sweep(), "--quiet"}).exit_code, 0);
  start();
  dash_->signal(SIGTERM);
  EXPECT_EQ(dash_->finish().exit_code, 0);
}

TEST_F(PageTest, ReportSaysTheAnswerWithoutJavaScript) {
  const std::string name = "<img src=x onerror=alert(1)><!--";
  ASSERT_EQ(
      tarama({"run", small_sweep("replicates: 3\n"), "--quiet", "--set", "name=" + name}).exit_code,
      0);
  const std::string path = folder() / "r.html";

  ASSERT_EQ(tarama({"report", "-o", path}).exit_code, 0);

  std::ifstream file(path, std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const std::string answer = tarama({"levels", "--json"}).json()["answer"];
  EXPECT_THAT(page, HasSubstr("<h1>" + answer + "</h1>"));
  EXPECT_THAT(page, HasSubstr("<svg class=\"intervals\""));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(1)&gt;&lt;!--"));
  EXPECT_LT(page.size(), 1000U * 1000);
}

TEST_F(PageTest, ReportReplacesAReportAndNothingElse) {
  ASSERT_EQ(tarama({"run", small_sweep(), "--quiet"}).exit_code, 0);
  const std::string path = folder() / "r.html";
  ASSERT_EQ(tarama({"report", "-o", path}).exit_code, 0);
  EXPECT_EQ(tarama({"report", "-o", path}).exit_code, 0);

  const ProgramResult refused = tarama({"report", "-o", folder() / "train.tsv"});

  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.errors, HasSubstr("is no report"));
}

}  // namespace
}  // namespace tarama::test
