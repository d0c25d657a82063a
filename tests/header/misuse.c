/* A client that is used in the wrong way: FED_BAD_CALL, and not a byte of it changes. And what an
 * app sees of errors, of cancelling, and of its functions beside an open round. Run under
 * AddressSanitizer, with the client's memory on the heap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fed_client.h"
#include "names_client.h"

static unsigned char* memory;
static unsigned char* before;
static names_client* client;
static int failures;

#define CHECK(what)                                         \
  do {                                                      \
    if (!(what)) {                                          \
      printf("misuse.c:%d: not so: %s\n", __LINE__, #what); \
      ++failures;                                           \
    }                                                       \
  } while (0)

/* A call that is refused. */
#define REFUSED(call)                                       \
  do {                                                      \
    memcpy(before, memory, NAMES_CLIENT_BYTES);             \
    CHECK((call) == FED_BAD_CALL);                          \
    CHECK(memcmp(before, memory, NAMES_CLIENT_BYTES) == 0); \
  } while (0)

/* What the callbacks do. */
static int at, stop_after, stop, call_back, fail_with;
static const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const float* given = values;

static fed_status restart(void* user, uint32_t pass) {
  (void)user;
  CHECK(pass == 0);
  at = 0;
  return FED_OK;
}

static fed_status next_train(void* user, uint32_t pass, names_train_next_xs* element) {
  (void)user;
  CHECK(pass == 0);
  if (call_back) {
    const void* chunk;
    size_t bytes = 0;
    int32_t version;
    fed_client* inner = names_fed_client(client);
    REFUSED(names_run(client, 1));
    REFUSED(names_down(client, 1, 0, values, 4));
    REFUSED(names_up(client, 0, &chunk, &bytes));
    REFUSED(names_round_begin(client, NAMES_ONCE, NULL, NULL));
    REFUSED(names_round_end(client, 1));
    REFUSED(names_version(client, &version));
    REFUSED(names_train_client_state(client, NULL));
    REFUSED(names_train_next_input(client, 1, values));
    REFUSED(names_state_load(client, before, NAMES_STATE_BYTES));
    REFUSED(names_state_save(client, before, NAMES_STATE_BYTES));
    REFUSED(fed_client_run(inner, 0, 0));
  }
  if (at == stop_after) stop = 1;
  if (fail_with != 0 && at == 1) return (fed_status)fail_with;
  if (at == 3) return FED_END;
  ++at;
  element->v = given;
  element->int_ = 2; /* anything but 0 is true */
  return FED_OK;
}

static fed_status next_total(void* user, uint32_t pass, names_total_xs* element) {
  (void)user;
  (void)pass;
  if (at == 3) return FED_END;
  element->v_dim0 = fail_with == FED_BAD_SIZE ? 5 : ++at;
  element->v = values;
  return FED_OK;
}

static int pairs[2];
static fed_status restart_pair(void* user, uint32_t pass) {
  (void)user;
  pairs[pass] = 0;
  return FED_OK;
}
static fed_status next_pair(void* user, uint32_t pass, names_pairs_next_xs* element) {
  (void)user;
  if (pairs[pass] == 3) return FED_END;
  element->value = ++pairs[pass];
  return FED_OK;
}

static int cancelled(void* user) {
  (void)user;
  return stop;
}

static void reset(void) {
  stop_after = -1;
  stop = call_back = fail_with = 0;
  given = values;
}

static int64_t seen(void) {
  unsigned char state[NAMES_STATE_BYTES];
  int64_t count;
  CHECK(names_state_save(client, state, sizeof state) == FED_OK);
  memcpy(&count, state, sizeof count);
  return count;
}

/* A round of train.next up to the run, which is answered. */
static fed_status train(void) {
  static const float model = 7;
  CHECK(names_round_begin(client, NAMES_TRAIN_NEXT, names_program_hash, NULL) == FED_OK);
  CHECK(names_down(client, 1, NAMES_TRAIN_NEXT_DOWN1_M_CLASS_OFFSET, values, 12) == FED_OK);
  CHECK(names_down(client, 1, NAMES_TRAIN_NEXT_DOWN1_M_INT_OFFSET, &model, 4) == FED_OK);
  CHECK(names_train_next_input(client, 2, values) == FED_OK);
  return names_run(client, 1);
}

