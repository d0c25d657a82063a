// Rounds over real sockets, as they should go.
#include <gtest/gtest.h>

#include <thread>

#include "runtime/program/params.h"
#include "runtime/program/process.h"
#include "runtime/server/network/server.h"
#include "runtime/simulator/simulation.h"
#include "tests/network/test_client.h"

namespace fedrt {
namespace {

ServerOptions options(uint64_t clients) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.clients = clients;
  options.threads = 3;
  options.federation.hold = std::chrono::milliseconds(200);
  return options;
}

std::unique_ptr<NetworkServer> start(const ServerOptions& options) {
  auto server = NetworkServer::start(hand_program(), options);
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

AlignedBuffer params() {
  return *make_params(hand_program()->manifest(), hand_program()->params(), {{"scale", "2"}});
}

// Clients with the readings 1, 2, ... in threads of their own.
class Crowd {
 public:
  Crowd(const std::string& address, int clients) : accepted(clients) {
    for (int i = 0; i < clients; ++i)
      this->clients.push_back(std::make_unique<TestClient>(address, static_cast<float>(i + 1)));
    for (int i = 0; i < clients; ++i)
      threads_.emplace_back([this, i] { accepted[i] = this->clients[i]->run(); });
  }
  ~Crowd() { join(); }
  void join() {
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<int> accepted;

 private:
  std::vector<std::thread> threads_;
};

TEST(RoundsTest, OnePhase) {
  auto server = start(options(3));
  Crowd crowd(server->address(), 3);
  Outcome outcome;
  const absl::Status status =
      server->run(*hand_program()->find("average"), {}, params(), nullptr, &outcome);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(outcome.server, std::vector<Tensor>{Tensor::scalar(4.0f)});
  EXPECT_EQ(outcome.finished, (std::vector<uint8_t>{1, 1, 1}));
  server->finish("all is done");
  crowd.join();
  EXPECT_EQ(crowd.accepted, (std::vector<int>{1, 1, 1}));
  EXPECT_EQ(server->counts().all(), "");
}

TEST(RoundsTest, TwoPhases) {
  auto server = start(options(3));
  Crowd crowd(server->address(), 3);
  Outcome outcome;
  const absl::Status status =
      server->run(*hand_program()->find("spread"), {}, params(), nullptr, &outcome);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(outcome.server, (std::vector<Tensor>{Tensor::scalar(2.0f), Tensor::scalar(2.0f / 3)}));
  server->finish("all is done");
  crowd.join();
  EXPECT_EQ(crowd.accepted, (std::vector<int>{1, 1, 1}));
}

TEST(RoundsTest, AProcessIsWhatTheSimulatorMakesOfIt) {
  constexpr int kClients = 5, kRounds = 20;
  const AlignedBuffer constants = params();
  const auto play = [&](Executor* executor, const Arguments& data) {
    auto process = Process::make(executor, "tally", &constants, 0);
    EXPECT_TRUE(process.ok()) << process.status();
    EXPECT_TRUE(process->initialize({}, data.clients).ok());
    for (int round = 0; round < kRounds; ++round) {
      std::vector<Metric> metrics;
      Outcome outcome;
      const absl::Status status = process->next(data, &metrics, &outcome);
      EXPECT_TRUE(status.ok()) << status;
    }
    return process->save();
  };
  Simulation simulation(hand_program(), {});
  Arguments data;
  data.clients = kClients;
  data.server.resize(1);
  data.client.resize(1);
  for (int i = 0; i < kClients; ++i)
    data.client[0].push_back(Tensor::scalar(static_cast<float>(i + 1)));
  const NamedTensors expected = play(&simulation, data);

  for (const size_t threads : {1, 2, 7}) {
    SCOPED_TRACE(threads);
    ServerOptions some = options(kClients);
    some.threads = threads;
    auto server = start(some);
    Crowd crowd(server->address(), kClients);
    Arguments own;
    own.server.resize(1);
    const NamedTensors found = play(server.get(), own);
    server->finish("all is done");
    crowd.join();
    EXPECT_EQ(found, expected);
    for (int i = 0; i < kClients; ++i) {
      EXPECT_EQ(crowd.accepted[i], kRounds);
      EXPECT_EQ(crowd.clients[i]->state(), 7 + kRounds);
    }
  }
}

TEST(RoundsTest, MoreClientsThanARoundTakes) {
  auto server = start(options(2));
  Crowd crowd(server->address(), 6);
  int accepted = 0;
  for (int round = 0; round < 10; ++round) {
    Outcome outcome;
    ASSERT_TRUE(
        server->run(*hand_program()->find("average"), {}, params(), nullptr, &outcome).ok());
    EXPECT_EQ(outcome.phases[0].accepted(), 2u);
  }
  server->finish("all is done");
  crowd.join();
  for (const int one : crowd.accepted) accepted += one;
  EXPECT_EQ(accepted, 20);
}

TEST(RoundsTest, ManyClientsInSmallPieces) {
  constexpr int kClients = 100;
  ServerOptions many = options(kClients);
  many.federation.upload_memory = 300;  // two uploads at a time
  auto server = start(many);
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestClient>(server->address(), 1.0f));
    clients.back()->pieces_of_one_byte = true;
    threads.emplace_back([client = clients.back().get()] { EXPECT_EQ(client->run(), 1); });
  }
  Outcome outcome;
  const absl::Status status =
      server->run(*hand_program()->find("average"), {}, params(), nullptr, &outcome);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(outcome.server, std::vector<Tensor>{Tensor::scalar(2.0f)});
  server->finish("all is done");
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server->counts().all(), "");
}

}  // namespace
}  // namespace fedrt
