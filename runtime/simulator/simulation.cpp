#include "runtime/simulator/simulation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/client/fed_client.h"
#include "runtime/program/describe.h"
#include "runtime/program/keys.h"
#include "runtime/server/conduct.h"
#include "runtime/server/fold_queue.h"
#include "runtime/server/round.h"
#include "runtime/server/selection.h"
#include "runtime/simulator/debug.h"
#include "runtime/simulator/message.h"
#include "runtime/simulator/worker.h"

namespace fedrt {

namespace {

// Threads of the simulator have the system's stack; a program that wants more is refused.
constexpr uint64_t kStackBytes = uint64_t{6} << 20;
constexpr uint64_t kNobody = ~uint64_t{0};

}  // namespace

// One run of one computation.
class Simulation::Run : private Clients {
 public:
  Run(Simulation* simulation, const Computation& computation, const Arguments& arguments,
      const AlignedBuffer& params, ClientStates* states, Outcome* outcome)
      : simulation_(*simulation),
        options_(simulation->options_),
        program_(*simulation->program_),
        computation_(computation),
        arguments_(arguments),
        params_(params),
        states_(computation.client->state.leaf_count != 0 ? states : nullptr),
        outcome_(*outcome),
        private_keys_(server_key(simulated_entropy(arguments.key))),
        host_(server_host()),
        round_(&program_.server(), computation.server, &host_, options_.minimum_clients) {}

  absl::Status run();

 private:
  fed_host server_host();
  absl::Status check() const;
  absl::Status run_phase(uint64_t level, ServerRound* round, Outcome* outcome) override;
  // What one thread does a phase's clients with: no other one's cache line.
  struct alignas(128) Desk {
    Worker* worker = nullptr;
    std::optional<PartialAggregate> partial;
    std::optional<Folder> folder;  // where the level has folds
    std::optional<Selector> selector;
    Tally tally;
    std::vector<Refusal> refused;
  };
  // The first clients of each reason, whatever thread they were on.
  void note_refused(const std::vector<Desk>& desks);
  // One client's phase k; what its message becomes in the level's folds, if it was accepted.
  std::optional<Folded> run_client(Desk* desk, uint64_t k, uint64_t place);
  // What it downloads; null after an error, which is noted.
  const uint8_t* download(Desk* desk, uint64_t k, uint64_t place);
  bool begin_turn(Worker* worker, uint64_t k, uint64_t place);
  void end_turn(Worker* worker, uint64_t k, uint64_t place);
  void fail(uint64_t k, uint64_t place, const fed_error& error);
  // Who takes part has a place in the cohort, and what is kept for it is kept by that; its data,
  // its state and its keys are those of its number among all clients.
  uint64_t members() const {
    return arguments_.cohort ? arguments_.cohort->size() : arguments_.clients;
  }
  uint64_t number(uint64_t place) const {
    return arguments_.cohort ? (*arguments_.cohort)[place] : place;
  }
  bool is_cancelled() const override {
    return options_.cancelled && options_.cancelled->load(std::memory_order_relaxed);
  }