static names_error error(void) {
  names_error e;
  names_last_error(client, &e);
  return e;
}

static void opening(names_host* host) {
  CHECK(names_open(NULL, NAMES_CLIENT_BYTES, host) == NULL);
  CHECK(names_open(memory + 32, NAMES_CLIENT_BYTES - 32, host) == NULL);
  CHECK(names_open(memory, NAMES_CLIENT_BYTES - 1, host) == NULL);
  CHECK(names_open(memory, NAMES_CLIENT_BYTES, NULL) == NULL);
  host->size -= 1;
  CHECK(names_open(memory, NAMES_CLIENT_BYTES, host) == NULL);
  host->size += 1;
  client = names_open(memory, NAMES_CLIENT_BYTES, host);
  CHECK(client == (names_client*)memory);
  CHECK(fed_client_bytes(&names_client_program) < NAMES_CLIENT_BYTES);
  CHECK(fed_client_state_bytes(&names_client_program) == NAMES_STATE_BYTES);
}

static void no_client(void) {
  const void* chunk;
  size_t bytes = 0;
  CHECK(names_round_begin(NULL, NAMES_ONCE, NULL, NULL) == FED_BAD_CALL);
  CHECK(names_down(NULL, 1, 0, values, 4) == FED_BAD_CALL);
  CHECK(names_run(NULL, 1) == FED_BAD_CALL);
  CHECK(names_up(NULL, 0, &chunk, &bytes) == FED_BAD_CALL);
  CHECK(names_round_end(NULL, 0) == FED_BAD_CALL);
  CHECK(names_state_load(NULL, memory, NAMES_STATE_BYTES) == FED_BAD_CALL);
  CHECK(names_state_save(NULL, memory, NAMES_STATE_BYTES) == FED_BAD_CALL);
  CHECK(names_last_error(NULL, NULL) == FED_BAD_CALL);
  CHECK(names_version(NULL, NULL) == FED_BAD_CALL);
  CHECK(names_train_client_state(NULL, NULL) == FED_BAD_CALL);
  CHECK(names_once_input(NULL, values, 1) == FED_BAD_CALL);
  CHECK(names_once_result(NULL, NULL) == FED_BAD_CALL);
  CHECK(names_fed_client(NULL) == NULL);
}

