/* A host of a compiled client that does again what was recorded elsewhere, and compares.
 *
 * It is linked with a client's object for some target and reads a recording (written by
 * tests/generator/replay.cpp, in this machine's byte order, numbers of 8 bytes):
 *
 *   a call:   1, computation, phase, BLOB params, BLOB input, BLOB message_in, BLOB kept,
 *             BLOB state_in, BLOB result (before), number of events, EVENT..., status,
 *             BLOB message_out, BLOB kept, BLOB result, BLOB state_out
 *   the end:  0
 *   BLOB:     bytes (0: a null pointer), then the bytes
 *   EVENT:    kind (1 open, 2 next, 3 rewind), sequence, cursor, status, and of a `next` that gave
 *             an element the number of leaves and for each 8 dimensions and a BLOB
 *
 * What the call writes must be the recorded bytes, but any NaN is as good as any other: the
 * processors disagree about its sign. Prints each difference; the exit status says whether there
 * was one. C99, no dependency but the ABI.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/abi/fed_abi.h"

extern const fed_program FED_PROGRAM; /* -DFED_PROGRAM=NAME_client_program */

static FILE* recording;
static uint64_t events_left;
static uint64_t differences;
static int off_script; /* a callback came that was not recorded */

static void fail(const char* why) {
  fprintf(stderr, "c_host: %s\n", why);
  exit(2);
}

static uint64_t read_number(void) {
  uint64_t value = 0;
  if (fread(&value, sizeof value, 1, recording) != 1) fail("the recording ends early");
  return value;
}

/* FED_ALIGNMENT-aligned memory; never freed one by one, see `pool_used`. */
static unsigned char* pool;
static uint64_t pool_size, pool_used;

