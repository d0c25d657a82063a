/* Also included by the C between a typed header and the client (compiler/header), as a part of it,
 * hence the names. */
#include "runtime/client/fed_client.h"

#if __STDC_HOSTED__
#include <string.h>
#else
#include <stddef.h>
void* memcpy(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
#endif

/* What survives between the phases of a round, before the kept values in a suspended turn. */
typedef struct {
  uint64_t next_phase;
  fed_error error;
} fed__turn_header;

struct fed_client {
  const fed_program* program;
  const fed_host* host;
  const fed_computation* computation; /* null: no round is open */
  fed__turn_header turn;
  int uploaded; /* the last phase ran and succeeded */
  int has_keys; /* the round's were given, or it has none */
  int running;  /* a phase is, and calls the host: its callbacks may not call the client */
  /* Regions of the memory, each FED_ALIGNMENT-aligned. */
  unsigned char* committed; /* client state, between rounds, too */
  unsigned char* params;
  unsigned char* input;
  unsigned char* kept;
  unsigned char* result;
  unsigned char* state_out;
  unsigned char* download;
  unsigned char* upload;
  unsigned char* arena;
};

/* FED_CLIENT_HEAD_BYTES are enough. */
typedef char fed__head_fits[sizeof(struct fed_client) <= FED_CLIENT_HEAD_BYTES ? 1 : -1];

static uint64_t fed__aligned(uint64_t bytes) {
  return (bytes + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT;
}

static int fed__is_aligned(const void* pointer) { return (uintptr_t)pointer % FED_ALIGNMENT == 0; }

static uint64_t fed__largest(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The most that any computation needs of each region. */
typedef struct {
  uint64_t input, kept, result, state, download, upload;
} fed__needs;

static fed__needs fed__needs_of(const fed_program* program) {
  fed__needs n = {0, 0, 0, 0, 0, 0};
  uint64_t i, k;
  for (i = 0; i < program->computation_count; ++i) {
    const fed_computation* c = &program->computations[i];
    n.input = fed__largest(n.input, c->input.bytes);
    n.kept = fed__largest(n.kept, c->kept.bytes);
    n.result = fed__largest(n.result, c->result.bytes);
    n.state = fed__largest(n.state, c->state.bytes);
    for (k = 0; k < c->phase_count; ++k) {
      n.download = fed__largest(n.download, c->phases[k].message_in.bytes);
      n.upload = fed__largest(n.upload, c->phases[k].message_out.bytes);
    }
  }
  return n;
}

/* A table that knows at least what this version knows can be used: fields are only ever added. */
static int fed__known(const fed_program* program) {
  return program != 0 && program->size >= sizeof(fed_program) &&
         program->version == FED_ABI_VERSION;
}

/* Not strcmp and memcmp: an app's library of this needs memcpy, memmove and memset alone. */
static int fed__same_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

static int fed__same_hash(const uint8_t* a, const uint8_t* b) {
  unsigned i, different = 0;
  for (i = 0; i < 32; ++i) different |= a[i] ^ b[i];
  return different == 0;
}

static const fed_computation* fed__find(const fed_program* program, const char* computation) {
  uint64_t i;
  for (i = 0; i < program->computation_count; ++i)
    if (fed__same_text(program->computations[i].name, computation))
      return &program->computations[i];
  return 0;
}

/* The leaves of an input that the client fills itself have `origin`. */
static uint64_t fed__bytes_from(const fed_layout* input, uint32_t origin) {
  uint64_t i, bytes = 0;
  for (i = 0; i < input->leaf_count; ++i)
    if (input->leaves[i].origin == origin) bytes += input->leaves[i].bytes;
  return bytes;
}

/* Copies those leaves out of the input or, from `in`, into it; one behind the other there. */
static void fed__copy_from(const fed_layout* layout, uint32_t origin, unsigned char* input,
                           unsigned char* out, const unsigned char* in) {
  uint64_t i;
  for (i = 0; i < layout->leaf_count; ++i) {
    const fed_leaf* leaf = &layout->leaves[i];
    if (leaf->origin != origin) continue;
    if (out != 0) memcpy(out, input + leaf->offset, leaf->bytes), out += leaf->bytes;
    if (in != 0) memcpy(input + leaf->offset, in, leaf->bytes), in += leaf->bytes;
  }
}

/* Draws a round's private keys; at its end they are forgotten. */
static int32_t fed__draw_private_keys(const fed_client* client) {
  const fed_layout* input = &client->computation->input;
  int32_t status;
  uint64_t i;
  for (i = 0; i < input->leaf_count; ++i) {
    const fed_leaf* leaf = &input->leaves[i];
    if (leaf->origin != FED_FROM_ENTROPY) continue;
    if (client->host->entropy == 0) return FED_HOST_ERROR;
    status = client->host->entropy(client->host->user, client->input + leaf->offset, leaf->bytes);
    if (status != FED_OK) return status == FED_CANCELLED ? status : FED_HOST_ERROR;
  }
  return FED_OK;
}

/* With what was made of them: kept values and scratch. */
static void fed__forget_private_keys(const fed_client* client) {
  const fed_layout* input = &client->computation->input;
  uint64_t i;
  if (fed__bytes_from(input, FED_FROM_ENTROPY) == 0) return;
  for (i = 0; i < input->leaf_count; ++i)
    if (input->leaves[i].origin == FED_FROM_ENTROPY)
      memset(client->input + input->leaves[i].offset, 0, input->leaves[i].bytes);
  memset(client->kept, 0, client->computation->kept.bytes);
  memset(client->arena, 0, client->program->arena_bytes);
}

static void fed__clear_error(fed_error* error) {
  memset(error, 0, sizeof *error);
  error->size = sizeof *error;
  error->version = FED_ABI_VERSION;
}

uint64_t fed_client_state_bytes(const fed_program* program) {
  return fed__known(program) ? fed__needs_of(program).state : 0;
}

uint64_t fed_client_bytes(const fed_program* program) {
  fed__needs n;
  if (!fed__known(program)) return 0;
  n = fed__needs_of(program);
  return FED_CLIENT_HEAD_BYTES + 2 * fed__aligned(n.state) + fed__aligned(program->params.bytes) +
         fed__aligned(n.input) + fed__aligned(n.kept) + fed__aligned(n.result) +
         fed__aligned(n.download) + fed__aligned(n.upload) + fed__aligned(program->arena_bytes);
}

fed_client* fed_client_open(const fed_program* program, void* memory, uint64_t bytes,
                            const fed_host* host) {
  fed_client* client = (fed_client*)memory;
  unsigned char* next = (unsigned char*)memory;
  fed__needs n;
  if (!fed__known(program) || memory == 0 || !fed__is_aligned(memory) ||
      bytes < fed_client_bytes(program) || host == 0 || host->size < sizeof(fed_host) ||
      host->version != FED_ABI_VERSION)
    return 0;
  n = fed__needs_of(program);
  memset(client, 0, sizeof *client);
  client->program = program;
  client->host = host;
  client->committed = next += FED_CLIENT_HEAD_BYTES;
  client->state_out = next += fed__aligned(n.state);
  client->params = next += fed__aligned(n.state);
  client->input = next += fed__aligned(program->params.bytes);
  client->kept = next += fed__aligned(n.input);
  client->result = next += fed__aligned(n.kept);
  client->download = next += fed__aligned(n.result);
  client->upload = next += fed__aligned(n.download);
  client->arena = next + fed__aligned(n.upload);
  memset(client->committed, 0, n.state);
  memset(client->params, 0, program->params.bytes);
  fed__clear_error(&client->turn.error);
  return client;
}

int32_t fed_client_state_load(fed_client* client, const void* state, uint64_t bytes) {
  if (client == 0 || client->running || client->computation != 0 || (state == 0 && bytes != 0) ||
      bytes != fed__needs_of(client->program).state)
    return FED_BAD_CALL;
  if (bytes != 0) memcpy(client->committed, state, bytes);
  return FED_OK;
}

int32_t fed_client_state_save(const fed_client* client, void* out, uint64_t bytes) {
  const fed_computation* open = client != 0 ? client->computation : 0;
  if (client == 0 || client->running || (out == 0 && bytes != 0) ||
      bytes != fed__needs_of(client->program).state ||
      (open != 0 &&
       (client->turn.next_phase != open->phase_count || client->turn.error.status != FED_OK)))
    return FED_BAD_CALL;
  if (bytes != 0) memcpy(out, client->committed, bytes);
  if (open != 0 && open->state.bytes != 0) memcpy(out, client->state_out, open->state.bytes);
  return FED_OK;
}

int32_t fed_client_round_begin(fed_client* client, const char* computation, const uint8_t* hash,
                               const void* params, uint64_t params_bytes) {
  const fed_computation* found;
  if (client == 0 || client->running || client->computation != 0 || computation == 0 ||
      params_bytes != client->program->params.bytes || (params == 0 && params_bytes != 0))
    return FED_BAD_CALL;
  if (hash != 0 && !fed__same_hash(hash, client->program->hash)) return FED_BAD_HASH;
  found = fed__find(client->program, computation);
  if (found == 0) return FED_BAD_CALL;
  client->computation = found;
  client->turn.next_phase = 0;
  client->uploaded = 0;
  client->has_keys = fed_client_keys_bytes(found) == 0;
  fed__clear_error(&client->turn.error);
  if (params_bytes != 0) memcpy(client->params, params, params_bytes);
  memset(client->input, 0, found->input.bytes);
  memset(client->result, 0, found->result.bytes);
  /* A computation that reads the state but does not write it leaves it as it is. */
  if (found->state.bytes != 0) memcpy(client->state_out, client->committed, found->state.bytes);
  return FED_OK;
}

uint64_t fed_client_keys_bytes(const fed_computation* computation) {
  return fed__bytes_from(&computation->input, FED_FROM_KEY);
}

int32_t fed_client_keys(fed_client* client, const void* keys, uint64_t bytes) {
  if (client == 0 || client->running || client->computation == 0 || client->turn.next_phase != 0 ||
      (keys == 0 && bytes != 0) || bytes != fed_client_keys_bytes(client->computation))
    return FED_BAD_CALL;
  fed__copy_from(&client->computation->input, FED_FROM_KEY, client->input, 0,
                 (const unsigned char*)keys);
  client->has_keys = 1;
  return FED_OK;
}

const fed_computation* fed_client_round(const fed_client* client, uint64_t* phase) {
  if (client == 0 || client->computation == 0) return 0;
  if (phase != 0) *phase = client->turn.next_phase;
  return client->computation;
}

void* fed_client_params(fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->running) return 0;
  if (bytes != 0) *bytes = client->program->params.bytes;
  return client->params;
}

void* fed_client_input(fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->running || client->computation == 0) return 0;
  if (bytes != 0) *bytes = client->computation->input.bytes;
  return client->input;
}

void* fed_client_download(fed_client* client, uint64_t phase, uint64_t* bytes) {
  if (client == 0 || client->running || client->computation == 0 ||
      phase >= client->computation->phase_count)
    return 0;
  if (bytes != 0) *bytes = client->computation->phases[phase].message_in.bytes;
  return client->download;
}

/* Runs one phase; the caller has filled in what is its own. */
static int32_t fed__run(fed_client* client, const fed_phase* phase, fed_frame* frame) {
  int32_t status;
  frame->size = sizeof *frame;
  frame->version = FED_ABI_VERSION;
  frame->params = client->params;
  frame->arena = client->arena;
  frame->host = client->host;
  client->running = 1;
  status = phase->run(frame);
  client->running = 0;
  /* The phase's own record says more; a status without one is not lost. */
  if (frame->error->status == FED_OK) frame->error->status = status;
  return frame->error->status;
}

int32_t fed_client_run(fed_client* client, uint64_t phase, const void* download) {
  fed_frame frame;
  if (client == 0 || client->running || client->computation == 0 ||
      phase != client->turn.next_phase || phase >= client->computation->phase_count ||
      client->turn.error.status != FED_OK || !fed__is_aligned(download) || !client->has_keys)
    return FED_BAD_CALL;
  client->uploaded = 0;
  if (phase == 0) {
    int32_t status;
    client->running = 1; /* the host is called */
    status = fed__draw_private_keys(client);
    client->running = 0;
    if (status != FED_OK) return client->turn.error.status = status;
  }
  memset(&frame, 0, sizeof frame);
  frame.input = client->input;
  frame.message_in = download != 0 ? download : client->download;
  frame.message_out = client->upload;
  frame.kept = client->kept;
  frame.result = client->result;
  frame.state_in = client->committed;
  frame.state_out = client->state_out;
  frame.error = &client->turn.error;
  if (fed__run(client, &client->computation->phases[phase], &frame) != FED_OK)
    return client->turn.error.status;
  client->turn.next_phase = phase + 1;
  client->uploaded = 1;
  return FED_OK;
}

const void* fed_client_upload(const fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->computation == 0 || !client->uploaded) return 0;
  if (bytes != 0)
    *bytes = client->computation->phases[client->turn.next_phase - 1].message_out.bytes;
  return client->upload;
}

