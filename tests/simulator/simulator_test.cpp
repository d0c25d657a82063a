// The runtime on a program of the ABI that is written by hand (hand.c).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "runtime/client/fed_client.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/describe.h"
#include "runtime/program/params.h"
#include "runtime/server/aggregate.h"
#include "runtime/simulator/load.h"
#include "runtime/simulator/simulation.h"

namespace fedrt {
namespace {

std::shared_ptr<const Program> hand() {
  static const auto program = load_program("tests/simulator/hand.so");
  EXPECT_TRUE(program.ok()) << program.status();
  return *program;
}

AlignedBuffer params(const std::map<std::string, std::string>& set = {}) {
  auto buffer = make_params(hand()->manifest(), hand()->server().params, set);
  EXPECT_TRUE(buffer.ok()) << buffer.status();
  return *buffer;
}

struct Ran {
  absl::Status status;
  Outcome outcome;
  std::string json;
};

Ran run(const std::string& entry, const std::string& args, SimulationOptions options = {},
        const std::map<std::string, std::string>& set = {}) {
  const Computation& computation = *hand()->find(entry);
  const auto value = parse_json(args, computation.manifest->argument(), "--args");
  EXPECT_TRUE(value.ok()) << value.status();
  auto leaves = flatten(*value, computation.manifest->argument());
  EXPECT_TRUE(leaves.ok()) << leaves.status();
  const auto clients = client_count(*value, computation.manifest->argument());
  auto arguments = make_arguments(computation, *std::move(leaves), *clients);
  EXPECT_TRUE(arguments.ok()) << arguments.status();
  Simulation simulation(hand(), options);
  Ran ran;
  ran.status = simulation.run(computation, *arguments, params(set), nullptr, &ran.outcome);
  if (!ran.status.ok()) return ran;
  const uint64_t finished = std::count(ran.outcome.finished.begin(), ran.outcome.finished.end(), 1);
  auto results = result_leaves(computation, ran.outcome);
  EXPECT_TRUE(results.ok()) << results.status();
  auto whole = unflatten(*std::move(results), computation.manifest->result(), finished);
  EXPECT_TRUE(whole.ok()) << whole.status();
  ran.json = print_json(*whole, computation.manifest->result());
  return ran;
}

std::string random_readings(int clients, unsigned seed) {
  std::mt19937 rng(seed);
  std::string text = "{\"readings\":[";
  for (int i = 0; i < clients; ++i)
    absl::StrAppend(&text, i ? "," : "",
                    std::ldexp(std::uniform_real_distribution<double>(-1, 1)(rng),
                               static_cast<int>(rng() % 30) - 15));
  return text + "]}";
}

TEST(SimulatorTest, Average) {
  EXPECT_EQ(run("average", R"({"readings":[68.5,70.3,69.8]})").json, "69.53333");
}

TEST(SimulatorTest, Params) {
  EXPECT_EQ(run("average", R"({"readings":[1,2]})", {}, {{"scale", "2"}}).json, "3");
  const auto message = [&](const std::string& name, const std::string& text) {
    return std::string(make_params(hand()->manifest(), hand()->server().params, {{name, text}})
                           .status()
                           .message());
  };
  EXPECT_EQ(message("scale", "2.5"), "--set scale: 2.5 is not between 0.5 and 2");
  EXPECT_EQ(message("scale", "nan"),
            "--set scale: expected a number, such as 0.5 (float32), found `nan`");
  EXPECT_EQ(message("scale", "\"NaN\""), "--set scale: NaN is not between 0.5 and 2");
  EXPECT_EQ(message("scale", "true"),
            "--set scale: expected a number, such as 0.5 (float32), found `true`");
  EXPECT_EQ(message("lr", "1"),
            "--set lr: the program has no parameter `lr`; its parameters are `scale`");
}

TEST(SimulatorTest, NoClientsFailsAtTheLineOfTheSource) {
  const Ran ran = run("average", R"({"readings":[]})");
  EXPECT_EQ(ran.status.message(),
            "tests/simulator/hand.fed:5:3: error: federated_mean of no clients (at the server, "
            "step 1) [assertion]\n"
            "   5 |   federated_mean(federated_map(fn(x) { x * scale }, readings))\n"
            "     |   ^");
  EXPECT_EQ(ran.outcome.error->error.status, FED_ASSERTION);
  EXPECT_TRUE(ran.outcome.error->server);
}

TEST(SimulatorTest, TabsAndWideCharactersBeforeTheCaret) {
  const Ran ran = run("spread", R"({"readings":[[]]})");
  EXPECT_EQ(ran.status.message(),
            "tests/simulator/hand.fed:9:13: error: federated_mean of no clients (at the server, "
            "step 1) [assertion]\n"
            "   9 |  let mean = federated_mean(…);\n"
            "     |             ^");
  PhaseError error;
  error.error.status = FED_BAD_SIZE;
  error.error.site = 4;
  error.error.detail[0] = 3;
  error.error.detail[1] = 4;
  error.client = 2;
  error.phase = 1;
  EXPECT_EQ(describe(error, hand()->manifest()),
            "tests/simulator/hand.fed:10:24: error: sizes 3 and 4 do not agree (on client 2, phase "
            "1) [size-mismatch]\n"
            "  10 |   (mean=mean, variance=federated_mean(…), own=…)\n"
            "     |                        ^");
  error.error.site = 1000;
  EXPECT_EQ(describe(error, hand()->manifest()),
            "error: sizes 3 and 4 do not agree (on client 2, phase 1) [size-mismatch]");
}

TEST(SimulatorTest, MessagesAreRejectedWholeAndCounted) {
  const Ran ran = run("average", R"({"readings":[1,"NaN",3,"Infinity"]})");
  EXPECT_EQ(ran.json, "2");
  ASSERT_EQ(ran.outcome.phases.size(), 1u);
  EXPECT_EQ(ran.outcome.phases[0].accepted(), 2u);
  EXPECT_EQ(ran.outcome.phases[0].by_reason[FED_REJECT_NOT_FINITE], 2u);
  EXPECT_EQ(ran.outcome.finished, (std::vector<uint8_t>{1, 0, 1, 0}));
}

TEST(SimulatorTest, TheMinimumOfClientsHoldsForEveryPhase) {
  SimulationOptions options;
  options.minimum_clients = 3;
  EXPECT_TRUE(run("average", R"({"readings":[1,2,3]})", options).status.ok());
  EXPECT_EQ(run("average", R"({"readings":[1,2,"NaN"]})", options).status.message(),
            "phase 1: 2 clients were accepted, and at least 3 are needed");
  options.drops_out = [](uint64_t phase, uint64_t client) { return phase == 2 && client == 0; };
  EXPECT_EQ(run("spread", R"({"readings":[[1],[2],[3]]})", options).status.message(),
            "phase 2: 2 clients were accepted, and at least 3 are needed");
}

TEST(SimulatorTest, TwoPhases) {
  EXPECT_EQ(run("spread", R"({"readings":[[1,2,3],[4],[]]})").json,
            R"({"mean":2.5,"variance":1.25,"own":[2.75,2.25,0]})");
}

TEST(SimulatorTest, TheCohortOfAPhaseIsWhoseMessageWasAccepted) {
  SimulationOptions options;
  options.drops_out = [](uint64_t phase, uint64_t client) { return phase == 2 && client == 1; };
  // Client 2 is rejected in phase 1 (its sum is infinite), client 1 drops out before phase 2.
  const Ran ran = run("spread", R"({"readings":[[1,2],[6],["Infinity"],[3]]})", options);
  EXPECT_EQ(ran.json, R"({"mean":3,"variance":1.6666666,"own":[5,0]})");
  ASSERT_EQ(ran.outcome.phases.size(), 2u);
  EXPECT_EQ(ran.outcome.phases[0].rejected(), 1u);
  EXPECT_EQ(ran.outcome.phases[1].accepted(), 2u);
  EXPECT_EQ(ran.outcome.phases[1].dropped, 1u);
  EXPECT_EQ(ran.outcome.finished, (std::vector<uint8_t>{1, 0, 0, 1}));
}

TEST(SimulatorTest, ThreadsAndOrderDoNotShow) {
  const std::string args = random_readings(500, 1);
  const std::string reference = run("average", args).json;
  for (int threads = 1; threads <= 5; ++threads)
    for (unsigned seed = 0; seed < 4; ++seed) {
      SimulationOptions options;
      options.threads = threads;
      options.order = [&](uint64_t, std::vector<uint64_t>* clients) {
        std::shuffle(clients->begin(), clients->end(), std::mt19937(seed));
      };
      ASSERT_EQ(run("average", args, options).json, reference);
    }
}

TEST(SimulatorTest, TheErrorIsThatOfTheFirstClientWhateverTheOrder) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    SimulationOptions options;
    options.threads = 3;
    options.order = [&](uint64_t, std::vector<uint64_t>* clients) {
      std::shuffle(clients->begin(), clients->end(), std::mt19937(seed));
    };
    const Ran ran = run("average", R"({"readings":[1,2,13,4,13,13,7,13]})", options);
    ASSERT_FALSE(ran.status.ok());
    ASSERT_EQ(ran.outcome.error->client, 2u);
    ASSERT_EQ(ran.outcome.error->phase, 1u);
    ASSERT_EQ(ran.status.message().substr(0, 47),
              "tests/simulator/hand.fed:5:40: error: x * scale");
  }
}

