// Servers for the tests of the transport: a scripted one on real gRPC, and raw ones that say
// whatever a test wants.
#ifndef RUNTIME_TRANSPORT_TEST_SERVER_H_
#define RUNTIME_TRANSPORT_TEST_SERVER_H_

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "proto/federation.grpc.pb.h"
#include "runtime/transport/fed_transport.h"

namespace fedtest {

// A service whose calls are functions that a test sets; the others are not implemented. Where there
// is no script for CheckIn, clients are welcome.
class ScriptedServer final : public fed::v1::Federation::Service {
 public:
  using Context = grpc::ServerContext;
  std::function<grpc::Status(Context*, const fed::v1::CheckInRequest&, fed::v1::CheckInReply*)>
      on_check_in;
  std::function<grpc::Status(Context*, const fed::v1::AwaitRequest&, fed::v1::AwaitReply*)>
      on_await;
  std::function<grpc::Status(Context*, const fed::v1::DownloadRequest&,
                             grpc::ServerWriter<fed::v1::Chunk>*)>
      on_download;
  std::function<grpc::Status(Context*, grpc::ServerReader<fed::v1::UploadPart>*,
                             fed::v1::UploadReply*)>
      on_upload;
  std::function<grpc::Status(Context*, const fed::v1::AbandonRequest&)> on_abandon;

  ScriptedServer() {
    on_check_in = [](Context*, const fed::v1::CheckInRequest&, fed::v1::CheckInReply* reply) {
      reply->set_session("0123456789abcdef");
      reply->set_hold_ms(1000);
      return grpc::Status::OK;
    };
  }
  ~ScriptedServer() { stop(); }

  // Begins to serve; at a port of its own choice, or again at that one.
  void start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_),
                             grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    builder.SetMaxReceiveMessageSize(2 << 20);
    // Else its threads may need ten seconds to notice a shutdown.
    builder.SetSyncServerOption(grpc::ServerBuilder::CQ_TIMEOUT_MSEC, 100);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void stop() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  static grpc::Status unscripted() { return {grpc::StatusCode::UNIMPLEMENTED, "not scripted"}; }
  grpc::Status CheckIn(Context* c, const fed::v1::CheckInRequest* request,
                       fed::v1::CheckInReply* reply) override {
    return on_check_in(c, *request, reply);
  }
  grpc::Status Await(Context* c, const fed::v1::AwaitRequest* request,
                     fed::v1::AwaitReply* reply) override {
    return on_await ? on_await(c, *request, reply) : unscripted();
  }
  grpc::Status Download(Context* c, const fed::v1::DownloadRequest* request,
                        grpc::ServerWriter<fed::v1::Chunk>* writer) override {
    return on_download ? on_download(c, *request, writer) : unscripted();
  }
  grpc::Status Upload(Context* c, grpc::ServerReader<fed::v1::UploadPart>* reader,
                      fed::v1::UploadReply* reply) override {
    return on_upload ? on_upload(c, reader, reply) : unscripted();
  }
  grpc::Status Abandon(Context* c, const fed::v1::AbandonRequest* request,
                       fed::v1::AbandonReply*) override {
    return on_abandon ? on_abandon(c, *request) : unscripted();
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Accepts connections at a port of its own and has `talk` deal with each, one after the other.
class RawServer {
 public:
  explicit RawServer(std::function<void(int)> talk) : talk_(std::move(talk)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (;;) {
        const int connection = accept(listener_, nullptr, nullptr);
        if (connection < 0 || stopped_) {
          if (connection >= 0) close(connection);
          return;
        }
        ++connections_;
        {
          std::lock_guard<std::mutex> lock(mutex_);
          current_ = connection;
        }
        talk_(connection);
        std::lock_guard<std::mutex> lock(mutex_);
        current_ = -1;
        close(connection);
      }
    });
  }
  ~RawServer() {
    stopped_ = true;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (current_ >= 0) shutdown(current_, SHUT_RDWR);
    }
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

  // Reads an HTTP/2 request: to the end of the stream, or of the window that a client has at first.
  static bool hear(int connection) {
    std::string heard;
    size_t at = 24;  // after the preface
    for (;;) {
      char buffer[65536];
      const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      heard.append(buffer, static_cast<size_t>(got));
      while (at + 9 <= heard.size()) {
        const auto byte = [&](size_t i) { return static_cast<uint8_t>(heard[at + i]); };
        const size_t end = at + 9 + (byte(0) << 16 | byte(1) << 8 | byte(2));
        if (end > heard.size()) break;
        if (byte(3) == 0 && (byte(4) & 1)) return true;
        at = end;
      }
      if (heard.size() > 65535) return true;
    }
  }

