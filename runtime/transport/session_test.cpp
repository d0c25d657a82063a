// A client driven by fed_session_run through rounds of a scripted server, which goes away, forgets
// and errs in every way that a session has to survive.
#include <algorithm>
#include <condition_variable>
#include <map>
#include <set>

#include "runtime/client/fed_client.h"
#include "runtime/transport/fed_session.h"
#include "runtime/transport/test_server.h"

namespace fedtest {
namespace {

using fed::v1::AwaitReply;
using grpc::Status;
using grpc::StatusCode;
using Context = grpc::ServerContext;

// A program of two phases: phase 1 sends its download plus the parameter, phase 2 its download plus
// one, and the state grows by phase 2's download.
constexpr int64_t kFails = 666, kHangs = 777;

int64_t& number(const void* layout) { return *static_cast<int64_t*>(const_cast<void*>(layout)); }

int32_t run_phase(const fed_frame* frame, int64_t more) {
  const int64_t in = number(frame->message_in);
  if (in == kFails) {
    frame->error->status = FED_BAD_VALUE;
    frame->error->site = 3;
    return FED_BAD_VALUE;
  }
  if (in == kHangs) {
    while (frame->host->cancelled(frame->host->user) == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return frame->error->status = FED_CANCELLED;
  }
  number(frame->message_out) = in + more;
  return FED_OK;
}
int32_t phase_1(const fed_frame* frame) { return run_phase(frame, number(frame->params)); }
int32_t phase_2(const fed_frame* frame) {
  number(frame->state_out) = number(frame->state_in) + number(frame->message_in);
  return run_phase(frame, 1);
}

constexpr fed_layout kLayout = {64, nullptr, 0};
constexpr fed_phase kPhases[] = {
    {sizeof(fed_phase), FED_ABI_VERSION, phase_1, kLayout, kLayout},
    {sizeof(fed_phase), FED_ABI_VERSION, phase_2, kLayout, kLayout},
};

class Session : public testing::Test {
 protected:
  Session() {
    computation_.size = sizeof computation_;
    computation_.version = FED_ABI_VERSION;
    computation_.name = "count.next";
    computation_.phases = kPhases;
    computation_.phase_count = 2;
    computation_.state = kLayout;
    program_ = program_named("count", 64);
    program_.computations = &computation_;
    program_.computation_count = 1;
    client_host_.size = sizeof client_host_;
    client_host_.version = FED_ABI_VERSION;
    client_host_.user = this;
    client_host_.cancelled = [](void* user) -> int32_t { return self(user)->cancelled_; };
    memory_.resize(fed_client_bytes(&program_) + FED_ALIGNMENT);
    void* memory = memory_.data();
    size_t room = memory_.size();
    std::align(FED_ALIGNMENT, fed_client_bytes(&program_), memory, room);
    client_ = fed_client_open(&program_, memory, fed_client_bytes(&program_), &client_host_);

    server_.on_check_in = [this](Context*, const auto&, auto* reply) {
      std::lock_guard<std::mutex> lock(mutex_);
      sessions_.insert(std::to_string(++check_ins_));
      reply->set_session(std::to_string(check_ins_));
      reply->set_hold_ms(1000);
      return Status::OK;
    };
    server_.on_await = [this](Context*, const auto& request, auto* reply) {
      std::unique_lock<std::mutex> lock(mutex_);
      if (!sessions_.count(request.session())) return Status(StatusCode::NOT_FOUND, "who?");
      seen_ = request.seen();
      if (seen_ < events_.size()) {
        *reply = events_[seen_];
        reply->set_event(seen_ + 1);
      } else {
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        reply->mutable_nothing();
      }
      return Status::OK;
    };
    server_.on_download = [this](Context*, const auto& request, auto* writer) {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!sessions_.count(request.session())) return Status(StatusCode::NOT_FOUND, "who?");
      if (!download_errors_.empty()) {
        const Status status = download_errors_.back();
        download_errors_.pop_back();
        return status;
      }
      std::string message(64, '\0');
      number(message.data()) = download_;
      for (uint64_t at = request.offset(); at < 64; at += 32) {
        fed::v1::Chunk chunk;
        chunk.set_offset(at);
        chunk.set_data(message.substr(at, 32));
        writer->Write(chunk);
        if (halves_ > 0) {
          --halves_;
          return Status(StatusCode::UNAVAILABLE, "only half");
        }
      }
      return Status::OK;
    };
    server_.on_upload = [this](Context*, auto* reader, auto* reply) {
      reader->SendInitialMetadata();
      std::string message;
      fed::v1::UploadPart part, first;
      reader->Read(&first);
      message = first.data();
      while (reader->Read(&part)) message += part.data();
      std::lock_guard<std::mutex> lock(mutex_);
      if (!sessions_.count(first.session())) return Status(StatusCode::NOT_FOUND, "who?");
      uploads_.push_back(message.size() == 64 ? number(message.data()) : -1);
      if (!upload_errors_.empty()) {
        const Status status = upload_errors_.back();
        upload_errors_.pop_back();
        return status;
      }
      reply->set_verdict(verdict_);
      return Status::OK;
    };
    server_.on_abandon = [this](Context*, const auto& request) {
      std::lock_guard<std::mutex> lock(mutex_);
      if (request.round() == 0)
        ++goodbyes_;
      else
        abandoned_.push_back(request);
      return Status::OK;
    };
  }

  static Session* self(void* user) { return static_cast<Session*>(user); }

  // The server's script.
  void work(uint64_t round, uint32_t phase) {
    AwaitReply reply;
    reply.mutable_work()->set_round(round);
    reply.mutable_work()->set_computation("count.next");
    reply.mutable_work()->set_phase(phase);
    reply.mutable_work()->set_download_bytes(64);
    reply.mutable_work()->set_upload_bytes(64);
    std::string params(64, '\0');
    number(params.data()) = 10;
    if (phase == 1) reply.mutable_work()->set_params(params);
    events_.push_back(reply);
  }
  void round_end(uint64_t round, bool accepted, const std::string& reason = "") {
    AwaitReply reply;
    reply.mutable_round_end()->set_round(round);
    reply.mutable_round_end()->set_accepted(accepted);
    reply.mutable_round_end()->set_reason(reason);
    events_.push_back(reply);
  }
  void whole_round(uint64_t round) {
    work(round, 1);
    work(round, 2);
    round_end(round, true);
  }
  void finished() {
    AwaitReply reply;
    reply.mutable_finished()->set_reason("that was all");
    events_.push_back(reply);
  }

  int32_t run(uint32_t give_up_ms = 0) {
    fed_session_host host{};
    host.size = sizeof host;
    host.version = FED_ABI_VERSION;
    host.user = this;
    host.cancelled = [](void* user) -> int { return self(user)->cancelled_; };
    host.prepare = [](void* user, const fed_session_round* round, const void* params,
                      uint64_t bytes) -> int32_t {
      EXPECT_EQ(bytes, 64u);
      EXPECT_EQ(number(params), 10);
      self(user)->prepared_.push_back(round->number);
      return self(user)->prepare_status_;
    };
    host.begin = [](void* user, const fed_session_round*) { return self(user)->begin_status_; };
    host.sending = [](void* user, const fed_session_round* round, const void* upload,
                      uint64_t bytes) -> int32_t {
      EXPECT_EQ(bytes, 64u);
      self(user)->sent_.push_back(number(upload));
      return FED_OK;
    };
    host.ended = [](void* user, const fed_session_round* round, const fed_session_end* end) {
      Session* s = self(user);
      s->ends_.push_back(std::to_string(round->number) + " " +
                         (end->accepted ? "accepted" : end->reason) +
                         (end->error ? " error " + std::to_string(end->error->status) : ""));
      if (s->on_ended_) s->on_ended_();
      return s->ended_status_;
    };
    host.log = [](void* user, const char* text) { self(user)->log_ += std::string(text) + "\n"; };
    const fed_session_member member = {&program_, client_};
    fed_session_options options{};
    options.size = sizeof options;
    options.version = FED_ABI_VERSION;
    const std::string address = server_.address();
    options.server = address.c_str();
    options.members = &member;
    options.member_count = 1;
    options.host = &host;
    options.give_up_ms = give_up_ms;
    options.reply_ms = 20000;
    return fed_session_run(&options, &why_);
  }

  int64_t state() {
    int64_t state[8] = {};
    EXPECT_EQ(fed_client_state_save(client_, state, sizeof state), FED_OK);
    return state[0];
  }

  fed_computation computation_{};
  fed_program program_{};
  fed_host client_host_{};
  std::vector<char> memory_;
  fed_client* client_;
  std::atomic<int> cancelled_{0};
  int32_t prepare_status_ = FED_OK, begin_status_ = FED_OK, ended_status_ = FED_OK;
  std::function<void()> on_ended_;
  std::vector<uint64_t> prepared_;
  std::vector<int64_t> sent_;
  std::vector<std::string> ends_;
  std::string log_;
  fed_rpc why_{};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> sessions_;
  int check_ins_ = 0, halves_ = 0, goodbyes_ = 0;
  std::vector<AwaitReply> events_;
  uint64_t seen_ = 0;
  int64_t download_ = 5;
  std::vector<Status> download_errors_, upload_errors_;
  fed::v1::UploadReply::Verdict verdict_ = fed::v1::UploadReply::ACCEPTED;
  std::vector<int64_t> uploads_;
  std::vector<fed::v1::AbandonRequest> abandoned_;
  ScriptedServer server_;  // last: it stops before what it uses goes
};

using Ends = std::vector<std::string>;

TEST_F(Session, GoesThroughRounds) {
  whole_round(4);
  whole_round(9);
  finished();
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED) << why_.text;
  EXPECT_EQ(uploads_, (std::vector<int64_t>{15, 6, 15, 6}));
  EXPECT_EQ(sent_, uploads_);
  EXPECT_EQ(prepared_, (std::vector<uint64_t>{4, 9}));
  EXPECT_EQ(ends_, (Ends{"4 accepted", "9 accepted"}));
  EXPECT_EQ(state(), 10);
  EXPECT_EQ(log_,
            "checked in at " + server_.address() + "\nthe server is finished: that was all\n");
}

TEST_F(Session, CommitsNothingThatWasNotAccepted) {
  whole_round(1);
  work(2, 1);
  work(2, 2);
  round_end(2, false, "too few clients");
  work(3, 1);
  round_end(3, true);  // before phase 2: this client has no new state
  finished();
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 accepted", "2 too few clients", "3 the server gives no reason"}));
  EXPECT_EQ(state(), 5);
}

TEST_F(Session, TellsWhyAnUploadWasRejected) {
  verdict_ = fed::v1::UploadReply::BAD_WEIGHT;
  work(1, 1);
  round_end(1, false);
  finished();
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 a weight that is negative or not finite"}));
}

TEST_F(Session, LeavesARoundInWhichItFails) {
  whole_round(1);
  work(2, 1);
  work(3, 1);
  work(3, 2);
  round_end(3, true);
  finished();
  on_ended_ = [this] {
    std::lock_guard<std::mutex> lock(mutex_);
    download_ = ends_.size() == 1 ? kFails : 7;
  };
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 accepted", "2 it failed on this device error 5", "3 accepted"}));
  ASSERT_EQ(abandoned_.size(), 1u);
  EXPECT_EQ(abandoned_[0].round(), 2u);
  EXPECT_EQ(abandoned_[0].phase(), 1u);
  EXPECT_EQ(abandoned_[0].status(), FED_BAD_VALUE);
  EXPECT_EQ(abandoned_[0].site(), 3u);
  EXPECT_EQ(state(), 12);
}

TEST_F(Session, LeavesWhatItsHostDoesNotWant) {
  work(1, 1);
  finished();
  prepare_status_ = FED_HOST_ERROR;
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, Ends{});
  ASSERT_EQ(abandoned_.size(), 1u);
  prepare_status_ = FED_OK;
  begin_status_ = FED_HOST_ERROR;
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 this client stays out of it"}));
  EXPECT_EQ(abandoned_.size(), 2u);
  EXPECT_EQ(abandoned_[1].status(), FED_HOST_ERROR);
}

