#include "runtime/server/network/server.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc/support/log.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/server_posix.h"
#include "runtime/program/describe.h"
#include "runtime/program/keys.h"
#include "runtime/server/conduct.h"
#include "runtime/server/level.h"
#include "runtime/server/network/service.h"
#include "runtime/server/round.h"
#include "runtime/server/selection.h"

namespace fedrt {
namespace {

constexpr int kMessageRoom = 4096;                 // of a part, besides its data
constexpr std::chrono::seconds kFarewell{10};      // for clients to hear that it is over
constexpr std::chrono::milliseconds kLinger{200};  // for them to read it before connections end
constexpr std::chrono::seconds kLastCalls{2};      // for replies to leave
constexpr int kSecond = 1000;
constexpr int kMaxCalls = 1024;  // at a time, of one connection

}  // namespace

// gRPC without a port of its own.
class NetworkServer::Grpc {
 public:
  explicit Grpc(Federation* federation) : service_(federation) {
    // What strangers send is no news for the terminal; whoever looks for it asks gRPC for its log.
    if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(kMaxPart) + kMessageRoom);
    // A connection whose other end has vanished is noticed, one without calls is closed: clients
    // connect again when they have something to say.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20 * kSecond);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10 * kSecond);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5 * kSecond);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 60 * kSecond);
    // Our clients send a few hundred bytes, proxies add some more. What is beyond ends the call.
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 << 10);
    // A client makes one call at a time; a proxy may bring many clients over one connection.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCalls);
    server_ = builder.BuildAndStart();
  }
  void take(int fd) { grpc::AddInsecureChannelFromFd(server_.get(), fd); }
  bool ok() const { return server_ != nullptr; }
  // Calls have a moment to end by themselves.
  void stop() { server_->Shutdown(std::chrono::system_clock::now() + kLastCalls); }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
};

// The clients of one run.
class NetworkServer::Cohort : public Clients {
 public:
  Cohort(NetworkServer* server, const Computation& computation, const AlignedBuffer& params,
         uint64_t run)
      : server_(*server), computation_(computation), params_(params), run_(run) {}

  absl::Status run_phase(uint64_t phase, ServerRound* round, Outcome* outcome) override {
    const ServerOptions& options = server_.options_;
    const proto::Phase& layouts =
        computation_.manifest->client().phases(static_cast<int>(phase) - 1);
    PhaseWork work;
    work.computation = computation_.manifest->name();
    work.phase = static_cast<uint32_t>(phase);
    work.label = server_.label_;
    work.download = round->download();
    work.download_bytes = layouts.message_in().bytes();
    work.upload_bytes = layouts.message_out().bytes();
    if (phase == 1)
      work.params.assign(reinterpret_cast<const char*>(params_.data()), params_.size());
    const uint64_t bytes = key_bytes(computation_.manifest->client().input());
    if (phase == 1 && bytes != 0)
      work.keys = [this, bytes](uint64_t client) {
        return draw_keys(client_key(run_, client), bytes);
      };
    const fed_selection* selection =
        std::exchange(selection_, find_selection(round->code(), phase));
    const AlignedBuffer keys = std::exchange(
        keys_, AlignedBuffer(selection_ ? selection_->keys_bytes * outcome->finished.size() : 0));
    std::optional<Selector> selector;
    if (selection != nullptr) {
      selector.emplace(round->code(), *selection, round->download(), round->download_bytes(),
                       work.download_bytes);
      work.own_download = [&](uint64_t client, fed_error* error) {
        const uint8_t* made = selector->make(keys.data() + client * selection->keys_bytes);
        *error = selector->error();
        return made;
      };
    }
    LevelAggregate level(round->code(), phase, round->aggregation(phase), options.threads,
                         options.sum_memory, [this] { return is_cancelled(); });
    work.threads = level.threads();
    work.at_once = level.at_once();
    work.add = [&](const Arrivals& arrivals, int32_t* reasons) {
      const size_t count = arrivals.uploads.size();
      level.add(arrivals.first, arrivals.uploads.data(), count, reasons);
      for (size_t i = 0; selection_ != nullptr && i < count; ++i)
        if (reasons[i] == FED_ACCEPT)
          keep_keys(*selection_, arrivals.uploads[i],
                    keys_.data() + arrivals.clients[i] * selection_->keys_bytes);
    };
    PhaseEnd end = server_.federation_.run_phase(work, options.minimum_clients, options.phase_limit,
                                                 &server_.crew_, options.done);
    outcome->phases[phase - 1] = end.tally;
    outcome->late_clients += end.late;
    std::fill(outcome->finished.begin(), outcome->finished.end(), 0);
    for (const uint64_t client : end.accepted) outcome->finished[client] = 1;
    for (const Abandonment& gone : end.abandoned) {
      ++outcome->failed_clients;
      if (!outcome->first_failure)
        outcome->first_failure =
            PhaseError{false,
                       phase,
                       gone.client,
                       {sizeof(fed_error), FED_ABI_VERSION, gone.status, gone.site, {0, 0}},
                       /*has_details=*/false};
    }
    if (!end.status.ok()) return end.status;
    server_.crew_.run(level.partials() / 2, [&](size_t) { level.merge(); });
    const std::optional<Folded> folded = level.folded();
    return round->close_level(phase, level.total(), folded ? &*folded : nullptr,
                              end.tally.accepted());
  }
  bool is_cancelled() const override {
    const auto* flag = server_.options_.federation.cancelled;
    return flag != nullptr && flag->load();
  }