TEST(SimulatorTest, FailedClientsMayDropOutInstead) {
  SimulationOptions options;
  options.failed_clients_drop_out = true;
  const Ran ran = run("average", R"({"readings":[1,13,3]})", options);
  EXPECT_EQ(ran.json, "2");
  EXPECT_EQ(ran.outcome.failed_clients, 1u);
  EXPECT_EQ(ran.outcome.phases[0].dropped, 1u);
}

TEST(SimulatorTest, CancelledWhileAPhaseRuns) {
  std::atomic<bool> cancel{false};
  SimulationOptions options;
  options.threads = 2;
  options.cancelled = &cancel;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancel = true;
  });
  const Ran ran = run("average", R"({"readings":[1,14,14]})", options);  // these wait for it
  later.join();
  EXPECT_EQ(ran.status.code(), absl::StatusCode::kCancelled);
}

TEST(SimulatorTest, ClientStateIsCommittedForAcceptedClientsOnly) {
  Simulation simulation(hand(), {});
  ClientStates states = *simulation.new_states(3);
  Outcome outcome;
  Arguments none;
  none.clients = 3;
  const AlignedBuffer constants = params();
  const auto count = [&](int client) {
    int64_t value;
    std::memcpy(&value, states.bytes.data() + client * states.stride, sizeof value);
    return value;
  };
  ASSERT_TRUE(
      simulation.run(*hand()->find("tally.client_state"), none, constants, &states, &outcome).ok());
  EXPECT_EQ(count(2), 7);
  const auto next = [&](float state, std::vector<float> data) {
    Arguments arguments;
    arguments.clients = 3;
    arguments.server = {Tensor::scalar(state)};
    arguments.client.resize(1);
    for (float d : data) arguments.client[0].push_back(Tensor::scalar(d));
    return simulation.run(*hand()->find("tally.next"), arguments, constants, &states, &outcome);
  };
  ASSERT_TRUE(next(100, {1, NAN, 2}).ok());
  EXPECT_EQ(outcome.server[0], Tensor::scalar(117.0f));
  EXPECT_EQ(outcome.server[1], Tensor::scalar<int64_t>(2));
  EXPECT_EQ(count(0), 8);
  EXPECT_EQ(count(1), 7);  // rejected
  EXPECT_EQ(count(2), 8);
  ASSERT_TRUE(next(117, {0, 0, 0}).ok());
  EXPECT_EQ(outcome.server[0], Tensor::scalar(140.0f));
  EXPECT_EQ(count(1), 8);
}