  // Waits until the other side closes, reading whatever it says.
  static void drain(int connection) {
    char buffer[65536];
    while (recv(connection, buffer, sizeof buffer, 0) > 0) {
    }
  }
  static bool say(int connection, const std::string& bytes) {
    size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t sent = send(connection, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<size_t>(sent);
    }
    return true;
  }

 private:
  std::function<void(int)> talk_;
  std::atomic<bool> stopped_{false};
  std::atomic<int> connections_{0};
  int listener_ = -1, port_ = 0;
  std::mutex mutex_;
  int current_ = -1;
  std::thread thread_;
};

// HTTP/2 by hand (RFC 9113), for replies that no library would send.
namespace h2 {

inline std::string frame(int type, int flags, uint32_t stream, const std::string& payload) {
  std::string f;
  for (const int shift : {16, 8, 0}) f += static_cast<char>(payload.size() >> shift & 0xff);
  f += static_cast<char>(type);
  f += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) f += static_cast<char>(stream >> shift & 0xff);
  return f + payload;
}
inline std::string settings() { return frame(4, 0, 0, "") + frame(4, 1, 0, ""); }
// Literal header fields without indexing (RFC 7541, 6.2.2); names and values under 127 bytes.
inline std::string fields(const std::vector<std::pair<std::string, std::string>>& list) {
  std::string block;
  for (const auto& [name, value] : list) {
    block += '\0';
    block += static_cast<char>(name.size());
    block += name;
    block += static_cast<char>(value.size());
    block += value;
  }
  return block;
}
inline std::string headers(const std::vector<std::pair<std::string, std::string>>& list,
                           bool last = false, uint32_t stream = 1) {
  return frame(1, last ? 5 : 4, stream, fields(list));
}
inline std::string grpc_headers(uint32_t stream = 1) {
  return headers({{":status", "200"}, {"content-type", "application/grpc"}}, false, stream);
}
inline std::string data(const std::string& payload, uint32_t stream = 1) {
  return frame(0, 0, stream, payload);
}
inline std::string trailers(const std::string& status, uint32_t stream = 1) {
  return headers({{"grpc-status", status}}, true, stream);
}
// A gRPC message with its prefix.
inline std::string message(const std::string& payload, int compressed = 0) {
  std::string m(1, static_cast<char>(compressed));
  for (const int shift : {24, 16, 8, 0}) m += static_cast<char>(payload.size() >> shift & 0xff);
  return m + payload;
}

}  // namespace h2

// A transport, closed at the end, that can be cancelled.
class Transport {
 public:
  explicit Transport(const std::string& server, uint32_t reply_ms = 20000,
                     uint32_t stall_ms = 20000) {
    fed_transport_options options{};
    options.size = sizeof options;
    options.version = FED_ABI_VERSION;
    options.server = server.c_str();
    options.user = this;
    options.cancelled = [](void* user) -> int { return static_cast<Transport*>(user)->cancelled; };
    options.reply_ms = reply_ms;
    options.stall_ms = stall_ms;
    transport_ = fed_transport_open(&options, &rpc);
  }
  ~Transport() { fed_transport_close(transport_); }
  operator fed_transport*() { return transport_; }

  std::atomic<int> cancelled{0};
  fed_rpc rpc{};  // of the last call below

  int32_t check_in(const fed_program* program) {
    uint64_t chosen = 0;
    return fed_transport_check_in(transport_, &program, 1, &chosen, &rpc);
  }
  int32_t await(uint64_t seen, fed_news* news) {
    return fed_transport_await(transport_, seen, news, &rpc);
  }

 private:
  fed_transport* transport_ = nullptr;
};

// A program to check in with, that nothing runs.
inline fed_program program_named(const char* name, uint64_t params_bytes = 0) {
  fed_program program{};
  program.size = sizeof program;
  program.version = FED_ABI_VERSION;
  program.name = name;
  for (int i = 0; i < 32; ++i) program.hash[i] = static_cast<uint8_t>(i * 7 + 1);
  program.params.bytes = params_bytes;
  return program;
}

}  // namespace fedtest

#endif  // RUNTIME_TRANSPORT_TEST_SERVER_H_
