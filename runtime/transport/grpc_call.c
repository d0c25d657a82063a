#define _POSIX_C_SOURCE 200809L /* clock_gettime, strncasecmp */

#include "runtime/transport/grpc_call.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define POLL_MS 50u          /* how often `cancelled` is asked */
#define PREFIX_BYTES 5u      /* compressed?, length in network byte order */
#define USEFUL_BYTES 1024u   /* what must arrive or leave within stall_ms */
#define FOREIGN_BYTES 65536u /* read of a reply that is not gRPC's, before giving up */
#define CURL_BUFFER_BYTES 262144L

struct grpc_channel {
  CURLM* multi;
  CURL* easy;
  struct curl_slist* headers;
  char* server; /* HOST:PORT */
  void* user;
  int (*cancelled)(void* user);
  uint32_t connect_ms;
  int needs_detour; /* see has_reuse_fault */
  int fresh;        /* there is no connection, or one with which a call went wrong */
  unsigned char* frame;
  size_t frame_capacity;
  char curl_error[CURL_ERROR_SIZE];
};

/* One call in progress. */
typedef struct {
  grpc_channel* channel;
  const grpc_call* call;
  fed_rpc* rpc;
  int failed; /* rpc says what was wrong */
  /* request */
  uint64_t next_message;
  grpc_message message;
  unsigned char prefix[PREFIX_BYTES];
  size_t sent; /* of prefix, head and body of the message */
  int have_message;
  /* reply */
  int wants_connection; /* see has_reuse_fault */
  int http_status, is_grpc, have_status;
  int32_t status;
  char status_text[FED_RPC_TEXT_BYTES];
  unsigned char reply_prefix[PREFIX_BYTES];
  size_t prefix_at, frame_bytes, frame_at;
  size_t foreign;
  /* time */
  uint64_t last_progress, useful;
} exchange;

uint64_t grpc_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int is_cancelled(const grpc_channel* channel) {
  return channel->cancelled != NULL && channel->cancelled(channel->user) != 0;
}