TEST(ProgramTest, WhatCannotBeLoadedIsExplained) {
  EXPECT_EQ(load_program("tests/simulator/none.so").status().message(),
            "tests/simulator/none.so: cannot be read: No such file or directory");
  EXPECT_EQ(load_program("tests/simulator/hand.fed").status().message(),
            "tests/simulator/hand.fed: not a shared object of this machine");
}

TEST(ProgramTest, AManifestThatDisagreesIsRefused) {
  fed::proto::Manifest manifest = hand()->manifest();
  const auto make = [&] {
    return std::string(
        Program::make(&hand()->client(), &hand()->server(), manifest.SerializeAsString())
            .status()
            .message());
  };
  EXPECT_EQ(make(), "");
  auto* argument = manifest.mutable_computations(0)->mutable_argument();
  argument->mutable_struct_()
      ->mutable_fields(0)
      ->mutable_type()
      ->mutable_federated()
      ->mutable_member()
      ->mutable_tensor()
      ->set_element(fed::proto::INT32);
  EXPECT_EQ(make(),
            "the program and its manifest disagree: average: readings has no place in its layout");
  manifest = hand()->manifest();
  manifest.mutable_computations(0)->set_name("other");
  EXPECT_EQ(make(), "`other` lacks one of its sides");
  EXPECT_EQ(Program::make(&hand()->client(), &hand()->server(), "\xff\xff").status().message(),
            "the program's manifest cannot be read");
  fed_server_program old = hand()->server();
  old.version = 99;
  EXPECT_NE(std::string(Program::make(&hand()->client(), &old, "").status().message())
                .find("compile it again"),
            std::string::npos);
}

