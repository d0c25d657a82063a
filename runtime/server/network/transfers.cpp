// Uploads and downloads of the federation (federation.h).
//
// Memory is bounded by what is under way at a time. An upload goes through one of few lanes until
// its first part says what it is and memory for the whole is free; until then it is not read
// further, and flow control stops its sender.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/server/network/federation.h"

namespace fedrt {
namespace {

constexpr size_t kLanes = 64;      // uploads whose first part may be in memory
constexpr size_t kDownloads = 64;  // downloads with a piece in memory

}  // namespace

grpc::Status Federation::stale(const Session& session, uint64_t round, uint32_t phase) {
  counts_.add(Incident::kStale);
  const std::string what = absl::StrCat("phase ", phase, " of round ", round);
  if (!session.in_cohort)
    return {grpc::StatusCode::FAILED_PRECONDITION,
            absl::StrCat(what, " is not running for this client: it is in no round now")};
  return {grpc::StatusCode::FAILED_PRECONDITION,
          absl::StrCat(what, " is not running for this client: round ", session.round,
                       running_ ? absl::StrCat(" is in phase ", running_->number) : "",
                       running_ ? "" : " is between phases")};
}

void Federation::finish_upload(UploadCall* call, const grpc::Status& status,
                               const wire::UploadReply& reply) {
  using Stage = UploadCall::Stage;
  const Stage before = std::exchange(call->stage, Stage::kFinished);
  if (before == Stage::kFinished) return;
  const auto found = uploads_.find(call);
  outbox_.post([call = std::move(found->second), status, reply] { call->finish(status, reply); });
  uploads_.erase(found);
  const auto drop = [&](std::deque<std::shared_ptr<UploadCall>>* queue) {
    std::erase_if(*queue, [&](const auto& other) { return other.get() == call; });
  };
  if (before == Stage::kQueued) drop(&queued_);
  if (before == Stage::kParked) drop(&parked_);
  if (before == Stage::kFirst || before == Stage::kParked) free_lane();
  if (before == Stage::kArrived) drop(&arrived_);
  if (before == Stage::kReceiving || before == Stage::kArrived || before == Stage::kAdding)
    free_buffer();
  if (call->session == nullptr) return;
  if (call->session->upload.get() == call) {
    call->session->upload = nullptr;
    const auto repeats = std::exchange(call->session->repeats, {});
    for (const auto& repeat : repeats) {
      wire::UploadReply again = reply;
      again.set_duplicate(true);
      finish_upload(repeat.get(), status, again);
    }
  } else {
    std::erase_if(call->session->repeats, [&](const auto& other) { return other.get() == call; });
  }
}

void Federation::free_lane() {
  --lanes_used_;
  if (queued_.empty()) return;
  const std::shared_ptr<UploadCall> next = std::move(queued_.front());
  queued_.pop_front();
  ++lanes_used_;
  next->stage = UploadCall::Stage::kFirst;
  next->began = next->moved = Clock::now();
  outbox_.post([next] { next->start(); });
}

void Federation::free_buffer() {
  --buffers_used_;
  if (parked_.empty() || buffers_used_ >= buffer_limit_) return;
  const std::shared_ptr<UploadCall> next = std::move(parked_.front());
  parked_.pop_front();
  ++buffers_used_;
  next->stage = UploadCall::Stage::kReceiving;
  next->began = next->moved = Clock::now();
  free_lane();
  outbox_.post([next] { next->resume(); });
}

void Federation::upload(std::shared_ptr<UploadCall> call) {
  const Lock lock(mutex_);
  uploads_.emplace(call.get(), call);
  if (lanes_used_ >= kLanes) {
    queued_.push_back(std::move(call));
    return;
  }
  ++lanes_used_;
  call->stage = UploadCall::Stage::kFirst;
  call->began = call->moved = Clock::now();
  outbox_.post([call] { call->start(); });
}

bool Federation::complain(UploadCall* call, grpc::StatusCode code, const std::string& why,
                          Incident incident) {
  if (call->stage != UploadCall::Stage::kFinished) counts_.add(incident);
  finish_upload(call, {code, why}, {});
  return false;
}

bool Federation::upload_first(const std::shared_ptr<UploadCall>& call,
                              const wire::UploadPart& part) {
  using Stage = UploadCall::Stage;
  const Lock lock(mutex_);
  if (call->stage != Stage::kFirst) return false;
  const std::shared_ptr<Session> session = find(part.session());
  if (session == nullptr) {
    finish_upload(call.get(), {grpc::StatusCode::NOT_FOUND, "no such session: check in again"}, {});
    return false;
  }
  const uint32_t phase = part.phase();
  if (part.round() == session->round && phase >= 1 && phase <= session->verdicts.size() &&
      session->verdicts[phase - 1]) {
    counts_.add(Incident::kDuplicate);
    wire::UploadReply reply = *session->verdicts[phase - 1];
    reply.set_duplicate(true);
    finish_upload(call.get(), grpc::Status::OK, reply);
    return false;
  }
  if (!works(*session, part.round(), phase)) {
    finish_upload(call.get(), stale(*session, part.round(), phase), {});
    return false;
  }
  call->session = session;
  call->phase = running_;
  if (session->upload != nullptr && session->upload->stage >= Stage::kArrived) {
    counts_.add(Incident::kDuplicate);
    call->stage = Stage::kRepeat;
    free_lane();
    session->repeats.push_back(call);
    return false;
  }
  if (const std::shared_ptr<UploadCall> old = session->upload)
    finish_upload(old.get(), {grpc::StatusCode::ABORTED, "the client has begun again"}, {});
  session->upload = call;
  if (buffers_used_ >= buffer_limit_) {
    call->stage = Stage::kParked;
    parked_.push_back(call);
    return false;
  }
  ++buffers_used_;
  call->stage = Stage::kReceiving;
  free_lane();
  return true;
}

bool Federation::upload_next(const std::shared_ptr<UploadCall>& call,
                             const wire::UploadPart& part) {
  const Lock lock(mutex_);
  if (call->stage != UploadCall::Stage::kReceiving) return false;
  if (part.offset() != call->received)
    return complain(
        call.get(), grpc::StatusCode::INVALID_ARGUMENT,
        absl::StrCat("a part for byte ", part.offset(), " where byte ", call->received, " is next"),
        Incident::kWrongSize);
  if (part.data().size() > call->phase->upload_bytes - call->received)
    return complain(call.get(), grpc::StatusCode::INVALID_ARGUMENT,
                    absl::StrCat("an upload of this phase has ", call->phase->upload_bytes,
                                 " bytes, and more came"),
                    Incident::kWrongSize);
  call->received += part.data().size();
  call->moved = Clock::now();
  return true;
}

AlignedBuffer Federation::take_buffer(uint64_t bytes) {
  {
    const Lock lock(mutex_);
    while (!spare_.empty()) {
      AlignedBuffer buffer = std::move(spare_.back());
      spare_.pop_back();
      if (buffer.size() == bytes) return buffer;
    }
  }
  return AlignedBuffer(bytes);
}

// The client tries again, when others may have given memory back.
void Federation::upload_no_memory(const std::shared_ptr<UploadCall>& call) {
  const Lock lock(mutex_);
  complain(call.get(), grpc::StatusCode::RESOURCE_EXHAUSTED,
           "the server has no memory for the upload now", Incident::kNoMemory);
}

void Federation::upload_end(const std::shared_ptr<UploadCall>& call, bool cancelled) {
  using Stage = UploadCall::Stage;
  const Lock lock(mutex_);
  if (call->stage == Stage::kFinished) return;
  if (cancelled)
    return finish_upload(call.get(), {grpc::StatusCode::CANCELLED, "the connection was lost"}, {});
  if (call->stage != Stage::kReceiving || call->received != call->phase->upload_bytes) {
    complain(call.get(), grpc::StatusCode::INVALID_ARGUMENT,
             call->stage != Stage::kReceiving
                 ? std::string("an upload without a part")
                 : absl::StrCat("an upload of this phase has ", call->phase->upload_bytes,
                                " bytes, and ", call->received, " came"),
             Incident::kWrongSize);
    return;
  }
  call->stage = Stage::kArrived;
  arrived_.push_back(call);
  if (std::exchange(rests_, false))
    changed_.notify_one();
  else if (arrived_.size() >= crowd_)
    came_.notify_one();
}

// A call that reads hears of it as the end of the parts.
void Federation::upload_cancelled(UploadCall* call) {
  using Stage = UploadCall::Stage;
  const Lock lock(mutex_);
  if (call->stage == Stage::kQueued || call->stage == Stage::kParked ||
      call->stage == Stage::kRepeat)
    finish_upload(call, {grpc::StatusCode::CANCELLED, "the connection was lost"}, {});
}

void Federation::finish_download(DownloadCall* call, const grpc::Status& status) {
  if (std::exchange(call->finished, true)) return;
  const auto found = downloads_.find(call);
  outbox_.post([call = std::move(found->second), status] { call->finish(status); });
  downloads_.erase(found);
  if (call->started) --downloads_moving_;
}

// Of one that has started: what it is sending fails, and then it finishes.
void Federation::give_up(const std::shared_ptr<DownloadCall>& call) {
  if (call->finished || std::exchange(call->cancelled, true)) return;
  outbox_.post([call] { call->cancel(); });
}

// Those that wait begin as there is room; those whose phase has ended are told.
void Federation::start_downloads() {
  std::deque<std::shared_ptr<DownloadCall>> rest;
  for (const auto& call : std::exchange(waiting_downloads_, {})) {
    if (call->finished) continue;
    if (call->phase != running_) {
      finish_download(call.get(), {grpc::StatusCode::FAILED_PRECONDITION, "the phase has ended"});
    } else if (downloads_moving_ < kDownloads) {
      ++downloads_moving_;
      call->started = true;
      call->moved = Clock::now();
      outbox_.post([call] { call->start(); });
    } else {
      rest.push_back(call);
    }
  }
  waiting_downloads_ = std::move(rest);
}

void Federation::download(const wire::DownloadRequest& request,
                          std::shared_ptr<DownloadCall> call) {
  const Lock lock(mutex_);
  downloads_.emplace(call.get(), call);
  const std::shared_ptr<Session> session = find(request.session());
  if (session == nullptr)
    return finish_download(call.get(),
                           {grpc::StatusCode::NOT_FOUND, "no such session: check in again"});
  if (!works(*session, request.round(), request.phase()))
    return finish_download(call.get(), stale(*session, request.round(), request.phase()));
  if (request.offset() > running_->download_bytes)
    return finish_download(call.get(),
                           {grpc::StatusCode::OUT_OF_RANGE,
                            absl::StrCat("the download has ", running_->download_bytes,
                                         " bytes, and byte ", request.offset(), " was asked for")});
  // One at a time: a client that asks again has lost the other, or wants more than its share.
  if (const std::shared_ptr<DownloadCall> old = session->download.lock()) {
    if (old->started)
      give_up(old);
    else
      finish_download(old.get(), {grpc::StatusCode::ABORTED, "the client has begun again"});
  }
  session->download = call;
  call->phase = running_;
  call->session = session;
  waiting_downloads_.push_back(std::move(call));
  start_downloads();
}

bool Federation::download_moved(const std::shared_ptr<DownloadCall>& call) {
  const Lock lock(mutex_);
  call->moved = Clock::now();
  return !call->finished;
}

void Federation::download_done(const std::shared_ptr<DownloadCall>& call,
                               const grpc::Status& status) {
  const Lock lock(mutex_);
  finish_download(call.get(), status);
  start_downloads();
}

void Federation::download_failed(const std::shared_ptr<DownloadCall>& call,
                                 const fed_error& error) {
  const Lock lock(mutex_);
  if (call->phase == running_)
    drop_out(call->session.get(), error.status, error.site,
             "what the client selected cannot be made");
  finish_download(call.get(), {grpc::StatusCode::FAILED_PRECONDITION,
                               "what the client selected cannot be made"});
  start_downloads();
}

void Federation::download_no_memory(const std::shared_ptr<DownloadCall>& call) {
  const Lock lock(mutex_);
  counts_.add(Incident::kNoMemory);
  finish_download(call.get(), {grpc::StatusCode::RESOURCE_EXHAUSTED,
                               "the server has no memory for the download now"});
  start_downloads();
}

// A call that sends hears of it when its piece has failed.
void Federation::download_cancelled(DownloadCall* call) {
  const Lock lock(mutex_);
  if (call->finished || call->started) return;
  finish_download(call, {grpc::StatusCode::CANCELLED, "the connection was lost"});
  start_downloads();
}

}  // namespace fedrt
