// A real server process, and whatever comes to its port.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "tests/network/child_process.h"
#include "tests/network/raw_connection.h"
#include "tests/network/test_client.h"

namespace fedrt {
namespace {

using grpc::StatusCode;

// The server still serves: one client makes its round, and the server ends well.
std::string serves(HandServer* server, const char* result = "2\n") {
  TestClient client(server->address(), 2);
  EXPECT_EQ(client.run(), 1);
  EXPECT_EQ(server->wait(), 0) << server->err();
  EXPECT_EQ(server->out(), result);
  return server->met();
}

TEST(HostileTest, RandomBytes) {
  HandServer server({"--entry=average", "--clients=1"});
  std::mt19937 random(1);
  constexpr int kConnections = 100;
  for (int i = 0; i < kConnections; ++i) {
    std::string bytes(1 + random() % 2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    bytes[0] |= static_cast<char>(0x80);  // nothing that a request could begin with
    RawConnection raw(server.port());
    raw.say(bytes);
    std::string told;
    EXPECT_TRUE(raw.hear(&told));
    EXPECT_NE(told.find("It speaks gRPC"), std::string::npos) << told;
  }
  EXPECT_EQ(serves(&server), "100 connections that are not gRPC");
}

TEST(HostileTest, Http1) {
  HandServer server({"--entry=average", "--clients=1"});
  for (const char* request : {"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
                              "POST /fed.v1.Federation/CheckIn", "OPTIONS * HTTP/1.0\r\n\r\n"}) {
    RawConnection raw(server.port());
    raw.say(request);
    std::string told;
    EXPECT_TRUE(raw.hear(&told));
    EXPECT_EQ(told.find("HTTP/1.1 400 Bad Request\r\n"), 0u) << told;
    EXPECT_NE(told.find("connect with a client of the program"), std::string::npos) << told;
  }
  EXPECT_EQ(serves(&server), "3 HTTP/1 requests");
}

// HTTP/2's preface, and then no HTTP/2: that is gRPC's to refuse.
TEST(HostileTest, Http2ThatIsNone) {
  HandServer server({"--entry=average", "--clients=1"});
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    std::string bytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (int n = 0; n < 300; ++n) bytes += static_cast<char>(random());
    RawConnection raw(server.port());
    raw.say(bytes);
    if (i % 2 != 0) continue;
    std::string told;
    EXPECT_TRUE(raw.hear(&told));
  }
  serves(&server);
}

TEST(HostileTest, OtherProgramsAndProtocols) {
  HandServer server({"--entry=average", "--clients=1"});
  TestClient client(server.address(), 1);
  wire::CheckInRequest request = client.request();
  const std::string ours = request.programs(0).hash();
  const std::string theirs(32, '\x2a');
  request.mutable_programs(0)->set_hash(theirs);
  grpc::Status status = client.check_in(request);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(),
            "this server runs `hand` (hash " + absl::BytesToHexString(ours) +
                "), and the client carries `hand` (hash " + absl::BytesToHexString(theirs) +
                "): compile both from the same source");
  request.clear_programs();
  EXPECT_NE(client.check_in(request).error_message().find("the client carries no program"),
            std::string::npos);
  // Names are not trusted to be text, and there may be any number of programs.
  for (int i = 0; i < 10000; ++i) {
    auto* program = request.add_programs();
    program->set_name("\x1b[2J");
    program->set_hash("short");
  }
  status = client.check_in(request);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message().find('\x1b'), std::string::npos);
  EXPECT_LT(status.error_message().size(), 8000u);
  request = client.request();
  request.set_protocol(7);
  status = client.check_in(request);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(),
            "this server speaks version 1 of the protocol, and the client version 7");
  EXPECT_EQ(serves(&server), "3 clients of another program, 1 client of another protocol version");
}

std::string with(const std::string& upload, int64_t weight, float value) {
  std::string bytes = upload;
  std::memcpy(bytes.data(), &weight, sizeof weight);
  std::memcpy(bytes.data() + FED_ALIGNMENT, &value, sizeof value);
  return bytes;
}