const void* fed_client_result(const fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->computation == 0 ||
      client->turn.next_phase != client->computation->phase_count)
    return 0;
  if (bytes != 0) *bytes = client->computation->result.bytes;
  return client->result;
}

const void* fed_client_new_state(const fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->computation == 0 ||
      client->turn.next_phase != client->computation->phase_count)
    return 0;
  if (bytes != 0) *bytes = client->computation->state.bytes;
  return client->state_out;
}

int32_t fed_client_round_end(fed_client* client, int accepted) {
  if (client == 0 || client->running || client->computation == 0) return FED_BAD_CALL;
  if (accepted && client->turn.error.status == FED_OK &&
      client->turn.next_phase == client->computation->phase_count &&
      client->computation->state.bytes != 0)
    memcpy(client->committed, client->state_out, client->computation->state.bytes);
  fed__forget_private_keys(client);
  client->computation = 0;
  client->uploaded = 0;
  return FED_OK;
}

const fed_error* fed_client_error(const fed_client* client) {
  return client != 0 ? &client->turn.error : 0;
}

int32_t fed_client_call(fed_client* client, const char* computation, const void* input,
                        uint64_t input_bytes, void* result, uint64_t result_bytes,
                        fed_error* error) {
  const fed_computation* c;
  fed_frame frame;
  if (client == 0 || client->running || computation == 0 || error == 0) return FED_BAD_CALL;
  c = fed__find(client->program, computation);
  if (c == 0 || c->phase_count != 1 || c->phases[0].message_in.bytes != 0 ||
      c->phases[0].message_out.bytes != 0 || c->kept.bytes != 0 || c->state.bytes != 0 ||
      input_bytes != c->input.bytes || result_bytes != c->result.bytes ||
      (input == 0 && input_bytes != 0) || (result == 0 && result_bytes != 0) ||
      !fed__is_aligned(input) || !fed__is_aligned(result))
    return FED_BAD_CALL;
  fed__clear_error(error);
  memset(&frame, 0, sizeof frame);
  frame.input = input;
  frame.result = result;
  frame.error = error;
  return fed__run(client, &c->phases[0], &frame);
}

