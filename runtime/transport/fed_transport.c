#include "runtime/transport/fed_transport.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <stdlib.h>
#include <string.h>

#include "proto/federation.nanopb.h"
#include "runtime/transport/grpc_call.h"

#define PIECE_BYTES 262144u  /* of an upload's message */
#define CHUNK_LIMIT 1048576u /* of a download's message, by the protocol */
#define REPLY_LIMIT 65536u   /* of any other reply, beyond the parameters in it */
#define MAX_HOLD_MS 600000u  /* that a server may keep a call without an answer */
#define HEAD_BYTES 160u      /* an UploadPart without its data */

struct fed_transport {
  grpc_channel* channel;
  uint32_t reply_ms, stall_ms, hold_ms;
  unsigned char session[sizeof(((fed_v1_CheckInReply_session_t*)0)->bytes)];
  size_t session_bytes;
  unsigned char* params; /* of the last await */
  uint64_t params_room;
  unsigned char* keys; /* likewise */
  uint64_t keys_room;
};

static void use_session(const fed_transport* t, pb_byte_t* bytes, pb_size_t* size) {
  memcpy(bytes, t->session, t->session_bytes);
  *size = (pb_size_t)t->session_bytes;
}

/* --- fields of any length --------------------------------------------------------------------- */

typedef struct {
  char* text;
  size_t room; /* with the final zero */
  int cut;
} text_field;

/* Reads a text as far as there is room and skips the rest. */
static bool read_text(pb_istream_t* stream, const pb_field_t* field, void** arg) {
  text_field* f = (text_field*)*arg;
  const size_t whole = stream->bytes_left;
  const size_t taken = whole < f->room - 1 ? whole : f->room - 1;
  size_t i;
  (void)field;
  f->cut = taken < whole;
  if (!pb_read(stream, (pb_byte_t*)f->text, taken)) return false;
  f->text[taken] = 0;
  for (i = 0; i < taken; ++i)
    if (f->text[i] == 0) f->text[i] = '?';
  grpc_clean_text(f->text);
  return pb_read(stream, NULL, whole - taken);
}

typedef struct {
  unsigned char* bytes;
  uint64_t room, got;
} bytes_field;

/* Reads bytes into memory that has to be large enough. */
static bool read_bytes(pb_istream_t* stream, const pb_field_t* field, void** arg) {
  bytes_field* f = (bytes_field*)*arg;
  const size_t whole = stream->bytes_left;
  (void)field;
  if (whole > f->room) PB_RETURN_ERROR(stream, "more bytes than there is room for");
  f->got = whole;
  return whole == 0 || pb_read(stream, f->bytes, whole);
}

static bool write_text(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const char* text = (const char*)*arg;
  return pb_encode_tag_for_field(stream, field) &&
         pb_encode_string(stream, (const pb_byte_t*)text, strlen(text));
}

/* --- calls of one message each way ------------------------------------------------------------ */

typedef struct {
  const unsigned char* bytes;
  size_t size;
  const pb_msgdesc_t* reply_fields;
  void* reply;
  int replies;
} unary;

static int unary_request(void* user, uint64_t index, grpc_message* message) {
  const unary* u = (const unary*)user;
  message->head = u->bytes;
  message->head_bytes = u->size;
  return index == 0;
}

static int unary_reply(void* user, const unsigned char* data, size_t bytes, uint64_t* useful,
                       fed_rpc* rpc) {
  unary* u = (unary*)user;
  pb_istream_t stream = pb_istream_from_buffer(data, bytes);
  *useful = bytes;
  if (++u->replies > 1) {
    grpc_end(rpc, FED_RPC_INTERNAL, "the server sends two replies to one call");
    return 0;
  }
  if (pb_decode(&stream, u->reply_fields, u->reply)) return 1;
  grpc_end(rpc, FED_RPC_INTERNAL, "the server's reply cannot be read: %s", PB_GET_ERROR(&stream));
  stream = pb_istream_from_buffer(NULL, 0); /* nothing of it is to be used */
  pb_decode(&stream, u->reply_fields, u->reply);
  return 0;
}

static int32_t need_reply(int replies, const char* method, fed_rpc* rpc) {
  if (rpc->status == FED_RPC_OK && replies == 0)
    return grpc_end(rpc, FED_RPC_INTERNAL, "%s: the server sends no reply", method);
  return rpc->status;
}