static void progress(exchange* x, uint64_t bytes) {
  x->useful += bytes;
  if (x->useful < USEFUL_BYTES) return;
  x->useful = 0;
  x->last_progress = grpc_now_ms();
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* --- the request ------------------------------------------------------------------------------ */

/* Copies what is still to be sent of a part of the message that begins at `start`. */
static size_t take(exchange* x, size_t start, const unsigned char* part, size_t bytes, char* out,
                   size_t room) {
  const size_t done = x->sent - start;
  const size_t count = least(bytes - done, room);
  if (count != 0) memcpy(out, part + done, count);
  x->sent += count;
  return count;
}

static size_t on_read(char* out, size_t size, size_t count, void* user) {
  exchange* x = (exchange*)user;
  const size_t room = size * count;
  size_t filled = 0;
  while (filled < room) {
    const grpc_message* m = &x->message;
    size_t length;
    if (x->have_message && x->sent == PREFIX_BYTES + m->head_bytes + m->body_bytes)
      x->have_message = 0;
    if (!x->have_message) {
      memset(&x->message, 0, sizeof x->message);
      if (!x->call->request(x->call->user, x->next_message, &x->message)) break;
      ++x->next_message;
      x->have_message = 1;
      x->sent = 0;
      length = m->head_bytes + m->body_bytes;
      x->prefix[0] = 0;
      x->prefix[1] = (unsigned char)(length >> 24 & 0xff);
      x->prefix[2] = (unsigned char)(length >> 16 & 0xff);
      x->prefix[3] = (unsigned char)(length >> 8 & 0xff);
      x->prefix[4] = (unsigned char)(length & 0xff);
    }
    if (x->sent < PREFIX_BYTES) {
      filled += take(x, 0, x->prefix, PREFIX_BYTES, out + filled, room - filled);
    } else if (x->sent < PREFIX_BYTES + m->head_bytes) {
      filled += take(x, PREFIX_BYTES, m->head, m->head_bytes, out + filled, room - filled);
    } else if (m->body_bytes != 0) {
      filled += take(x, PREFIX_BYTES + m->head_bytes, m->body, m->body_bytes, out + filled,
                     room - filled);
    }
  }
  progress(x, filled);
  return filled;
}

static int on_seek(void* user, curl_off_t offset, int origin) {
  exchange* x = (exchange*)user;
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  x->next_message = 0;
  x->have_message = 0;
  return CURL_SEEKFUNC_OK;
}

/* --- the reply -------------------------------------------------------------------------------- */

/* Whether the header line is `name`; then its value, without blanks around it. */
static int header_is(const char* line, size_t bytes, const char* name, const char** value,
                     size_t* value_bytes) {
  const size_t length = strlen(name);
  const char* end = line + bytes;
  if (bytes <= length || line[length] != ':' || strncasecmp(line, name, length) != 0) return 0;
  line += length + 1;
  while (line < end && (*line == ' ' || *line == '\t')) ++line;
  while (end > line && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\t'))
    --end;
  *value = line;
  *value_bytes = (size_t)(end - line);
  return 1;
}

/* A number without sign of at most `digits` digits; -1 if it is none. */
static int small_number(const char* text, size_t bytes, size_t digits) {
  int value = 0;
  size_t i;
  if (bytes == 0 || bytes > digits) return -1;
  for (i = 0; i < bytes; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static void decode_percent(const char* text, size_t bytes, char* out, size_t room) {
  size_t i, filled = 0;
  for (i = 0; i < bytes && filled + 1 < room; ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < bytes && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    }
    out[filled++] = c != 0 ? c : '?';
  }
  out[filled] = 0;
  grpc_clean_text(out);
}

static size_t on_header(char* line, size_t size, size_t count, void* user) {
  exchange* x = (exchange*)user;
  const size_t bytes = size * count;
  const char* value;
  size_t value_bytes;
  if (bytes > 9 && strncmp(line, "HTTP/", 5) == 0) {
    /* The beginning of a reply; one with a status below 200 is followed by another. */
    const char* blank = (const char*)memchr(line, ' ', bytes);
    x->http_status =
        blank != NULL && bytes - (size_t)(blank - line) > 3 ? small_number(blank + 1, 3, 3) : -1;
    x->is_grpc = x->have_status = 0;
    x->status_text[0] = 0;
  } else if (header_is(line, bytes, "content-type", &value, &value_bytes)) {
    const char* type = "application/grpc";
    x->is_grpc = value_bytes >= strlen(type) && strncasecmp(value, type, strlen(type)) == 0;
  } else if (header_is(line, bytes, "grpc-status", &value, &value_bytes)) {
    const int status = small_number(value, value_bytes, 2);
    x->have_status = 1;
    x->status =
        status >= FED_RPC_OK && status <= FED_RPC_UNAUTHENTICATED ? status : FED_RPC_UNKNOWN;
  } else if (header_is(line, bytes, "grpc-message", &value, &value_bytes)) {
    decode_percent(value, value_bytes, x->status_text, sizeof x->status_text);
  }
  return bytes;
}

/* Ends the call for a reason found here: curl is told by a short count. */
static int fail(exchange* x) {
  x->failed = 1;
  return 0;
}

static int begin_frame(exchange* x) {
  grpc_channel* channel = x->channel;
  const unsigned char* p = x->reply_prefix;
  const uint32_t length =
      (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | (uint32_t)p[4];
  if (p[0] != 0) {
    grpc_end(x->rpc, FED_RPC_INTERNAL, "%s: %s: a compressed message, which nobody asked for",
             channel->server, x->call->method);
    return fail(x);
  }
  if (length > x->call->reply_limit) {
    grpc_end(x->rpc, FED_RPC_INTERNAL, "%s: %s: a message of %lu bytes, more than the %lu allowed",
             channel->server, x->call->method, (unsigned long)length,
             (unsigned long)x->call->reply_limit);
    return fail(x);
  }
  if (length > channel->frame_capacity) {
    unsigned char* larger = (unsigned char*)realloc(channel->frame, length);
    if (larger == NULL) {
      grpc_end(x->rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory for a message of %lu bytes",
               (unsigned long)length);
      return fail(x);
    }
    channel->frame = larger;
    channel->frame_capacity = length;
  }
  x->frame_bytes = length;
  x->frame_at = 0;
  return 1;
}

static int end_frame(exchange* x) {
  uint64_t useful = 0;
  if (!x->call->reply(x->call->user, x->channel->frame, x->frame_bytes, &useful, x->rpc))
    return fail(x);
  progress(x, useful);
  x->prefix_at = 0;
  return 1;
}

static size_t on_write(char* data, size_t size, size_t count, void* user) {
  exchange* x = (exchange*)user;
  const size_t bytes = size * count;
  size_t at = 0;
  if (x->http_status != 200 || !x->is_grpc) {
    /* Some other server's page: the error is made of the status that came before it. */
    x->foreign += bytes;
    return x->foreign > FOREIGN_BYTES ? 0 : bytes;
  }
  if (!x->call->last_word && is_cancelled(x->channel)) return 0;
  while (at < bytes) {
    if (x->prefix_at < PREFIX_BYTES) {
      const size_t part = least(PREFIX_BYTES - x->prefix_at, bytes - at);
      memcpy(x->reply_prefix + x->prefix_at, data + at, part);
      x->prefix_at += part;
      at += part;
      if (x->prefix_at < PREFIX_BYTES) break;
      if (!begin_frame(x)) return 0;
    } else {
      const size_t part = least(x->frame_bytes - x->frame_at, bytes - at);
      memcpy(x->channel->frame + x->frame_at, data + at, part);
      x->frame_at += part;
      at += part;
    }
    if (x->frame_at == x->frame_bytes && !end_frame(x)) return 0;
  }
  return bytes;
}

/* --- a call ----------------------------------------------------------------------------------- */

/* libcurl 7.88 sends nonsense over a connection made with prior knowledge when it uses it again
 * with prior knowledge (https://github.com/curl/curl/pull/10643). Asked for HTTP/2 of any kind it
 * uses that connection well, but would speak HTTP/1.1 over a new one. So there it may only use the
 * connection that is there, and where it wants another, the call begins again. */
static curl_socket_t refuse_socket(void* user, curlsocktype purpose,
                                   struct curl_sockaddr* address) {
  (void)purpose;
  (void)address;
  ((exchange*)user)->wants_connection = 1;
  return CURL_SOCKET_BAD;
}

static int has_reuse_fault(void) {
  const unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
  return version >= 0x075800 && version < 0x080000;
}

/* The bytes of the whole request. Knowing them curl ends the stream together with the last of them;
 * else it says later that there is no more, and a server that has answered by then resets the
 * stream, on which libcurl 7.88 drops what it has read of the answer but not passed on. */
static curl_off_t request_bytes(const grpc_call* call) {
  curl_off_t total = 0;
  uint64_t i;
  grpc_message message;
  memset(&message, 0, sizeof message);
  for (i = 0; call->request(call->user, i, &message); ++i)
    total += (curl_off_t)(PREFIX_BYTES + message.head_bytes + message.body_bytes);
  return total;
}

static void prepare(exchange* x, const char* url) {
  grpc_channel* channel = x->channel;
  CURL* easy = channel->easy;
  curl_easy_reset(easy);
  channel->curl_error[0] = 0;
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, request_bytes(x->call));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, channel->headers);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, x);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, x);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, channel->curl_error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                   1L); /* a name that is being looked up is not awaited */
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)channel->connect_ms);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, CURL_BUFFER_BYTES);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, CURL_BUFFER_BYTES);
  if (channel->fresh) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  if (channel->fresh || !channel->needs_detour) {
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_0);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, refuse_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x);
  }
}