TEST(ProgramTest, AClientsProgramReadsItsOwnArguments) {
  const std::string manifest = hand()->manifest().SerializeAsString();
  const auto program = Program::make(&hand()->client(), nullptr, manifest);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_FALSE((*program)->has_server());
  EXPECT_TRUE(Program::make(nullptr, &hand()->server(), manifest).ok());
  EXPECT_FALSE(Program::make(nullptr, nullptr, manifest).ok());
  SpecRequest request;
  request.computation = (*program)->find("tally.next");
  request.fields = fields_at(*request.computation, proto::CLIENTS);
  EXPECT_EQ(request.fields, std::vector<int>{1});  // neither the server's state nor the client's
  request.flag = "--data";
  request.clients = 1;
  request.own = true;
  request.spec = R"({"data":2.5})";
  const auto arguments = read_spec(request, "");
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->clients, 1u);
  EXPECT_EQ(arguments->client[0], std::vector<Tensor>{Tensor::scalar(2.5f)});
  request.spec = R"({"data":[2.5]})";
  EXPECT_EQ(read_spec(request, "").status().message(),
            "--data: data: expected a number, found a list of 1");
}

// The client library by itself.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest() : memory_(fed_client_bytes(&program())) {
    host_.size = sizeof host_;
    host_.version = FED_ABI_VERSION;
  }
  const fed_program& program() { return hand()->client(); }
  fed_client* open() { return fed_client_open(&program(), memory_.data(), memory_.size(), &host_); }
  int32_t begin(fed_client* client, const char* name) {
    const AlignedBuffer constants = params();
    return fed_client_round_begin(client, name, program().hash, constants.data(), constants.size());
  }

  fed_host host_{};
  AlignedBuffer memory_;
};

TEST_F(ClientTest, OpenChecksWhatItIsGiven) {
  EXPECT_NE(open(), nullptr);
  EXPECT_EQ(fed_client_open(nullptr, memory_.data(), memory_.size(), &host_), nullptr);
  EXPECT_EQ(fed_client_open(&program(), memory_.data() + 8, memory_.size(), &host_), nullptr);
  EXPECT_EQ(fed_client_open(&program(), memory_.data(), memory_.size() - 1, &host_), nullptr);
  EXPECT_EQ(fed_client_open(&program(), memory_.data(), memory_.size(), nullptr), nullptr);
  fed_program newer = program();
  newer.version = 2;
  EXPECT_EQ(fed_client_bytes(&newer), 0u);
  EXPECT_EQ(fed_client_open(&newer, memory_.data(), memory_.size(), &host_), nullptr);
}

TEST_F(ClientTest, ARoundInOrder) {
  fed_client* client = open();
  EXPECT_EQ(fed_client_run(client, 0, nullptr), FED_BAD_CALL);
  EXPECT_EQ(begin(client, "no such computation"), FED_BAD_CALL);
  uint8_t other[32] = {};
  EXPECT_EQ(fed_client_round_begin(client, "average", other, memory_.data(), 64), FED_BAD_HASH);
  EXPECT_EQ(fed_client_round_begin(client, "average", nullptr, memory_.data(), 8), FED_BAD_CALL);
  ASSERT_EQ(begin(client, "average"), FED_OK);
  EXPECT_EQ(begin(client, "average"), FED_BAD_CALL);  // one is open
  uint64_t bytes = 0;
  const float reading = 5;
  std::memcpy(fed_client_input(client, &bytes), &reading, sizeof reading);
  EXPECT_EQ(bytes, 64u);
  EXPECT_EQ(fed_client_upload(client, &bytes), nullptr);
  EXPECT_EQ(fed_client_run(client, 1, nullptr), FED_BAD_CALL);
  EXPECT_EQ(fed_client_run(client, 0, memory_.data() + 1), FED_BAD_CALL);
  ASSERT_EQ(fed_client_run(client, 0, nullptr), FED_OK);
  EXPECT_EQ(fed_client_run(client, 0, nullptr), FED_BAD_CALL);
  const uint8_t* upload = static_cast<const uint8_t*>(fed_client_upload(client, &bytes));
  ASSERT_NE(upload, nullptr);
  EXPECT_EQ(bytes, 128u);
  float sent;
  std::memcpy(&sent, upload + 64, sizeof sent);
  EXPECT_EQ(sent, 5);
  EXPECT_EQ(fed_client_round_end(client, 1), FED_OK);
  EXPECT_EQ(fed_client_round_end(client, 1), FED_BAD_CALL);
}

