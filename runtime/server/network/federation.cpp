// Sessions, the pool, cohorts and rounds. What moves the messages is in transfers.cpp, what becomes
// of uploads that have arrived in intake.cpp.
#include "runtime/server/network/federation.h"

#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kPatience{5};  // before people are told what is waited for
constexpr int kMaxPrograms = 64;              // of a check-in

wire::AwaitReply nothing() {
  wire::AwaitReply reply;
  reply.mutable_nothing();
  return reply;
}

}  // namespace

Federation::Federation(std::string name, const uint8_t* hash, FederationOptions options)
    : name_(std::move(name)),
      hash_(reinterpret_cast<const char*>(hash), 32),
      options_(std::move(options)),
      random_(std::random_device{}()),
      outbox_(kTick, [this] { tick(); }) {}

// The outbox ends first, and its thread with it: gRPC, which makes the calls, has ended before.
Federation::~Federation() = default;

grpc::Status Federation::check_in(const wire::CheckInRequest& request, wire::CheckInReply* reply) {
  if (request.protocol() != kProtocol) {
    counts_.add(Incident::kOtherProtocol);
    return {grpc::StatusCode::FAILED_PRECONDITION,
            absl::StrCat("this server speaks version ", kProtocol,
                         " of the protocol, and the client version ", request.protocol())};
  }
  int chosen = -1;
  std::string theirs;
  for (int i = 0; i < request.programs_size() && chosen < 0 && i < kMaxPrograms; ++i) {
    const auto& program = request.programs(i);
    if (program.hash() == hash_ && program.abi() == FED_ABI_VERSION) chosen = i;
    absl::StrAppend(&theirs, theirs.empty() ? "" : ", ", "`",
                    absl::Utf8SafeCHexEscape(program.name().substr(0, 64)), "` (hash ",
                    absl::BytesToHexString(program.hash().substr(0, 32)),
                    program.abi() == FED_ABI_VERSION ? "" : absl::StrCat(", ABI ", program.abi()),
                    ")");
  }
  if (chosen < 0) {
    counts_.add(Incident::kOtherProgram);
    return {grpc::StatusCode::FAILED_PRECONDITION,
            absl::StrCat("this server runs `", name_, "` (hash ", absl::BytesToHexString(hash_),
                         "), and the client carries ", theirs.empty() ? "no program" : theirs,
                         ": compile both from the same source")};
  }
  auto session = std::make_shared<Session>();
  session->id.resize(16);
  if (getrandom(session->id.data(), session->id.size(), 0) !=
      static_cast<ssize_t>(session->id.size()))
    return {grpc::StatusCode::UNAVAILABLE, "no random numbers"};
  session->gone_at = Clock::now() + options_.forget;
  reply->set_session(session->id);
  reply->set_program(static_cast<uint32_t>(chosen));
  reply->set_hold_ms(static_cast<uint32_t>(options_.hold.count()));
  const Lock lock(mutex_);
  if (sessions_.size() >= options_.max_sessions) {
    counts_.add(Incident::kFull);
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "enough clients wait already: come back later"};
  }
  session->arrival = ++arrivals_;
  sessions_.emplace(session->id, session);
  return grpc::Status::OK;
}

std::shared_ptr<Session> Federation::find(const std::string& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    counts_.add(Incident::kUnknownSession);
    return nullptr;
  }
  found->second->gone_at = Clock::now() + options_.forget;
  found->second->lost = false;
  return found->second;
}

void Federation::enter_pool(const std::shared_ptr<Session>& session) {
  if (session->pool_index != Session::kNotInPool) return;
  session->pool_index = pool_.size();
  pool_.push_back(session);
  changed_.notify_one();
}

void Federation::leave_pool(Session* session) {
  const size_t index = std::exchange(session->pool_index, Session::kNotInPool);
  if (index == Session::kNotInPool) return;
  if (index + 1 != pool_.size()) {
    pool_[index] = std::move(pool_.back());
    pool_[index]->pool_index = index;
  }
  pool_.pop_back();
}

void Federation::answer(Session* session, const wire::AwaitReply& reply) {
  leave_pool(session);
  if (session->waiter == nullptr) return;
  session->gone_at = Clock::now() + options_.forget;
  outbox_.post([call = std::move(session->waiter), reply] { call->answer(reply); });
  session->waiter = nullptr;
}

// Work that has not been acknowledged is overtaken by what follows it; the end of a round is not.
void Federation::tell(Session* session, wire::AwaitReply reply) {
  if (!session->news.empty() && session->news.back().has_work()) session->news.pop_back();
  reply.set_event(++session->events);
  session->news.push_back(std::move(reply));
  answer(session, session->news.front());
}

