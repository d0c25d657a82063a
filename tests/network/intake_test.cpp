// Uploads of many clients at once, without a network: added by a crew, each once, in their order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "runtime/server/network/federation.h"

namespace fedrt {
namespace {

constexpr uint8_t kHash[32] = {1, 2, 3};
constexpr uint64_t kBytes = 4096;  // of an upload, which is full of its client's number

class News : public AwaitCall {
 public:
  void answer(const wire::AwaitReply& reply) override { said.set_value(reply); }
  void fail(const grpc::Status&) override { said.set_value({}); }
  std::promise<wire::AwaitReply> said;
};

// One part that is the whole message.
class Sent : public UploadCall {
 public:
  Sent(Federation* federation, std::vector<uint64_t>* arrived, wire::UploadPart part)
      : federation_(*federation), arrived_(*arrived), part_(std::move(part)) {}

  std::shared_ptr<Sent> self;
  std::promise<std::pair<grpc::Status, wire::UploadReply>> said;

  void start() override {
    if (federation_.upload_first(self, part_)) resume();
  }
  void resume() override {
    if (!federation_.upload_next(self, part_)) return;
    buffer = federation_.take_buffer(kBytes);
    std::memcpy(buffer.data(), part_.data().data(), kBytes);
    arrived_.push_back(static_cast<uint8_t>(part_.data()[0]));
    federation_.upload_end(self, false);
  }
  void finish(const grpc::Status& status, const wire::UploadReply& reply) override {
    said.set_value({status, reply});
    self = nullptr;
  }

 private:
  Federation& federation_;
  std::vector<uint64_t>& arrived_;
  wire::UploadPart part_;
};

class IntakeTest : public testing::Test {
 protected:
  static constexpr uint64_t kClients = 120;
  static FederationOptions options() {
    FederationOptions options;
    options.upload_memory = 24 * kBytes;  // so that some wait for memory
    return options;
  }

  // Sessions in the order of their numbers, in a cohort.
  void SetUp() override {
    wire::CheckInRequest request;
    request.set_protocol(kProtocol);
    request.add_programs()->set_hash(std::string(reinterpret_cast<const char*>(kHash), 32));
    request.mutable_programs(0)->set_abi(FED_ABI_VERSION);
    for (uint64_t i = 0; i < kClients; ++i) {
      wire::CheckInReply reply;
      ASSERT_TRUE(federation_.check_in(request, &reply).ok());
      sessions_.push_back(reply.session());
      told_.push_back(await(i, 0));
    }
    const auto size = federation_.gather(kClients, kClients, std::chrono::seconds(0));
    ASSERT_TRUE(size.ok() && *size == kClients);
    work_.phase = 1;
    work_.upload_bytes = kBytes;
    work_.threads = 4;
  }

  std::future<wire::AwaitReply> await(uint64_t client, uint64_t seen) {
    wire::AwaitRequest request;
    request.set_session(sessions_[client]);
    request.set_seen(seen);
    auto call = std::make_shared<News>();
    auto said = call->said.get_future();
    federation_.await(request, std::move(call));
    return said;
  }

  auto send(uint64_t client) {
    wire::UploadPart part;
    part.set_session(sessions_[client]);
    part.set_round(1);
    part.set_phase(1);
    part.set_data(std::string(kBytes, static_cast<char>(client)));
    auto call = std::make_shared<Sent>(&federation_, &arrived_, std::move(part));
    call->self = call;
    auto said = call->said.get_future();
    federation_.upload(std::move(call));
    return said;
  }

  // Every client sends as soon as it is told to, in four threads; what they are answered.
  std::vector<std::pair<grpc::Status, wire::UploadReply>> all_send() {
    std::vector<std::pair<grpc::Status, wire::UploadReply>> replies(kClients);
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([this, t, &replies] {
        std::vector<std::pair<uint64_t, std::future<std::pair<grpc::Status, wire::UploadReply>>>>
            sent;
        for (uint64_t i = t; i < kClients; i += 4) {
          EXPECT_TRUE(told_[i].get().has_work());
          sent.emplace_back(i, send(i));
          if (i % 3 == 0) twice_.fetch_add(1), send(i);  // as a client that lost its connection
        }
        for (auto& [i, said] : sent) replies[i] = said.get();
      });
    for (std::thread& thread : threads) thread.join();
    return replies;
  }

