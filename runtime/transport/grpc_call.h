/* gRPC calls over libcurl: HTTP/2 with prior knowledge, length-prefixed messages, trailers. What
 * the messages mean is the caller's business. (Inside runtime/transport.)
 *
 * gRPC over HTTP/2: https://github.com/grpc/grpc/blob/v1.51.1/doc/PROTOCOL-HTTP2.md
 */
#ifndef RUNTIME_TRANSPORT_GRPC_CALL_H_
#define RUNTIME_TRANSPORT_GRPC_CALL_H_

#include <stddef.h>
#include <stdint.h>

#include "runtime/transport/fed_transport.h"

typedef struct grpc_channel grpc_channel;

/* A message to send: `head`, then `body`. Both stay where they are until the next one is asked. */
typedef struct {
  const unsigned char* head;
  const unsigned char* body;
  size_t head_bytes, body_bytes;
} grpc_message;

typedef struct {
  const char* method; /* "CheckIn" of fed.v1.Federation */
  void* user;
  /* Sets the `index`-th message of the request and returns 1; 0: there are no more. The call may
   * begin again at 0, where a connection turned out to be dead. */
  int (*request)(void* user, uint64_t index, grpc_message* message);
  /* A whole message of the reply. Returns 0 if it is wrong, with the reason in `rpc`; else `useful`
   * is set to the payload's bytes, by which progress is measured. */
  int (*reply)(void* user, const unsigned char* data, size_t bytes, uint64_t* useful, fed_rpc* rpc);
  size_t reply_limit; /* bytes of one message of the reply */
  uint32_t total_ms;  /* for all of it; 0: no limit */
  uint32_t stall_ms;  /* for the next KiB sent or received; 0: no limit */
  int last_word;      /* not cancellable */
} grpc_call;

grpc_channel* grpc_channel_open(const fed_transport_options* options, fed_rpc* rpc);
void grpc_channel_close(grpc_channel* channel);
void grpc_channel_wake(grpc_channel* channel);
int grpc_channel_sleep(grpc_channel* channel, uint32_t ms);

/* Makes a call; returns rpc->status. The last message of the reply came before it returns. */
int32_t grpc_channel_call(grpc_channel* channel, const grpc_call* call, fed_rpc* rpc);

/* Milliseconds of a clock that only goes forward. */
uint64_t grpc_now_ms(void);

/* Sets how a call ended, with a text as printf makes it. */
int32_t grpc_end(fed_rpc* rpc, int32_t status, const char* format, ...);

/* Makes a text that came over the network fit for a terminal, in place: no control characters but
 * line breaks, valid UTF-8. */
void grpc_clean_text(char* text);

#endif /* RUNTIME_TRANSPORT_GRPC_CALL_H_ */
