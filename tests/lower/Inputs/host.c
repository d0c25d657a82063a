/* Runs the one phase of a compiled client over numbers of a generator and prints its results,
 * as a checksum a leaf: the same lines on every target. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fed_abi.h"

extern const fed_program PROGRAM;

enum { kRoom = 1 << 20 };
static _Alignas(64) unsigned char arena[kRoom], input[kRoom], output[kRoom], other[kRoom];
static _Alignas(64) float element[1024];
static uint64_t state = 1;
static int taken;

static uint64_t next_number(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 20 ^ state << 30;
}
static int32_t open_sequence(void* user, uint32_t sequence, uint32_t cursor) {
  (void)user, (void)sequence, (void)cursor;
  taken = 0;
  return FED_OK;
}
static int32_t next_element(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                            uint32_t count) {
  (void)user, (void)sequence, (void)cursor;
  if (taken++ == 40) return FED_END;
  for (uint32_t i = 0; i < count; ++i) {
    leaves[i].data = element;
    leaves[i].dims[0] = 3;
  }
  for (int i = 0; i < 3; ++i) element[i] = (float)(next_number() >> 40) / 65536.0f;
  return FED_OK;
}

int main(void) {
  const fed_computation* computation = &PROGRAM.computations[0];
  const fed_phase* phase = &computation->phases[0];
  fed_error error = {sizeof error, FED_ABI_VERSION, 0, 0, {0, 0}};
  fed_host host = {sizeof host, FED_ABI_VERSION, 0, open_sequence, next_element, open_sequence};
  fed_frame frame = {sizeof frame, FED_ABI_VERSION, other, input, other, other, other,
                     output,       other,           other, arena, &host, &error};
  if (PROGRAM.arena_bytes > kRoom || computation->input.bytes > kRoom) return 2;
  host.sequence_rewind = 0;
  for (int run = 0; run < 200; ++run) {
    for (uint64_t i = 0; i < computation->input.leaf_count; ++i) {
      const fed_leaf* leaf = &computation->input.leaves[i];
      for (uint64_t at = 0; at < leaf->bytes; at += 4) {
        uint64_t bits = next_number();
        /* Half of the floats are of ordinary size. */
        if (leaf->element_type == FED_FLOAT32 && (run & 1)) {
          float x = ((float)(bits & 0xffffff) / 8388608.0f - 1) * 20;
          memcpy(input + leaf->offset + at, &x, 4);
        } else {
          memcpy(input + leaf->offset + at, &bits, 4);
        }
      }
    }
    phase->run(&frame);
    printf("%d", (int)error.status);
    for (uint64_t i = 0; i < computation->result.leaf_count; ++i) {
      const fed_leaf* leaf = &computation->result.leaves[i];
      uint64_t sum = 14695981039346656037u;
      for (uint64_t at = 0; at < leaf->bytes; ++at) {
        unsigned char byte = output[leaf->offset + at];
        /* Which NaN it is may differ between processors. */
        if (leaf->element_type == FED_FLOAT32) {
          float x;
          memcpy(&x, output + leaf->offset + at / 4 * 4, 4);
          if (x != x) byte = 1;
        } else if (leaf->element_type == FED_FLOAT64) {
          double x;
          memcpy(&x, output + leaf->offset + at / 8 * 8, 8);
          if (x != x) byte = 1;
        }
        sum = (sum ^ byte) * 1099511628211u;
      }
      printf(" %016llx", (unsigned long long)sum);
    }
    printf("\n");
  }
  return 0;
}