static void order(void) {
  const void* chunk;
  size_t bytes = 0;
  unsigned char state[NAMES_STATE_BYTES + 1] = {0};
  uint8_t hash[32] = {0};
  names_once_results results;
  static const float model[2] = {1, 2};
  reset();
  REFUSED(names_run(client, 1));
  REFUSED(names_down(client, 1, 0, values, 4));
  REFUSED(names_up(client, 0, &chunk, &bytes));
  REFUSED(names_round_end(client, 1));
  REFUSED(names_train_next_input(client, 1, values));
  REFUSED(names_round_begin(client, (names_computation)99, NULL, NULL));
  REFUSED(names_state_load(client, state, NAMES_STATE_BYTES + 1));
  REFUSED(names_state_load(client, NULL, NAMES_STATE_BYTES));
  REFUSED(names_state_save(client, state, NAMES_STATE_BYTES - 1));
  CHECK(names_round_begin(client, NAMES_TRAIN_NEXT, hash, NULL) == FED_BAD_HASH);
  CHECK(error().status == FED_BAD_HASH);

  CHECK(names_round_begin(client, NAMES_TRAIN_NEXT, NULL, NULL) == FED_OK);
  REFUSED(names_round_begin(client, NAMES_TRAIN_NEXT, NULL, NULL));
  REFUSED(names_state_load(client, state, NAMES_STATE_BYTES));
  REFUSED(names_train_client_state(client, NULL));
  REFUSED(names_run(client, 1)); /* no download, no input */
  REFUSED(names_run(client, 0));
  REFUSED(names_run(client, 2));
  REFUSED(names_down(client, 2, 0, model, 4));
  REFUSED(names_down(client, 1, NAMES_TRAIN_NEXT_DOWN1_BYTES, model, 1)); /* beyond the end */
  REFUSED(names_down(client, 1, 1, model, NAMES_TRAIN_NEXT_DOWN1_BYTES));
  REFUSED(names_down(client, 1, (size_t)-1, model, 2));
  REFUSED(names_down(client, 1, 0, NULL, 4));
  REFUSED(names_down(client, 1, 64, model, 4)); /* a hole before it */
  CHECK(names_down(client, 1, 0, values, 12) == FED_OK);
  REFUSED(names_down(client, 1, 13, model, 4));
  CHECK(names_down(client, 1, 64, model, 4) == FED_OK);
  REFUSED(names_run(client, 1)); /* no input */
  REFUSED(names_train_next_input(client, 2, NULL));
  REFUSED(names_once_input(client, values, 1));
  CHECK(names_train_next_input(client, 6, values) == FED_BAD_SIZE);
  CHECK(error().detail[0] == 6 && error().detail[1] == 5 && error().line == 31);
  CHECK(strcmp(error().text, "a size is not within its bound") == 0);
  CHECK(names_train_next_input(client, -1, values) == FED_BAD_SIZE);
  REFUSED(names_run(client, 1));
  CHECK(names_train_next_input(client, 0, NULL) == FED_OK);
  CHECK(names_down(client, 1, 0, values, 12) == FED_OK); /* from the start again */
  REFUSED(names_run(client, 1));
  CHECK(names_down(client, 1, 64, model, 4) == FED_OK);
  CHECK(names_run(client, 1) == FED_OK);
  REFUSED(names_run(client, 1));
  REFUSED(names_down(client, 1, 0, values, 4));
  REFUSED(names_train_next_input(client, 1, values));
  REFUSED(names_up(client, NAMES_TRAIN_NEXT_UP1_BYTES + 1, &chunk, &bytes));
  REFUSED(names_up(client, 0, NULL, &bytes));
  REFUSED(names_up(client, 0, &chunk, NULL));
  CHECK(names_up(client, NAMES_TRAIN_NEXT_UP1_BYTES, &chunk, &bytes) == FED_END && bytes == 0);
  bytes = 3;
  CHECK(names_up(client, 4, &chunk, &bytes) == FED_OK && bytes == 3);
  bytes = 1 << 20;
  CHECK(names_up(client, 4, &chunk, &bytes) == FED_OK && bytes == NAMES_TRAIN_NEXT_UP1_BYTES - 4);
  CHECK(names_round_end(client, 0) == FED_OK);
  REFUSED(names_up(client, 0, &chunk, &bytes));

  /* Two phases, and results. */
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, NULL) == FED_OK);
  CHECK(names_once_input(client, values, 1) == FED_OK);
  REFUSED(names_once_input(client, NULL, 1));
  CHECK(names_run(client, 1) == FED_OK);
  REFUSED(names_once_result(client, &results));
  REFUSED(names_once_input(client, values, 1));
  REFUSED(names_run(client, 2));
  CHECK(names_down(client, 2, NAMES_ONCE_DOWN2_M_OFFSET, model, 4) == FED_OK);
  CHECK(names_run(client, 2) == FED_OK);
  REFUSED(names_once_result(client, NULL));
  CHECK(names_once_result(client, &results) == FED_OK);
  CHECK(results.mine_a[0] == 0 && results.mine_a[1] == 1 && results.mine_k == 7);
  CHECK(names_round_end(client, 1) == FED_OK);
  REFUSED(names_once_result(client, &results));
}