TEST_F(Session, RefusesWorkThatCannotBe) {
  work(1, 2);  // not the first phase
  work(2, 1);
  events_.back().mutable_work()->set_computation("other");  // no such computation
  work(3, 1);
  events_.back().mutable_work()->set_download_bytes(128);  // another size
  work(4, 1);
  work(4, 3);  // out of order
  work(5, 1);
  work(5, 0xffffffffu);
  work(6, 1);
  events_.back().mutable_work()->set_upload_bytes(uint64_t{1} << 62);
  work(7, 1);
  events_.back().mutable_work()->set_keys("k");  // the computation takes none
  finished();
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(
      ends_,
      (Ends{"3 the server's messages have other sizes", "4 the server's phases are out of order",
            "5 the server's phases are out of order", "6 the server's messages have other sizes"}));
  EXPECT_EQ(abandoned_.size(), 7u);
  EXPECT_NE(log_.find("round 7: the keys have 1 bytes, not 0"), std::string::npos) << log_;
  EXPECT_EQ(state(), 0);
}

TEST_F(Session, GoesOnAfterCallsThatFail) {
  whole_round(1);
  finished();
  halves_ = 3;
  download_errors_ = {Status(StatusCode::UNAVAILABLE, "not now"),
                      Status(StatusCode::INTERNAL, "oops")};
  upload_errors_ = {Status(StatusCode::RESOURCE_EXHAUSTED, "busy"),
                    Status(StatusCode::UNKNOWN, "?")};
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 accepted"}));
  EXPECT_EQ(uploads_, (std::vector<int64_t>{15, 15, 15, 6}));
  EXPECT_NE(log_.find("oops; trying again\nnot now; trying again\nonly half; trying again\n"),
            std::string::npos)
      << log_;
}