/* Lets curl work until the call has ended; non-zero if curl itself said how. */
static int drive(exchange* x, CURLcode* result) {
  grpc_channel* channel = x->channel;
  const grpc_call* call = x->call;
  const uint64_t start = grpc_now_ms();
  x->last_progress = start;
  for (;;) {
    int running = 0, left = 0;
    uint64_t now, wait = POLL_MS;
    CURLMsg* message;
    CURLMcode code = curl_multi_perform(channel->multi, &running);
    if (code != CURLM_OK) {
      grpc_end(x->rpc, FED_RPC_INTERNAL, "curl: %s", curl_multi_strerror(code));
      fail(x);
    }
    if (x->failed) return 0;
    while ((message = curl_multi_info_read(channel->multi, &left)) != NULL)
      if (message->msg == CURLMSG_DONE) {
        *result = message->data.result;
        return 1;
      }
    /* An error: whatever is still to be sent, nobody wants it. */
    if (x->have_status && x->status != FED_RPC_OK) return 0;
    if (!call->last_word && is_cancelled(channel)) {
      grpc_end(x->rpc, FED_RPC_CANCELLED, "cancelled");
      fail(x);
      return 0;
    }
    now = grpc_now_ms();
    if (call->total_ms != 0 && now - start >= call->total_ms) {
      grpc_end(x->rpc, FED_RPC_DEADLINE_EXCEEDED, "%s: %s: no answer within %lu ms",
               channel->server, call->method, (unsigned long)call->total_ms);
      fail(x);
      return 0;
    }
    if (call->stall_ms != 0 && now - x->last_progress >= call->stall_ms) {
      grpc_end(x->rpc, FED_RPC_DEADLINE_EXCEEDED, "%s: %s: nothing moved for %lu ms",
               channel->server, call->method, (unsigned long)call->stall_ms);
      fail(x);
      return 0;
    }
    if (call->total_ms != 0 && start + call->total_ms - now < wait)
      wait = start + call->total_ms - now;
    if (call->stall_ms != 0 && x->last_progress + call->stall_ms - now < wait)
      wait = x->last_progress + call->stall_ms - now;
    curl_multi_poll(channel->multi, NULL, 0, (int)wait, NULL);
  }
}