/* `call` has the method and the limits. */
static int32_t call_unary(fed_transport* t, grpc_call* call, const pb_msgdesc_t* request_fields,
                          const void* request, const pb_msgdesc_t* reply_fields, void* reply,
                          fed_rpc* rpc) {
  unary u;
  pb_ostream_t stream;
  unsigned char* bytes;
  size_t size = 0;
  memset(&u, 0, sizeof u);
  memset(rpc, 0, sizeof *rpc);
  if (!pb_get_encoded_size(&size, request_fields, request))
    return grpc_end(rpc, FED_RPC_INTERNAL, "%s: the request cannot be written", call->method);
  bytes = (unsigned char*)malloc(size + 1);
  if (bytes == NULL) return grpc_end(rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory");
  stream = pb_ostream_from_buffer(bytes, size);
  if (!pb_encode(&stream, request_fields, request)) {
    free(bytes);
    return grpc_end(rpc, FED_RPC_INTERNAL, "%s: the request cannot be written", call->method);
  }
  u.bytes = bytes;
  u.size = size;
  u.reply_fields = reply_fields;
  u.reply = reply;
  call->user = &u;
  call->request = unary_request;
  call->reply = unary_reply;
  if (call->reply_limit == 0) call->reply_limit = REPLY_LIMIT;
  if (call->total_ms == 0) call->total_ms = t->reply_ms;
  grpc_channel_call(t->channel, call, rpc);
  free(bytes);
  return need_reply(u.replies, call->method, rpc);
}

/* --- opening and checking in ------------------------------------------------------------------ */

fed_transport* fed_transport_open(const fed_transport_options* options, fed_rpc* rpc) {
  fed_transport* t;
  memset(rpc, 0, sizeof *rpc);
  if (options == NULL || options->size < sizeof *options || options->version != FED_ABI_VERSION) {
    grpc_end(rpc, FED_RPC_INVALID_ARGUMENT, "the options are of another version");
    return NULL;
  }
  t = (fed_transport*)calloc(1, sizeof *t);
  if (t == NULL) {
    grpc_end(rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory");
    return NULL;
  }
  t->channel = grpc_channel_open(options, rpc);
  if (t->channel == NULL) {
    free(t);
    return NULL;
  }
  t->reply_ms = options->reply_ms != 0 ? options->reply_ms : 30000;
  t->stall_ms = options->stall_ms != 0 ? options->stall_ms : 60000;
  return t;
}

void fed_transport_close(fed_transport* t) {
  if (t == NULL) return;
  grpc_channel_close(t->channel);
  free(t->params);
  free(t->keys);
  free(t);
}

void fed_transport_wake(fed_transport* t) { grpc_channel_wake(t->channel); }

int fed_transport_sleep(fed_transport* t, uint32_t ms) {
  return grpc_channel_sleep(t->channel, ms);
}

typedef struct {
  const fed_program* const* programs;
  uint64_t count;
} program_list;

static bool write_programs(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const program_list* list = (const program_list*)*arg;
  uint64_t i;
  for (i = 0; i < list->count; ++i) {
    fed_v1_CheckInRequest_Program program = fed_v1_CheckInRequest_Program_init_zero;
    program.name.funcs.encode = write_text;
    program.name.arg = (void*)(uintptr_t)list->programs[i]->name;
    memcpy(program.hash, list->programs[i]->hash, sizeof program.hash);
    program.abi = list->programs[i]->version;
    if (!pb_encode_tag_for_field(stream, field) ||
        !pb_encode_submessage(stream, fed_v1_CheckInRequest_Program_fields, &program))
      return false;
  }
  return true;
}

/* Room for what phase 1 of any program brings. */
static int make_room(unsigned char** bytes, uint64_t* room, uint64_t wanted) {
  if (wanted <= *room) return 1;
  free(*bytes);
  *bytes = (unsigned char*)malloc((size_t)wanted);
  *room = *bytes != NULL ? wanted : 0;
  return *bytes != NULL;
}

/* The most that a computation of the program takes. */
static uint64_t most_key_bytes(const fed_program* program) {
  uint64_t i, k, most = 0;
  for (i = 0; i < program->computation_count; ++i) {
    const fed_layout* input = &program->computations[i].input;
    uint64_t bytes = 0;
    for (k = 0; k < input->leaf_count; ++k)
      if (input->leaves[k].origin == FED_FROM_KEY) bytes += input->leaves[k].bytes;
    if (bytes > most) most = bytes;
  }
  return most;
}

int32_t fed_transport_check_in(fed_transport* t, const fed_program* const* programs, uint64_t count,
                               uint64_t* chosen, fed_rpc* rpc) {
  fed_v1_CheckInRequest request = fed_v1_CheckInRequest_init_zero;
  fed_v1_CheckInReply reply = fed_v1_CheckInReply_init_zero;
  grpc_call call;
  program_list list;
  uint64_t i, params_room = 1, keys_room = 1;
  memset(&call, 0, sizeof call);
  list.programs = programs;
  list.count = count;
  for (i = 0; i < count; ++i) {
    if (programs[i]->params.bytes > params_room) params_room = programs[i]->params.bytes;
    if (most_key_bytes(programs[i]) > keys_room) keys_room = most_key_bytes(programs[i]);
  }
  if (!make_room(&t->params, &t->params_room, params_room) ||
      !make_room(&t->keys, &t->keys_room, keys_room))
    return grpc_end(rpc, FED_RPC_RESOURCE_EXHAUSTED, "no memory for the parameters");
  request.protocol = FED_PROTOCOL_VERSION;
  request.programs.funcs.encode = write_programs;
  request.programs.arg = &list;
  call.method = "CheckIn";
  if (call_unary(t, &call, fed_v1_CheckInRequest_fields, &request, fed_v1_CheckInReply_fields,
                 &reply, rpc) != FED_RPC_OK)
    return rpc->status;
  if (reply.session.size == 0)
    return grpc_end(rpc, FED_RPC_INTERNAL, "the server gives no session");
  if (reply.program >= count)
    return grpc_end(rpc, FED_RPC_INTERNAL, "the server chooses program %lu of %lu",
                    (unsigned long)reply.program, (unsigned long)count);
  if (reply.hold_ms > MAX_HOLD_MS)
    return grpc_end(rpc, FED_RPC_INTERNAL, "the server wants to hold calls for %lu ms",
                    (unsigned long)reply.hold_ms);
  memcpy(t->session, reply.session.bytes, reply.session.size);
  t->session_bytes = reply.session.size;
  t->hold_ms = reply.hold_ms;
  *chosen = reply.program;
  return FED_RPC_OK;
}

/* --- news ------------------------------------------------------------------------------------- */

int32_t fed_transport_await(fed_transport* t, uint64_t seen, fed_news* news, fed_rpc* rpc) {
  fed_v1_AwaitRequest request = fed_v1_AwaitRequest_init_zero;
  fed_v1_AwaitReply reply = fed_v1_AwaitReply_init_zero;
  grpc_call call;
  text_field computation = {NULL, FED_RPC_NAME_BYTES, 0};
  text_field round_end = {NULL, FED_RPC_TEXT_BYTES, 0};
  bytes_field params = {NULL, 0, 0}, keys = {NULL, 0, 0};
  memset(news, 0, sizeof *news);
  memset(&call, 0, sizeof call);
  use_session(t, request.session.bytes, &request.session.size);
  request.seen = seen;
  computation.text = news->computation;
  round_end.text = news->reason;
  params.bytes = t->params;
  params.room = t->params_room;
  keys.bytes = t->keys;
  keys.room = t->keys_room;
  reply.work.computation.funcs.decode = read_text;
  reply.work.computation.arg = &computation;
  reply.work.params.funcs.decode = read_bytes;
  reply.work.params.arg = &params;
  reply.work.keys.funcs.decode = read_bytes;
  reply.work.keys.arg = &keys;
  reply.round_end.reason.funcs.decode = read_text;
  reply.round_end.reason.arg = &round_end;
  reply.finished.reason.funcs.decode = read_text;
  reply.finished.reason.arg = &round_end;
  call.method = "Await";
  call.reply_limit = REPLY_LIMIT + (size_t)t->params_room + (size_t)t->keys_room;
  call.total_ms = t->hold_ms + t->reply_ms;
  call_unary(t, &call, fed_v1_AwaitRequest_fields, &request, fed_v1_AwaitReply_fields, &reply, rpc);
  /* A server that is finished may be gone before its reply has ended (and where a connection ends
   * with a reply, libcurl 7.88 loses the reply's status): nobody is there to be asked again. */
  if (rpc->status != FED_RPC_CANCELLED && !rpc->from_server && reply.has_finished)
    memset(rpc, 0, sizeof *rpc);
  if (rpc->status != FED_RPC_OK) return rpc->status;
  if (computation.cut)
    return grpc_end(rpc, FED_RPC_INTERNAL, "the server names a computation of more than %u bytes",
                    FED_RPC_NAME_BYTES - 1);
  news->event = reply.event;
  if (reply.has_work) {
    news->kind = FED_NEWS_WORK;
    news->round = reply.work.round;
    news->phase = reply.work.phase;
    news->label = reply.work.label;
    news->download_bytes = reply.work.download_bytes;
    news->upload_bytes = reply.work.upload_bytes;
    news->params = t->params;
    news->params_bytes = params.got;
    news->keys = t->keys;
    news->keys_bytes = keys.got;
  } else if (reply.has_round_end) {
    news->kind = FED_NEWS_ROUND_END;
    news->round = reply.round_end.round;
    news->accepted = reply.round_end.accepted;
  } else if (reply.has_finished) {
    news->kind = FED_NEWS_FINISHED;
  } else if (reply.has_come_back) {
    news->kind = FED_NEWS_COME_BACK;
    news->after_ms = reply.come_back.after_ms;
  }
  return FED_RPC_OK;
}

/* --- download --------------------------------------------------------------------------------- */

typedef struct {
  unsigned char request[128];
  size_t request_bytes;
  unsigned char* into;
  uint64_t bytes, offset;
} download;

static int download_request(void* user, uint64_t index, grpc_message* message) {
  const download* d = (const download*)user;
  message->head = d->request;
  message->head_bytes = d->request_bytes;
  return index == 0;
}

static int download_reply(void* user, const unsigned char* data, size_t bytes, uint64_t* useful,
                          fed_rpc* rpc) {
  download* d = (download*)user;
  fed_v1_Chunk chunk = fed_v1_Chunk_init_zero;
  pb_istream_t stream = pb_istream_from_buffer(data, bytes);
  bytes_field payload = {NULL, 0, 0};
  payload.bytes = d->into + d->offset;
  payload.room = d->bytes - d->offset;
  chunk.data.funcs.decode = read_bytes;
  chunk.data.arg = &payload;
  if (!pb_decode(&stream, fed_v1_Chunk_fields, &chunk)) {
    grpc_end(rpc, FED_RPC_INTERNAL, "a piece of the download cannot be read: %s",
             PB_GET_ERROR(&stream));
    return 0;
  }
  if (chunk.offset != d->offset) {
    grpc_end(rpc, FED_RPC_INTERNAL, "a piece of the download begins at %llu instead of %llu",
             (unsigned long long)chunk.offset, (unsigned long long)d->offset);
    return 0;
  }
  d->offset += payload.got;
  *useful = payload.got;
  return 1;
}

int32_t fed_transport_download(fed_transport* t, uint64_t round, uint32_t phase, void* into,
                               uint64_t bytes, uint64_t* offset, fed_rpc* rpc) {
  fed_v1_DownloadRequest request = fed_v1_DownloadRequest_init_zero;
  pb_ostream_t stream;
  grpc_call call;
  download d;
  memset(rpc, 0, sizeof *rpc);
  if ((into == NULL && bytes != 0) || *offset > bytes)
    return grpc_end(rpc, FED_RPC_INVALID_ARGUMENT, "a download to nowhere");
  if (*offset == bytes) return FED_RPC_OK;
  use_session(t, request.session.bytes, &request.session.size);
  request.round = round;
  request.phase = phase;
  request.offset = *offset;
  stream = pb_ostream_from_buffer(d.request, sizeof d.request);
  if (!pb_encode(&stream, fed_v1_DownloadRequest_fields, &request))
    return grpc_end(rpc, FED_RPC_INTERNAL, "the request cannot be written");
  d.request_bytes = stream.bytes_written;
  d.into = (unsigned char*)into;
  d.bytes = bytes;
  d.offset = *offset;
  memset(&call, 0, sizeof call);
  call.method = "Download";
  call.user = &d;
  call.request = download_request;
  call.reply = download_reply;
  call.reply_limit = CHUNK_LIMIT + 64; /* the data with its own tag, length and offset */
  call.stall_ms = t->stall_ms;
  grpc_channel_call(t->channel, &call, rpc);
  *offset = d.offset;
  if (rpc->status == FED_RPC_OK && d.offset != bytes)
    return grpc_end(rpc, FED_RPC_INTERNAL, "the download ends at %llu of %llu bytes",
                    (unsigned long long)d.offset, (unsigned long long)bytes);
  return rpc->status;
}

/* --- upload ----------------------------------------------------------------------------------- */

typedef struct {
  unary reply; /* first: its reply handler is used */
  const fed_transport* transport;
  const unsigned char* data;
  uint64_t bytes, round;
  uint32_t phase;
  unsigned char head[HEAD_BYTES];
} upload;

static int upload_request(void* user, uint64_t index, grpc_message* message) {
  upload* u = (upload*)user;
  const uint64_t offset = index * PIECE_BYTES;
  fed_v1_UploadPart part = fed_v1_UploadPart_init_zero;
  pb_ostream_t stream = pb_ostream_from_buffer(u->head, sizeof u->head);
  size_t size;
  /* Nothing to send is still one part. */
  if (index != 0 && offset >= u->bytes) return 0;
  size = u->bytes - offset < PIECE_BYTES ? (size_t)(u->bytes - offset) : PIECE_BYTES;
  if (index == 0) {
    use_session(u->transport, part.session.bytes, &part.session.size);
    part.round = u->round;
    part.phase = u->phase;
  }
  part.offset = offset;
  /* The data goes from where it is, after its tag and length: it is the message's last field. All
   * of this fits into `head` by its size. */
  pb_encode(&stream, fed_v1_UploadPart_fields, &part);
  if (size != 0) {
    pb_encode_tag(&stream, PB_WT_STRING, fed_v1_UploadPart_data_tag);
    pb_encode_varint(&stream, size);
  }
  message->head = u->head;
  message->head_bytes = stream.bytes_written;
  message->body = u->data + offset;
  message->body_bytes = size;
  return 1;
}

int32_t fed_transport_upload(fed_transport* t, uint64_t round, uint32_t phase, const void* data,
                             uint64_t bytes, fed_verdict* verdict, fed_rpc* rpc) {
  fed_v1_UploadReply reply = fed_v1_UploadReply_init_zero;
  text_field reason = {NULL, FED_RPC_TEXT_BYTES, 0};
  static const unsigned char nothing = 0;
  grpc_call call;
  upload u;
  memset(&u, 0, sizeof u);
  memset(rpc, 0, sizeof *rpc);
  memset(verdict, 0, sizeof *verdict);
  if (data == NULL && bytes != 0)
    return grpc_end(rpc, FED_RPC_INVALID_ARGUMENT, "an upload from nowhere");
  reason.text = verdict->reason;
  reply.reason.funcs.decode = read_text;
  reply.reason.arg = &reason;
  u.reply.reply_fields = fed_v1_UploadReply_fields;
  u.reply.reply = &reply;
  u.transport = t;
  u.data = data != NULL ? (const unsigned char*)data : &nothing;
  u.bytes = bytes;
  u.round = round;
  u.phase = phase;
  memset(&call, 0, sizeof call);
  call.method = "Upload";
  call.user = &u;
  call.request = upload_request;
  call.reply = unary_reply;
  call.reply_limit = REPLY_LIMIT;
  call.stall_ms = t->stall_ms;
  grpc_channel_call(t->channel, &call, rpc);
  if (need_reply(u.reply.replies, "Upload", rpc) != FED_RPC_OK) return rpc->status;
  switch (reply.verdict) {
    case fed_v1_UploadReply_Verdict_ACCEPTED:
      verdict->reject = FED_ACCEPT;
      break;
    case fed_v1_UploadReply_Verdict_NOT_FINITE:
      verdict->reject = FED_REJECT_NOT_FINITE;
      break;
    case fed_v1_UploadReply_Verdict_BAD_WEIGHT:
      verdict->reject = FED_REJECT_BAD_WEIGHT;
      break;
    case fed_v1_UploadReply_Verdict_OUT_OF_RANGE:
      verdict->reject = FED_REJECT_OUT_OF_RANGE;
      break;
    default:
      return grpc_end(rpc, FED_RPC_INTERNAL, "the server's verdict on the upload is unknown: %d",
                      (int)reply.verdict);
  }
  verdict->duplicate = reply.duplicate;
  return FED_RPC_OK;
}

/* --- giving up -------------------------------------------------------------------------------- */

int32_t fed_transport_abandon(fed_transport* t, uint64_t round, uint32_t phase, int32_t status,
                              uint32_t site, uint32_t within_ms, fed_rpc* rpc) {
  fed_v1_AbandonRequest request = fed_v1_AbandonRequest_init_zero;
  fed_v1_AbandonReply reply = fed_v1_AbandonReply_init_zero;
  grpc_call call;
  memset(&call, 0, sizeof call);
  use_session(t, request.session.bytes, &request.session.size);
  request.round = round;
  request.phase = phase;
  request.status = status;
  request.site = site;
  call.method = "Abandon";
  call.total_ms = within_ms;
  call.last_word = within_ms != 0;
  return call_unary(t, &call, fed_v1_AbandonRequest_fields, &request, fed_v1_AbandonReply_fields,
                    &reply, rpc);
}