TEST_F(Session, GoesOnWhenAPhaseIsOver) {
  work(1, 1);
  round_end(1, false, "too late");
  whole_round(2);
  finished();
  upload_errors_ = {Status(StatusCode::FAILED_PRECONDITION, "phase 1 of round 1 is over")};
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 too late", "2 accepted"}));
  EXPECT_NE(log_.find("round 1, phase 1: phase 1 of round 1 is over\n"), std::string::npos);
}

TEST_F(Session, EndsARoundThatTheServerForgot) {
  work(1, 1);
  whole_round(2);
  finished();
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_EQ(ends_, (Ends{"1 the server went on to another round", "2 accepted"}));
}

// The server forgets all sessions and comes back with other work, at each step of a round.
TEST_F(Session, ChecksInAgain) {
  for (int step = 0; step < 3; ++step) {
    ends_.clear();
    events_.clear();
    if (step > 0) work(1, 1);
    if (step > 1) work(1, 2);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      check_ins_ = 0;
    }
    server_.start();
    std::thread restart([&] {
      for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        std::lock_guard<std::mutex> lock(mutex_);
        if (check_ins_ > 0 && seen_ == events_.size()) break;
      }
      server_.stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      {
        std::lock_guard<std::mutex> lock(mutex_);
        sessions_.clear();
        events_.clear();
        whole_round(7);
        finished();
      }
      server_.start();
    });
    EXPECT_EQ(run(), FED_SESSION_FINISHED);
    restart.join();
    const Ends forgotten = {"1 the server does not know this client any more", "7 accepted"};
    EXPECT_EQ(ends_, step > 0 ? forgotten : Ends{"7 accepted"});
    EXPECT_EQ(check_ins_, 2);
    EXPECT_NE(log_.find("; trying again\n"), std::string::npos) << log_;
    EXPECT_NE(log_.find(" answers again\n"), std::string::npos) << log_;
    server_.stop();
    sessions_.clear();
    seen_ = 0;
  }
}

