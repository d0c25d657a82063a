#include "runtime/server/network/service.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace fedrt {
namespace {

constexpr uint64_t kPiece = uint64_t{512} << 10;  // bytes of a download's chunk

// A reactor belongs to gRPC until its OnDone, and then to who still knows it.
template <typename Call>
class Owned {
 public:
  std::shared_ptr<Call> keep(Call* call) {
    self_ = std::shared_ptr<Call>(call);
    return self_;
  }
  std::shared_ptr<Call> self() const { return self_; }
  void done() { const std::shared_ptr<Call> last = std::move(self_); }

 private:
  std::shared_ptr<Call> self_;
};

class AwaitReactor final : public grpc::ServerUnaryReactor, public AwaitCall {
 public:
  AwaitReactor(Federation* federation, std::string session, wire::AwaitReply* reply)
      : federation_(federation), session_(std::move(session)), reply_(reply) {}

  Owned<AwaitReactor> owned;

  void answer(const wire::AwaitReply& reply) override {
    *reply_ = reply;
    Finish(grpc::Status::OK);
  }
  void fail(const grpc::Status& status) override { Finish(status); }
  void OnCancel() override { federation_->await_gone(this, session_); }
  void OnDone() override { owned.done(); }

 private:
  Federation* federation_;
  const std::string session_;
  wire::AwaitReply* reply_;
};

class DownloadReactor final : public grpc::ServerWriteReactor<wire::Chunk>, public DownloadCall {
 public:
  DownloadReactor(Federation* federation, grpc::CallbackServerContext* context, uint64_t offset)
      : federation_(federation), context_(context), next_(offset) {}

  Owned<DownloadReactor> owned;

  void start() override { send(); }
  void cancel() override { context_->TryCancel(); }
  void finish(const grpc::Status& status) override { Finish(status); }
  void OnWriteDone(bool ok) override {
    if (!ok)
      federation_->download_done(owned.self(),
                                 {grpc::StatusCode::CANCELLED, "the connection was lost"});
    else if (federation_->download_moved(owned.self()))
      send();
  }
  void OnCancel() override { federation_->download_cancelled(this); }
  void OnDone() override { owned.done(); }

 private:
  enum class Next : uint8_t { kPiece, kEnd, kTooLate, kFailed, kNoMemory };

  void send() {
    switch (try_read()) {
      case Next::kPiece:
        return StartWrite(&chunk_);
      case Next::kEnd:
        return federation_->download_done(owned.self(), grpc::Status::OK);
      case Next::kTooLate:
        return federation_->download_done(
            owned.self(), {grpc::StatusCode::FAILED_PRECONDITION, "the phase has ended"});
      case Next::kFailed:
        return federation_->download_failed(owned.self(), error_);
      case Next::kNoMemory:
        return federation_->download_no_memory(owned.self());
    }
  }

  // What is thrown into gRPC is lost there, and the call never ends.
  Next try_read() {
    try {
      return read();
    } catch (const std::bad_alloc&) {
      return Next::kNoMemory;
    }
  }

  // Copies the next piece. The federation takes this lock while it has its own, so that nothing of
  // the federation may be called from in here.
  Next read() {
    const std::lock_guard<std::mutex> reading(phase->reading);
    if (phase->download == nullptr) return Next::kTooLate;
    if (next_ >= phase->download_bytes) return Next::kEnd;
    if (phase->own_download && own_.size() == 0) {
      const uint8_t* made = phase->own_download(session->number, &error_);
      if (made == nullptr) return Next::kFailed;
      own_ = AlignedBuffer(phase->download_bytes);
      std::memcpy(own_.data(), made, own_.size());
    }
    const uint64_t bytes = std::min(kPiece, phase->download_bytes - next_);
    chunk_.set_offset(next_);
    chunk_.set_data((phase->own_download ? own_.data() : phase->download) + next_, bytes);
    next_ += bytes;
    return Next::kPiece;
  }

  Federation* federation_;
  grpc::CallbackServerContext* context_;
  uint64_t next_;
  wire::Chunk chunk_;
  AlignedBuffer own_;  // what this client alone downloads
  fed_error error_{};
};

class UploadReactor final : public grpc::ServerReadReactor<wire::UploadPart>, public UploadCall {
 public:
  UploadReactor(Federation* federation, grpc::CallbackServerContext* context,
                wire::UploadReply* reply)
      : federation_(federation), context_(context), reply_(reply) {}

  Owned<UploadReactor> owned;

  void start() override { StartRead(&part_); }
  void resume() override { take(); }
  void finish(const grpc::Status& status, const wire::UploadReply& reply) override {
    *reply_ = reply;
    Finish(status);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return federation_->upload_end(owned.self(), context_->IsCancelled());
    if (!std::exchange(has_first_, true) && !federation_->upload_first(owned.self(), part_)) return;
    take();
  }
  void OnCancel() override { federation_->upload_cancelled(this); }
  void OnDone() override { owned.done(); }

 private:
  // Copies the part to its place, and reads on.
  void take() {
    if (!federation_->upload_next(owned.self(), part_)) return;
    // What is thrown into gRPC is lost there, and the call never ends.
    try {
      if (buffer.size() != phase->upload_bytes)
        buffer = federation_->take_buffer(phase->upload_bytes);
    } catch (const std::bad_alloc&) {
      return federation_->upload_no_memory(owned.self());
    }
    if (!part_.data().empty())
      std::memcpy(buffer.data() + part_.offset(), part_.data().data(), part_.data().size());
    StartRead(&part_);
  }

  Federation* federation_;
  grpc::CallbackServerContext* context_;
  wire::UploadReply* reply_;
  bool has_first_ = false;
  wire::UploadPart part_;
};

grpc::ServerUnaryReactor* finished(grpc::CallbackServerContext* context,
                                   const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* Service::CheckIn(grpc::CallbackServerContext* context,
                                           const wire::CheckInRequest* request,
                                           wire::CheckInReply* reply) {
  return finished(context, federation_->check_in(*request, reply));
}

grpc::ServerUnaryReactor* Service::Abandon(grpc::CallbackServerContext* context,
                                           const wire::AbandonRequest* request,
                                           wire::AbandonReply*) {
  return finished(context, federation_->abandon(*request));
}

grpc::ServerUnaryReactor* Service::Await(grpc::CallbackServerContext*,
                                         const wire::AwaitRequest* request,
                                         wire::AwaitReply* reply) {
  AwaitReactor* call = new AwaitReactor(federation_, request->session(), reply);
  federation_->await(*request, call->owned.keep(call));
  return call;
}

grpc::ServerWriteReactor<wire::Chunk>* Service::Download(grpc::CallbackServerContext* context,
                                                         const wire::DownloadRequest* request) {
  DownloadReactor* call = new DownloadReactor(federation_, context, request->offset());
  federation_->download(*request, call->owned.keep(call));
  return call;
}

grpc::ServerReadReactor<wire::UploadPart>* Service::Upload(grpc::CallbackServerContext* context,
                                                           wire::UploadReply* reply) {
  UploadReactor* call = new UploadReactor(federation_, context, reply);
  federation_->upload(call->owned.keep(call));
  return call;
}

}  // namespace fedrt
