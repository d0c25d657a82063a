// The transport's calls against a gRPC server that is scripted by each test.
#include <chrono>
#include <numeric>

#include "runtime/transport/test_server.h"

namespace fedtest {
namespace {

using fed::v1::Chunk;
using fed::v1::UploadPart;
using grpc::Status;
using grpc::StatusCode;
using Context = grpc::ServerContext;

const fed_program kProgram = program_named("average", 128);

std::string pattern(size_t bytes, uint32_t seed = 1) {
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>((seed = seed * 1664525u + 1013904223u) >> 24);
  return text;
}

// What a client of `server` needs before anything else.
std::unique_ptr<Transport> checked_in(const ScriptedServer& server, uint32_t reply_ms = 20000) {
  auto transport = std::make_unique<Transport>(server.address(), reply_ms);
  EXPECT_EQ(transport->check_in(&kProgram), FED_RPC_OK) << transport->rpc.text;
  return transport;
}

TEST(Transport, ChecksInWithItsPrograms) {
  ScriptedServer server;
  fed::v1::CheckInRequest seen;
  server.on_check_in = [&](Context*, const auto& request, auto* reply) {
    seen = request;
    reply->set_session(std::string(16, 's'));
    reply->set_program(1);
    reply->set_hold_ms(20000);
    return Status::OK;
  };
  server.start();
  Transport transport(server.address());
  const fed_program other = program_named(
      "a name that is rather long, longer than any buffer "
      "that somebody might have had in mind for it, to see "
      "that nothing on the way has a fixed size for it");
  const fed_program* programs[] = {&kProgram, &other};
  uint64_t chosen = 0;
  ASSERT_EQ(fed_transport_check_in(transport, programs, 2, &chosen, &transport.rpc), FED_RPC_OK)
      << transport.rpc.text;
  EXPECT_EQ(chosen, 1u);
  EXPECT_EQ(seen.protocol(), 1u);
  ASSERT_EQ(seen.programs_size(), 2);
  EXPECT_EQ(seen.programs(0).name(), "average");
  EXPECT_EQ(seen.programs(0).hash(), std::string(reinterpret_cast<const char*>(kProgram.hash), 32));
  EXPECT_EQ(seen.programs(0).abi(), FED_ABI_VERSION);
  EXPECT_EQ(seen.programs(1).name(), other.name);
}

TEST(Transport, RefusesWhatACheckInReplyMayNotSay) {
  ScriptedServer server;
  fed::v1::CheckInReply answer;
  server.on_check_in = [&](Context*, const auto&, auto* reply) {
    *reply = answer;
    return Status::OK;
  };
  server.start();
  Transport transport(server.address());
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport.rpc.text, "the server gives no session");
  answer.set_session("0123456789abcdef");
  answer.set_program(1);
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport.rpc.text, "the server chooses program 1 of 1");
  answer.set_program(0);
  answer.set_hold_ms(4000000000u);
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport.rpc.text, "the server wants to hold calls for 4000000000 ms");
  answer.set_hold_ms(10);
  answer.set_session(std::string(65, 's'));
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport.rpc.text, "the server's reply cannot be read: bytes overflow");
}