static void parameters(void) {
  names_params params = NAMES_PARAMS_DEFAULT, read;
  unsigned char layout[NAMES_PARAMS_BYTES] = {0};
  double infinite = 1e308;
  int64_t by;
  infinite *= 10;
  reset();
  params.steps = 101;
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_BAD_VALUE);
  CHECK(strcmp(error().text, "the parameter is out of its range") == 0);
  CHECK(strcmp(error().file, "names.fed") == 0 && error().line == 7);
  params.steps = 6;
  params.lr = 0xbc00; /* -1 */
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_BAD_VALUE);
  params.lr = 0x7e00; /* NaN */
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_BAD_VALUE);
  params.lr = 0xb800; /* -0.5 */
  params.free = infinite;
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_BAD_VALUE);
  params.free = 0;
  params.double_ = 2;
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_BAD_VALUE);
  params.double_ = 0;
  /* Before any round an exported function has the defaults, then those of the round begun last. */
  CHECK(names_steps_by(client, 1, &by) == FED_OK && by == 5);
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, &params) == FED_OK);
  CHECK(names_steps_by(client, 1, &by) == FED_OK && by == 6);
  CHECK(names_round_end(client, 0) == FED_OK);
  CHECK(names_steps_by(client, 2, &by) == FED_OK && by == 3);
  CHECK(names_steps_by(client, 0, &by) == FED_BAD_VALUE);
  CHECK(strcmp(error().text, "an integer was divided by zero") == 0 && error().line == 22);

  memset(&read, 1, sizeof read);
  CHECK(names_params_read(&read, layout, sizeof layout) == FED_OK && read.steps == 0);
  CHECK(names_params_read(&read, layout, sizeof layout - 1) == FED_BAD_CALL);
  CHECK(names_params_read(NULL, layout, sizeof layout) == FED_BAD_CALL);
  CHECK(names_params_read(&read, NULL, sizeof layout) == FED_BAD_CALL);
}

static void functions(void) {
  float sum, y[8] = {0};
  int64_t n, rows;
  uint8_t flag;
  const void *chunk, *again;
  size_t bytes = 0;
  reset();
  at = 0;
  CHECK(names_total(client, 2, &sum, &n) == FED_OK && sum == 2 * (1 + 3 + 6) && n == 6);
  CHECK(names_total(client, 2, NULL, NULL) == FED_OK);
  CHECK(names_pick(client, values, 2, &sum) == FED_OK && sum == values[2]);
  CHECK(names_pick(client, values, 3, &sum) == FED_BAD_VALUE);
  CHECK(strcmp(error().text, "an index is out of range") == 0);
  CHECK(error().detail[0] == 3 && error().detail[1] == 3 && error().line != 0);
  fail_with = FED_BAD_SIZE;
  CHECK(names_total(client, 2, &sum, &n) == FED_BAD_SIZE);
  CHECK(error().detail[0] == 5 && error().detail[1] == 4);
  fail_with = 0;
  CHECK(names_twice(client, 2, values, 0, &rows, y, &flag) == FED_OK);
  CHECK(rows == 2 && y[0] == 2 && y[3] == 8 && y[4] == 0 && flag == 1);
  CHECK(names_twice(client, 0, NULL, 1, &rows, NULL, &flag) == FED_OK && rows == 0 && flag == 0);
  CHECK(names_twice(client, 5, values, 0, &rows, y, &flag) == FED_BAD_SIZE);
  REFUSED(names_twice(client, 2, NULL, 0, &rows, y, &flag));
  REFUSED(names_open_(client, NULL, 1, &sum));
  CHECK(names_open_(client, values, -5, &sum) == FED_OK && sum == -2);

  /* Beside an open round: what it sends, and what it goes on with, is as it was. */
  CHECK(train() == FED_OK);
  CHECK(names_up(client, 0, &chunk, &bytes) == FED_OK);
  memcpy(before, chunk, bytes);
  CHECK(names_total(client, 2, &sum, &n) == FED_OK);
  CHECK(names_up(client, 0, &again, &bytes) == FED_OK && again == chunk);
  CHECK(memcmp(before, chunk, bytes) == 0);
  CHECK(names_round_end(client, 0) == FED_OK);
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, NULL) == FED_OK);
  CHECK(names_once_input(client, values, 1) == FED_OK);
  CHECK(names_twice(client, 4, values, 0, &rows, NULL, NULL) == FED_OK && rows == 4);
  CHECK(names_run(client, 1) == FED_OK);
  CHECK(names_version(client, NULL) == FED_OK);
  CHECK(names_up(client, NAMES_ONCE_UP1_S_OFFSET, &chunk, &bytes) == FED_OK);
  CHECK(*(const float*)chunk == 3);
  CHECK(names_round_end(client, 0) == FED_OK);
}