TEST_F(Session, KeepsItsSessionWhenOnlyTheConnectionIsLost) {
  work(1, 1);
  server_.start();
  std::thread cut([&] {
    for (;;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::lock_guard<std::mutex> lock(mutex_);
      if (seen_ == 1) break;
    }
    server_.stop();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      work(1, 2);
      round_end(1, true);
      finished();
    }
    server_.start();
  });
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  cut.join();
  EXPECT_EQ(check_ins_, 1);
  EXPECT_EQ(ends_, (Ends{"1 accepted"}));
}

TEST_F(Session, IsRefused) {
  server_.on_check_in = [](Context*, const auto&, auto*) {
    return Status(StatusCode::FAILED_PRECONDITION, "this server runs program 0123");
  };
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_REFUSED);
  EXPECT_STREQ(why_.text, "this server runs program 0123");
}

TEST_F(Session, GivesUpWhenToldTo) {
  server_.start();
  server_.stop();
  EXPECT_EQ(run(300), FED_SESSION_UNREACHABLE);
  EXPECT_NE(std::string(why_.text).find(server_.address()), std::string::npos) << why_.text;
}

TEST_F(Session, StopsWhereItsHostSays) {
  whole_round(1);
  whole_round(2);
  finished();
  ended_status_ = FED_END;
  server_.start();
  EXPECT_EQ(run(), FED_SESSION_LEFT);
  EXPECT_EQ(state(), 5);
  ended_status_ = FED_HOST_ERROR;  // the state could not be written
  EXPECT_EQ(run(), FED_SESSION_HOST_ERROR);
  EXPECT_EQ(state(), 5);
}

