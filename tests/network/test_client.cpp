#include "tests/network/test_client.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/simulator/load.h"

namespace fedrt {

std::shared_ptr<const Program> hand_program() {
  static const auto program = load_program("tests/simulator/hand.so");
  if (!program.ok()) std::abort();
  return *program;
}

TestClient::TestClient(const std::string& address, float reading)
    : reading_(reading), memory_(fed_client_bytes(&hand_program()->client())) {
  // A connection of its own, as a process has.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  stub = wire::Federation::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  host_.size = sizeof host_;
  host_.version = FED_ABI_VERSION;
  host_.user = this;
  host_.sequence_open = [](void* user, uint32_t, uint32_t) -> int32_t {
    static_cast<TestClient*>(user)->given_ = false;
    return FED_OK;
  };
  host_.sequence_next = sequence_next;
  host_.cancelled = [](void*) -> int32_t { return 0; };
  client_ = fed_client_open(&hand_program()->client(), memory_.data(), memory_.size(), &host_);
}

TestClient::~TestClient() = default;

int32_t TestClient::sequence_next(void* user, uint32_t, uint32_t, fed_view* leaves, uint32_t) {
  TestClient* self = static_cast<TestClient*>(user);
  if (std::exchange(self->given_, true)) return FED_END;
  leaves[0].data = &self->reading_;
  return FED_OK;
}

wire::CheckInRequest TestClient::request() const {
  wire::CheckInRequest request;
  request.set_protocol(1);
  auto* program = request.add_programs();
  program->set_name("hand");
  program->set_hash(hand_program()->client().hash, 32);
  program->set_abi(FED_ABI_VERSION);
  return request;
}

grpc::Status TestClient::check_in() { return check_in(request()); }

grpc::Status TestClient::check_in(const wire::CheckInRequest& request) {
  grpc::ClientContext context;
  wire::CheckInReply reply;
  const grpc::Status status = stub->CheckIn(&context, request, &reply);
  session = reply.session();
  seen = 0;
  return status;
}

grpc::Status TestClient::try_await(wire::AwaitReply* reply) {
  grpc::ClientContext context;
  wire::AwaitRequest request;
  request.set_session(session);
  request.set_seen(seen);
  const grpc::Status status = stub->Await(&context, request, reply);
  seen = std::max<uint64_t>(seen, reply->event());
  return status;
}

wire::AwaitReply TestClient::await() {
  wire::AwaitReply reply;
  while (try_await(&reply).ok() && (reply.has_nothing() || reply.has_come_back())) {
  }
  return reply;
}

grpc::Status TestClient::download(const wire::Work& work, uint64_t offset, std::string* out) {
  grpc::ClientContext context;
  wire::DownloadRequest request;
  request.set_session(session);
  request.set_round(work.round());
  request.set_phase(work.phase());
  request.set_offset(offset);
  const auto reader = stub->Download(&context, request);
  wire::Chunk chunk;
  while (reader->Read(&chunk)) {
    if (chunk.offset() != offset + out->size()) std::abort();
    out->append(chunk.data());
  }
  return reader->Finish();
}

// A process's clients make their first state themselves, before their first round.
void TestClient::make_state(const wire::Work& work) {
  const size_t dot = work.computation().find('.');
  if (dot == std::string::npos || std::exchange(has_state_, true)) return;
  const std::string name = work.computation().substr(0, dot) + ".client_state";
  const AlignedBuffer params = [&] {
    AlignedBuffer buffer(work.params().size());
    std::memcpy(buffer.data(), work.params().data(), work.params().size());
    return buffer;
  }();
  if (fed_client_round_begin(client_, name.c_str(), nullptr, params.data(), params.size()) !=
      FED_OK)
    return;
  fed_client_run(client_, 0, nullptr);
  fed_client_round_end(client_, 1);
}

int32_t TestClient::work(const wire::Work& work) {
  if (work.phase() == 1) {
    make_state(work);
    fed_client_round_end(client_, 0);  // of a round whose end was not heard
    if (const int32_t status = fed_client_round_begin(client_, work.computation().c_str(),
                                                      hand_program()->client().hash,
                                                      work.params().data(), work.params().size());
        status != FED_OK)
      return status;
    uint64_t bytes = 0;
    void* input = fed_client_input(client_, &bytes);
    if (bytes != 0) std::memcpy(input, &reading_, sizeof reading_);
  }
  if (work.download_bytes() != 0) {
    std::string bytes;
    uint64_t room = 0;
    void* place = fed_client_download(client_, work.phase() - 1, &room);
    if (!download(work, 0, &bytes).ok() || bytes.size() != room ||
        bytes.size() != work.download_bytes())
      return FED_HOST_ERROR;
    std::memcpy(place, bytes.data(), bytes.size());
  }
  const int32_t status = fed_client_run(client_, work.phase() - 1, nullptr);
  if (status != FED_OK) return status;
  uint64_t bytes = 0;
  const void* made = fed_client_upload(client_, &bytes);
  upload.assign(static_cast<const char*>(made), bytes);
  return FED_OK;
}

grpc::Status TestClient::send(const wire::Work& work, const std::string& bytes,
                              wire::UploadReply* reply) {
  grpc::ClientContext context;
  const auto writer = stub->Upload(&context, reply);
  wire::UploadPart part;
  part.set_session(session);
  part.set_round(work.round());
  part.set_phase(work.phase());
  const size_t most = pieces_of_one_byte ? 1 : size_t{1} << 20;
  size_t next = 0;
  do {
    part.set_offset(next);
    part.set_data(bytes.substr(next, most));
    next += part.data().size();
  } while (writer->Write(part) && next < bytes.size());
  writer->WritesDone();
  return writer->Finish();
}

grpc::Status TestClient::abandon(const wire::Work& work, int32_t status, uint32_t site) {
  grpc::ClientContext context;
  wire::AbandonRequest request;
  wire::AbandonReply reply;
  request.set_session(session);
  request.set_round(work.round());
  request.set_phase(work.phase());
  request.set_status(status);
  request.set_site(site);
  return stub->Abandon(&context, request, &reply);
}

void TestClient::end(const wire::RoundEnd& end) { fed_client_round_end(client_, end.accepted()); }

int64_t TestClient::state() const {
  AlignedBuffer state(fed_client_state_bytes(&hand_program()->client()));
  fed_client_state_save(client_, state.data(), state.size());
  int64_t value = 0;
  std::memcpy(&value, state.data(), sizeof value);
  return value;
}

int TestClient::run() {
  int accepted = 0;
  if (!check_in().ok()) return -1;
  while (true) {
    const wire::AwaitReply news = await();
    if (news.has_work()) {
      if (const int32_t status = work(news.work()); status != FED_OK) {
        abandon(news.work(), status, fed_client_error(client_)->site);
        continue;
      }
      if (before_send && before_send(news.work())) return accepted;
      wire::UploadReply reply;
      send(news.work(), &reply);
    } else if (news.has_round_end()) {
      end(news.round_end());
      accepted += news.round_end().accepted();
      if (!news.round_end().accepted()) refusals.push_back(news.round_end().reason());
    } else {
      if (news.has_finished()) abandon({}, FED_OK, 0);
      return accepted;
    }
  }
}

}  // namespace fedrt