  Simulation& simulation_;
  const SimulationOptions& options_;
  const Program& program_;
  const Computation& computation_;
  const Arguments& arguments_;
  const AlignedBuffer& params_;
  ClientStates* states_;
  Outcome& outcome_;
  SimulatedEntropy private_keys_;  // the server's
  fed_host host_;
  ServerRound round_;
  AlignedBuffer turns_, pending_states_;
  uint64_t turn_bytes_ = 0;
  // What a phase's accepted clients sent to select by, and where the phase now running keeps it.
  AlignedBuffer keys_, next_keys_;
  const fed_selection* selection_ = nullptr;       // over keys_
  const fed_selection* next_selection_ = nullptr;  // over next_keys_
  std::optional<MessageWeights> weights_;          // of the phase now running
  std::atomic<uint64_t> first_failed_{kNobody};
  std::atomic<uint64_t> failed_{0};
  std::atomic_flag error_lock_ = ATOMIC_FLAG_INIT;
};

// Compiled server steps open no sequence.
fed_host Simulation::Run::server_host() {
  fed_host host{};
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.user = this;
  host.cancelled = [](void* user) -> int32_t { return static_cast<Run*>(user)->is_cancelled(); };
  host.entropy = [](void* user, void* out, uint64_t bytes) -> int32_t {
    static_cast<Run*>(user)->private_keys_.draw(out, bytes);
    return FED_OK;
  };
  host.log = [](void* user, uint32_t site, const char* text) {
    const SimulationOptions& options = static_cast<Run*>(user)->options_;
    if (options.log) options.log(site, text ? text : "");
  };
  host.debug = [](void* user, uint32_t site, uint32_t element, uint32_t rank, const fed_view* value,
                  const int64_t* bounds) {
    Run* run = static_cast<Run*>(user);
    if (!run->options_.debug) return;
    const Tensor shown = shown_tensor(static_cast<ElementType>(element), rank, *value, bounds);
    const std::string line = debug_line(run->computation_, run->arguments_, std::nullopt, site,
                                        shown, run->program_.manifest());
    // A step is alone; functions of an aggregation run beside clients.
    if (collected_debug == nullptr) return run->options_.debug(line);
    absl::StrAppend(collected_debug, collected_debug->empty() ? "" : "\n", line);
  };
  return host;
}

absl::Status Simulation::Run::check() const {
  const fed_computation& client = *computation_.client;
  const std::string& name = computation_.manifest->name();
  if (absl::Status status = check_cohort(program_.manifest(), *computation_.manifest, members());
      !status.ok())
    return status;
  if (std::max(program_.client().stack_bytes, program_.server().stack_bytes) > kStackBytes)
    return absl::InvalidArgumentError(absl::StrCat(name, ": needs more stack than a thread has"));
  if (arguments_.server.size() != computation_.server->steps.input.leaf_count ||
      arguments_.client.size() != client.input.leaf_count ||
      arguments_.sequences.size() != client.sequence_count)
    return absl::InvalidArgumentError(absl::StrCat(name, ": arguments are missing"));
  for (const auto& members : arguments_.client)
    if (members.size() != 1 && members.size() != arguments_.clients)
      return absl::InvalidArgumentError(absl::StrCat(name, ": not one argument a client"));
  for (const auto& source : arguments_.sequences)
    if (source == nullptr || (source->clients() != 1 && source->clients() != arguments_.clients))
      return absl::InvalidArgumentError(absl::StrCat(name, ": not one sequence a client"));
  if (client.state.leaf_count != 0 &&
      (states_ == nullptr || states_->bytes.size() != states_->stride * arguments_.clients))
    return absl::InvalidArgumentError(absl::StrCat(name, ": needs the clients' state"));
  return absl::OkStatus();
}

absl::Status Simulation::Run::run() {
  outcome_ = {};
  if (absl::Status status = check(); !status.ok()) return status;
  const fed_computation& client = *computation_.client;
  round_.set_params(&params_);
  outcome_.finished.assign(members(), 1);
  outcome_.phases.resize(client.phase_count);
  outcome_.client.resize(client.result.leaf_count);
  for (Leaf& leaf : outcome_.client) leaf.members.resize(members());
  if (states_ != nullptr) {
    pending_states_ = AlignedBuffer(states_->stride * members());
    for (uint64_t place = 0; place < members(); ++place)
      std::memcpy(pending_states_.data() + place * states_->stride,
                  states_->bytes.data() + number(place) * states_->stride, states_->stride);
  }
  if (client.phase_count > 1) {
    turn_bytes_ = fed_client_turn_bytes(&client);
    turns_ = AlignedBuffer(turn_bytes_ * members());
  }

  const absl::Status status = conduct(computation_, client.phase_count, arguments_,
                                      program_.manifest(), &round_, this, &outcome_);
  if (!status.ok()) return status;
  outcome_.failed_clients = failed_;
  // Only now has the server accepted: nothing before this changes a client's state.
  if (states_ != nullptr)
    for (uint64_t place = 0; place < members(); ++place)
      if (outcome_.finished[place])
        std::memcpy(states_->bytes.data() + number(place) * states_->stride,
                    pending_states_.data() + place * states_->stride, states_->stride);
  return absl::OkStatus();
}

absl::Status Simulation::Run::run_phase(uint64_t level, ServerRound*, Outcome*) {
  const uint64_t k = level - 1;
  std::vector<uint64_t> cohort;  // places of those that are still there
  for (uint64_t place = 0; place < members(); ++place)
    if (outcome_.finished[place]) cohort.push_back(place);
  if (options_.order) options_.order(level, &cohort);

  const fed_aggregation* aggregation = round_.aggregation(level);
  const size_t threads =
      std::clamp<size_t>(simulation_.workers_.size(), 1, std::max<size_t>(cohort.size(), 1));
  selection_ = std::exchange(next_selection_, find_selection(round_.code(), level));
  keys_ = std::exchange(
      next_keys_, AlignedBuffer(next_selection_ ? next_selection_->keys_bytes * members() : 0));
  weights_.emplace(*computation_.manifest, level, computation_.client->phases[k].message_out);
  std::vector<Desk> desks(threads);
  Folder merger(round_.code(), level);
  FoldQueue folds(&merger, 4 * threads, [this] { return is_cancelled(); });
  // What clients behind the first that failed show depends on how far they got: nobody sees it.
  DebugQueue shown([&](uint64_t index, const std::string& lines) {
    if (options_.debug && number(cohort[index]) <= first_failed_) options_.debug(lines);
  });
  std::string merging;  // what functions of aggregations show that are of no client
  // Clients that a thread takes at a time: each one where order matters, because others wait.
  const uint64_t stride = merger.any() || options_.debug
                              ? 1
                              : std::clamp<uint64_t>(cohort.size() / (16 * threads), 1, 64);
  alignas(128) std::atomic<uint64_t> next{0};
  alignas(128) const std::function<void(size_t)> work = [&](size_t t) {
    Desk& desk = desks[t];
    desk.worker = simulation_.workers_[t].get();
    if (aggregation != nullptr) desk.partial.emplace(aggregation);
    if (merger.any()) desk.folder.emplace(round_.code(), level);
    if (selection_ != nullptr)
      desk.selector.emplace(round_.code(), *selection_, round_.download(), round_.download_bytes(),
                            computation_.client->phases[k].message_in.bytes);
    const auto serve = [&](uint64_t i) {
      // Only what threads must put in order, folds and what is shown, takes a lock.
      std::string lines;
      collected_debug = options_.debug ? &lines : nullptr;
      std::optional<Folded> folded = run_client(&desk, k, cohort[i]);
      if (options_.debug) shown.hand_in(i, std::move(lines));
      collected_debug = &merging;
      if (desk.folder) folds.hand_in(i, std::move(folded));
      collected_debug = nullptr;
    };
    for (uint64_t i; (i = next.fetch_add(stride)) < cohort.size();) {
      const uint64_t end = std::min<uint64_t>(i + stride, cohort.size());
      for (; i < end && !is_cancelled(); ++i) {
        serve(i);
        if (options_.done) options_.done->fetch_add(1, std::memory_order_relaxed);
      }
      if (is_cancelled()) return;
    }
  };
  simulation_.crew_.run(threads, work);

  if (is_cancelled()) return absl::CancelledError("cancelled");
  if (outcome_.error)
    return absl::FailedPreconditionError(describe(*outcome_.error, program_.manifest()));
  MergeCounter<PartialAggregate> counter(
      [](PartialAggregate* earlier, const PartialAggregate& later) { earlier->merge(later); });
  note_refused(desks);
  for (Desk& desk : desks) {
    outcome_.phases[k] += desk.tally;
    if (desk.partial) counter.push(*std::move(desk.partial));
  }
  const std::optional<PartialAggregate> total = counter.finish();
  collected_debug = &merging;
  const std::optional<Folded> folded = folds.finish();
  collected_debug = nullptr;
  if (options_.debug && !merging.empty()) options_.debug(merging);
  return round_.close_level(level, total ? &*total : nullptr, folded ? &*folded : nullptr,
                            outcome_.phases[k].accepted());
}

void Simulation::Run::note_refused(const std::vector<Desk>& desks) {
  std::vector<Refusal> refused;
  for (const Desk& desk : desks)
    refused.insert(refused.end(), desk.refused.begin(), desk.refused.end());
  std::sort(refused.begin(), refused.end(),
            [](const Refusal& a, const Refusal& b) { return a.client < b.client; });
  std::array<size_t, Tally::kReasons> kept{};
  for (const Refusal& refusal : refused)
    if (kept[static_cast<size_t>(refusal.reason) % kept.size()]++ < kMostRefusals)
      outcome_.refused.push_back(refusal);
}

bool Simulation::Run::begin_turn(Worker* worker, uint64_t k, uint64_t place) {
  const uint64_t client = number(place);
  fed_client* c = worker->client();
  const fed_computation& computation = *computation_.client;
  if (states_ != nullptr &&
      fed_client_state_load(c, states_->bytes.data() + client * states_->stride, states_->stride) !=
          FED_OK)
    return false;
  if (fed_client_round_begin(c, computation.name, program_.server().hash, params_.data(),
                             params_.size()) != FED_OK)
    return false;
  if (!worker->write_input(fed_client_input(c, nullptr)).ok()) return false;
  if (const uint64_t bytes = fed_client_keys_bytes(&computation); bytes != 0) {
    const std::string keys = draw_keys(client_key(arguments_.key, client), bytes);
    if (fed_client_keys(c, keys.data(), keys.size()) != FED_OK) return false;
  }
  return k == 0 || fed_client_resume(c, turns_.data() + place * turn_bytes_, turn_bytes_) == FED_OK;
}

void Simulation::Run::end_turn(Worker* worker, uint64_t k, uint64_t place) {
  fed_client* c = worker->client();
  if (k + 1 < computation_.client->phase_count) {
    fed_client_suspend(c, turns_.data() + place * turn_bytes_, turn_bytes_);
    return;
  }
  const void* result = fed_client_result(c, nullptr);
  for (size_t i = 0; i < outcome_.client.size(); ++i)
    if (!read_leaf(computation_.client->result.leaves[i], result,
                   &outcome_.client[i].members[place].tensor)
             .ok()) {
      fed_error error = *fed_client_error(c);
      error.status = FED_BAD_SIZE;
      fail(k, place, error);
    }
  if (states_ != nullptr) {
    uint64_t bytes = 0;
    const void* state = fed_client_new_state(c, &bytes);
    std::memcpy(pending_states_.data() + place * states_->stride, state, bytes);
  }
}

void Simulation::Run::fail(uint64_t k, uint64_t place, const fed_error& error) {
  const uint64_t client = number(place);
  outcome_.finished[place] = 0;
  PhaseError failure{false, k + 1, client, error};
  failure.federated = computation_.manifest->role() != proto::EXPORT;
  if (options_.failed_clients_drop_out) failed_.fetch_add(1);
  // The error of the first client by number is the run's, whichever comes first in time.
  while (error_lock_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  if (options_.failed_clients_drop_out) {
    if (!outcome_.first_failure || client < outcome_.first_failure->client)
      outcome_.first_failure = failure;
  } else if (client < first_failed_) {
    first_failed_ = client;
    outcome_.error = failure;
  }
  error_lock_.clear(std::memory_order_release);
}

const uint8_t* Simulation::Run::download(Desk* desk, uint64_t k, uint64_t place) {
  if (!desk->selector) return round_.download();
  const uint8_t* made = desk->selector->make(keys_.data() + place * selection_->keys_bytes);
  if (made != nullptr) return made;
  fail(k, place, desk->selector->error());
  if (options_.failed_clients_drop_out) ++desk->tally.dropped;
  return nullptr;
}

std::optional<Folded> Simulation::Run::run_client(Desk* desk, uint64_t k, uint64_t place) {
  const uint64_t client = number(place);
  Worker* worker = desk->worker;
  Tally* tally = &desk->tally;
  if (client > first_failed_) return std::nullopt;
  if (options_.drops_out && options_.drops_out(k + 1, client)) {
    outcome_.finished[place] = 0;
    ++tally->dropped;
    return std::nullopt;
  }
  const uint8_t* download = this->download(desk, k, place);
  if (download == nullptr) return std::nullopt;
  fed_client* c = worker->client();
  worker->serve(&computation_, &arguments_, client, &first_failed_);
  if (!begin_turn(worker, k, place)) {
    fail(k, place, {sizeof(fed_error), FED_ABI_VERSION, FED_BAD_CALL, 0, {0, 0}});
    fed_client_round_end(c, 0);
    return std::nullopt;
  }
  const int32_t status = fed_client_run(c, k, download);
  if (status != FED_OK) {
    const bool moot = status == FED_CANCELLED && (is_cancelled() || client > first_failed_);
    if (!moot) {
      fail(k, place, *fed_client_error(c));
      if (options_.failed_clients_drop_out) ++tally->dropped;
    }
    fed_client_round_end(c, 0);
    return std::nullopt;
  }
  const void* upload = fed_client_upload(c, nullptr);
  const int32_t reason = desk->partial ? desk->partial->offer(upload) : FED_ACCEPT;
  tally->count(reason);
  std::optional<Folded> folded;
  if (reason == FED_ACCEPT) {
    if (desk->folder) folded = desk->folder->of(upload);
    tally->weightless += weights_->all_zero(upload);
    if (next_selection_ != nullptr)
      keep_keys(*next_selection_, upload, next_keys_.data() + place * next_selection_->keys_bytes);
    end_turn(worker, k, place);
  } else {
    outcome_.finished[place] = 0;
    const bool product = reason == FED_REJECT_NOT_FINITE && desk->refused.size() < kMostRefusals &&
                         is_finite(computation_.client->phases[k].message_out, upload);
    desk->refused.push_back({k + 1, client, reason, product});
  }
  fed_client_round_end(c, 0);  // states are committed by run(), when all is done
  return folded;
}

Simulation::Simulation(std::shared_ptr<const Program> program, SimulationOptions options)
    : program_(std::move(program)),
      options_(std::move(options)),
      crew_(static_cast<size_t>(std::max(options_.threads, 1)) - 1) {
  for (int t = 0; t < std::max(options_.threads, 1); ++t)
    workers_.push_back(std::make_unique<Worker>(program_.get(), &options_));
}

Simulation::~Simulation() = default;

std::optional<ClientStates> Simulation::new_states(uint64_t clients) const {
  const uint64_t stride = fed_client_state_bytes(&program_->client());
  return ClientStates{stride, AlignedBuffer(stride * clients)};
}

absl::Status Simulation::run(const Computation& computation, const Arguments& arguments,
                             const AlignedBuffer& params, ClientStates* states, Outcome* outcome) {
  return Run(this, computation, arguments, params, states, outcome).run();
}

}  // namespace fedrt