static void endings(void) {
  int64_t start;
  unsigned char state[NAMES_STATE_BYTES];
  reset();
  CHECK(names_train_client_state(client, NULL) == FED_OK);
  start = seen();
  CHECK(start == 5);
  CHECK(train() == FED_OK && names_round_end(client, 1) == FED_OK && seen() == start + 1);
  CHECK(train() == FED_OK && names_round_end(client, 0) == FED_OK && seen() == start + 1);

  /* Cancelled: nothing can be sent, accepted or not, and what is kept is as before. */
  CHECK(names_state_save(client, state, sizeof state) == FED_OK);
  stop = 1;
  CHECK(train() == FED_CANCELLED);
  CHECK(error().status == FED_CANCELLED);
  REFUSED(names_run(client, 1));
  {
    const void* chunk;
    size_t bytes = 0;
    REFUSED(names_up(client, 0, &chunk, &bytes));
  }
  CHECK(names_round_end(client, 1) == FED_OK && seen() == start + 1);
  reset();
  stop_after = 1; /* in the middle of the data */
  CHECK(train() == FED_CANCELLED);
  CHECK(names_round_end(client, 1) == FED_OK && seen() == start + 1);

  reset();
  fail_with = 77;
  CHECK(train() == FED_HOST_ERROR);
  CHECK(error().status == FED_HOST_ERROR && error().line != 0);
  CHECK(names_round_end(client, 1) == FED_OK && seen() == start + 1);
  reset();
  given = NULL;
  CHECK(train() == FED_HOST_ERROR);
  CHECK(names_round_end(client, 1) == FED_OK && seen() == start + 1);
  reset();
  call_back = 1;
  CHECK(train() == FED_OK);
  CHECK(names_round_end(client, 1) == FED_OK && seen() == start + 2);
  CHECK(names_state_load(client, state, sizeof state) == FED_OK && seen() == start + 1);
}

static void side_by_side(void) {
  const void* chunk;
  size_t bytes = 0;
  CHECK(names_round_begin(client, NAMES_PAIRS_NEXT, NULL, NULL) == FED_OK);
  CHECK(names_run(client, 1) == FED_OK);
  CHECK(names_up(client, 0, &chunk, &bytes) == FED_OK && *(const int64_t*)chunk == 36);
  CHECK(names_round_end(client, 1) == FED_OK);
}

/* Callbacks that were not given are missed before anything runs. */
static void no_callbacks(void) {
  names_host host = {0};
  int32_t version;
  host.size = sizeof host;
  client = names_open(memory, NAMES_CLIENT_BYTES, &host);
  REFUSED(names_round_begin(client, NAMES_TRAIN_NEXT, NULL, NULL));
  REFUSED(names_total(client, 1, NULL, NULL));
  CHECK(names_version(client, &version) == FED_OK && version == 3);
  CHECK(names_round_begin(client, NAMES_ONCE, NULL, NULL) == FED_OK);
}

int main(void) {
  names_host host = {0};
  void* block = malloc(NAMES_CLIENT_BYTES + 64);
  host.size = sizeof host;
  host.cancelled = cancelled;
  host.total_xs_rewind = host.train_next_xs_rewind = restart;
  host.total_xs_next = next_total;
  host.train_next_xs_next = next_train;
  host.pairs_next_xs_rewind = restart_pair;
  host.pairs_next_xs_next = next_pair;
  /* The last byte of the client is the last but 64 - x of the block. */
  memory = (unsigned char*)block + (64 - (uintptr_t)block % 64) % 64;
  before = (unsigned char*)malloc(NAMES_CLIENT_BYTES);
  opening(&host);
  no_client();
  parameters();
  order();
  functions();
  endings();
  side_by_side();
  no_callbacks();
  free(before);
  free(block);
  if (failures == 0) printf("all as it must be\n");
  return failures != 0;
}
