/* A client's life at a server: check in, wait, and round after round download, run, upload.
 *
 * fed_session_run drives one fed_client (runtime/client/fed_client.h) over the network until the
 * server needs it no more, the host leaves or cancels, or the server refuses it. A connection that
 * is lost, and a server that goes away and comes back, are survived at any step: calls are tried
 * again, downloads from where they stopped, after 100 ms at first and 5 s at last. A server that
 * has forgotten the client is checked in at again; the round that was open is rolled back.
 *
 *   fed_session_host host = {sizeof host, FED_ABI_VERSION, my_app, my_cancelled, 0, my_begin, ...};
 *   fed_session_options options = {sizeof options, FED_ABI_VERSION};
 *   options.server = "192.0.2.1:8080";
 *   options.members = &member;     the program and a client that is open
 *   options.member_count = 1;
 *   options.host = &host;
 *   result = fed_session_run(&options, &why);
 */
#ifndef FED_SESSION_H_
#define FED_SESSION_H_

#include <stdint.h>

#include "runtime/client/fed_client.h"
#include "runtime/transport/fed_transport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A program that this device carries and the client of it, which is open but in no round. */
typedef struct fed_session_member {
  const fed_program* program;
  fed_client* client;
} fed_session_member;

/* A round as the callbacks see it. */
typedef struct fed_session_round {
  const fed_session_member* member;
  const fed_computation* computation;
  uint64_t number; /* the server's: of this run of the computation alone */
  uint32_t phase;  /* the one in progress or done last, from 1 */
  uint64_t label;  /* for people, as the server prints it: of a process, from 1; else as number */
} fed_session_round;

/* How a round ended. */
typedef struct fed_session_end {
  int32_t accepted;       /* the server accepted everything: the state is about to be committed */
  const fed_error* error; /* the phase that failed on this device, or null */
  const char* reason;     /* if not accepted: why, for people */
} fed_session_end;

/* What the host does. Callbacks come from within fed_session_run, one at a time, with `user`; those
 * that are not needed may be null. */
typedef struct fed_session_host {
  uint32_t size;    /* sizeof(fed_session_host) */
  uint32_t version; /* FED_ABI_VERSION */
  void* user;
  /* As fed_transport_options.cancelled, and the same as the client's fed_host should ask. */
  int (*cancelled)(void* user);
  /* A round is about to begin, none is open: the last chance for fed_client_state_load. `params`
   * are the round's constants (program->params). Not FED_OK: this client stays out of the round. */
  int32_t (*prepare)(void* user, const fed_session_round* round, const void* params,
                     uint64_t params_bytes);
  /* The round is open: write the arguments into fed_client_input, have the sequences ready. Not
   * FED_OK: this client stays out of the round. */
  int32_t (*begin)(void* user, const fed_session_round* round);
  /* This is about to leave the device; asked again where it has to be sent again. Not FED_OK: it
   * stays here, and the client leaves the round. */
  int32_t (*sending)(void* user, const fed_session_round* round, const void* upload,
                     uint64_t bytes);
  /* The round ends, exactly once for each that `begin` saw; it is still open, so that
   * fed_client_result and fed_client_new_state give what it made. To keep the state over a restart,
   * write it away here, if accepted. FED_OK: commit if accepted and go on; FED_END: the same, but
   * leave; anything else: roll back and end the session. */
  int32_t (*ended)(void* user, const fed_session_round* round, const fed_session_end* end);
  /* A line for people: connections, refusals, what is tried again. */
  void (*log)(void* user, const char* text);
} fed_session_host;

typedef struct fed_session_options {
  uint32_t size;                     /* sizeof(fed_session_options) */
  uint32_t version;                  /* FED_ABI_VERSION */
  const char* server;                /* HOST:PORT */
  const fed_session_member* members; /* the server chooses one of them */
  uint64_t member_count;
  const fed_session_host* host;
  uint32_t give_up_ms;                     /* without any answer of the server; 0: never */
  uint32_t connect_ms, reply_ms, stall_ms; /* as fed_transport_options; 0: the defaults */
} fed_session_options;

/* Why a session ended. */
enum {
  FED_SESSION_FINISHED = 0,    /* the server needs no more clients */
  FED_SESSION_LEFT = 1,        /* `ended` said FED_END */
  FED_SESSION_CANCELLED = 2,   /* within 100 ms of it; an open round was rolled back */
  FED_SESSION_REFUSED = 3,     /* the server does not take this client: another program, say */
  FED_SESSION_UNREACHABLE = 4, /* for give_up_ms */
  FED_SESSION_HOST_ERROR = 5,  /* `ended` failed */
  FED_SESSION_BAD_CALL = 6     /* the options are not usable */
};

/* Runs a session. `why` (may be null) gets the last call's status and a text for people. */
int32_t fed_session_run(const fed_session_options* options, fed_rpc* why);

#ifdef __cplusplus
}
#endif
#endif /* FED_SESSION_H_ */