  std::vector<uint64_t> arrived_;  // clients in the order of arrival; one thread writes it
  std::atomic<uint64_t> twice_{0};
  PhaseWork work_;
  Crew crew_{3};
  std::vector<std::string> sessions_;
  std::vector<std::future<wire::AwaitReply>> told_;
  Federation federation_{"test", kHash, options()};  // last: its thread uses the rest
};

TEST_F(IntakeTest, EachOnceInTheOrderOfArrival) {
  std::mutex mutex;
  std::vector<std::vector<uint64_t>> by_place(kClients);
  size_t most = 0, at_work = 0;
  bool together = false;
  work_.add = [&](const Arrivals& arrivals, int32_t* reasons) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      together |= ++at_work > 1;
      most = std::max(most, arrivals.uploads.size());
      for (size_t i = 0; i < arrivals.uploads.size(); ++i) {
        const uint8_t* bytes = static_cast<const uint8_t*>(arrivals.uploads[i]);
        EXPECT_EQ(std::count(bytes, bytes + kBytes, static_cast<uint8_t>(arrivals.clients[i])),
                  static_cast<ptrdiff_t>(kBytes));
        ASSERT_LT(arrivals.first + i, kClients);
        by_place[arrivals.first + i].push_back(arrivals.clients[i]);
        reasons[i] = arrivals.clients[i] % 10 == 7 ? FED_REJECT_NOT_FINITE : FED_ACCEPT;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::lock_guard<std::mutex> lock(mutex);
    --at_work;
  };
  std::atomic<uint64_t> done{0};
  auto replies = std::async(std::launch::async, [this] { return all_send(); });
  const PhaseEnd end = federation_.run_phase(work_, 1, std::chrono::seconds(60), &crew_, &done);
  ASSERT_TRUE(end.status.ok()) << end.status;
  const auto said = replies.get();
  EXPECT_EQ(end.tally.accepted(), kClients - kClients / 10);
  EXPECT_EQ(end.tally.by_reason[FED_REJECT_NOT_FINITE], kClients / 10);
  EXPECT_EQ(done, kClients);
  EXPECT_TRUE(together);
  EXPECT_LE(most, FED_AT_ONCE);
  // A call that began again before the first had arrived takes its place, so only what was added
  // counts: each client once, and in the order in which messages were whole.
  std::vector<uint64_t> added;
  for (const std::vector<uint64_t>& place : by_place) {
    ASSERT_EQ(place.size(), 1u);
    added.push_back(place[0]);
  }
  EXPECT_EQ(added, arrived_);
  for (uint64_t i = 0; i < kClients; ++i) {
    const auto& [status, reply] = said[i];
    if (status.error_code() == grpc::StatusCode::ABORTED) continue;  // the second was taken
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(reply.verdict(),
              i % 10 == 7 ? wire::UploadReply::NOT_FINITE : wire::UploadReply::ACCEPTED);
  }
  EXPECT_LE(federation_.counts().of(Incident::kDuplicate), twice_);
}

// What arrived in time counts, though others still add it when the time is over.
TEST_F(IntakeTest, TheTimeLimitWaitsForWhatIsBeingAdded) {
  static constexpr std::chrono::seconds kLimit{3};
  const auto begin = Clock::now();
  work_.at_once = 1;
  work_.add = [begin](const Arrivals&, int32_t*) {
    std::this_thread::sleep_until(begin + kLimit + std::chrono::milliseconds(300));
  };
  std::vector<std::thread> senders;
  for (uint64_t i = 0; i < 4; ++i)
    senders.emplace_back([this, i] {
      EXPECT_TRUE(told_[i].get().has_work());
      EXPECT_TRUE(send(i).get().first.ok());
    });
  const PhaseEnd end = federation_.run_phase(work_, 1, kLimit, &crew_, nullptr);
  for (std::thread& sender : senders) sender.join();
  ASSERT_TRUE(end.status.ok()) << end.status;
  EXPECT_EQ(end.tally.accepted(), 4u);
  EXPECT_EQ(end.late, kClients - 4);
}

TEST_F(IntakeTest, MemoryThatFailsEndsThePhase) {
  std::atomic<int> calls{0};
  work_.add = [&](const Arrivals&, int32_t*) {
    if (++calls == 3) throw std::bad_alloc();
  };
  auto replies = std::async(std::launch::async, [this] { return all_send(); });
  EXPECT_THROW(federation_.run_phase(work_, 1, std::chrono::seconds(60), &crew_, nullptr),
               std::bad_alloc);
  for (const auto& [status, reply] : replies.get())
    if (!status.ok())
      EXPECT_TRUE(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION ||
                  status.error_code() == grpc::StatusCode::ABORTED)
          << status.error_message();
}

}  // namespace
}  // namespace fedrt