/* gRPC's own table of what an HTTP status means where there is no gRPC status. */
static int32_t status_of_http(int http) {
  switch (http) {
    case 401:
      return FED_RPC_UNAUTHENTICATED;
    case 403:
      return FED_RPC_PERMISSION_DENIED;
    case 404:
      return FED_RPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return FED_RPC_UNAVAILABLE;
    default:
      return FED_RPC_UNKNOWN;
  }
}

static void conclude(exchange* x, int curl_done, CURLcode result) {
  grpc_channel* channel = x->channel;
  fed_rpc* rpc = x->rpc;
  if (x->failed) return;
  if (!x->call->last_word && is_cancelled(channel) && result != CURLE_OK) {
    grpc_end(rpc, FED_RPC_CANCELLED, "cancelled");
  } else if (x->have_status) {
    rpc->status = x->status;
    rpc->from_server = 1;
    snprintf(rpc->text, sizeof rpc->text, "%s",
             x->status == FED_RPC_OK     ? ""
             : x->status_text[0] == '\0' ? "the server gives no reason"
                                         : x->status_text);
    if (x->status == FED_RPC_OK && x->prefix_at != 0)
      grpc_end(rpc, FED_RPC_INTERNAL, "%s: %s: a message that is cut short", channel->server,
               x->call->method);
  } else if (x->http_status > 0 && (x->http_status != 200 || !x->is_grpc)) {
    grpc_end(rpc, status_of_http(x->http_status),
             "%s does not speak gRPC: it answers with HTTP status %d", channel->server,
             x->http_status);
  } else if (curl_done && result != CURLE_OK) {
    const char* why =
        channel->curl_error[0] != 0 ? channel->curl_error : curl_easy_strerror(result);
    const int foreign = result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_HTTP2 ||
                        result == CURLE_UNSUPPORTED_PROTOCOL;
    grpc_end(rpc, FED_RPC_UNAVAILABLE, "%s%s: %s", channel->server,
             foreign ? " does not speak gRPC" : "", why);
  } else {
    grpc_end(rpc, FED_RPC_INTERNAL, "%s: %s: the reply ends without a status", channel->server,
             x->call->method);
  }
}

/* Non-zero if it has to be done again over a new connection. */
static int try_call(grpc_channel* channel, const grpc_call* call, fed_rpc* rpc) {
  exchange x;
  char url[512];
  CURLcode result = CURLE_OK;
  CURLMcode code;
  int curl_done = 0;
  memset(&x, 0, sizeof x);
  memset(rpc, 0, sizeof *rpc);
  x.channel = channel;
  x.call = call;
  x.rpc = rpc;
  if (!call->last_word && is_cancelled(channel)) {
    grpc_end(rpc, FED_RPC_CANCELLED, "cancelled");
    return 0;
  }
  snprintf(url, sizeof url, "http://%s/fed.v1.Federation/%s", channel->server, call->method);
  prepare(&x, url);
  code = curl_multi_add_handle(channel->multi, channel->easy);
  if (code != CURLM_OK) {
    grpc_end(rpc, FED_RPC_INTERNAL, "curl: %s", curl_multi_strerror(code));
    return 0;
  }
  curl_done = drive(&x, &result);
  curl_multi_remove_handle(channel->multi, channel->easy);
  conclude(&x, curl_done, result);
  /* After an answer of the server the connection is sound; else who knows. */
  channel->fresh = !x.have_status;
  return x.wants_connection && !x.have_status && rpc->status == FED_RPC_UNAVAILABLE;
}

