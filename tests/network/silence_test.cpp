// A mass of connections to a real server that say nothing, or next to nothing.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tests/network/child_process.h"
#include "tests/network/raw_connection.h"
#include "tests/network/test_client.h"

namespace fedrt {
namespace {

// The parameter: whether they begin as HTTP/2 does.
class Silence : public testing::TestWithParam<bool> {};

TEST_P(Silence, DoesNotKeepClientsOut) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const size_t count = std::min<size_t>(10000, limit.rlim_cur - 200);
  HandServer server({"--process=tally", "--clients=1", "--rounds=20"});
  const std::string words = GetParam() ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "";
  std::vector<RawConnection> silent;
  for (size_t i = 0; i < count; ++i) {
    silent.emplace_back(server.port());
    ASSERT_TRUE(silent.back().open()) << i << ": " << std::strerror(errno);
    if (!words.empty()) silent.back().say(words);
  }
  // All rounds but the last are made while they are there; the last when the server has closed
  // them.
  TestClient client(server.address(), 1);
  int rounds = 0;
  client.before_send = [&](const wire::Work&) {
    if (++rounds < 20) return false;
    std::string ignored;
    for (RawConnection& one : silent) EXPECT_TRUE(one.hear(&ignored));
    return false;
  };
  EXPECT_EQ(client.run(), 20);
  EXPECT_EQ(server.wait(), 0) << server.err();
  RecordProperty("connections", static_cast<int>(count));
  RecordProperty("peak_bytes", std::to_string(server.peak_bytes()));
  std::printf("%zu connections; the server had %.1f MB at most\n", count,
              static_cast<double>(server.peak_bytes()) / 1e6);
  if (words.empty()) EXPECT_EQ(server.met(), std::to_string(count) + " silent connections");
}

INSTANTIATE_TEST_SUITE_P(SilenceTest, Silence, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "AfterThePreface" : "FromTheBeginning");
});

}  // namespace
}  // namespace fedrt
