/* Keys: what the server sends, what the host draws, and calls in the wrong order. */
#include <stdio.h>
#include <string.h>

#include "keys_client.h"

static unsigned char room[KEYS_CLIENT_BYTES + 63];
static int draws, fails;

static fed_status entropy(void* user, void* out, size_t bytes) {
  (void)user;
  draws += 0x10; /* no byte that lies about in eights */
  memset(out, draws | 3, bytes);
  return fails ? FED_HOST_ERROR : FED_OK;
}

static int failures;

static void expect(int holds, int line) {
  if (!holds) printf("keys.c:%d: does not hold\n", line), ++failures;
}
#define EXPECT(holds) expect(holds, __LINE__)

/* Whether the bytes that were drawn last lie anywhere in the client. */
static int has_private_key(const keys_client* client) {
  const unsigned char* bytes = (const unsigned char*)client;
  size_t i;
  int same = 0;
  for (i = 0; i < KEYS_CLIENT_BYTES; ++i) {
    same = bytes[i] == (draws | 3) ? same + 1 : 0;
    if (same == 8) return 1;
  }
  return 0;
}

/* A whole round; what was drawn. */
static keys_noisy_results once(keys_client* client, uint64_t key) {
  const uint64_t keys[4] = {key, key + 1, key + 2, key + 3};
  static const unsigned char down[64] = {0};
  keys_noisy_results results = {0, 0};
  EXPECT(keys_round_begin(client, KEYS_NOISY, NULL, NULL) == FED_OK);
  EXPECT(keys_noisy_input(client, 2.0f, 3) == FED_OK);
  EXPECT(keys_run(client, 1) == FED_BAD_CALL); /* without keys */
  EXPECT(keys_keys(client, keys, 8) == FED_BAD_CALL);
  EXPECT(keys_keys(client, NULL, sizeof keys) == FED_BAD_CALL);
  EXPECT(keys_keys(client, keys, sizeof keys) == FED_OK);
  EXPECT(keys_run(client, 1) == FED_OK);
  EXPECT(has_private_key(client));
  EXPECT(keys_keys(client, keys, sizeof keys) == FED_BAD_CALL);
  EXPECT(keys_down(client, 2, 0, down, KEYS_NOISY_DOWN2_BYTES) == FED_OK);
  EXPECT(keys_run(client, 2) == FED_OK);
  EXPECT(keys_noisy_result(client, &results) == FED_OK);
  EXPECT(keys_round_end(client, 1) == FED_OK);
  EXPECT(!has_private_key(client));
  return results;
}

int main(void) {
  unsigned char* memory = room + (64 - (uintptr_t)room % 64) % 64;
  keys_host host = {sizeof host, NULL, NULL, entropy};
  keys_client* client = keys_open(memory, KEYS_CLIENT_BYTES, &host);
  keys_noisy_results first, second, other;
  keys_error error;
  float drawn = 0;
  EXPECT(client != NULL && KEYS_NOISY_KEYS_BYTES == 32);
  first = once(client, 1);
  EXPECT(draws == 0x10); /* once a round, whatever the phases */
  second = once(client, 1);
  other = once(client, 7);
  EXPECT(first.drawn_u == second.drawn_u && first.drawn_u != other.drawn_u);
  EXPECT(first.drawn_z != second.drawn_z && second.drawn_z != other.drawn_z);
  EXPECT(keys_draw(client, 0, &drawn) == FED_OK && drawn > 1.62f && drawn < 1.63f);

  fails = 1;
  EXPECT(keys_round_begin(client, KEYS_NOISY, NULL, NULL) == FED_OK);
  EXPECT(keys_noisy_input(client, 2.0f, 3) == FED_OK);
  EXPECT(keys_keys(client, "0123456789abcdef0123456789abcdef", 32) == FED_OK);
  EXPECT(keys_run(client, 1) == FED_HOST_ERROR);
  EXPECT(keys_last_error(client, &error) == FED_HOST_ERROR);
  EXPECT(keys_round_end(client, 0) == FED_OK);

  host.entropy = NULL;
  client = keys_open(memory, KEYS_CLIENT_BYTES, &host);
  EXPECT(keys_round_begin(client, KEYS_NOISY, NULL, NULL) == FED_OK);
  EXPECT(keys_noisy_input(client, 2.0f, 3) == FED_OK);
  EXPECT(keys_keys(client, "0123456789abcdef0123456789abcdef", 32) == FED_OK);
  EXPECT(keys_run(client, 1) == FED_HOST_ERROR);
  return failures != 0;
}
