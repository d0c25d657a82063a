#include "tests/generator/replay.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <utility>
#include <vector>

#include "compiler/link/link.h"

namespace fedc::generator {
namespace {

// Phase functions have no argument that says which one they are, so each gets a function of its
// own.
constexpr size_t kMaxPhases = 256;

struct Original {
  fed_phase_fn run = nullptr;
  uint64_t computation = 0, phase = 0;
  const fed_computation* layouts = nullptr;
  const fed_phase* messages = nullptr;
};

struct State {
  std::mutex mutex;  // the simulator has threads
  bool on = false;
  const fed_program* program = nullptr;
  std::vector<fed_computation> computations;
  std::vector<std::vector<fed_phase>> phases;
  std::array<Original, kMaxPhases> originals;
  size_t count = 0;
  std::string bytes;  // the recording
  uint64_t calls = 0;
};
State& state() {
  static State state;
  return state;
}

void put(std::string* out, uint64_t number) {
  out->append(reinterpret_cast<const char*>(&number), sizeof number);
}
void put_blob(std::string* out, const void* data, uint64_t bytes) {
  if (!data) bytes = 0;
  put(out, bytes);
  if (bytes) out->append(static_cast<const char*>(data), bytes);
}

// One call's callbacks: passed on, and written down.
struct Tap {
  const fed_host* host;
  const fed_computation* computation;
  uint64_t events = 0;
  std::string bytes;