void Federation::await(const wire::AwaitRequest& request, std::shared_ptr<AwaitCall> call) {
  const Lock lock(mutex_);
  if (closing_) return stop(std::move(call));
  const std::shared_ptr<Session> session = find(request.session());
  if (session == nullptr) {
    outbox_.post(
        [call] { call->fail({grpc::StatusCode::NOT_FOUND, "no such session: check in again"}); });
    return;
  }
  answer(session.get(), nothing());  // an earlier call, whose connection is lost
  std::deque<wire::AwaitReply>& news = session->news;
  while (!news.empty() && news.front().event() <= request.seen()) news.pop_front();
  session->waiter = std::move(call);
  session->answer_by = Clock::now() + options_.hold;
  if (!news.empty()) return answer(session.get(), news.front());
  if (over_) {
    wire::AwaitReply reply;
    reply.mutable_finished()->set_reason(finished_);
    tell(session.get(), std::move(reply));
    return;
  }
  if (session->in_cohort) return;
  if (pool_.size() < options_.max_waiting) return enter_pool(session);
  wire::AwaitReply reply;
  reply.mutable_come_back()->set_after_ms(static_cast<uint32_t>(options_.hold.count()));
  answer(session.get(), reply);
  session->gone_at += options_.hold;
}

void Federation::await_gone(const AwaitCall* call, const std::string& id) {
  const Lock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->waiter.get() != call) return;
  answer(found->second.get(), nothing());
  found->second->lost = true;
}

void Federation::drop_out(Session* session, int32_t status, uint32_t site,
                          const std::string& reason) {
  if (!session->in_cohort || has_answered(*session) ||
      (session->upload != nullptr && session->upload->stage >= UploadCall::Stage::kArrived))
    return;
  counts_.add(Incident::kAbandoned);
  abandoned_.push_back({session->number, status, site});
  --outstanding_;
  leave_cohort(session, false, reason);
  changed_.notify_one();
}

grpc::Status Federation::abandon(const wire::AbandonRequest& request) {
  const Lock lock(mutex_);
  const std::shared_ptr<Session> session = find(request.session());
  if (session == nullptr) return {grpc::StatusCode::NOT_FOUND, "no such session: check in again"};
  // It goes. After Finished all of that reply has arrived, and the connection is needed no more.
  if (request.round() == 0 && !session->in_cohort) {
    answer(session.get(), nothing());
    sessions_.erase(session->id);
    changed_.notify_one();
    return grpc::Status::OK;
  }
  // That the phase is over by now is as good.
  if (works(*session, request.round(), request.phase()))
    drop_out(session.get(), request.status(), request.site(), "the client abandoned the round");
  return grpc::Status::OK;
}

bool Federation::works(const Session& session, uint64_t round, uint32_t phase) const {
  return running_ != nullptr && session.in_cohort && running_->round == round &&
         running_->number == phase;
}

// In the phase that is running.
bool Federation::has_answered(const Session& session) const {
  return session.verdicts.size() >= running_->number &&
         session.verdicts[running_->number - 1].has_value();
}

void Federation::leave_cohort(Session* session, bool accepted, const std::string& reason) {
  if (session->upload != nullptr) {
    finish_upload(session->upload.get(),
                  {grpc::StatusCode::FAILED_PRECONDITION, "the phase has ended: " + reason}, {});
    session->upload = nullptr;
  }
  session->in_cohort = false;
  session->gone_at = Clock::now() + options_.forget;
  wire::AwaitReply reply;
  reply.mutable_round_end()->set_round(session->round);
  reply.mutable_round_end()->set_accepted(accepted);
  reply.mutable_round_end()->set_reason(reason);
  tell(session, std::move(reply));
}

absl::StatusOr<uint64_t> Federation::gather(uint64_t clients, uint64_t least,
                                            std::chrono::seconds patience) {
  const auto begin = Clock::now();
  std::optional<Clock::time_point> enough;
  size_t told = 0;
  Lock lock(mutex_);
  while (pool_.size() < clients) {
    if (is_cancelled()) return absl::CancelledError("cancelled");
    const auto now = Clock::now();
    if (pool_.size() < std::max<uint64_t>(least, 1))
      enough.reset();
    else if (!enough)
      enough = now;
    if (enough && patience.count() != 0 && now - *enough >= patience) {
      if (options_.note)
        options_.note(absl::StrCat("the round begins with ", pool_.size(), " of ", clients,
                                   clients == 1 ? " client" : " clients",
                                   ": no more came within the time limit"));
      break;
    }
    if (now - begin >= kPatience && told != pool_.size() + 1 && options_.note) {
      told = pool_.size() + 1;
      options_.note(absl::StrCat(
          "waiting for clients: ", pool_.size(), " of ", clients,
          pool_.size() == 1 ? " is" : " are", " here",
          pool_.size() < least && least < clients
              ? absl::StrCat(", and at least ", least, least == 1 ? " is" : " are", " needed")
              : ""));
    }
    changed_.wait_for(lock, kPoll);
  }
  ++round_;
  const size_t size = std::min<size_t>(clients, pool_.size());
  cohort_.clear();
  for (size_t i = 0; i < size; ++i) {
    const std::shared_ptr<Session> session =
        pool_[std::uniform_int_distribution<size_t>(0, pool_.size() - 1)(random_)];
    leave_pool(session.get());
    session->in_cohort = true;
    session->round = round_;
    session->verdicts.clear();
    cohort_.push_back(session);
  }
  // What a client computes may depend on its number, by its keys: it should not depend on chance.
  std::sort(cohort_.begin(), cohort_.end(),
            [](const auto& a, const auto& b) { return a->arrival < b->arrival; });
  for (size_t i = 0; i < size; ++i) cohort_[i]->number = i;
  return size;
}

