// A server of one program: the port, gRPC behind it, and rounds over the clients that come.
#ifndef RUNTIME_SERVER_NETWORK_SERVER_H_
#define RUNTIME_SERVER_NETWORK_SERVER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "runtime/program/executor.h"
#include "runtime/server/crew.h"
#include "runtime/server/network/acceptor.h"
#include "runtime/server/network/federation.h"

namespace fedrt {

struct ServerOptions {
  std::string listen;                     // HOST:PORT
  uint64_t clients = 1;                   // of a cohort
  uint64_t minimum_clients = 1;           // whose messages must be accepted, in every phase
  std::chrono::seconds phase_limit{0};    // 0: none
  std::atomic<uint64_t>* done = nullptr;  // counts answers of clients
  size_t threads = 1;                     // that add what clients send
  // Bytes that these take beside each other for sums and folds, if one thread takes no more.
  uint64_t sum_memory = uint64_t{1} << 30;
  FederationOptions federation;
  AcceptorOptions acceptor;
};

class NetworkServer : public Executor {
 public:
  // Listens from then on.
  static absl::StatusOr<std::unique_ptr<NetworkServer>> start(
      std::shared_ptr<const Program> program, ServerOptions options);
  // Does not: nobody reaches it before listen(), and it runs only what needs no clients.
  static absl::StatusOr<std::unique_ptr<NetworkServer>> make(std::shared_ptr<const Program> program,
                                                             ServerOptions options);
  absl::Status listen();
  ~NetworkServer() override;

  bool listens() const { return acceptor_ != nullptr; }
  // Where it listens.
  const std::string& address() const { return acceptor_->address(); }
  Counts& counts() { return federation_.counts(); }
  // As ServerOptions.done, from the next run on.
  void count_into(std::atomic<uint64_t>* done) { options_.done = done; }

  const Program& program() const override { return *program_; }
  // As Work.label of the runs from the next one on: by which number people know the round.
  void label(uint64_t label) { label_ = label; }

  // Clients keep their states themselves.
  std::optional<ClientStates> new_states(uint64_t) const override { return std::nullopt; }
  // Waits for a cohort and runs the computation over it; of the arguments the server's own are
  // used. Unavailable: fewer than the minimum were accepted in a phase, so that the round may be
  // tried again with others. A round that succeeded is only over with conclude().
  absl::Status run(const Computation& computation, const Arguments& arguments,
                   const AlignedBuffer& params, ClientStates* states, Outcome* outcome) override;
  // What the last run made is safe: its clients may commit theirs. The next run does so, too.
  void conclude();
  // The opposite: what the round made is lost, so no client commits it.
  void withdraw(const std::string& reason);
  // No more runs. Clients are told so, and given a moment to ask.
  void finish(const std::string& reason);

 private:
  class Cohort;

  NetworkServer(std::shared_ptr<const Program> program, ServerOptions options);

  std::shared_ptr<const Program> program_;
  ServerOptions options_;
  Federation federation_;
  Crew crew_;  // adds; the round's thread is the first of it
  class Grpc;
  std::unique_ptr<Grpc> grpc_;
  std::unique_ptr<Acceptor> acceptor_;
  uint64_t label_ = 0;
  bool open_ = false;  // a round has succeeded and is not concluded
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_SERVER_H_
