// A client that dies as by kill -9 at a given step of the protocol:
//
//   step_client HOST:PORT READING STEP
//
// Of the program spread of tests/simulator/hand.fed, which has two phases; what follows a step that
// it was not told to die at is done rightly.
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/network/test_client.h"

namespace {

std::string step;

void here(const char* name) {
  if (step == name) raise(SIGKILL);
}

// The kernel closes what is open, wherever the other threads are.
void soon(const char* name) {
  if (step != name) return;
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    raise(SIGKILL);
  }).detach();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace fedrt;
  if (argc != 4) return 2;
  step = argv[3];
  TestClient client(argv[1], std::strtof(argv[2], nullptr));
  if (!client.check_in().ok()) return 1;
  here("checked in");
  soon("waiting");
  for (uint32_t phase = 1; phase <= 2; ++phase) {
    const std::string in = phase == 1 ? " in phase 1" : " in phase 2";
    const wire::AwaitReply news = client.await();
    if (!news.has_work() || news.work().phase() != phase) return 1;
    here(("told" + in).c_str());
    if (step == "downloading" + in) {
      grpc::ClientContext context;
      wire::DownloadRequest request;
      request.set_session(client.session);
      request.set_round(news.work().round());
      request.set_phase(phase);
      const auto reader = client.stub->Download(&context, request);
      reader->WaitForInitialMetadata();
      here(step.c_str());
    }
    if (client.work(news.work()) != FED_OK) return 1;
    here(("computed" + in).c_str());
    if (step == "uploading" + in) {
      grpc::ClientContext context;
      wire::UploadReply reply;
      wire::UploadPart part;
      part.set_session(client.session);
      part.set_round(news.work().round());
      part.set_phase(phase);
      part.set_data(client.upload.substr(0, 1));
      const auto writer = client.stub->Upload(&context, &reply);
      if (!writer->Write(part)) return 1;
      soon(step.c_str());
      writer->Finish();
    }
    wire::UploadReply reply;
    if (!client.send(news.work(), &reply).ok()) return 1;
    here(("uploaded" + in).c_str());
  }
  return 0;
}
