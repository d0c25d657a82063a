#include "runtime/client/fed_client.h"

#include <string.h>

/* What survives between the phases of a round, before the kept values in a suspended turn. */
typedef struct {
  uint64_t next_phase;
  fed_error error;
} turn_header;

struct fed_client {
  const fed_program* program;
  const fed_host* host;
  const fed_computation* computation; /* null: no round is open */
  turn_header turn;
  int uploaded; /* the last phase ran and succeeded */
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

static uint64_t aligned(uint64_t bytes) {
  return (bytes + FED_ALIGNMENT - 1) / FED_ALIGNMENT * FED_ALIGNMENT;
}

static int is_aligned(const void* pointer) { return (uintptr_t)pointer % FED_ALIGNMENT == 0; }

static uint64_t largest(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The most that any computation needs of each region. */
typedef struct {
  uint64_t input, kept, result, state, download, upload;
} needs;

static needs needs_of(const fed_program* program) {
  needs n = {0, 0, 0, 0, 0, 0};
  uint64_t i, k;
  for (i = 0; i < program->computation_count; ++i) {
    const fed_computation* c = &program->computations[i];
    n.input = largest(n.input, c->input.bytes);
    n.kept = largest(n.kept, c->kept.bytes);
    n.result = largest(n.result, c->result.bytes);
    n.state = largest(n.state, c->state.bytes);
    for (k = 0; k < c->phase_count; ++k) {
      n.download = largest(n.download, c->phases[k].message_in.bytes);
      n.upload = largest(n.upload, c->phases[k].message_out.bytes);
    }
  }
  return n;
}

/* A table that knows at least what this version knows can be used: fields are only ever added. */
static int known(const fed_program* program) {
  return program != 0 && program->size >= sizeof(fed_program) &&
         program->version == FED_ABI_VERSION;
}

static void clear_error(fed_error* error) {
  memset(error, 0, sizeof *error);
  error->size = sizeof *error;
  error->version = FED_ABI_VERSION;
}

uint64_t fed_client_state_bytes(const fed_program* program) {
  return known(program) ? needs_of(program).state : 0;
}

uint64_t fed_client_bytes(const fed_program* program) {
  needs n;
  if (!known(program)) return 0;
  n = needs_of(program);
  return aligned(sizeof(fed_client)) + 2 * aligned(n.state) + aligned(program->params.bytes) +
         aligned(n.input) + aligned(n.kept) + aligned(n.result) + aligned(n.download) +
         aligned(n.upload) + aligned(program->arena_bytes);
}

fed_client* fed_client_open(const fed_program* program, void* memory, uint64_t bytes,
                            const fed_host* host) {
  fed_client* client = (fed_client*)memory;
  unsigned char* next = (unsigned char*)memory;
  needs n;
  if (!known(program) || memory == 0 || !is_aligned(memory) || bytes < fed_client_bytes(program) ||
      host == 0 || host->size < sizeof(fed_host) || host->version != FED_ABI_VERSION)
    return 0;
  n = needs_of(program);
  memset(client, 0, sizeof *client);
  client->program = program;
  client->host = host;
  client->committed = next += aligned(sizeof(fed_client));
  client->state_out = next += aligned(n.state);
  client->params = next += aligned(n.state);
  client->input = next += aligned(program->params.bytes);
  client->kept = next += aligned(n.input);
  client->result = next += aligned(n.kept);
  client->download = next += aligned(n.result);
  client->upload = next += aligned(n.download);
  client->arena = next + aligned(n.upload);
  memset(client->committed, 0, n.state);
  clear_error(&client->turn.error);
  return client;
}

int32_t fed_client_state_load(fed_client* client, const void* state, uint64_t bytes) {
  if (client == 0 || client->computation != 0 || (state == 0 && bytes != 0) ||
      bytes != needs_of(client->program).state)
    return FED_BAD_CALL;
  if (bytes != 0) memcpy(client->committed, state, bytes);
  return FED_OK;
}

int32_t fed_client_state_save(const fed_client* client, void* out, uint64_t bytes) {
  if (client == 0 || client->computation != 0 || (out == 0 && bytes != 0) ||
      bytes != needs_of(client->program).state)
    return FED_BAD_CALL;
  if (bytes != 0) memcpy(out, client->committed, bytes);
  return FED_OK;
}

int32_t fed_client_round_begin(fed_client* client, const char* computation, const uint8_t* hash,
                               const void* params, uint64_t params_bytes) {
  const fed_computation* found = 0;
  uint64_t i;
  if (client == 0 || client->computation != 0 || computation == 0 ||
      params_bytes != client->program->params.bytes || (params == 0 && params_bytes != 0))
    return FED_BAD_CALL;
  if (hash != 0 && memcmp(hash, client->program->hash, sizeof client->program->hash) != 0)
    return FED_BAD_HASH;
  for (i = 0; i < client->program->computation_count; ++i)
    if (strcmp(client->program->computations[i].name, computation) == 0)
      found = &client->program->computations[i];
  if (found == 0) return FED_BAD_CALL;
  client->computation = found;
  client->turn.next_phase = 0;
  client->uploaded = 0;
  clear_error(&client->turn.error);
  if (params_bytes != 0) memcpy(client->params, params, params_bytes);
  memset(client->input, 0, found->input.bytes);
  memset(client->result, 0, found->result.bytes);
  /* A computation that reads the state but does not write it leaves it as it is. */
  if (found->state.bytes != 0) memcpy(client->state_out, client->committed, found->state.bytes);
  return FED_OK;
}

void* fed_client_input(fed_client* client, uint64_t* bytes) {
  if (client == 0 || client->computation == 0) return 0;
  if (bytes != 0) *bytes = client->computation->input.bytes;
  return client->input;
}

void* fed_client_download(fed_client* client, uint64_t phase, uint64_t* bytes) {
  if (client == 0 || client->computation == 0 || phase >= client->computation->phase_count)
    return 0;
  if (bytes != 0) *bytes = client->computation->phases[phase].message_in.bytes;
  return client->download;
}

int32_t fed_client_run(fed_client* client, uint64_t phase, const void* download) {
  fed_frame frame;
  int32_t status;
  if (client == 0 || client->computation == 0 || phase != client->turn.next_phase ||
      phase >= client->computation->phase_count || client->turn.error.status != FED_OK ||
      !is_aligned(download))
    return FED_BAD_CALL;
  client->uploaded = 0;
  memset(&frame, 0, sizeof frame);
  frame.size = sizeof frame;
  frame.version = FED_ABI_VERSION;
  frame.params = client->params;
  frame.input = client->input;
  frame.message_in = download != 0 ? download : client->download;
  frame.message_out = client->upload;
  frame.kept = client->kept;
  frame.result = client->result;
  frame.state_in = client->committed;
  frame.state_out = client->state_out;
  frame.arena = client->arena;
  frame.host = client->host;
  frame.error = &client->turn.error;
  status = client->computation->phases[phase].run(&frame);
  /* The phase's own record says more; a status without one is not lost. */
  if (client->turn.error.status == FED_OK) client->turn.error.status = status;
  if (client->turn.error.status != FED_OK) return client->turn.error.status;
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
  if (client == 0 || client->computation == 0) return FED_BAD_CALL;
  if (accepted && client->turn.error.status == FED_OK &&
      client->turn.next_phase == client->computation->phase_count &&
      client->computation->state.bytes != 0)
    memcpy(client->committed, client->state_out, client->computation->state.bytes);
  client->computation = 0;
  client->uploaded = 0;
  return FED_OK;
}

const fed_error* fed_client_error(const fed_client* client) {
  return client != 0 ? &client->turn.error : 0;
}

uint64_t fed_client_turn_bytes(const fed_computation* computation) {
  return sizeof(turn_header) + computation->kept.bytes + computation->result.bytes +
         computation->state.bytes;
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
  memcpy(next + c->result.bytes, client->state_out, c->state.bytes);
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
  memcpy(client->state_out, next + c->result.bytes, c->state.bytes);
  client->uploaded = 0;
  return FED_OK;
}
