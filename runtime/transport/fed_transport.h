/* A client's side of the network: the calls of proto/federation.proto over libcurl.
 *
 * C99 over libcurl (HTTP/2) and nanopb. fed_session.h drives a client through rounds with these
 * calls; an app that wants its own order of things uses them itself.
 *
 * A transport is one connection to one server, made when it is first needed and again when it was
 * lost. Calls block; those on one transport must not overlap in time. Downloads are written
 * straight into the caller's memory and uploads read straight from it, piece by piece.
 *
 * Nothing that a server sends is trusted: sizes, offsets and the length of every reply are checked,
 * every call has a time limit, and texts for people are stripped of control characters. A call that
 * is cancelled returns within 100 ms.
 */
#ifndef FED_TRANSPORT_H_
#define FED_TRANSPORT_H_

#include <stdint.h>

#include "runtime/abi/fed_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FED_PROTOCOL_VERSION 1u
#define FED_RPC_TEXT_BYTES 1024u
#define FED_RPC_NAME_BYTES 512u

/* How a call ended: gRPC's own numbers. */
enum {
  FED_RPC_OK = 0,
  FED_RPC_CANCELLED = 1,
  FED_RPC_UNKNOWN = 2,
  FED_RPC_INVALID_ARGUMENT = 3,
  FED_RPC_DEADLINE_EXCEEDED = 4,
  FED_RPC_NOT_FOUND = 5,
  FED_RPC_ALREADY_EXISTS = 6,
  FED_RPC_PERMISSION_DENIED = 7,
  FED_RPC_RESOURCE_EXHAUSTED = 8,
  FED_RPC_FAILED_PRECONDITION = 9,
  FED_RPC_ABORTED = 10,
  FED_RPC_OUT_OF_RANGE = 11,
  FED_RPC_UNIMPLEMENTED = 12,
  FED_RPC_INTERNAL = 13,
  FED_RPC_UNAVAILABLE = 14,
  FED_RPC_DATA_LOSS = 15,
  FED_RPC_UNAUTHENTICATED = 16
};

typedef struct fed_rpc {
  int32_t status;                /* one of the above */
  int32_t from_server;           /* non-zero: the server says so; else it was found here */
  char text[FED_RPC_TEXT_BYTES]; /* UTF-8, for people; empty if the status is FED_RPC_OK */
} fed_rpc;

typedef struct fed_transport_options {
  uint32_t size;      /* sizeof(fed_transport_options) */
  uint32_t version;   /* FED_ABI_VERSION */
  const char* server; /* "HOST:PORT", "[IPV6]:PORT"; copied */
  void* user;
  /* Asked at least every 50 ms while a call waits: non-zero ends it with FED_RPC_CANCELLED. Null:
   * never. What it reads may be set by another thread (atomically) or by a signal handler. */
  int (*cancelled)(void* user);
  uint32_t connect_ms; /* to make a connection; 0: 10 s */
  uint32_t reply_ms;   /* for a short call's reply, beyond the server's hold in Await; 0: 30 s */
  uint32_t stall_ms;   /* for the next KiB of a download or upload, and the reply to it; 0: 60 s */
} fed_transport_options;

typedef struct fed_transport fed_transport;

/* Makes a transport; connects to nothing yet. Null if the options are not usable or memory is
 * short: `rpc` says which. */
fed_transport* fed_transport_open(const fed_transport_options* options, fed_rpc* rpc);
void fed_transport_close(fed_transport* transport); /* null: nothing */

/* Has `cancelled` asked at once: for other threads, while a call waits. */
void fed_transport_wake(fed_transport* transport);

/* Waits `ms` milliseconds; non-zero if cancelled meanwhile. */
int fed_transport_sleep(fed_transport* transport, uint32_t ms);

/* Each call below returns rpc->status. */

/* Introduces this client, which carries `count` programs; `chosen` is the server's among them. The
 * session that the server gives is kept in the transport and used by all later calls. */
int32_t fed_transport_check_in(fed_transport* transport, const fed_program* const* programs,
                               uint64_t count, uint64_t* chosen, fed_rpc* rpc);

enum {
  FED_NEWS_NOTHING = 0,   /* ask again */
  FED_NEWS_COME_BACK = 1, /* ask again after `after_ms` */
  FED_NEWS_WORK = 2,
  FED_NEWS_ROUND_END = 3,
  FED_NEWS_FINISHED = 4 /* the server needs no more clients */
};

typedef struct fed_news {
  int32_t kind;
  int32_t accepted;        /* ROUND_END */
  uint64_t event;          /* `seen` of the next await, once it is dealt with */
  uint64_t round;          /* WORK, ROUND_END */
  uint64_t download_bytes; /* WORK, and what follows */
  uint64_t upload_bytes;
  uint32_t phase;                       /* from 1 */
  uint32_t after_ms;                    /* COME_BACK */
  char computation[FED_RPC_NAME_BYTES]; /* a name longer than that is refused */
  const void* params;                   /* of phase 1; valid until the next await or close */
  uint64_t params_bytes;
  const void* keys; /* likewise */
  uint64_t keys_bytes;
  char reason[FED_RPC_TEXT_BYTES]; /* ROUND_END, FINISHED; cut if longer */
  uint64_t label;                  /* WORK: the round's number for people; 0: none */
} fed_news;

/* What there is to do; waits as long as the server holds the call. */
int32_t fed_transport_await(fed_transport* transport, uint64_t seen, fed_news* news, fed_rpc* rpc);

/* Fetches bytes [*offset, bytes) of a phase's download into `into` (`bytes` long). `*offset` is
 * moved over what has arrived, also if the call fails: call again to go on from there. */
int32_t fed_transport_download(fed_transport* transport, uint64_t round, uint32_t phase, void* into,
                               uint64_t bytes, uint64_t* offset, fed_rpc* rpc);

/* What the server says of an upload; FED_ACCEPT and so on of fed_abi.h, with these words. */
typedef struct fed_verdict {
  int32_t reject;    /* FED_ACCEPT or FED_REJECT_... */
  int32_t duplicate; /* the server had it already */
  char reason[FED_RPC_TEXT_BYTES];
} fed_verdict;

/* Sends a phase's upload, from its beginning. */
int32_t fed_transport_upload(fed_transport* transport, uint64_t round, uint32_t phase,
                             const void* upload, uint64_t bytes, fed_verdict* verdict,
                             fed_rpc* rpc);

/* Tells the server not to wait for this client in a phase, which ended with `status` (FED_...) at
 * `site`. With `within_ms` it is a last word: not cancellable, and given up after that time. */
int32_t fed_transport_abandon(fed_transport* transport, uint64_t round, uint32_t phase,
                              int32_t status, uint32_t site, uint32_t within_ms, fed_rpc* rpc);

#ifdef __cplusplus
}
#endif
#endif /* FED_TRANSPORT_H_ */