// Nothing that is still under way counts any more; who has not answered is out.
void Federation::close_phase(const std::string& reason, bool late, PhaseEnd* end) {
  {
    const std::lock_guard<std::mutex> reading(running_->reading);
    running_->download = nullptr;
  }
  std::vector<std::shared_ptr<Session>> rest;
  for (const auto& session : cohort_) {
    if (!session->in_cohort) continue;
    if (has_answered(*session)) {
      rest.push_back(session);
      end->accepted.push_back(session->number);
      continue;
    }
    if (late) {
      ++end->late;
      ++end->tally.dropped;
      counts_.add(Incident::kDropped);
      session->lost = true;
    }
    leave_cohort(session.get(), false, reason);
  }
  cohort_ = std::move(rest);
  std::sort(end->accepted.begin(), end->accepted.end());
  end->abandoned = std::move(abandoned_);
  end->tally.dropped += end->abandoned.size();
  arrived_.clear();
  running_ = nullptr;
  start_downloads();  // those of the phase are told
  // Small ones serve the next phase; large ones are memory that the server's step may need.
  if (!spare_.empty() && spare_[0].size() * spare_.size() > options_.upload_memory / 16)
    spare_.clear();
}

void Federation::end_round(bool accepted, const std::string& reason) {
  const Lock lock(mutex_);
  for (const auto& session : cohort_) leave_cohort(session.get(), accepted, reason);
  cohort_.clear();
}

void Federation::finish(const std::string& reason, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  Lock lock(mutex_);
  over_ = true;
  finished_ = reason;
  wire::AwaitReply reply;
  reply.mutable_finished()->set_reason(reason);
  // Those that wait are told now, others when they call; all say that they have heard it.
  for (const auto& session : std::vector<std::shared_ptr<Session>>(pool_))
    tell(session.get(), reply);
  const auto all_know = [&] {
    return std::all_of(sessions_.begin(), sessions_.end(),
                       [](const auto& entry) { return entry.second->lost; });
  };
  while (!all_know() && Clock::now() < deadline && !is_cancelled()) changed_.wait_for(lock, kPoll);
}

void Federation::close() {
  const Lock lock(mutex_);
  closing_ = true;
  for (const auto& [id, session] : sessions_) {
    leave_pool(session.get());
    if (session->waiter != nullptr) stop(std::move(session->waiter));
    session->waiter = nullptr;
  }
}

void Federation::stop(std::shared_ptr<AwaitCall> call) {
  outbox_.post([call = std::move(call)] {
    call->fail({grpc::StatusCode::UNAVAILABLE, "the server stops"});
  });
}

void Federation::tick() {
  const Lock lock(mutex_);
  const auto now = Clock::now();
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session* session = it->second.get();
    if (session->waiter != nullptr && now >= session->answer_by) answer(session, nothing());
    const bool gone = session->waiter == nullptr && !session->in_cohort && now >= session->gone_at;
    it = gone ? sessions_.erase(it) : std::next(it);
  }
  std::vector<UploadCall*> stalled;
  for (const auto& [key, call] : uploads_) {
    const bool first = call->stage == UploadCall::Stage::kFirst;
    const bool blocks = call->stage == UploadCall::Stage::kReceiving && !parked_.empty();
    // Slower than 64 KiB a second, too, is nothing that others should wait for.
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now - call->began).count();
    const bool slow = seconds > 10 && call->received < static_cast<uint64_t>(seconds - 10) << 16;
    if ((first && now - call->began >= options_.stall) ||
        (blocks && (now - call->moved >= options_.stall || slow)))
      stalled.push_back(call.get());
  }
  for (UploadCall* call : stalled)
    complain(call, grpc::StatusCode::ABORTED, "the upload does not move on: begin again",
             Incident::kStalled);
  for (const auto& [key, call] : downloads_) {
    const bool ended = [&] {
      const std::lock_guard<std::mutex> reading(call->phase->reading);
      return call->phase->download == nullptr;
    }();
    if (!call->started || call->cancelled ||
        !((ended && now - call->moved >= std::chrono::seconds(2)) ||
          (!waiting_downloads_.empty() && now - call->moved >= options_.stall)))
      continue;
    if (!ended) counts_.add(Incident::kStalled);
    give_up(call);
  }
}

}  // namespace fedrt
