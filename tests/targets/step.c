/* Runs the phases of a compiled client over numbers of a generator, on any target: the same input
 * for the same program. What they upload, and what stays, is in `output`, leaf by leaf without the
 * gaps of layouts: float32 values as they are, others byte by byte. No library is needed. */
#include <stddef.h>
#include <stdint.h>

#include "fed_abi.h"

extern const fed_program PROGRAM;

enum { kRoom = 1 << 23, kElements = 6 };
static _Alignas(64) unsigned char arena[kRoom], params[4096], input[kRoom], kept[kRoom],
    down[kRoom], up[kRoom], result[kRoom], state[4096], elements[kRoom];
unsigned char output[2 * kRoom];
uint32_t output_bytes;
static const fed_computation* computation;
static uint64_t seed = 1;
static int taken;

static uint32_t next_number(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 33);
}

/* Floats between -scale and scale, integers that are less than `limit`. */
static void fill(unsigned char* to, const fed_leaf* leaf, float scale, uint32_t limit) {
  for (uint64_t at = 0; at < leaf->bytes;) {
    uint32_t n = next_number();
    if (leaf->element_type == FED_FLOAT32) {
      *(float*)(to + at) = ((float)(n % 20001) / 10000.0f - 1.0f) * scale, at += 4;
    } else if (leaf->element_type == FED_FLOAT64) {
      *(double*)(to + at) = ((double)(n % 20001) / 10000.0 - 1.0) * scale, at += 8;
    } else {
      for (uint64_t i = leaf->bytes; i > 0; --i) to[at + i - 1] = 0;
      for (; at < leaf->bytes; at += leaf->element_type == FED_INT64 ? 8 : 4)
        to[at] = (unsigned char)(next_number() % limit);
    }
  }
}

static int32_t again(void* user, uint32_t sequence, uint32_t cursor) {
  (void)user, (void)sequence, (void)cursor;
  taken = 0;
  return FED_OK;
}
static int32_t next_element(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                            uint32_t count) {
  unsigned char* at = elements;
  (void)user, (void)cursor;
  if (taken == kElements) return FED_END;
  seed = 1000u + (uint64_t)taken++;
  for (uint32_t i = 0; i < count; ++i) {
    const fed_leaf* leaf = &computation->sequences[sequence].element.leaves[i];
    if (at + leaf->bytes > elements + kRoom) return FED_HOST_ERROR;
    fill(at, leaf, 1, 10);
    leaves[i].data = at;
    for (uint32_t d = 0; d < leaf->rank; ++d) leaves[i].dims[d] = leaf->dims[d];
    at += (leaf->bytes + 63) / 64 * 64;
  }
  return FED_OK;
}

static void give(const fed_layout* layout, const unsigned char* from) {
  for (uint64_t i = 0; i < layout->leaf_count; ++i)
    for (uint64_t at = 0; at < layout->leaves[i].bytes; ++at)
      output[output_bytes++] = from[layout->leaves[i].offset + at];
}

static void ask(const fed_layout* layout, float scale, unsigned char* to) {
  for (uint64_t i = 0; i < layout->leaf_count; ++i)
    fill(to + layout->leaves[i].offset, &layout->leaves[i], scale, 10);
}

/* Of the computation `which`: a status, or -1 where there is no room. */
int32_t step(uint32_t which) {
  fed_error error = {sizeof error, FED_ABI_VERSION, 0, 0, {0, 0}};
  fed_host host = {.size = sizeof host,
                   .version = FED_ABI_VERSION,
                   .sequence_open = again,
                   .sequence_next = next_element,
                   .sequence_rewind = again};
  fed_frame frame = {.size = sizeof frame,
                     .version = FED_ABI_VERSION,
                     .params = params,
                     .input = input,
                     .message_in = down,
                     .message_out = up,
                     .kept = kept,
                     .result = result,
                     .state_in = state,
                     .state_out = state,
                     .arena = arena,
                     .host = &host,
                     .error = &error};
  computation = &PROGRAM.computations[which];
  if (PROGRAM.size != sizeof(fed_program) || PROGRAM.stack_bytes == 0) return -1;
  if (PROGRAM.arena_bytes > kRoom || computation->input.bytes > kRoom) return -1;
  for (uint64_t i = 0; i < PROGRAM.params.leaf_count; ++i) /* rates of learning */
    if (PROGRAM.params.leaves[i].element_type == FED_FLOAT32)
      *(float*)(params + PROGRAM.params.leaves[i].offset) = 0.01f;
  ask(&computation->input, 1, input);
  for (uint64_t k = 0; k < computation->phase_count; ++k) {
    const fed_phase* phase = &computation->phases[k];
    if (phase->message_in.bytes > kRoom || phase->message_out.bytes > kRoom) return -1;
    ask(&phase->message_in, 0.01f, down); /* a model as training has it */
    if (phase->run(&frame) != FED_OK) return error.status;
    give(&phase->message_out, up);
  }
  give(&computation->result, result);
  return FED_OK;
}

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char** argv) {
  int32_t status = argc == 2 ? step((uint32_t)atoi(argv[1])) : -1;
  if (status == FED_OK) fwrite(output, 1, output_bytes, stdout);
  return status;
}
#else
void* memcpy(void* to, const void* from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) ((unsigned char*)to)[i] = ((const unsigned char*)from)[i];
  return to;
}
void* memmove(void* to, const void* from, size_t bytes) {
  if (to < from) return memcpy(to, from, bytes);
  while (bytes-- > 0) ((unsigned char*)to)[bytes] = ((const unsigned char*)from)[bytes];
  return to;
}
void* memset(void* to, int value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) ((unsigned char*)to)[i] = (unsigned char)value;
  return to;
}
#endif
