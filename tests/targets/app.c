/* An app around the library of mnist.fed, on any target: a round over a few made-up digits. What
 * the client sends is in `output`. No library is needed. */
#include "mnist_client.h"

enum { kBatches = 3, kRows = 20 };
static _Alignas(64) unsigned char memory[MNIST_CLIENT_BYTES];
static float images[kRows * 784];
static int32_t labels[kRows];
static uint32_t taken;
unsigned char output[MNIST_TRAINING_NEXT_UP1_BYTES];
uint32_t output_bytes;

#if !__STDC_HOSTED__
/* All that a client asks of an environment. */
void* memcpy(void* to, const void* from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) ((volatile char*)to)[i] = ((const char*)from)[i];
  return to;
}
void* memmove(void* to, const void* from, size_t bytes) {
  if ((uintptr_t)to < (uintptr_t)from) return memcpy(to, from, bytes);
  while (bytes-- > 0) ((volatile char*)to)[bytes] = ((const char*)from)[bytes];
  return to;
}
void* memset(void* to, int value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) ((volatile char*)to)[i] = (char)value;
  return to;
}
#endif

static fed_status rewind_data(void* user, uint32_t pass) {
  (void)user, (void)pass;
  taken = 0;
  return FED_OK;
}

static fed_status next_batch(void* user, uint32_t pass, mnist_training_next_data* batch) {
  uint32_t seed = 1000 + taken;
  (void)user, (void)pass;
  if (taken++ == kBatches) return FED_END;
  for (int i = 0; i < kRows * 784; ++i) {
    seed = seed * 1664525u + 1013904223u;
    images[i] = (float)(seed >> 16) / 65536.0f;
  }
  for (int i = 0; i < kRows; ++i) labels[i] = (int32_t)((uint32_t)i * 7 + taken) % 10;
  batch->image = images;
  batch->label = labels;
  batch->image_dim0 = batch->label_dim0 = kRows;
  return FED_OK;
}

/* A status of the library's. */
int32_t step(uint32_t which) {
  static const unsigned char model[MNIST_TRAINING_NEXT_DOWN1_BYTES];
  mnist_host host = {sizeof host, 0, 0, rewind_data, next_batch, 0, 0};
  mnist_client* client = mnist_open(memory, sizeof memory, &host);
  mnist_params params = MNIST_PARAMS_DEFAULT;
  fed_status status;
  (void)which;
  if (client == 0) return -1;
  params.lr = 0.01f;
  status = mnist_round_begin(client, MNIST_TRAINING_NEXT, mnist_program_hash, &params);
  if (status == FED_OK) status = mnist_down(client, 1, 0, model, sizeof model);
  if (status == FED_OK) status = mnist_run(client, 1);
  while (status == FED_OK) {
    const void* chunk;
    size_t bytes = 1000;
    status = mnist_up(client, output_bytes, &chunk, &bytes);
    if (status != FED_OK) break;
    for (size_t i = 0; i < bytes; ++i) output[output_bytes++] = ((const unsigned char*)chunk)[i];
  }
  if (status != FED_END) return (int32_t)status;
  return (int32_t)mnist_round_end(client, 1);
}

#if __STDC_HOSTED__
#include <stdio.h>
int main(void) {
  int32_t status = step(0);
  if (status == FED_OK) fwrite(output, 1, output_bytes, stdout);
  return status;
}
#endif
