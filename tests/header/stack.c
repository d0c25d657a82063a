/* Measures the stack that a round takes, on a stack of its own that was painted before. */
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "embed_client.h"

enum { EXAMPLES = 25, STACK = 256 * 1024, PAINT = 0xa5 };

static unsigned char memory[EMBED_CLIENT_BYTES + 63], stack[STACK];
static ucontext_t here, there;
static embed_client* client;
static fed_status status;
static int at;
static float image[49];

static fed_status restart(void* user, uint32_t pass) {
  (void)user;
  (void)pass;
  at = 0;
  return FED_OK;
}

static fed_status next(void* user, uint32_t pass, embed_training_next_data* element) {
  (void)user;
  (void)pass;
  if (at == EXAMPLES) return FED_END;
  element->image = image;
  element->label = at++ % 10;
  return FED_OK;
}

static void nothing(void) {}

static void round_and_predict(void) {
  static const float model[490];
  int32_t digit;
  float probability;
  status = embed_training_client_state(client, NULL);
  if (status == FED_OK) status = embed_round_begin(client, EMBED_TRAINING_NEXT, NULL, NULL);
  if (status == FED_OK) status = embed_down(client, 1, 0, model, sizeof model);
  if (status == FED_OK) status = embed_down(client, 1, 1984, model, 40);
  if (status == FED_OK) status = embed_run(client, 1);
  if (status == FED_OK) status = embed_round_end(client, 1);
  if (status == FED_OK) status = embed_predict(client, model, model, image, &digit, &probability);
}

static size_t taken(void (*call)(void)) {
  size_t free = 0;
  memset(stack, PAINT, sizeof stack);
  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = sizeof stack;
  there.uc_link = &here;
  makecontext(&there, call, 0);
  swapcontext(&here, &there);
  while (free < sizeof stack && stack[free] == PAINT) ++free;
  return sizeof stack - free;
}

int main(void) {
  embed_host host = {sizeof host, NULL, NULL, restart, next};
  size_t bytes;
  client = embed_open(memory + (64 - (uintptr_t)memory % 64) % 64, EMBED_CLIENT_BYTES, &host);
  bytes = taken(nothing);
  bytes = taken(round_and_predict) - bytes;
  printf("%u of at most %u\n", (unsigned)bytes, (unsigned)EMBED_STACK_BYTES);
  return status != FED_OK || bytes > EMBED_STACK_BYTES;
}