TEST(HostileTest, MessagesThatAreWrong) {
  HandServer server({"--entry=average", "--clients=4"});
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<TestClient>(server.address(), static_cast<float>(i)));
    ASSERT_TRUE(clients[i]->check_in().ok());
  }
  std::vector<wire::Work> work(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      work[i] = clients[i]->await().work();
      ASSERT_EQ(clients[i]->work(work[i]), FED_OK);
    });
  for (std::thread& thread : threads) thread.join();
  TestClient& client = *clients[0];
  wire::UploadReply reply;
  const auto expect = [&](const grpc::Status& status, StatusCode code, const char* text) {
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_EQ(status.error_message(), text);
  };
  // Sizes.
  expect(client.send(work[0], client.upload.substr(1), &reply), StatusCode::INVALID_ARGUMENT,
         "an upload of this phase has 128 bytes, and 127 came");
  expect(client.send(work[0], client.upload + "x", &reply), StatusCode::INVALID_ARGUMENT,
         "an upload of this phase has 128 bytes, and more came");
  expect(client.send(work[0], "", &reply), StatusCode::INVALID_ARGUMENT,
         "an upload of this phase has 128 bytes, and 0 came");
  EXPECT_EQ(client.send(work[0], std::string(3 << 20, 'x'), &reply).error_code(),
            StatusCode::INVALID_ARGUMENT);
  // Rounds and phases that are not running.
  wire::Work other = work[0];
  other.set_round(work[0].round() + 1);
  expect(client.send(other, &reply), StatusCode::FAILED_PRECONDITION,
         "phase 1 of round 2 is not running for this client: round 1 is in phase 1");
  other = work[0];
  other.set_phase(2);
  expect(client.send(other, &reply), StatusCode::FAILED_PRECONDITION,
         "phase 2 of round 1 is not running for this client: round 1 is in phase 1");
  std::string bytes;
  expect(client.download(other, 0, &bytes), StatusCode::FAILED_PRECONDITION,
         "phase 2 of round 1 is not running for this client: round 1 is in phase 1");
  expect(client.download(work[0], 1, &bytes), StatusCode::OUT_OF_RANGE,
         "the download has 0 bytes, and byte 1 was asked for");
  // A session that is none.
  const std::string session = std::exchange(client.session, std::string(100000, '\xff'));
  for (const grpc::Status& status :
       {client.send(work[0], &reply), client.download(work[0], 0, &bytes),
        client.abandon(work[0], FED_HOST_ERROR, 0)})
    expect(status, StatusCode::NOT_FOUND, "no such session: check in again");
  client.session = session;
  // After all that its upload is still welcome, once.
  ASSERT_TRUE(client.send(work[0], &reply).ok());
  EXPECT_EQ(reply.verdict(), wire::UploadReply::ACCEPTED);
  EXPECT_FALSE(reply.duplicate());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.send(work[0], with(client.upload, 1, 100), &reply).ok());
    EXPECT_EQ(reply.verdict(), wire::UploadReply::ACCEPTED);
    EXPECT_TRUE(reply.duplicate());
  }
  // Values that are not added.
  ASSERT_TRUE(clients[1]->send(work[1], with(client.upload, 1, NAN), &reply).ok());
  EXPECT_EQ(reply.verdict(), wire::UploadReply::NOT_FINITE);
  EXPECT_EQ(reply.reason(), "a value that is summed is infinite or NaN, or an extreme is NaN");
  ASSERT_TRUE(clients[2]->send(work[2], with(client.upload, -1, 1), &reply).ok());
  EXPECT_EQ(reply.verdict(), wire::UploadReply::BAD_WEIGHT);
  EXPECT_EQ(reply.reason(), "a weight is negative or not finite");
  ASSERT_TRUE(clients[2]->send(work[2], with(client.upload, 1, 1), &reply).ok());
  EXPECT_EQ(reply.verdict(), wire::UploadReply::BAD_WEIGHT);
  EXPECT_TRUE(reply.duplicate());
  ASSERT_TRUE(clients[3]->abandon(work[3], FED_BAD_VALUE, 2).ok());
  const wire::AwaitReply news[] = {client.await(), clients[1]->await(), clients[2]->await(),
                                   clients[3]->await()};
  EXPECT_TRUE(news[0].round_end().accepted());
  EXPECT_EQ(news[1].round_end().reason(),
            "rejected: a value that is summed is infinite or NaN, or an extreme is NaN");
  EXPECT_EQ(news[2].round_end().reason(), "rejected: a weight is negative or not finite");
  EXPECT_EQ(news[3].round_end().reason(), "the client abandoned the round");
  // The round is over.
  expect(client.abandon(work[0], FED_HOST_ERROR, 0), StatusCode::OK, "");
  ASSERT_TRUE(client.send(work[0], &reply).ok());
  EXPECT_TRUE(reply.duplicate());
  EXPECT_EQ(clients[1]->download(work[1], 0, &bytes).error_message(),
            "phase 1 of round 1 is not running for this client: it is in no round now");
  for (const auto& one : clients) EXPECT_TRUE(one->await().has_finished());
  EXPECT_EQ(server.wait(), 0) << server.err();
  EXPECT_EQ(server.out(), "0\n");
  EXPECT_EQ(server.met(),
            "3 calls of unknown sessions, 4 uploads of a wrong size, 4 stale messages, 4 duplicate "
            "uploads, 1 update that was not finite, 1 update with a bad weight, 1 client whose "
            "program failed");
  EXPECT_NE(server.err().find(
                "warning: phase 1: 2 of 3 clients were not added: 1 not finite, 1 bad weight\n"),
            std::string::npos)
      << server.err();
}

// Calls that are no protobuf, too large, or unknown: gRPC answers them.
TEST(HostileTest, CallsThatAreNone) {
  HandServer server({"--entry=average", "--clients=1"});
  TestClient client(server.address(), 1);
  wire::UploadReply reply;
  {
    grpc::ClientContext context;
    const auto writer = client.stub->Upload(&context, &reply);
    wire::UploadPart part;
    part.set_data(std::string(2 << 20, 'x'));
    writer->Write(part);
    writer->WritesDone();
    EXPECT_EQ(writer->Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  }
  {
    grpc::ClientContext context;
    const auto writer = client.stub->Upload(&context, &reply);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), "an upload without a part");
  }
  // Whether the first one counts, too, depends on what gRPC says first.
  const std::string met = serves(&server);
  EXPECT_TRUE(met == "1 upload of a wrong size" || met == "2 uploads of a wrong size") << met;
}

}  // namespace
}  // namespace fedrt