int32_t grpc_channel_call(grpc_channel* channel, const grpc_call* call, fed_rpc* rpc) {
  if (try_call(channel, call, rpc)) try_call(channel, call, rpc);
  return rpc->status;
}

/* --- the channel ------------------------------------------------------------------------------ */

/* HOST:PORT and nothing that would change the meaning of a URL around it. */
static int is_address(const char* server) {
  const char* colon;
  const char* c;
  int port;
  if (server == NULL || strlen(server) > 300) return 0;
  colon = strrchr(server, ':');
  if (colon == NULL || colon == server) return 0;
  port = small_number(colon + 1, strlen(colon + 1), 5);
  if (port < 1 || port > 65535) return 0;
  if (server[0] == '[') {
    if (colon[-1] != ']' || colon - server < 4) return 0;
    return strspn(server + 1, "0123456789abcdefABCDEF:.") == (size_t)(colon - server) - 2;
  }
  for (c = server; c < colon; ++c)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
          *c == '.' || *c == '-' || *c == '_'))
      return 0;
  return 1;
}

static int add_header(grpc_channel* channel, const char* line) {
  struct curl_slist* longer = curl_slist_append(channel->headers, line);
  if (longer != NULL) channel->headers = longer;
  return longer != NULL;
}

grpc_channel* grpc_channel_open(const fed_transport_options* options, fed_rpc* rpc) {
  grpc_channel* channel;
  memset(rpc, 0, sizeof *rpc);
  if (!is_address(options->server)) {
    grpc_end(rpc, FED_RPC_INVALID_ARGUMENT,
             "`%s` is no address of a server: it is HOST:PORT, such as 127.0.0.1:8080",
             options->server != NULL ? options->server : "");
    return NULL;
  }
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    grpc_end(rpc, FED_RPC_INTERNAL, "curl cannot be initialised");
    return NULL;
  }
  channel = (grpc_channel*)calloc(1, sizeof *channel);
  if (channel == NULL) {
    curl_global_cleanup();
    grpc_end(rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory");
    return NULL;
  }
  channel->user = options->user;
  channel->cancelled = options->cancelled;
  channel->connect_ms = options->connect_ms != 0 ? options->connect_ms : 10000;
  channel->server = (char*)malloc(strlen(options->server) + 1);
  channel->needs_detour = has_reuse_fault();
  channel->fresh = 1;
  channel->frame_capacity = 4096;
  channel->frame = (unsigned char*)malloc(channel->frame_capacity);
  channel->multi = curl_multi_init();
  channel->easy = curl_easy_init();
  if (channel->server == NULL || channel->frame == NULL || channel->multi == NULL ||
      channel->easy == NULL || !add_header(channel, "content-type: application/grpc") ||
      !add_header(channel, "te: trailers") || !add_header(channel, "user-agent: fedc-client/1") ||
      !add_header(channel, "accept:") || !add_header(channel, "expect:")) {
    grpc_channel_close(channel);
    grpc_end(rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory");
    return NULL;
  }
  strcpy(channel->server, options->server);
  curl_multi_setopt(channel->multi, CURLMOPT_MAXCONNECTS, 1L);
  return channel;
}

void grpc_channel_close(grpc_channel* channel) {
  if (channel == NULL) return;
  curl_slist_free_all(channel->headers);
  if (channel->easy != NULL) curl_easy_cleanup(channel->easy);
  if (channel->multi != NULL) curl_multi_cleanup(channel->multi);
  free(channel->server);
  free(channel->frame);
  free(channel);
  curl_global_cleanup();
}

void grpc_channel_wake(grpc_channel* channel) { curl_multi_wakeup(channel->multi); }

int grpc_channel_sleep(grpc_channel* channel, uint32_t ms) {
  const uint64_t end = grpc_now_ms() + ms;
  for (;;) {
    uint64_t now;
    if (is_cancelled(channel)) return 1;
    now = grpc_now_ms();
    if (now >= end) return 0;
    curl_multi_poll(channel->multi, NULL, 0, (int)(end - now < POLL_MS ? end - now : POLL_MS),
                    NULL);
  }
}