TEST(Transport, ReadsAllNews) {
  ScriptedServer server;
  fed::v1::AwaitReply answer;
  uint64_t seen = 0;
  std::string session;
  server.on_await = [&](Context*, const auto& request, auto* reply) {
    seen = request.seen();
    session = request.session();
    *reply = answer;
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  fed_news news;
  ASSERT_EQ(transport->await(7, &news), FED_RPC_OK) << transport->rpc.text;
  EXPECT_EQ(news.kind, FED_NEWS_NOTHING);
  EXPECT_EQ(seen, 7u);
  EXPECT_EQ(session, "0123456789abcdef");

  answer.set_event(8);
  answer.mutable_come_back()->set_after_ms(1234);
  ASSERT_EQ(transport->await(7, &news), FED_RPC_OK);
  EXPECT_EQ(news.kind, FED_NEWS_COME_BACK);
  EXPECT_EQ(news.after_ms, 1234u);
  EXPECT_EQ(news.event, 8u);

  const std::string params = pattern(128);
  fed::v1::Work* work = answer.mutable_work();
  work->set_round(uint64_t{1} << 60);
  work->set_computation("training.next");
  work->set_phase(3);
  work->set_download_bytes(uint64_t{5} << 40);
  work->set_upload_bytes(64);
  work->set_params(params);
  ASSERT_EQ(transport->await(8, &news), FED_RPC_OK);
  EXPECT_EQ(news.kind, FED_NEWS_WORK);
  EXPECT_EQ(news.round, uint64_t{1} << 60);
  EXPECT_STREQ(news.computation, "training.next");
  EXPECT_EQ(news.phase, 3u);
  EXPECT_EQ(news.download_bytes, uint64_t{5} << 40);
  EXPECT_EQ(news.upload_bytes, 64u);
  ASSERT_EQ(news.params_bytes, params.size());
  EXPECT_EQ(std::memcmp(news.params, params.data(), params.size()), 0);

  answer.mutable_round_end()->set_round(9);
  answer.mutable_round_end()->set_accepted(true);
  ASSERT_EQ(transport->await(8, &news), FED_RPC_OK);
  EXPECT_EQ(news.kind, FED_NEWS_ROUND_END);
  EXPECT_EQ(news.round, 9u);
  EXPECT_TRUE(news.accepted);

  answer.mutable_finished()->set_reason("after 20 rounds");
  ASSERT_EQ(transport->await(8, &news), FED_RPC_OK);
  EXPECT_EQ(news.kind, FED_NEWS_FINISHED);
  EXPECT_STREQ(news.reason, "after 20 rounds");
}

TEST(Transport, CutsAndCleansTexts) {
  ScriptedServer server;
  fed::v1::AwaitReply answer;
  server.on_await = [&](Context*, const auto&, auto* reply) {
    *reply = answer;
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  fed_news news;
  // U+009B begins a terminal's control sequence, U+202E turns the direction of writing.
  answer.mutable_round_end()->set_reason("a\x1b[2Jb\nc\td\u009b\u202e\u00e9");
  ASSERT_EQ(transport->await(0, &news), FED_RPC_OK) << transport->rpc.text;
  EXPECT_STREQ(news.reason, "a?[2Jb\nc d?????\u00e9");
  answer.mutable_round_end()->set_reason(std::string(30000, 'x'));
  ASSERT_EQ(transport->await(0, &news), FED_RPC_OK) << transport->rpc.text;
  EXPECT_EQ(std::string(news.reason), std::string(FED_RPC_TEXT_BYTES - 1, 'x'));
}

TEST(Transport, RefusesNewsThatAreTooLarge) {
  ScriptedServer server;
  fed::v1::AwaitReply answer;
  server.on_await = [&](Context*, const auto&, auto* reply) {
    *reply = answer;
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  fed_news news;
  answer.mutable_work()->set_params(pattern(129));
  EXPECT_EQ(transport->await(0, &news), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport->rpc.text,
               "the server's reply cannot be read: more bytes than there is room for");
  answer.mutable_work()->set_params(pattern(1 << 20));
  EXPECT_EQ(transport->await(0, &news), FED_RPC_INTERNAL);
  EXPECT_NE(std::string(transport->rpc.text).find("a message of 1048584 bytes, more than the "),
            std::string::npos)
      << transport->rpc.text;
  answer.mutable_work()->set_params("");
  answer.mutable_work()->set_keys(pattern(8));
  EXPECT_EQ(transport->await(0, &news), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport->rpc.text,
               "the server's reply cannot be read: more bytes than there is room for");
  answer.mutable_work()->set_keys("");
  answer.mutable_work()->set_computation(std::string(FED_RPC_NAME_BYTES, 'n'));
  EXPECT_EQ(transport->await(0, &news), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport->rpc.text, "the server names a computation of more than 511 bytes");
}

TEST(Transport, TellsAServersErrorInItsWords) {
  ScriptedServer server;
  server.on_await = [](Context*, const auto&, auto*) {
    return Status(StatusCode::FAILED_PRECONDITION, "another program: 100 % \u00fcber\nline 2");
  };
  server.on_check_in = [](Context*, const auto&, auto*) {
    return Status(StatusCode::RESOURCE_EXHAUSTED, "");
  };
  server.start();
  Transport transport(server.address());
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_RESOURCE_EXHAUSTED);
  EXPECT_STREQ(transport.rpc.text, "the server gives no reason");
  fed_news news;
  EXPECT_EQ(transport.await(0, &news), FED_RPC_FAILED_PRECONDITION);
  EXPECT_STREQ(transport.rpc.text, "another program: 100 % \u00fcber\nline 2");
  EXPECT_TRUE(transport.rpc.from_server);
  fed_rpc rpc;
  EXPECT_EQ(fed_transport_abandon(transport, 1, 1, FED_BAD_VALUE, 0, 0, &rpc),
            FED_RPC_UNIMPLEMENTED);
  EXPECT_STREQ(rpc.text, "not scripted");
}

TEST(Transport, DownloadsInPiecesOfAnySize) {
  const std::string model = pattern(5000001);
  for (const size_t piece : {size_t{1}, size_t{77777}, size_t{1} << 20}) {
    const size_t bytes = piece == 1 ? 2000 : model.size();
    ScriptedServer server;
    server.on_download = [&](Context*, const auto& request, auto* writer) {
      EXPECT_EQ(request.round(), 12u);
      EXPECT_EQ(request.phase(), 2u);
      EXPECT_EQ(request.session(), "0123456789abcdef");
      for (size_t at = request.offset(); at < bytes; at += piece) {
        Chunk chunk;
        chunk.set_offset(at);
        chunk.set_data(model.substr(at, std::min(piece, bytes - at)));
        writer->Write(chunk);
      }
      return Status::OK;
    };
    server.start();
    const auto transport = checked_in(server);
    std::string got(bytes, '\0');
    uint64_t offset = 0;
    ASSERT_EQ(
        fed_transport_download(*transport, 12, 2, got.data(), bytes, &offset, &transport->rpc),
        FED_RPC_OK)
        << transport->rpc.text;
    EXPECT_EQ(offset, bytes);
    EXPECT_TRUE(got == model.substr(0, bytes));
  }
}

TEST(Transport, GoesOnWithADownloadWhereItStopped) {
  const std::string model = pattern(3000000);
  ScriptedServer server;
  std::vector<uint64_t> offsets;
  server.on_download = [&](Context*, const auto& request, auto* writer) {
    offsets.push_back(request.offset());
    for (size_t at = request.offset(); at < model.size(); at += 500000) {
      if (at - request.offset() >= 1000000) return Status(StatusCode::ABORTED, "enough");
      Chunk chunk;
      chunk.set_offset(at);
      chunk.set_data(model.substr(at, 500000));
      writer->Write(chunk);
    }
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  std::string got(model.size(), '\0');
  uint64_t offset = 0;
  int tries = 0;
  while (fed_transport_download(*transport, 1, 1, got.data(), got.size(), &offset,
                                &transport->rpc) != FED_RPC_OK &&
         ++tries < 10)
    EXPECT_STREQ(transport->rpc.text, "enough");
  EXPECT_TRUE(got == model);
  EXPECT_EQ(offsets, (std::vector<uint64_t>{0, 1000000, 2000000}));
}

TEST(Transport, RefusesADownloadThatIsNotWhatItShouldBe) {
  ScriptedServer server;
  std::vector<std::pair<uint64_t, std::string>> chunks;
  server.on_download = [&](Context*, const auto&, auto* writer) {
    for (const auto& [offset, data] : chunks) {
      Chunk chunk;
      chunk.set_offset(offset);
      chunk.set_data(data);
      writer->Write(chunk);
    }
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  // What lies behind the memory for the download stays as it is.
  std::string got(1000, '\0');
  const auto download = [&]() -> std::string {
    uint64_t offset = 0;
    const int32_t status =
        fed_transport_download(*transport, 1, 1, got.data(), 100, &offset, &transport->rpc);
    EXPECT_EQ(status, FED_RPC_INTERNAL);
    EXPECT_EQ(got.substr(100), std::string(900, '\0'));
    return transport->rpc.text;
  };
  chunks = {{0, std::string(50, 'a')}};
  EXPECT_EQ(download(), "the download ends at 50 of 100 bytes");
  chunks = {};
  EXPECT_EQ(download(), "the download ends at 0 of 100 bytes");
  chunks = {{0, std::string(50, 'a')}, {40, std::string(50, 'b')}};
  EXPECT_EQ(download(), "a piece of the download begins at 40 instead of 50");
  chunks = {{0, std::string(50, 'a')}, {uint64_t{1} << 63, std::string(50, 'b')}};
  EXPECT_EQ(download(), "a piece of the download begins at 9223372036854775808 instead of 50");
  chunks = {{0, std::string(101, 'a')}};
  EXPECT_EQ(download(),
            "a piece of the download cannot be read: more bytes than there is room for");
  chunks = {{0, std::string(100, 'a')}, {100, "b"}};
  EXPECT_EQ(download(),
            "a piece of the download cannot be read: more bytes than there is room for");
  chunks = {{0, std::string((1 << 20) + 100, 'a')}};
  EXPECT_NE(download().find("a message of 1048680 bytes, more than the 1048640 allowed"),
            std::string::npos)
      << transport->rpc.text;
}

TEST(Transport, UploadsFromMemory) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{262144}, size_t{9000001}}) {
    const std::string update = pattern(bytes);
    ScriptedServer server;
    std::string got;
    std::vector<UploadPart> parts;
    server.on_upload = [&](Context*, auto* reader, auto* reply) {
      UploadPart part;
      while (reader->Read(&part)) {
        EXPECT_EQ(part.offset(), got.size());
        got += part.data();
        part.clear_data();
        parts.push_back(part);
      }
      reply->set_verdict(fed::v1::UploadReply::ACCEPTED);
      return Status::OK;
    };
    server.start();
    const auto transport = checked_in(server);
    fed_verdict verdict;
    ASSERT_EQ(
        fed_transport_upload(*transport, 5, 2, update.data(), bytes, &verdict, &transport->rpc),
        FED_RPC_OK)
        << transport->rpc.text;
    EXPECT_EQ(verdict.reject, FED_ACCEPT);
    EXPECT_TRUE(got == update);
    ASSERT_GE(parts.size(), 1u);
    EXPECT_EQ(parts[0].session(), "0123456789abcdef");
    EXPECT_EQ(parts[0].round(), 5u);
    EXPECT_EQ(parts[0].phase(), 2u);
  }
}

TEST(Transport, TellsTheVerdict) {
  ScriptedServer server;
  fed::v1::UploadReply answer;
  server.on_upload = [&](Context*, auto* reader, auto* reply) {
    UploadPart part;
    while (reader->Read(&part)) continue;
    *reply = answer;
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  fed_verdict verdict;
  const auto upload = [&] {
    return fed_transport_upload(*transport, 1, 1, "abc", 3, &verdict, &transport->rpc);
  };
  EXPECT_EQ(upload(), FED_RPC_INTERNAL);
  EXPECT_STREQ(transport->rpc.text, "the server's verdict on the upload is unknown: 0");
  answer.set_verdict(fed::v1::UploadReply::NOT_FINITE);
  answer.set_duplicate(true);
  answer.set_reason("r.loss is NaN");
  EXPECT_EQ(upload(), FED_RPC_OK);
  EXPECT_EQ(verdict.reject, FED_REJECT_NOT_FINITE);
  EXPECT_TRUE(verdict.duplicate);
  EXPECT_STREQ(verdict.reason, "r.loss is NaN");
  answer.set_verdict(static_cast<fed::v1::UploadReply::Verdict>(77));
  EXPECT_EQ(upload(), FED_RPC_INTERNAL);
}

// libcurl 7.88 loses a status that comes together with the end of the stream before the upload is
// through, but not one that comes after the reply's beginning.
TEST(Transport, StopsAnUploadThatTheServerHasRefused) {
  const std::string update(64 << 20, 'u');
  for (const bool early : {true, false}) {
    ScriptedServer server;
    server.on_upload = [&](Context*, auto* reader, auto*) {
      UploadPart part;
      if (early) reader->SendInitialMetadata();
      reader->Read(&part);
      return Status(StatusCode::FAILED_PRECONDITION, "round 3 is over");
    };
    server.on_await = [](Context*, const auto&, auto*) { return Status::OK; };
    server.start();
    const auto transport = checked_in(server);
    fed_verdict verdict;
    for (int i = 0; i < 3; ++i) {
      const int32_t status = fed_transport_upload(*transport, 3, 1, update.data(), update.size(),
                                                  &verdict, &transport->rpc);
      if (early) {
        EXPECT_EQ(status, FED_RPC_FAILED_PRECONDITION);
        EXPECT_STREQ(transport->rpc.text, "round 3 is over");
      } else {
        EXPECT_NE(status, FED_RPC_OK);
      }
      fed_news news;
      EXPECT_EQ(transport->await(0, &news), FED_RPC_OK) << transport->rpc.text;
    }
  }
}

TEST(Transport, KeepsItsConnection) {
  ScriptedServer server;
  std::vector<std::string> peers;
  server.on_await = [&](Context* context, const auto&, auto*) {
    peers.push_back(context->peer());
    return peers.size() == 2 ? Status(StatusCode::NOT_FOUND, "who?") : Status::OK;
  };
  server.start();
  const auto transport = checked_in(server);
  fed_news news;
  for (int i = 0; i < 4; ++i) transport->await(0, &news);
  ASSERT_EQ(peers.size(), 4u);
  for (const std::string& peer : peers) EXPECT_EQ(peer, peers[0]);
}

TEST(Transport, FindsAServerThatCameBack) {
  ScriptedServer server;
  server.on_await = [](Context*, const auto&, auto*) { return Status::OK; };
  server.start();
  const auto transport = checked_in(server);
  fed_news news;
  ASSERT_EQ(transport->await(0, &news), FED_RPC_OK);
  server.stop();
  EXPECT_EQ(transport->await(0, &news), FED_RPC_UNAVAILABLE);
  EXPECT_NE(std::string(transport->rpc.text).find(server.address()), std::string::npos);
  EXPECT_FALSE(transport->rpc.from_server);
  server.start();
  EXPECT_EQ(transport->await(0, &news), FED_RPC_OK) << transport->rpc.text;
}

TEST(Transport, IsCancelledByAnotherThread) {
  ScriptedServer server;
  server.on_await = [](Context* context, const auto&, auto*) {
    for (int i = 0; i < 600 && !context->IsCancelled(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return Status::OK;
  };
  server.start();
  for (const bool wake : {true, false}) {
    const auto transport = checked_in(server, 50000);
    std::chrono::steady_clock::time_point asked;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      asked = std::chrono::steady_clock::now();
      transport->cancelled = 1;
      if (wake) fed_transport_wake(*transport);
    });
    fed_news news;
    EXPECT_EQ(transport->await(0, &news), FED_RPC_CANCELLED);
    EXPECT_STREQ(transport->rpc.text, "cancelled");
    other.join();
    const auto took = std::chrono::steady_clock::now() - asked;
    EXPECT_LT(took, std::chrono::seconds(2));
    std::printf("cancelled within %lld us\n",
                static_cast<long long>(
                    std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    // A last word is still possible, an ordinary one is not.
    server.on_abandon = [](Context*, const auto&) { return Status::OK; };
    EXPECT_EQ(fed_transport_abandon(*transport, 1, 1, 2, 0, 0, &transport->rpc), FED_RPC_CANCELLED);
    EXPECT_EQ(fed_transport_abandon(*transport, 1, 1, 2, 0, 5000, &transport->rpc), FED_RPC_OK)
        << transport->rpc.text;
    EXPECT_TRUE(fed_transport_sleep(*transport, 10000));
  }
}

TEST(Transport, WaitsNoLongerThanTheHoldAndAReply) {
  ScriptedServer server;
  server.on_await = [](Context* context, const auto&, auto*) {
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return Status::OK;
  };
  server.start();
  const auto transport = checked_in(server, 300);
  fed_news news;
  EXPECT_EQ(transport->await(0, &news), FED_RPC_DEADLINE_EXCEEDED);
  EXPECT_EQ(transport->rpc.text, server.address() + ": Await: no answer within 1300 ms");
}

TEST(Transport, RefusesAddressesThatAreNone) {
  for (const char* bad :
       {"", "localhost", ":80", "a:0", "a:65536", "a:99999999", "a:8o", "a/b:80", "u@h:80",
        "h:80/x", "[::1]", "[::1:80", "[x]:80", "http://a:80", "a b:1"}) {
    Transport transport(bad);
    EXPECT_EQ(static_cast<fed_transport*>(transport), nullptr) << bad;
    EXPECT_EQ(transport.rpc.status, FED_RPC_INVALID_ARGUMENT) << bad;
    EXPECT_EQ(std::string(transport.rpc.text),
              std::string("`") + bad +
                  "` is no address of a server: it is HOST:PORT, such as 127.0.0.1:8080");
  }
  for (const char* good : {"localhost:1", "10.0.0.1:65535", "[::1]:80", "a-b.c_d.example:8080"}) {
    Transport transport(good);
    EXPECT_NE(static_cast<fed_transport*>(transport), nullptr) << good;
  }
}

}  // namespace
}  // namespace fedtest
