#define _POSIX_C_SOURCE 200809L /* posix_memalign */

#include "tests/network/client_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/client/fed_client.h"
#include "runtime/transport/fed_session.h"

#define CURSORS 8u
/* Questions whether it is cancelled, of which there is one a piece at least, until it dies. */
#define QUESTIONS 4

typedef struct {
  const fed_program* program;
  fed_client* client;
  float reading;
  int given[CURSORS];
  int has_state;
  const char* step;
  int countdown; /* to its death; 0: none begins yet */
} participant;

static int32_t sequence_begin(void* user, uint32_t sequence, uint32_t cursor) {
  (void)sequence;
  ((participant*)user)->given[cursor % CURSORS] = 0;
  return FED_OK;
}

static int32_t sequence_next(void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                             uint32_t count) {
  participant* p = (participant*)user;
  (void)sequence;
  (void)count;
  if (p->given[cursor % CURSORS]++) return FED_END;
  leaves[0].data = &p->reading;
  return FED_OK;
}

static int32_t never(void* user) {
  (void)user;
  return 0;
}

static int cancelled(void* user) {
  participant* p = (participant*)user;
  if (p->countdown != 0 && --p->countdown == 0) raise(SIGKILL);
  return 0;
}

/* A process's clients make their first state themselves. */
static int32_t prepare(void* user, const fed_session_round* round, const void* params,
                       uint64_t params_bytes) {
  participant* p = (participant*)user;
  char name[256];
  const char* dot = strchr(round->computation->name, '.');
  if (dot == NULL || p->has_state) return FED_OK;
  p->has_state = 1;
  snprintf(name, sizeof name, "%.*s.client_state", (int)(dot - round->computation->name),
           round->computation->name);
  if (fed_client_round_begin(p->client, name, NULL, params, params_bytes) != FED_OK) return FED_OK;
  fed_client_run(p->client, 0, NULL);
  return fed_client_round_end(p->client, 1);
}

static int32_t begin(void* user, const fed_session_round* round) {
  participant* p = (participant*)user;
  const fed_layout* layout = &round->computation->input;
  unsigned char* input = (unsigned char*)fed_client_input(p->client, NULL);
  uint64_t i, at;
  for (i = 0; i < layout->leaf_count; ++i)
    for (at = 0; at < layout->leaves[i].bytes; at += sizeof p->reading)
      memcpy(input + layout->leaves[i].offset + at, &p->reading, sizeof p->reading);
  fprintf(stderr, "round %llu: begins\n", (unsigned long long)round->number);
  if (strcmp(p->step, "download") == 0) p->countdown = QUESTIONS;
  return FED_OK;
}

static int32_t sending(void* user, const fed_session_round* round, const void* upload,
                       uint64_t bytes) {
  participant* p = (participant*)user;
  (void)round;
  (void)upload;
  (void)bytes;
  if (strcmp(p->step, "upload") == 0) p->countdown = QUESTIONS;
  return FED_OK;
}

static int32_t ended(void* user, const fed_session_round* round, const fed_session_end* end) {
  (void)user;
  fprintf(stderr, "round %llu: %s\n", (unsigned long long)round->number,
          end->accepted ? "accepted" : end->reason);
  return FED_OK;
}

static void say(void* user, const char* text) {
  (void)user;
  fprintf(stderr, "%s\n", text);
}

int test_client_main(int argc, char** argv, const fed_program* program) {
  participant p;
  fed_host host;
  fed_session_host session_host;
  fed_session_options options;
  fed_session_member member;
  fed_rpc why;
  void* memory = NULL;
  const uint64_t bytes = fed_client_bytes(program);
  int32_t result;
  if (argc < 3 || argc > 4) return 64;
  memset(&p, 0, sizeof p);
  memset(&host, 0, sizeof host);
  memset(&session_host, 0, sizeof session_host);
  memset(&options, 0, sizeof options);
  p.program = program;
  p.reading = strtof(argv[2], NULL);
  p.step = argc == 4 ? argv[3] : "";
  host.size = sizeof host;
  host.version = FED_ABI_VERSION;
  host.user = &p;
  host.sequence_open = sequence_begin;
  host.sequence_next = sequence_next;
  host.sequence_rewind = sequence_begin;
  host.cancelled = never;
  if (posix_memalign(&memory, FED_ALIGNMENT, (size_t)bytes) != 0) return 65;
  p.client = fed_client_open(program, memory, bytes, &host);
  if (p.client == NULL) return 66;
  member.program = program;
  member.client = p.client;
  session_host.size = sizeof session_host;
  session_host.version = FED_ABI_VERSION;
  session_host.user = &p;
  session_host.cancelled = cancelled;
  session_host.prepare = prepare;
  session_host.begin = begin;
  session_host.sending = sending;
  session_host.ended = ended;
  session_host.log = say;
  options.size = sizeof options;
  options.version = FED_ABI_VERSION;
  options.server = argv[1];
  options.members = &member;
  options.member_count = 1;
  options.host = &session_host;
  result = fed_session_run(&options, &why);
  if (result != FED_SESSION_FINISHED) fprintf(stderr, "%s\n", why.text);
  free(memory);
  return result;
}
