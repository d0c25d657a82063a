// Clients and servers that end as by kill -9, at each step, in real processes.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/network/child_process.h"
#include "tests/network/test_client.h"

namespace fedrt {
namespace {

std::unique_ptr<ChildProcess> victim(const HandServer& server, const char* step) {
  return std::make_unique<ChildProcess>(
      std::vector<std::string>{"tests/network/step_client", server.address(), "6", step});
}

struct Death {
  const char* step;
  const char* result;    // of the round
  bool late;             // the server has to wait for it until the time limit
  bool perhaps = false;  // or, if it has not noticed yet that the client is gone
};

// Before its answer to phase 1 counts, after that, and when it has answered everything.
constexpr char kWithout[] = "{\"mean\":1.5,\"variance\":0.25}\n";
constexpr char kInPhase1[] = "{\"mean\":3,\"variance\":2.5}\n";
constexpr char kWhole[] = "{\"mean\":3,\"variance\":4.6666665}\n";

constexpr Death kDeaths[] = {
    {"checked in", kWithout, false},          {"waiting", kWithout, false, true},
    {"told in phase 1", kWithout, true},      {"computed in phase 1", kWithout, true},
    {"uploading in phase 1", kWithout, true}, {"uploaded in phase 1", kInPhase1, true},
    {"told in phase 2", kInPhase1, true},     {"downloading in phase 2", kInPhase1, true},
    {"computed in phase 2", kInPhase1, true}, {"uploading in phase 2", kInPhase1, true},
    {"uploaded in phase 2", kWhole, false},
};

void check(const Death& death) {
  SCOPED_TRACE(death.step);
  HandServer server(
      {"--entry=spread", "--clients=3", "--min-clients=2", "--phase-timeout=5", "--threads=3"});
  const auto dies = victim(server, death.step);
  // Those that die before the round begins do so before the others come: else it begins with them.
  if (std::string(death.result) == kWithout && !death.late) {
    EXPECT_EQ(dies->wait(), -SIGKILL) << dies->err();
  }
  std::vector<std::thread> others;
  std::atomic<int> accepted{0};
  for (const float reading : {1.0f, 2.0f})
    others.emplace_back(
        [&, reading] { accepted += TestClient(server.address(), reading).run() == 1; });
  EXPECT_EQ(dies->wait(), -SIGKILL) << dies->err();
  EXPECT_EQ(server.wait(), 0) << server.err();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(accepted, 2);
  EXPECT_EQ(server.out(), death.result);
  if (death.perhaps) return;
  for (const char* line : {"warning: 1 of 3 clients did not answer within the time limit\n",
                           "in all: met 1 client that did not answer in time\n"})
    EXPECT_EQ(server.err().find(line) != std::string::npos, death.late) << server.err();
}

TEST(KilledTest, AClientAtEachStep) {
  std::vector<std::thread> all;
  for (const Death& death : kDeaths) all.emplace_back([&] { check(death); });
  for (std::thread& one : all) one.join();
}

TEST(KilledTest, TooFewAreLeft) {
  HandServer server({"--entry=spread", "--clients=3", "--min-clients=3", "--phase-timeout=1"});
  std::vector<std::thread> others;
  for (const float reading : {1.0f, 2.0f})
    others.emplace_back([&, reading] {
      TestClient client(server.address(), reading);
      EXPECT_EQ(client.run(), 0);
      ASSERT_EQ(client.refusals.size(), 3u);
      EXPECT_NE(client.refusals[0].find("at least 3 are needed"), std::string::npos)
          << client.refusals[0];
    });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(victim(server, "computed in phase 1")->wait(), -SIGKILL);
  EXPECT_EQ(server.wait(), 1);
  for (std::thread& other : others) other.join();
  EXPECT_EQ(server.out(), "");
  EXPECT_NE(server.err().find(
                "the round failed and is tried again: phase 1: 2 clients were accepted, and at "
                "least 3 are needed\n"),
            std::string::npos)
      << server.err();
  EXPECT_NE(server.err().find("\nerror: phase 1: 2 clients were accepted, and at least 3 are "
                              "needed\n"),
            std::string::npos)
      << server.err();
}

// A client over the real transport, and two servers, one after the other, at one port.
TEST(KilledTest, AServerThatComesBack) {
  auto first =
      std::make_unique<HandServer>(std::vector<std::string>{"--entry=average", "--clients=2"});
  TestClient other(first->address(), 1);
  ASSERT_TRUE(other.check_in().ok());
  ChildProcess client({"tests/network/hand_client", first->address(), "5"});
  ASSERT_TRUE(other.await().has_work());
  ASSERT_TRUE(client.says("round 1: begins\n")) << client.err();
  first->signal(SIGKILL);
  EXPECT_EQ(first->wait(), -SIGKILL);
  ASSERT_TRUE(client.says("; trying again\n")) << client.err();
  HandServer second({"--entry=average", "--clients=1"}, first->port());
  EXPECT_EQ(client.wait(), 0) << client.err();
  EXPECT_EQ(second.wait(), 0) << second.err();
  EXPECT_EQ(second.out(), "5\n");
  for (const char* line : {" answers again\n", "round 1: the server does not know this client",
                           "round 1: accepted\n", "the server is finished: all is done\n"})
    EXPECT_NE(client.err().find(line), std::string::npos) << client.err();
  EXPECT_EQ(second.met(), "1 call of an unknown session");
}

}  // namespace
}  // namespace fedrt