TEST_F(Session, IsCancelledAnywhere) {
  // While it waits for news, while a phase computes, and while it waits to try again.
  for (int where = 0; where < 3; ++where) {
    events_.clear();
    abandoned_.clear();
    ends_.clear();
    cancelled_ = 0;
    if (where == 1) work(1, 1);
    download_ = kHangs;
    server_.start();
    if (where == 2) server_.stop();
    std::chrono::steady_clock::time_point asked;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      asked = std::chrono::steady_clock::now();
      cancelled_ = 1;
    });
    EXPECT_EQ(run(), FED_SESSION_CANCELLED);
    const auto took = std::chrono::steady_clock::now() - asked;
    other.join();
    std::printf("cancelled within %lld us\n",
                static_cast<long long>(
                    std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    EXPECT_LT(took, std::chrono::seconds(2));
    EXPECT_EQ(state(), 0);
    EXPECT_EQ(ends_, where == 1 ? Ends{"1 cancelled error 2"} : Ends{});
    server_.stop();
  }
}

TEST_F(Session, IsNotKeptBusyByAServerThatRepeatsItself) {
  int asked = 0;
  server_.on_await = [&](Context*, const auto& request, auto* reply) {
    // News that were seen, then nothing at once, over and over; then it ends.
    ++asked;
    reply->set_event(request.seen());
    if (asked < 4) {
      reply->mutable_come_back();
    } else if (asked == 8) {
      reply->set_event(1);
      reply->mutable_finished();
    }
    return Status::OK;
  };
  server_.start();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run(), FED_SESSION_FINISHED);
  EXPECT_GT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(700));
  EXPECT_NE(log_.find(" repeats what is done; asking again\n"), std::string::npos);
}

TEST_F(Session, WantsOptionsThatItKnows) {
  fed_session_options options{};
  EXPECT_EQ(fed_session_run(&options, &why_), FED_SESSION_BAD_CALL);
  EXPECT_EQ(fed_session_run(nullptr, nullptr), FED_SESSION_BAD_CALL);
}

}  // namespace
}  // namespace fedtest
