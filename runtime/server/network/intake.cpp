// Uploads that have arrived: added by the round's thread and its crew, and answered.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/server/network/federation.h"

namespace fedrt {
namespace {

constexpr uint64_t kMostBuffers = 64;  // of uploads under way
// So many that wait are worth another thread, and the sums that it begins, goes over and merges. A
// pass over sums takes the time of two or three messages, so that fewer are soon done by the next.
constexpr uint64_t kCrowd = 4;

wire::UploadReply reply_of(int32_t reason) {
  wire::UploadReply reply;
  switch (reason) {
    case FED_ACCEPT:
      reply.set_verdict(wire::UploadReply::ACCEPTED);
      break;
    case FED_REJECT_NOT_FINITE:
      reply.set_verdict(wire::UploadReply::NOT_FINITE);
      reply.set_reason("a value that is summed is infinite or NaN, or an extreme is NaN");
      break;
    case FED_REJECT_BAD_WEIGHT:
      reply.set_verdict(wire::UploadReply::BAD_WEIGHT);
      reply.set_reason("a weight is negative or not finite");
      break;
    default:
      reply.set_verdict(wire::UploadReply::OUT_OF_RANGE);
      reply.set_reason("a value is beyond the bound that its aggregation states");
  }
  return reply;
}

Incident incident_of(int32_t reason) {
  return reason == FED_REJECT_NOT_FINITE   ? Incident::kNotFinite
         : reason == FED_REJECT_BAD_WEIGHT ? Incident::kBadWeight
                                           : Incident::kOutOfRange;
}

}  // namespace

void Federation::open_phase(const PhaseWork& work) {
  running_ = std::make_shared<Phase>();
  running_->round = round_;
  running_->number = work.phase;
  running_->download_bytes = work.download_bytes;
  running_->upload_bytes = work.upload_bytes;
  running_->download = work.download;
  running_->own_download = work.own_download;
  buffer_limit_ = std::clamp<uint64_t>(
      options_.upload_memory / std::max<uint64_t>(work.upload_bytes, 1), 1, kMostBuffers);
  crowd_ = std::min({kCrowd, work.at_once, std::max<uint64_t>(buffer_limit_ / 2, 1)});
  outstanding_ = cohort_.size();
  abandoned_.clear();
  wire::AwaitReply reply;
  wire::Work* message = reply.mutable_work();
  message->set_round(round_);
  message->set_computation(work.computation);
  message->set_phase(work.phase);
  message->set_download_bytes(work.download_bytes);
  message->set_upload_bytes(work.upload_bytes);
  message->set_params(work.params);
  message->set_label(work.label);
  for (const auto& session : cohort_) {
    session->verdicts.resize(work.phase);
    if (work.keys) message->set_keys(work.keys(session->number));
    tell(session.get(), reply);
  }
}

PhaseEnd Federation::run_phase(const PhaseWork& work, uint64_t least, std::chrono::seconds limit,
                               Crew* crew, std::atomic<uint64_t>* done) {
  PhaseEnd end;
  Intake intake{work, least, done, &end};
  Lock lock(mutex_);
  open_phase(work);
  if (limit.count() != 0) intake.deadline = Clock::now() + limit;
  // No more threads than there can be messages to add.
  const size_t threads = std::min<uint64_t>({work.threads, buffer_limit_, outstanding_});
  lock.unlock();
  crew->run(threads, [&](size_t t) { t == 0 ? lead(&intake) : help(&intake); });
  lock.lock();
  const bool cancelled = is_cancelled();
  const bool too_few = end.tally.accepted() < least;
  close_phase(intake.failure ? "the server failed"
              : cancelled    ? "the server was stopped"
              : intake.late  ? absl::StrCat("no answer within the time limit of phase ", work.phase)
                             : "too few clients were left to go on",
              intake.late, &end);
  if (intake.failure) std::rethrow_exception(intake.failure);
  if (cancelled)
    end.status = absl::CancelledError("cancelled");
  else if (too_few)
    end.status = absl::UnavailableError(
        absl::StrCat("phase ", work.phase, ": ", end.tally.accepted(),
                     end.tally.accepted() == 1 ? " client was" : " clients were",
                     " accepted, and at least ", least, least == 1 ? " is" : " are", " needed"));
  return end;
}

// The round's thread adds, too, and sees when the phase is over.
void Federation::lead(Intake* intake) {
  Lock lock(mutex_);
  uint64_t counted = outstanding_;
  while (!intake->over) {
    if (intake->done != nullptr && counted > outstanding_)
      intake->done->fetch_add(counted - outstanding_);
    counted = outstanding_;
    if (is_cancelled()) break;
    if (!arrived_.empty()) {
      add_arrived(intake, &lock);
      continue;
    }
    // With too few it is of no use to go on.
    if (outstanding_ == 0 || intake->end->tally.accepted() + outstanding_ < intake->least) break;
    // What has arrived in time is added, also where others still do that.
    intake->late = intake->deadline && intake->adding == 0 && Clock::now() >= *intake->deadline;
    if (intake->late) break;
    rests_ = true;
    changed_.wait_for(lock, kPoll);
    rests_ = false;
  }
  intake->over = true;
  came_.notify_all();
}

void Federation::help(Intake* intake) {
  Lock lock(mutex_);
  while (!intake->over) {
    if (arrived_.size() < crowd_) {
      came_.wait(lock);
      continue;
    }
    add_arrived(intake, &lock);
    if (intake->over || (arrived_.empty() && intake->adding == 0)) changed_.notify_one();
  }
}

// All that wait and may be added at once, so that the sums are gone over once.
void Federation::add_arrived(Intake* intake, Lock* lock) {
  std::vector<std::shared_ptr<UploadCall>> calls;
  std::vector<AlignedBuffer> buffers;
  Arrivals arrivals;
  arrivals.first = intake->taken;
  while (!arrived_.empty() && calls.size() < intake->work.at_once) {
    calls.push_back(std::move(arrived_.front()));
    arrived_.pop_front();
    calls.back()->stage = UploadCall::Stage::kAdding;
    buffers.push_back(std::move(calls.back()->buffer));
    arrivals.clients.push_back(calls.back()->session->number);
    arrivals.uploads.push_back(buffers.back().data());
  }
  intake->taken += calls.size();
  ++intake->adding;
  lock->unlock();
  std::vector<int32_t> reasons(calls.size(), FED_ACCEPT);
  std::exception_ptr failure;
  try {
    if (intake->work.add) intake->work.add(arrivals, reasons.data());
  } catch (...) {
    failure = std::current_exception();
  }
  lock->lock();
  --intake->adding;
  if (failure) {
    intake->failure = failure;
    intake->over = true;
    return;
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    if (spare_.size() < buffer_limit_) spare_.push_back(std::move(buffers[i]));
    settle(calls[i], reasons[i], intake->end);
  }
}

void Federation::settle(const std::shared_ptr<UploadCall>& call, int32_t reason, PhaseEnd* end) {
  Session* session = call->session.get();
  end->tally.count(reason);
  const wire::UploadReply reply = reply_of(reason);
  session->verdicts[running_->number - 1] = reply;
  --outstanding_;
  finish_upload(call.get(), grpc::Status::OK, reply);
  if (reason == FED_ACCEPT) return;
  counts_.add(incident_of(reason));
  leave_cohort(session, false, "rejected: " + reply.reason());
}

}  // namespace fedrt