TEST_F(ClientTest, TheFirstErrorSticksAndEndsTheRound) {
  fed_client* client = open();
  ASSERT_EQ(begin(client, "average"), FED_OK);
  const float reading = 13;
  std::memcpy(fed_client_input(client, nullptr), &reading, sizeof reading);
  EXPECT_EQ(fed_client_run(client, 0, nullptr), FED_BAD_VALUE);
  EXPECT_EQ(fed_client_error(client)->site, 2u);
  EXPECT_EQ(fed_client_upload(client, nullptr), nullptr);
  EXPECT_EQ(fed_client_run(client, 0, nullptr), FED_BAD_CALL);
  EXPECT_EQ(fed_client_round_end(client, 1), FED_OK);
  ASSERT_EQ(begin(client, "average"), FED_OK);
  EXPECT_EQ(fed_client_error(client)->status, FED_OK);
}

TEST_F(ClientTest, StateIsCommittedOrRolledBack) {
  fed_client* client = open();
  const uint64_t bytes = fed_client_state_bytes(&program());
  ASSERT_EQ(bytes, 64u);
  int64_t state[8] = {3};
  ASSERT_EQ(fed_client_state_load(client, state, bytes), FED_OK);
  EXPECT_EQ(fed_client_state_load(client, state, 8), FED_BAD_CALL);
  for (int accepted : {0, 1}) {
    ASSERT_EQ(begin(client, "tally.next"), FED_OK);
    EXPECT_EQ(fed_client_state_save(client, state, bytes), FED_BAD_CALL);
    ASSERT_EQ(fed_client_run(client, 0, nullptr), FED_OK);
    // What the end of the round would commit.
    ASSERT_EQ(fed_client_state_save(client, state, bytes), FED_OK);
    EXPECT_EQ(state[0], 4);
    ASSERT_EQ(fed_client_round_end(client, accepted), FED_OK);
    ASSERT_EQ(fed_client_state_save(client, state, bytes), FED_OK);
    EXPECT_EQ(state[0], 3 + accepted);
  }
  ASSERT_EQ(begin(client, "tally.next"), FED_OK);
  ASSERT_EQ(fed_client_round_end(client, 1), FED_OK);  // no phase ran: nothing to commit
  ASSERT_EQ(fed_client_state_save(client, state, bytes), FED_OK);
  EXPECT_EQ(state[0], 4);
}

TEST(MergeCounterTest, HoldsFewAndMergesAll) {
  const fed_aggregation& aggregation = hand()->find("average")->server->aggregations[0];
  MergeCounter<PartialAggregate> counter(
      [](PartialAggregate* earlier, const PartialAggregate& later) { earlier->merge(later); });
  EXPECT_FALSE(counter.finish().has_value());
  alignas(64) struct {
    int64_t weight = 1;
    char pad[56];
    float value = 1;
    char rest[60];
  } upload;
  for (int i = 1; i <= 1000; ++i) {
    PartialAggregate partial(&aggregation);
    EXPECT_EQ(partial.offer(&upload), FED_ACCEPT);
    counter.push(std::move(partial));
    ASSERT_LE(counter.held(), std::floor(std::log2(i)) + 1);
  }
  const auto whole = counter.finish();
  AlignedBuffer message(128);
  whole->report(message.data());
  float sum;
  std::memcpy(&sum, message.data() + 64, sizeof sum);
  EXPECT_EQ(sum, 1000);
  EXPECT_EQ(whole->tally().accepted(), 1000u);
}

}  // namespace
}  // namespace fedrt