 private:
  NetworkServer& server_;
  const Computation& computation_;
  const AlignedBuffer& params_;
  const uint64_t run_;                        // its key
  const fed_selection* selection_ = nullptr;  // over keys_
  AlignedBuffer keys_;                        // that the cohort sent in the phase before
};

NetworkServer::NetworkServer(std::shared_ptr<const Program> program, ServerOptions options)
    : program_(std::move(program)),
      options_(std::move(options)),
      federation_(program_->manifest().name(), program_->hash(), options_.federation),
      crew_(std::max<size_t>(options_.threads, 1) - 1) {}

absl::StatusOr<std::unique_ptr<NetworkServer>> NetworkServer::start(
    std::shared_ptr<const Program> program, ServerOptions options) {
  auto server = make(std::move(program), std::move(options));
  if (!server.ok()) return server;
  if (absl::Status status = (*server)->listen(); !status.ok()) return status;
  return server;
}

absl::StatusOr<std::unique_ptr<NetworkServer>> NetworkServer::make(
    std::shared_ptr<const Program> program, ServerOptions options) {
  std::unique_ptr<NetworkServer> server(new NetworkServer(std::move(program), std::move(options)));
  server->grpc_ = std::make_unique<Grpc>(&server->federation_);
  if (!server->grpc_->ok()) return absl::UnavailableError("gRPC does not start");
  return server;
}

absl::Status NetworkServer::listen() {
  auto acceptor = Acceptor::listen(options_.listen, options_.acceptor, &federation_.counts(),
                                   [grpc = grpc_.get()](int fd) { grpc->take(fd); });
  if (!acceptor.ok()) return acceptor.status();
  acceptor_ = *std::move(acceptor);
  return absl::OkStatus();
}

NetworkServer::~NetworkServer() {
  federation_.end_round(false, "the server was stopped");
  acceptor_ = nullptr;
  federation_.close();
  if (grpc_->ok()) grpc_->stop();
  grpc_ = nullptr;
}

absl::Status NetworkServer::run(const Computation& computation, const Arguments& arguments,
                                const AlignedBuffer& params, ClientStates*, Outcome* outcome) {
  *outcome = {};
  conclude();
  if (computation.manifest->role() == proto::CLIENT_STATE) return absl::OkStatus();
  const uint64_t phases = static_cast<uint64_t>(computation.manifest->client().phases_size());
  if (absl::Status status =
          check_cohort(program_->manifest(), *computation.manifest, options_.clients);
      !status.ok())
    return status;
  if (arguments.server.size() != computation.server->steps.input.leaf_count)
    return absl::InvalidArgumentError(
        absl::StrCat(computation.manifest->name(), ": arguments are missing"));
  if (phases > 0) {
    absl::StatusOr<uint64_t> cohort =
        federation_.gather(options_.clients, options_.minimum_clients, options_.phase_limit);
    if (!cohort.ok()) return cohort.status();
    outcome->finished.assign(*cohort, 1);
  }
  outcome->phases.resize(phases);
  fed_host host{};
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.user = this;
  host.cancelled = [](void* user) -> int32_t {
    const auto* flag = static_cast<NetworkServer*>(user)->options_.federation.cancelled;
    return flag != nullptr && flag->load() ? 1 : 0;
  };
  host.entropy = [](void*, void* out, uint64_t bytes) -> int32_t {
    return system_entropy(out, bytes) ? FED_OK : FED_HOST_ERROR;
  };
  host.log = [](void*, uint32_t, const char*) {};
  ServerRound round(&program_->server(), computation.server, &host, options_.minimum_clients);
  round.set_params(&params);
  Cohort clients(this, computation, params, arguments.key);
  const absl::Status status =
      conduct(computation, phases, arguments, program_->manifest(), &round, &clients, outcome);
  if (status.ok())
    open_ = true;
  else
    federation_.end_round(false, absl::StrCat("the round failed: ", std::string(status.message())));
  return status;
}

void NetworkServer::conclude() {
  if (std::exchange(open_, false)) federation_.end_round(true, "");
}

void NetworkServer::withdraw(const std::string& reason) {
  if (std::exchange(open_, false)) federation_.end_round(false, reason);
}

void NetworkServer::finish(const std::string& reason) {
  conclude();
  federation_.finish(reason, kFarewell);
  std::this_thread::sleep_for(kLinger);
}

}  // namespace fedrt
