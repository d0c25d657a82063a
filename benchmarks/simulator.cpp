// What the simulator adds to the compiled code of many small clients, and what a second thread is
// worth beside a second process. usage: simulator PROGRAM.so (of simulator.fed)
//
// A round of 10,000 clients of 100 parameters, against the client's compiled phase called as often
// in a bare loop. Then as many rounds by two threads as by two processes that have nothing to do
// with each other, in time and in processor time, which a machine with other things to do disturbs
// less. Everything in turn, medians.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "runtime/program/params.h"
#include "runtime/simulator/load.h"
#include "runtime/simulator/simulation.h"

namespace {

using fedrt::AlignedBuffer;
using fedrt::Tensor;

constexpr uint64_t kClients = 10000;
constexpr int kParameters = 100;
constexpr int kTurns = 31;   // of everything
constexpr int kRounds = 10;  // a turn of the processes and of the threads

void check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "simulator: %s\n", status.ToString().c_str());
  std::exit(1);
}

struct Work {
  std::shared_ptr<const fedrt::Program> program;
  const fedrt::Computation* next;
  fedrt::Arguments arguments;
  AlignedBuffer params;
};

Work make_work(const char* path) {
  auto program = fedrt::load_program(path);
  check(program.status());
  Work work{*program, (*program)->find("training.next"), {}, {}};
  auto params = fedrt::make_params(work.program->manifest(), work.program->server().params, {});
  check(params.status());
  work.params = *std::move(params);
  std::mt19937 rng(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(kParameters);
  const auto draw = [&] {
    for (float& v : values) v = normal(rng);
    return Tensor::of<float>({kParameters}, values);
  };
  work.arguments.clients = kClients;
  work.arguments.server.push_back(draw());
  work.arguments.client.emplace_back();
  for (uint64_t c = 0; c < kClients; ++c) work.arguments.client[0].push_back(draw());
  return work;
}

void simulate(fedrt::Simulation* simulation, const Work& work) {
  fedrt::Outcome outcome;
  check(simulation->run(*work.next, work.arguments, work.params, nullptr, &outcome));
}

// The compiled phase alone.
class Bare {
 public:
  explicit Bare(const Work& work)
      : phase_(work.next->client->phases[0]),
        arena_(work.program->client().arena_bytes),
        input_(work.next->client->input.bytes),
        download_(phase_.message_in.bytes),
        upload_(phase_.message_out.bytes),
        kept_(work.next->client->kept.bytes),
        result_(work.next->client->result.bytes) {
    host_.size = sizeof host_;
    host_.version = FED_ABI_VERSION;
    host_.cancelled = [](void*) -> int32_t { return 0; };
    error_ = {sizeof error_, FED_ABI_VERSION, FED_OK, 0, {0, 0}};
    frame_.size = sizeof frame_;
    frame_.version = FED_ABI_VERSION;
    frame_.params = work.params.data();
    frame_.input = input_.data();
    frame_.message_in = download_.data();
    frame_.message_out = upload_.data();
    frame_.kept = kept_.data();
    frame_.result = result_.data();
    frame_.arena = arena_.data();
    frame_.host = &host_;
    frame_.error = &error_;
  }
  void operator()() {
    for (uint64_t c = 0; c < kClients; ++c)
      if (phase_.run(&frame_) != FED_OK) std::exit(1);
  }

 private:
  const fed_phase& phase_;
  AlignedBuffer arena_, input_, download_, upload_, kept_, result_;
  fed_host host_{};
  fed_error error_{};
  fed_frame frame_{};
};

// Milliseconds that the processors have worked for this process.
double processor_time() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

// A process that simulates kRounds rounds whenever it is told to.
class Process {
 public:
  explicit Process(const Work& work) {
    int ask[2], answer[2];
    if (pipe(ask) != 0 || pipe(answer) != 0) std::exit(1);
    child_ = fork();
    if (child_ == 0) {
      close(ask[1]);
      close(answer[0]);
      fedrt::Simulation simulation(work.program, {});
      char c;
      while (read(ask[0], &c, 1) == 1) {
        const double before = processor_time();
        for (int i = 0; i < kRounds; ++i) simulate(&simulation, work);
        const double worked = processor_time() - before;
        if (write(answer[1], &worked, sizeof worked) != sizeof worked) break;
      }
      _exit(0);
    }
    close(ask[0]);
    close(answer[1]);
    ask_ = ask[1];
    answer_ = answer[0];
  }
  Process(const Process&) = delete;
  ~Process() {
    close(ask_);
    close(answer_);
    waitpid(child_, nullptr, 0);
  }
  void begin() {
    if (write(ask_, "r", 1) != 1) std::exit(1);
  }
  double end() {  // its processor time
    double worked;
    if (read(answer_, &worked, sizeof worked) != sizeof worked) std::exit(1);
    return worked;
  }

 private:
  pid_t child_;
  int ask_, answer_;
};

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const Work work = make_work(argv[1]);
  Process first(work), second(work);  // before there are threads
  fedrt::Simulation one(work.program, {}), two(work.program, {.threads = 2});
  Bare bare(work);
  using Clock = std::chrono::steady_clock;
  const auto time = [](const auto& f) {
    const auto start = Clock::now();
    f();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  };
  std::vector<double> rounds, loops, threads, processes, threads_work, processes_work;
  for (int turn = 0; turn < kTurns + 1; ++turn) {
    const double round = time([&] { simulate(&one, work); });
    const double loop = time(std::ref(bare));
    const double before = processor_time();
    const double thread = time([&] {
      for (int i = 0; i < kRounds; ++i) simulate(&two, work);
    });
    const double thread_work = processor_time() - before;
    double process_work = 0;
    const double process = time([&] {
      first.begin();
      second.begin();
      process_work = first.end() + second.end();
    });
    if (turn == 0) continue;  // memory is touched first
    rounds.push_back(round);
    loops.push_back(loop);
    threads.push_back(thread / kRounds);
    processes.push_back(process / kRounds / 2);
    threads_work.push_back(thread_work / kRounds);
    processes_work.push_back(process_work / kRounds / 2);
  }
  std::printf(
      "%llu clients of %d parameters, one thread: %6.2f ms a round, %5.0f ns a client; "
      "bare calls %5.0f ns: %5.2f\n",
      static_cast<unsigned long long>(kClients), kParameters, median(rounds),
      median(rounds) / kClients * 1e6, median(loops) / kClients * 1e6,
      median(rounds) / median(loops));
  std::printf(
      "two threads: %6.2f ms a round; two processes %6.2f: %5.2f; processor time %6.2f and "
      "%6.2f: %5.2f\n",
      median(threads), median(processes), median(processes) / median(threads), median(threads_work),
      median(processes_work), median(processes_work) / median(threads_work));
}
