// The transport against servers that are broken or want to do harm: every call ends in time, with
// an error that says what was wrong, and touches no memory but its own.
#include <algorithm>
#include <random>

#include "runtime/transport/test_server.h"

namespace fedtest {
namespace {

constexpr uint32_t kPatienceMs = 700;

const fed_program kProgram = program_named("average", 64);

struct Outcome {
  fed_rpc check_in, download, upload;
};

// Every kind of call against the server, each over its own connection; none may succeed.
Outcome call_all(const RawServer& server) {
  Outcome outcome;
  const auto start = std::chrono::steady_clock::now();
  {
    Transport transport(server.address(), kPatienceMs, kPatienceMs);
    transport.check_in(&kProgram);
    outcome.check_in = transport.rpc;
  }
  {
    Transport transport(server.address(), kPatienceMs, kPatienceMs);
    std::string got(1000, '\0');
    uint64_t offset = 0;
    fed_transport_download(transport, 1, 1, got.data(), 100, &offset, &outcome.download);
    EXPECT_LE(offset, 100u);
    EXPECT_EQ(got.substr(100), std::string(900, '\0'));
  }
  {
    Transport transport(server.address(), kPatienceMs, kPatienceMs);
    fed_verdict verdict;
    const std::string update(3000000, 'u');
    fed_transport_upload(transport, 1, 1, update.data(), update.size(), &verdict, &outcome.upload);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  for (const fed_rpc* rpc : {&outcome.check_in, &outcome.download, &outcome.upload}) {
    EXPECT_NE(rpc->status, FED_RPC_OK);
    EXPECT_NE(rpc->text[0], '\0');
  }
  return outcome;
}

bool has(const fed_rpc& rpc, const std::string& text) {
  return std::string(rpc.text).find(text) != std::string::npos;
}

// A server that says the same to everybody, as soon as it is asked something.
std::function<void(int)> saying(const std::string& bytes) {
  return [bytes](int connection) {
    if (!RawServer::hear(connection)) return;
    if (RawServer::say(connection, bytes)) RawServer::drain(connection);
  };
}

std::string reply(const std::string& messages, const std::string& status = "0") {
  return h2::settings() + h2::grpc_headers() + h2::data(messages) + h2::trailers(status);
}

TEST(Hostile, NobodyListens) {
  std::string address;
  {
    RawServer server([](int) {});
    address = server.address();
  }
  Transport transport(address, kPatienceMs, kPatienceMs);
  EXPECT_EQ(transport.check_in(&kProgram), FED_RPC_UNAVAILABLE);
  EXPECT_TRUE(has(transport.rpc, address + ": Failed to connect")) << transport.rpc.text;
}

TEST(Hostile, SaysNothing) {
  RawServer server(RawServer::drain);
  const Outcome outcome = call_all(server);
  EXPECT_EQ(outcome.check_in.status, FED_RPC_DEADLINE_EXCEEDED);
  EXPECT_TRUE(has(outcome.check_in, ": CheckIn: no answer within 700 ms"));
  EXPECT_EQ(outcome.download.status, FED_RPC_DEADLINE_EXCEEDED);
  EXPECT_TRUE(has(outcome.download, ": Download: nothing moved for 700 ms"));
  EXPECT_EQ(outcome.upload.status, FED_RPC_DEADLINE_EXCEEDED);
}

TEST(Hostile, DoesNotEvenRead) {
  std::atomic<bool> done{false};
  RawServer server([&](int) {
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  });
  const Outcome outcome = call_all(server);
  EXPECT_EQ(outcome.upload.status, FED_RPC_DEADLINE_EXCEEDED);
  done = true;
}

TEST(Hostile, HangsUp) {
  RawServer server([](int) {});
  EXPECT_EQ(call_all(server).check_in.status, FED_RPC_UNAVAILABLE);
}

TEST(Hostile, SpeaksAnotherProtocol) {
  for (const std::string& greeting :
       {std::string("HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nhello"),
        std::string("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"),
        std::string("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), std::string("220 mail ESMTP\r\n"),
        std::string(100000, '\0'), std::string("\x15\x03\x01\x00\x02\x02\x46", 7)}) {
    RawServer server(saying(greeting));
    const Outcome outcome = call_all(server);
    EXPECT_TRUE(has(outcome.check_in, "does not speak gRPC") ||
                has(outcome.check_in, "no answer within") ||
                outcome.check_in.status == FED_RPC_UNAVAILABLE)
        << outcome.check_in.text;
  }
}

TEST(Hostile, IsAnotherKindOfHttp2Server) {
  {
    RawServer server(saying(h2::settings() +
                            h2::headers({{":status", "404"}, {"content-type", "text/html"}}) +
                            h2::data("<html>") + h2::frame(0, 1, 1, "")));
    const Outcome outcome = call_all(server);
    EXPECT_EQ(outcome.check_in.status, FED_RPC_UNIMPLEMENTED);
    EXPECT_TRUE(has(outcome.check_in, "does not speak gRPC: it answers with HTTP status 404"))
        << outcome.check_in.text;
  }
  {
    RawServer server(saying(h2::settings() +
                            h2::headers({{":status", "503"}, {"content-type", "text/html"}}) +
                            h2::frame(0, 1, 1, "")));
    EXPECT_EQ(call_all(server).check_in.status, FED_RPC_UNAVAILABLE);
  }
  {
    // Endless, and no gRPC: not read for ever.
    RawServer server([](int connection) {
      RawServer::say(connection, h2::settings() + h2::headers({{":status", "200"}}));
      while (RawServer::say(connection, h2::data(std::string(10000, 'x')))) continue;
    });
    const Outcome outcome = call_all(server);
    EXPECT_TRUE(has(outcome.check_in, "it answers with HTTP status 200")) << outcome.check_in.text;
  }
}

TEST(Hostile, EndsWithoutAStatus) {
  const std::string message = h2::message("\x0a\x01s");
  RawServer server(
      saying(h2::settings() + h2::grpc_headers() + h2::data(message) + h2::frame(0, 1, 1, "")));
  const Outcome outcome = call_all(server);
  EXPECT_EQ(outcome.check_in.status, FED_RPC_INTERNAL);
  EXPECT_TRUE(has(outcome.check_in, ": CheckIn: the reply ends without a status"));
}

// It ends at once, perhaps before its reply does.
TEST(Hostile, IsFinishedAndGone) {
  RawServer server([](int connection) {
    if (!RawServer::hear(connection)) return;
    RawServer::say(connection, h2::settings() + h2::grpc_headers() +
                                   h2::data(h2::message(std::string("\x08\x01\x32\x00", 4))));
  });
  Transport transport(server.address(), kPatienceMs, kPatienceMs);
  fed_news news;
  EXPECT_EQ(transport.await(0, &news), FED_RPC_OK) << transport.rpc.text;
  EXPECT_EQ(news.kind, FED_NEWS_FINISHED);
}

TEST(Hostile, HasNoReplyToAUnaryCall) {
  RawServer server(saying(reply("")));
  const Outcome outcome = call_all(server);
  EXPECT_TRUE(has(outcome.check_in, "CheckIn: the server sends no reply")) << outcome.check_in.text;
}

TEST(Hostile, RepliesTwice) {
  const std::string message = h2::message("\x0a\x01s");
  RawServer server(saying(reply(message + message)));
  EXPECT_TRUE(has(call_all(server).check_in, "the server sends two replies to one call"));
}

TEST(Hostile, LiesAboutLengths) {
  {
    // Longer than anything allowed.
    RawServer server(saying(reply(std::string("\0\xff\xff\xff\xff", 5) + "abc")));
    const Outcome outcome = call_all(server);
    EXPECT_TRUE(has(outcome.check_in, "a message of 4294967295 bytes, more than the 65536 allowed"))
        << outcome.check_in.text;
    EXPECT_TRUE(has(outcome.download, "a message of 4294967295 bytes, more than the 1048640"));
  }
  {
    // Longer than what follows.
    RawServer server(saying(reply(std::string("\0\0\0\0\x09", 5) + "abc")));
    const Outcome outcome = call_all(server);
    EXPECT_TRUE(has(outcome.check_in, ": CheckIn: a message that is cut short"));
    EXPECT_TRUE(has(outcome.download, ": Download: a message that is cut short"));
  }
  {
    // A prefix that is cut.
    RawServer server(saying(reply(std::string("\0\0\0", 3))));
    EXPECT_TRUE(has(call_all(server).check_in, "a message that is cut short"));
  }
  {
    // Fields that are longer than their message: Chunk.data of 2^63 bytes, CheckInReply.session.
    RawServer server(
        saying(reply(h2::message("\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
                                 "abc"))));
    EXPECT_TRUE(has(call_all(server).download, "a piece of the download cannot be read"));
    RawServer other(
        saying(reply(h2::message("\x0a\x7f"
                                 "abc"))));
    EXPECT_TRUE(has(call_all(other).check_in, "the server's reply cannot be read"));
  }
}

TEST(Hostile, Compresses) {
  RawServer server(saying(reply(h2::message("abc", 1))));
  EXPECT_TRUE(has(call_all(server).check_in, "a compressed message, which nobody asked for"));
}

TEST(Hostile, SendsEmptyPiecesForEver) {
  RawServer server([](int connection) {
    RawServer::say(connection, h2::settings() + h2::grpc_headers());
    while (RawServer::say(connection, h2::data(h2::message("")))) continue;
  });
  const Outcome outcome = call_all(server);
  EXPECT_TRUE(has(outcome.download, ": Download: nothing moved for 700 ms"))
      << outcome.download.text;
}

TEST(Hostile, TricklesBytes) {
  RawServer server([](int connection) {
    RawServer::say(connection, h2::settings() + h2::grpc_headers());
    // One byte of a download at a time.
    for (char i = 0; i < 100; ++i) {
      std::string chunk = i == 0 ? "" : std::string("\x08") + i;
      if (!RawServer::say(connection, h2::data(h2::message(chunk + "\x12\x01x")))) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const Outcome outcome = call_all(server);
  EXPECT_TRUE(has(outcome.download, ": Download: nothing moved for 700 ms"))
      << outcome.download.text;
}

TEST(Hostile, HasStatusesThatAreNone) {
  for (const char* status : {"-1", "17", "x", "", "99999999999999999999"}) {
    RawServer server(saying(reply(h2::message("\x0a\x01s"), status)));
    EXPECT_EQ(call_all(server).check_in.status, FED_RPC_UNKNOWN) << status;
  }
}

TEST(Hostile, HasHugeHeaders) {
  RawServer server([](int connection) {
    RawServer::say(connection, h2::settings());
    // A header block that never ends, in CONTINUATION frames.
    const std::string fields = h2::fields(std::vector<std::pair<std::string, std::string>>(
        80, {std::string(100, 'n'), std::string(100, 'v')}));
    RawServer::say(connection, h2::frame(1, 0, 1, "\x88" + fields));
    while (RawServer::say(connection, h2::frame(9, 0, 1, fields))) continue;
  });
  call_all(server);
}

TEST(Hostile, InterruptsItself) {
  const std::string begun = h2::settings() + h2::grpc_headers();
  const std::string goaway(8, '\0');
  for (const std::string& bytes :
       {begun + h2::frame(3, 0, 1, std::string("\0\0\0\2", 4)),          // RST_STREAM
        begun + h2::frame(3, 0, 1, std::string("\0\0\0\7", 4)),          // refused
        begun + h2::frame(3, 0, 1, std::string("\0\0\0\0", 4)),          // no error
        begun + h2::frame(7, 0, 0, goaway),                              // GOAWAY
        h2::settings() + h2::frame(7, 0, 0, goaway),                     //
        begun + h2::frame(5, 4, 1, std::string("\0\0\0\2\x88", 5)),      // PUSH_PROMISE
        begun + h2::frame(0, 0, 2, "x"),                                 // data for nobody
        begun + h2::frame(8, 0, 1, std::string("\0\0\0\0", 4)),          // WINDOW_UPDATE of 0
        begun + h2::frame(8, 0, 0, std::string("\x7f\xff\xff\xff", 4)),  // and of too much
        h2::frame(4, 0, 0, std::string("\0\4\xff\xff\xff\xff", 6)),      // SETTINGS, bad window
        h2::frame(0xff, 0xff, 0x7fffffff, "?"),                          // unknown
        h2::frame(0, 0, 1, std::string(20000, 'x'))}) {                  // longer than allowed
    RawServer server(saying(bytes));
    call_all(server);
  }
}

TEST(Hostile, DiesInTheMiddleOfAnyReply) {
  std::string chunk = "\x12\x64" + std::string(100, 'd');
  const std::string whole = reply(h2::message(chunk));
  for (size_t cut = 0; cut < whole.size(); cut += 7) {
    RawServer server([&](int connection) {
      if (!RawServer::hear(connection)) return;
      RawServer::say(connection, whole.substr(0, cut));
    });
    Transport transport(server.address(), kPatienceMs, kPatienceMs);
    std::string got(100, '\0');
    uint64_t offset = 0;
    fed_rpc rpc;
    const int32_t status =
        fed_transport_download(transport, 1, 1, got.data(), got.size(), &offset, &rpc);
    EXPECT_NE(status, FED_RPC_OK) << cut;
    // What arrived counts.
    EXPECT_TRUE(offset == 0 || offset == 100);
  }
}

TEST(Hostile, GoesOnWithADownloadOverANewConnection) {
  std::atomic<int> connections{0};
  RawServer server([&](int connection) {
    if (!RawServer::hear(connection)) return;
    if (++connections == 1) {
      RawServer::say(connection, h2::settings() + h2::grpc_headers() +
                                     h2::data(h2::message("\x12\x3c" + std::string(60, 'a'))));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return;
    }
    RawServer::say(connection, reply(h2::message("\x08\x3c\x12\x28" + std::string(40, 'b'))));
    RawServer::drain(connection);
  });
  Transport transport(server.address());
  std::string got(100, '\0');
  uint64_t offset = 0;
  fed_rpc rpc;
  EXPECT_EQ(fed_transport_download(transport, 1, 1, got.data(), got.size(), &offset, &rpc),
            FED_RPC_UNAVAILABLE);
  EXPECT_EQ(offset, 60u);
  EXPECT_EQ(fed_transport_download(transport, 1, 1, got.data(), got.size(), &offset, &rpc),
            FED_RPC_OK)
      << rpc.text;
  EXPECT_EQ(got, std::string(60, 'a') + std::string(40, 'b'));
}

TEST(Hostile, SaysAnything) {
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    std::string bytes(random() % 3000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    // Random bytes at every layer: of the connection, of a frame, of gRPC, of protobuf.
    if (i % 4 == 1) bytes = h2::settings() + h2::frame(random() % 10, random() % 256, 1, bytes);
    if (i % 4 == 2) bytes = reply(bytes);
    if (i % 4 == 3) bytes = reply(h2::message(bytes));
    RawServer server([&](int connection) {
      if (!RawServer::hear(connection)) return;
      RawServer::say(connection, bytes);
      shutdown(connection, SHUT_WR);
      RawServer::drain(connection);
    });
    call_all(server);
  }
}

}  // namespace
}  // namespace fedtest