  void event(uint64_t kind, uint32_t sequence, uint32_t cursor, int32_t status) {
    ++events;
    put(&bytes, kind);
    put(&bytes, sequence);
    put(&bytes, cursor);
    put(&bytes, static_cast<uint64_t>(static_cast<int64_t>(status)));
  }
};

int32_t tap_open(void* user, uint32_t sequence, uint32_t cursor) {
  Tap& tap = *static_cast<Tap*>(user);
  const int32_t status = tap.host->sequence_open(tap.host->user, sequence, cursor);
  tap.event(1, sequence, cursor, status);
  return status;
}
int32_t tap_rewind(void* user, uint32_t sequence, uint32_t cursor) {
  Tap& tap = *static_cast<Tap*>(user);
  const int32_t status = tap.host->sequence_rewind(tap.host->user, sequence, cursor);
  tap.event(3, sequence, cursor, status);
  return status;
}
int32_t tap_next(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves, uint32_t count) {
  Tap& tap = *static_cast<Tap*>(user);
  const int32_t status = tap.host->sequence_next(tap.host->user, sequence, cursor, leaves, count);
  tap.event(2, sequence, cursor, status);
  if (status != FED_OK) return status;
  put(&tap.bytes, count);
  const fed_layout& element = tap.computation->sequences[sequence].element;
  for (uint32_t i = 0; i < count; ++i) {
    const fed_leaf& leaf = element.leaves[i];
    uint64_t bytes = fedrt::element_size(static_cast<fedrt::ElementType>(leaf.element_type));
    for (uint32_t d = 0; d < leaf.rank; ++d) bytes *= leaves[i].dims[d];
    for (uint32_t d = 0; d < FED_MAX_RANK; ++d) {
      put(&tap.bytes, d < leaf.rank ? leaves[i].dims[d] : 0);
    }
    put_blob(&tap.bytes, leaves[i].data, bytes);
  }
  return status;
}
int32_t tap_cancelled(void* user) {
  Tap& tap = *static_cast<Tap*>(user);
  return tap.host->cancelled ? tap.host->cancelled(tap.host->user) : 0;
}

int32_t record(const Original& original, const fed_frame* frame) {
  State& all = state();
  if (!all.on) return original.run(frame);
  const fed_computation& layouts = *original.layouts;
  std::string bytes;
  put(&bytes, 1);
  put(&bytes, original.computation);
  put(&bytes, original.phase);
  put_blob(&bytes, frame->params, all.program->params.bytes);
  put_blob(&bytes, frame->input, layouts.input.bytes);
  put_blob(&bytes, frame->message_in, original.messages->message_in.bytes);
  put_blob(&bytes, frame->kept, layouts.kept.bytes);
  put_blob(&bytes, frame->state_in, layouts.state.bytes);
  put_blob(&bytes, frame->result, layouts.result.bytes);
  Tap tap{frame->host, &layouts};
  fed_host host = *frame->host;
  host.user = &tap;
  host.sequence_open = tap_open;
  host.sequence_rewind = tap_rewind;
  host.sequence_next = tap_next;
  host.cancelled = tap_cancelled;
  fed_frame tapped = *frame;
  tapped.host = &host;
  const int32_t status = original.run(&tapped);
  put(&bytes, tap.events);
  bytes += tap.bytes;
  put(&bytes, static_cast<uint64_t>(static_cast<int64_t>(status)));
  put_blob(&bytes, frame->message_out, original.messages->message_out.bytes);
  put_blob(&bytes, frame->kept, layouts.kept.bytes);
  put_blob(&bytes, frame->result, layouts.result.bytes);
  put_blob(&bytes, frame->state_out, layouts.state.bytes);
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.bytes += bytes;
  ++all.calls;
  return status;
}

template <size_t I>
int32_t trampoline(const fed_frame* frame) {
  return record(state().originals[I], frame);
}
template <size_t... I>
constexpr std::array<fed_phase_fn, sizeof...(I)> trampolines(std::index_sequence<I...>) {
  return {trampoline<I>...};
}
constexpr auto kTrampolines = trampolines(std::make_index_sequence<kMaxPhases>());

}  // namespace

Recording::Recording(Compiled& compiled) : compiled_(compiled) {}

void Recording::begin() {
  State& all = state();
  if (all.on) return;
  // The program's own tables are constants; it is made again around copies of them.
  const fedrt::Program& program = *compiled_.program;
  static fed_program copy;
  copy = program.client();
  all.program = &copy;
  all.computations.assign(copy.computations, copy.computations + copy.computation_count);
  all.phases.resize(all.computations.size());
  for (size_t c = 0; c < all.computations.size(); ++c) {
    fed_computation& computation = all.computations[c];
    all.phases[c].assign(computation.phases, computation.phases + computation.phase_count);
    for (size_t p = 0; p < all.phases[c].size() && all.count < kMaxPhases; ++p) {
      fed_phase& phase = all.phases[c][p];
      all.originals[all.count] = {phase.run, c, p, &computation, &phase};
      phase.run = kTrampolines[all.count++];
    }
    computation.phases = all.phases[c].data();
  }
  copy.computations = all.computations.data();
  static fed_server_program server;
  server = program.server();
  auto made = fedrt::Program::make(&copy, &server, program.manifest().SerializeAsString());
  if (!made.ok()) return;
  // The code itself stays loaded as long as the first program lives.
  static std::shared_ptr<const fedrt::Program> original;
  original = compiled_.program;
  compiled_.program = *made;
  all.on = true;
}

Recording::~Recording() { state().on = false; }

std::string Recording::replay(const std::string& object) {
  State& all = state();
  if (!all.on) return "aarch64: nothing was recorded\n";
  put(&all.bytes, 0);
  const char* base = getenv("TMPDIR");
  std::string folder = std::string(base ? base : "/tmp") + "/replay.XXXXXX";
  if (!mkdtemp(folder.data())) return "no temporary folder\n";
  const auto path = [&](const char* name) { return folder + "/" + name; };
  std::ofstream(path("client.o"), std::ios::binary) << object;
  std::ofstream(path("recording"), std::ios::binary) << all.bytes;
  std::string said;
  int status = run_tool({"aarch64-linux-gnu-gcc", "-std=c99", "-O1", "-static", "-I.",
                         "-DFED_PROGRAM=" + std::string(all.program->name) + "_client_program",
                         "tests/numeric/c_host.c", path("client.o"), "-o", path("host")},
                        &said);
  if (status == 0) {
    said.clear();
    status = run_tool({"qemu-aarch64", path("host"), path("recording")}, &said);
  }
  for (const char* name : {"client.o", "recording", "host"}) unlink(path(name).c_str());
  rmdir(folder.c_str());
  if (status == 0 && said != std::to_string(all.calls) + " calls\n") status = -1;
  return status == 0 ? "" : "aarch64 (" + std::to_string(status) + "):\n" + said;
}

}  // namespace fedc::generator
