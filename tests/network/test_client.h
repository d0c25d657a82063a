// A client for the server's tests: the steps of the protocol one by one over gRPC's C++ stub, so
// that a test can take them in the wrong order or not at all, and the loop that takes them rightly.
// Computes with the compiled program, as a device would.
#ifndef TESTS_NETWORK_TEST_CLIENT_H_
#define TESTS_NETWORK_TEST_CLIENT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "proto/federation.grpc.pb.h"
#include "runtime/client/fed_client.h"
#include "runtime/data/flat.h"
#include "runtime/program/program.h"

namespace fedrt {

namespace wire = fed::v1;

// tests/simulator/hand.so, in this process.
std::shared_ptr<const Program> hand_program();

class TestClient {
 public:
  // `reading`: what the client holds: its `readings` or `data`, and its sequence's only element.
  TestClient(const std::string& address, float reading);
  ~TestClient();

  grpc::Status check_in();
  grpc::Status check_in(const wire::CheckInRequest& request);
  wire::CheckInRequest request() const;  // what check_in() sends
  // Asks for news, again while there are none; acknowledges all that it was told.
  wire::AwaitReply await();
  grpc::Status try_await(wire::AwaitReply* reply);
  // Downloads and runs a phase. The upload is then in `upload`.
  int32_t work(const wire::Work& work);
  grpc::Status download(const wire::Work& work, uint64_t offset, std::string* out);
  grpc::Status send(const wire::Work& work, const std::string& bytes, wire::UploadReply* reply);
  grpc::Status send(const wire::Work& work, wire::UploadReply* reply) {
    return send(work, upload, reply);
  }
  grpc::Status abandon(const wire::Work& work, int32_t status, uint32_t site);
  void end(const wire::RoundEnd& end);

  // All of it, until the server says that it is over, or is gone. How often it was accepted.
  int run();

  std::unique_ptr<wire::Federation::Stub> stub;
  std::string session;
  std::string upload;
  uint64_t seen = 0;
  bool pieces_of_one_byte = false;
  // Called by run() before it sends; true: it goes no further.
  std::function<bool(const wire::Work& work)> before_send;
  std::vector<std::string> refusals;  // reasons of the rounds that did not accept it
  int64_t state() const;              // of the process tally

 private:
  static int32_t sequence_next(void* user, uint32_t, uint32_t, fed_view* leaves, uint32_t);
  void make_state(const wire::Work& work);

  float reading_;
  bool given_ = false;  // the element of the pass
  bool has_state_ = false;
  fed_host host_{};
  AlignedBuffer memory_;
  fed_client* client_;
};

}  // namespace fedrt

#endif  // TESTS_NETWORK_TEST_CLIENT_H_