static void* take(uint64_t bytes) {
  uint64_t start = (pool_used + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT;
  if (start + bytes > pool_size) fail("out of memory");
  pool_used = start + bytes;
  memset(pool + start, 0, (size_t)bytes);
  return pool + start;
}

static void* read_blob(uint64_t* bytes) {
  void* data;
  *bytes = read_number();
  if (*bytes == 0) return NULL;
  data = take(*bytes);
  if (fread(data, 1, (size_t)*bytes, recording) != *bytes) fail("the recording ends early");
  return data;
}

static int32_t event(uint64_t kind, uint64_t sequence, uint64_t cursor) {
  if (off_script || events_left == 0) {
    off_script = 1;
    return FED_HOST_ERROR;
  }
  --events_left;
  if (read_number() != kind || read_number() != sequence || read_number() != cursor) {
    off_script = 1;
    return FED_HOST_ERROR;
  }
  return (int32_t)read_number();
}

static int32_t sequence_open(void* user, uint32_t sequence, uint32_t cursor) {
  (void)user;
  return event(1, sequence, cursor);
}

static int32_t sequence_rewind(void* user, uint32_t sequence, uint32_t cursor) {
  (void)user;
  return event(3, sequence, cursor);
}

static int32_t sequence_next(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                             uint32_t count) {
  uint32_t i;
  int32_t status = event(2, sequence, cursor);
  (void)user;
  if (status != FED_OK) return status;
  if (read_number() != count) {
    off_script = 1;
    return FED_HOST_ERROR;
  }
  for (i = 0; i < count; ++i) {
    uint64_t d, bytes;
    void* data;
    for (d = 0; d < FED_MAX_RANK; ++d) leaves[i].dims[d] = (int64_t)read_number();
    data = read_blob(&bytes);
    leaves[i].data = data != NULL ? data : take(FED_ALIGNMENT);
  }
  return FED_OK;
}

static int32_t cancelled(void* user) {
  (void)user;
  return 0;
}

static int is_nan(const unsigned char* at, uint32_t type) {
  if (type == FED_FLOAT64) {
    uint64_t bits;
    memcpy(&bits, at, sizeof bits);
    return (bits & 0x7fffffffffffffffu) > 0x7ff0000000000000u;
  }
  if (type == FED_FLOAT32) {
    uint32_t bits;
    memcpy(&bits, at, sizeof bits);
    return (bits & 0x7fffffffu) > 0x7f800000u;
  }
  if (type == FED_FLOAT16 || type == FED_BFLOAT16) {
    uint16_t bits;
    memcpy(&bits, at, sizeof bits);
    return (bits & 0x7fffu) > (type == FED_FLOAT16 ? 0x7c00u : 0x7f80u);
  }
  return 0;
}

static uint64_t width_of(uint32_t type) {
  switch (type) {
    case FED_BOOL:
    case FED_INT8:
    case FED_UINT8:
      return 1;
    case FED_INT16:
    case FED_UINT16:
    case FED_FLOAT16:
    case FED_BFLOAT16:
      return 2;
    case FED_INT32:
    case FED_UINT32:
    case FED_FLOAT32:
      return 4;
    default:
      return 8;
  }
}

static void compare(const char* what, const char* computation, uint64_t phase,
                    const fed_layout* layout, const unsigned char* recorded,
                    const unsigned char* found) {
  uint64_t l;
  for (l = 0; l < layout->leaf_count; ++l) {
    const fed_leaf* leaf = &layout->leaves[l];
    const uint64_t width = width_of(leaf->element_type);
    uint64_t at;
    if (leaf->dynamic != 0) {
      uint64_t d, unknown = 0;
      for (d = 0; d < leaf->rank; ++d) unknown += leaf->dynamic >> d & 1;
      if (memcmp(recorded + leaf->dims_offset, found + leaf->dims_offset, unknown * 8) != 0) {
        printf("aarch64: %s phase %d: %s `%s` has other sizes\n", computation, (int)phase + 1, what,
               leaf->name);
        ++differences;
        continue;
      }
    }
    for (at = leaf->offset; at < leaf->offset + leaf->bytes; at += width) {
      if (memcmp(recorded + at, found + at, (size_t)width) == 0) continue;
      if (is_nan(recorded + at, leaf->element_type) && is_nan(found + at, leaf->element_type)) {
        continue;
      }
      printf("aarch64: %s phase %d: %s `%s` differs at element %d\n", computation, (int)phase + 1,
             what, leaf->name, (int)((at - leaf->offset) / width));
      ++differences;
      break;
    }
  }
}

static void replay_call(void) {
  const uint64_t number = read_number(), phase_number = read_number();
  const fed_computation* computation;
  const fed_phase* phase;
  uint64_t bytes, kept_bytes;
  unsigned char* kept;
  fed_frame frame;
  fed_error error;
  fed_host host;
  int32_t status;
  static const fed_error no_error = {sizeof(fed_error), FED_ABI_VERSION, FED_OK, 0, {0, 0}};

  if (number >= FED_PROGRAM.computation_count) fail("no such computation");
  computation = &FED_PROGRAM.computations[number];
  if (phase_number >= computation->phase_count) fail("no such phase");
  phase = &computation->phases[phase_number];

  memset(&host, 0, sizeof host);
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.sequence_open = sequence_open;
  host.sequence_next = sequence_next;
  host.sequence_rewind = sequence_rewind;
  host.cancelled = cancelled;
  error = no_error;
  memset(&frame, 0, sizeof frame);
  frame.size = sizeof frame;
  frame.version = FED_ABI_VERSION;
  frame.params = read_blob(&bytes);
  frame.input = read_blob(&bytes);
  frame.message_in = read_blob(&bytes);
  kept = read_blob(&kept_bytes);
  frame.kept = kept;
  frame.state_in = read_blob(&bytes);
  frame.result = read_blob(&bytes);
  frame.message_out = take(phase->message_out.bytes + 1);
  if (frame.result == NULL) frame.result = take(computation->result.bytes + 1);
  frame.state_out = take(computation->state.bytes + 1);
  frame.arena = take(FED_PROGRAM.arena_bytes + 1);
  frame.host = &host;
  frame.error = &error;
  events_left = read_number();
  off_script = 0;
  status = phase->run(&frame);
  if (off_script || events_left != 0) {
    printf("aarch64: %s phase %d asks its host for other things\n", computation->name,
           (int)phase_number + 1);
    exit(1); /* the rest of the recording cannot be found */
  }
  if (status != (int32_t)read_number()) {
    printf("aarch64: %s phase %d ends with another status, %d\n", computation->name,
           (int)phase_number + 1, (int)status);
    ++differences;
  }
  {
    const unsigned char* message_out = read_blob(&bytes);
    const unsigned char* kept_out = read_blob(&bytes);
    const unsigned char* result = read_blob(&bytes);
    const unsigned char* state_out = read_blob(&bytes);
    if (status != FED_OK) return;
    if (message_out != NULL) {
      compare("upload", computation->name, phase_number, &phase->message_out, message_out,
              frame.message_out);
    }
    if (kept_out != NULL) {
      compare("kept value", computation->name, phase_number, &computation->kept, kept_out, kept);
    }
    if (result != NULL) {
      compare("result", computation->name, phase_number, &computation->result, result,
              frame.result);
    }
    if (state_out != NULL) {
      compare("state", computation->name, phase_number, &computation->state, state_out,
              frame.state_out);
    }
  }
}

int main(int argc, char** argv) {
  uint64_t calls = 0;
  if (argc != 2) fail("usage: c_host RECORDING");
  recording = fopen(argv[1], "rb");
  if (recording == NULL) fail("cannot read the recording");
  pool_size = ((uint64_t)64 << 20) + FED_PROGRAM.arena_bytes;
  pool = malloc((size_t)pool_size + FED_ALIGNMENT);
  if (pool == NULL) fail("out of memory");
  pool += FED_ALIGNMENT - (uintptr_t)pool % FED_ALIGNMENT;
  while (read_number() == 1) {
    pool_used = 0;
    replay_call();
    ++calls;
  }
  printf("%d calls\n", (int)calls);
  return differences != 0;
}
