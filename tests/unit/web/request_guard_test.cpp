// Who gets an answer from the page's server.
#include "web/server/request_guard.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::web {
namespace {

const std::string token = "0123456789abcdef";

Request asked(const std::string& path = "/api/sweeps") {
  Request request;
  request.method = "GET";
  request.path = path;
  request.host = "127.0.0.1:4680";
  request.token = token;
  return request;
}

int status_of(const Request& request) {
  const auto reply = refused(request, token);
  return reply ? reply->status : 200;
}

TEST(RequestGuard, AnswersWhoHoldsTheToken) {
  EXPECT_EQ(status_of(asked()), 200);
}

TEST(RequestGuard, RefusesAMissingOrWrongToken) {
  for (const std::string wrong : {"", "0123456789abcdee", "0123456789abcde", "0123456789abcdef0"}) {
    Request request = asked();
    request.token = wrong;
    EXPECT_EQ(status_of(request), 401) << wrong;
  }
}

TEST(RequestGuard, GivesThePageItselfWithoutAToken) {
  Request request = asked("/");
  request.token = "";
  EXPECT_EQ(status_of(request), 200);
}

TEST(RequestGuard, RefusesOtherNamesOfThisHost) {
  for (const std::string host : {"",
                                 "evil.example",
                                 "evil.example:4680",
                                 "127.0.0.1.evil.example",
                                 "localhost.evil.example:4680",
                                 "127.0.0.2:4680"}) {
    Request request = asked();
    request.host = host;
    EXPECT_EQ(status_of(request), 421) << host;
  }
}

TEST(RequestGuard, AnswersThroughAForwardedPort) {
  for (const std::string host : {"localhost", "localhost:9000", "127.0.0.1:1", "[::1]:4680"}) {
    Request request = asked();
    request.host = host;
    request.origin = "http://" + host;
    EXPECT_EQ(status_of(request), 200) << host;
  }
}

TEST(RequestGuard, RefusesPagesOfOtherOrigins) {
  for (const std::string origin :
       {"http://evil.example", "http://127.0.0.1:9999", "null", "https://127.0.0.1:4680"}) {
    Request request = asked();
    request.origin = origin;
    EXPECT_EQ(status_of(request), 403) << origin;
  }
}

TEST(RequestGuard, RefusesWhatTheBrowserCallsAnotherSites) {
  for (const std::string site : {"cross-site", "same-site"}) {
    Request request = asked();
    request.fetch_site = site;
    EXPECT_EQ(status_of(request), 403) << site;
  }
  Request own = asked();
  own.fetch_site = "same-origin";
  EXPECT_EQ(status_of(own), 200);
}

TEST(RequestGuard, TakesOrdersAsJsonAlone) {
  Request order = asked("/api/control");
  order.method = "POST";
  order.content_type = "application/x-www-form-urlencoded";
  EXPECT_EQ(status_of(order), 415);
  order.content_type = "application/json";
  EXPECT_EQ(status_of(order), 200);
}

TEST(RequestGuard, TakesNoOtherMethods) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT"}) {
    Request request = asked();
    request.method = method;
    EXPECT_EQ(status_of(request), 405) << method;
  }
}

TEST(RequestGuard, MakesTokensThatDiffer) {
  EXPECT_EQ(new_token().size(), 32U);
  EXPECT_NE(new_token(), new_token());
}

TEST(SplitTarget, DecodesPathAndQuery) {
  Request request;
  ASSERT_TRUE(split_target("/api/a%20b?x=1&name=a%26b&flag", request));
  EXPECT_EQ(request.path, "/api/a b");
  EXPECT_EQ(request.query,
            (std::map<std::string, std::string>{{"x", "1"}, {"name", "a&b"}, {"flag", ""}}));
}

TEST(SplitTarget, RefusesWhatIsBroken) {
  Request request;
  for (const char* const target : {"", "x", "http://a/", "/%", "/%4", "/%zz", "/%00", "/?a=%0"}) {
    EXPECT_FALSE(split_target(target, request)) << target;
  }
}

}  // namespace
}  // namespace tarama::web