uint64_t fed_client_turn_bytes(const fed_computation* computation) {
  return sizeof(fed__turn_header) + computation->kept.bytes + computation->result.bytes +
         computation->state.bytes + fed__bytes_from(&computation->input, FED_FROM_ENTROPY);
}

int32_t fed_client_suspend(const fed_client* client, void* out, uint64_t bytes) {
  unsigned char* next = (unsigned char*)out;
  const fed_computation* c;
  if (client == 0 || client->computation == 0 || out == 0 ||
      bytes != fed_client_turn_bytes(client->computation))
    return FED_BAD_CALL;
  c = client->computation;
  memcpy(next, &client->turn, sizeof client->turn);
  memcpy(next += sizeof client->turn, client->kept, c->kept.bytes);
  memcpy(next += c->kept.bytes, client->result, c->result.bytes);
  memcpy(next += c->result.bytes, client->state_out, c->state.bytes);
  fed__copy_from(&c->input, FED_FROM_ENTROPY, client->input, next + c->state.bytes, 0);
  return FED_OK;
}

int32_t fed_client_resume(fed_client* client, const void* turn, uint64_t bytes) {
  const unsigned char* next = (const unsigned char*)turn;
  const fed_computation* c;
  if (client == 0 || client->computation == 0 || turn == 0 ||
      bytes != fed_client_turn_bytes(client->computation) || client->turn.next_phase != 0)
    return FED_BAD_CALL;
  c = client->computation;
  memcpy(&client->turn, next, sizeof client->turn);
  memcpy(client->kept, next += sizeof client->turn, c->kept.bytes);
  memcpy(client->result, next += c->kept.bytes, c->result.bytes);
  memcpy(client->state_out, next += c->result.bytes, c->state.bytes);
  fed__copy_from(&c->input, FED_FROM_ENTROPY, client->input, 0, next + c->state.bytes);
  client->uploaded = 0;
  return FED_OK;
}
