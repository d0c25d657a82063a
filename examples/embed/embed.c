/* An app with a federated client in it: it takes part in rounds of training, and asks the model.
 *
 * There is no network here. So that the example runs by itself, the app also plays the server: it
 * hands the model to its client and adds the change that comes back, "a federation of one". In an
 * app that takes part in a real one, what goes into embed_down comes from the server, and what
 * embed_up gives goes there: see docs/embedding.md.
 *
 * usage: embed DIGITS            (digits.bin of this folder)
 */
#include <stdio.h>
#include <stdlib.h>

#include "embed_client.h"

enum { PIXELS = 49, CLASSES = 10, DIGITS = 1500, TRAINING = 1200, ROUNDS = 5 };

typedef struct {
  float image[PIXELS];
  int32_t label;
} digit;

/* What belongs to this client. */
typedef struct {
  digit digits[DIGITS];
  int next;
} app;

/* The model as the app keeps it. */
typedef struct {
  float weights[PIXELS * CLASSES];
  float bias[CLASSES];
} model;

static app the_app;
static model the_model;

/* The client's memory begins at a multiple of 64: C99 has no word for that, a larger block has. */
static unsigned char memory[EMBED_CLIENT_BYTES + 63];

static fed_status data_rewind(void* user, uint32_t pass) {
  (void)pass;
  ((app*)user)->next = 0;
  return FED_OK;
}

static fed_status data_next(void* user, uint32_t pass, embed_training_next_data* element) {
  app* a = (app*)user;
  (void)pass;
  if (a->next == TRAINING) return FED_END;
  element->image = a->digits[a->next].image;
  element->label = a->digits[a->next].label;
  a->next++;
  return FED_OK;
}

static int read_digits(const char* path, digit* digits) {
  unsigned char bytes[1 + PIXELS];
  FILE* file = fopen(path, "rb");
  int i, p;
  if (file == NULL) return 0;
  for (i = 0; i < DIGITS; i++) {
    if (fread(bytes, sizeof bytes, 1, file) != 1) break;
    digits[i].label = bytes[0];
    for (p = 0; p < PIXELS; p++) digits[i].image[p] = (float)bytes[1 + p] / 255.0f;
  }
  fclose(file);
  return i == DIGITS;
}

/* Says what went wrong, and where in embed.fed. */
static int failed(const embed_client* client, const char* call, fed_status status) {
  embed_error error;
  embed_last_error(client, &error);
  if (status == FED_BAD_CALL)
    fprintf(stderr, "%s: called in the wrong way\n", call);
  else
    fprintf(stderr, "%s:%u:%u: %s\n", error.file, (unsigned)error.line, (unsigned)error.column,
            error.text);
  return 0;
}

/* How many of the digits that it never trained on the model names. */
static int right(embed_client* client, const model* m) {
  int i, count = 0;
  for (i = TRAINING; i < DIGITS; i++) {
    int32_t named;
    fed_status status =
        embed_predict(client, m->weights, m->bias, the_app.digits[i].image, &named, NULL);
    if (status != FED_OK) {
      failed(client, "predict", status);
      return -1;
    }
    count += named == the_app.digits[i].label;
  }
  return count;
}

/* What the server does with the uploads of all clients, for the one there is: adds the mean change
 * to the model. Each client's is multiplied by its number of examples, and the sum is divided by
 * the number of all of them; the mean of one is its own. */
static int apply(const embed_client* client, model* m) {
  const void *weights, *bias;
  size_t weights_bytes = EMBED_TRAINING_NEXT_UP1_R_DELTA_WEIGHTS_BYTES;
  size_t bias_bytes = EMBED_TRAINING_NEXT_UP1_R_DELTA_BIAS_BYTES;
  int i;
  if (embed_up(client, EMBED_TRAINING_NEXT_UP1_R_DELTA_WEIGHTS_OFFSET, &weights, &weights_bytes) !=
          FED_OK ||
      embed_up(client, EMBED_TRAINING_NEXT_UP1_R_DELTA_BIAS_OFFSET, &bias, &bias_bytes) != FED_OK)
    return 0;
  for (i = 0; i < PIXELS * CLASSES; i++) m->weights[i] += ((const float*)weights)[i];
  for (i = 0; i < CLASSES; i++) m->bias[i] += ((const float*)bias)[i];
  return 1;
}

/* One round: the model goes in, its change comes out. */
static int train(embed_client* client, model* m) {
  fed_status status = embed_round_begin(client, EMBED_TRAINING_NEXT, embed_program_hash, NULL);
  if (status != FED_OK) return failed(client, "round_begin", status);
  status = embed_down(client, 1, EMBED_TRAINING_NEXT_DOWN1_MODEL_WEIGHTS_OFFSET, m->weights,
                      sizeof m->weights);
  if (status == FED_OK)
    status =
        embed_down(client, 1, EMBED_TRAINING_NEXT_DOWN1_MODEL_BIAS_OFFSET, m->bias, sizeof m->bias);
  if (status == FED_OK) status = embed_run(client, 1);
  if (status != FED_OK) {
    embed_round_end(client, 0);
    return failed(client, "run", status);
  }
  if (!apply(client, m)) return failed(client, "up", FED_BAD_CALL);
  return embed_round_end(client, 1) == FED_OK;
}

int main(int argc, char** argv) {
  embed_host host = {sizeof host, &the_app, NULL, data_rewind, data_next};
  unsigned char state[EMBED_STATE_BYTES];
  unsigned char* block = memory + (64 - (uintptr_t)memory % 64) % 64;
  embed_client* client = embed_open(block, EMBED_CLIENT_BYTES, &host);
  int round, count;
  if (argc != 2 || !read_digits(argv[1], the_app.digits)) {
    fprintf(stderr, "usage: embed DIGITS (digits.bin of examples/embed)\n");
    return EXIT_FAILURE;
  }
  if (client == NULL || embed_training_client_state(client, NULL) != FED_OK) return EXIT_FAILURE;
  printf("%u bytes of memory, %u of them kept between rounds\n", (unsigned)EMBED_CLIENT_BYTES,
         (unsigned)EMBED_STATE_BYTES);
  for (round = 0; round <= ROUNDS; round++) {
    if (round > 0 && !train(client, &the_model)) return EXIT_FAILURE;
    count = right(client, &the_model);
    if (count < 0) return EXIT_FAILURE;
    printf("after round %d: %d of %d digits\n", round, count, DIGITS - TRAINING);
    /* The device restarts: what the client keeps was written away, and is loaded again. */
    if (embed_state_save(client, state, sizeof state) != FED_OK) return EXIT_FAILURE;
    client = embed_open(block, EMBED_CLIENT_BYTES, &host);
    if (embed_state_load(client, state, sizeof state) != FED_OK) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
