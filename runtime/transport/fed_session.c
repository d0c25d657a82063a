#include "runtime/transport/fed_session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/transport/grpc_call.h"

#define FIRST_BACKOFF_MS 100u
#define LAST_BACKOFF_MS 5000u
#define SHORTEST_WAIT_MS 100u    /* between questions that the server answers with nothing */
#define LONGEST_WAIT_MS 3600000u /* that the server can send a client away for */
#define LAST_WORD_MS 30u         /* to tell the server that this client was cancelled */
#define GOODBYE_MS 500u          /* ... that it goes, as it wants or the server is finished */

typedef struct {
  const fed_session_options* options;
  const fed_session_host* host;
  fed_transport* transport;
  const fed_session_member* member;
  fed_rpc rpc;    /* of the last call */
  int32_t result; /* FED_SESSION_..., once the session ends */
  uint64_t seen;
  /* The open round: those of its phases that were run, and of these uploaded. */
  int open;
  fed_session_round round;
  uint32_t done, uploaded;
  uint32_t fetched_phase; /* whose download has begun; so many bytes are there: */
  uint64_t fetched;
  char rejected[FED_RPC_TEXT_BYTES]; /* what the server said of an upload */
  /* The round that this client stays out of. */
  int has_failed;
  uint64_t failed_round;
  int32_t failed_status;
  /* Trying again. */
  uint32_t backoff_ms, random;
  int lost; /* the last call reached nobody, since: */
  uint64_t lost_since;
  char said[FED_RPC_TEXT_BYTES]; /* the last log line about it */
} session;

/* What becomes of the session after a step. ASK_AGAIN: a call went wrong, so let the server say
 * what it still wants. */
enum { GO_ON, ASK_AGAIN, CHECK_IN_AGAIN, STOP };

static void say(session* s, const char* format, ...) {
  char text[FED_RPC_TEXT_BYTES + 256];
  va_list arguments;
  if (s->host->log == 0) return;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  s->host->log(s->host->user, text);
}

static int stop(session* s, int32_t result) {
  s->result = result;
  return STOP;
}

/* --- trying again ----------------------------------------------------------------------------- */

/* Waits before the next try, longer each time, and not in step with other clients. */
static int pause_before_retry(session* s) {
  uint32_t wait;
  s->random ^= s->random << 13;
  s->random ^= s->random >> 17;
  s->random ^= s->random << 5;
  wait = s->backoff_ms / 4 * 3 + s->random % (s->backoff_ms / 4 + 1);
  s->backoff_ms = s->backoff_ms < LAST_BACKOFF_MS / 2 ? s->backoff_ms * 2 : LAST_BACKOFF_MS;
  if (fed_transport_sleep(s->transport, wait)) return stop(s, FED_SESSION_CANCELLED);
  return GO_ON;
}

/* How a call ended, for the session. */
enum { CALL_DONE, CALL_RETRY, CALL_FORGOTTEN, CALL_STALE, CALL_REFUSED, CALL_STOP };

static int judge_call(session* s) {
  const fed_rpc* rpc = &s->rpc;
  if (rpc->status == FED_RPC_OK || rpc->from_server) {
    if (s->lost) say(s, "%s answers again", s->options->server);
    s->lost = 0;
  }
  switch (rpc->status) {
    case FED_RPC_OK:
      s->said[0] = 0;
      return CALL_DONE;
    case FED_RPC_NOT_FOUND:
      return CALL_FORGOTTEN;
    case FED_RPC_FAILED_PRECONDITION:
      return CALL_STALE;
    case FED_RPC_INVALID_ARGUMENT:
    case FED_RPC_OUT_OF_RANGE:
    case FED_RPC_UNIMPLEMENTED:
    case FED_RPC_PERMISSION_DENIED:
    case FED_RPC_UNAUTHENTICATED:
      return CALL_REFUSED;
    case FED_RPC_CANCELLED:
      if (!rpc->from_server) return stop(s, FED_SESSION_CANCELLED), CALL_STOP;
      break;
    default:
      break;
  }
  if (strcmp(s->said, rpc->text) != 0) {
    say(s, "%s; trying again", rpc->text);
    memcpy(s->said, rpc->text, sizeof s->said);
  }
  if (!rpc->from_server) {
    if (!s->lost) s->lost_since = grpc_now_ms();
    s->lost = 1;
    if (s->options->give_up_ms != 0 && grpc_now_ms() - s->lost_since >= s->options->give_up_ms)
      return stop(s, FED_SESSION_UNREACHABLE), CALL_STOP;
  }
  return pause_before_retry(s) == GO_ON ? CALL_RETRY : CALL_STOP;
}

/* --- rounds ----------------------------------------------------------------------------------- */

/* Ends the open round, if there is one. */
static int end_round(session* s, int accepted, const char* reason) {
  fed_client* client;
  const fed_error* error;
  fed_session_end end;
  int32_t status = FED_OK;
  if (!s->open) return GO_ON;
  client = s->round.member->client;
  error = fed_client_error(client);
  memset(&end, 0, sizeof end);
  end.accepted =
      accepted && error->status == FED_OK && s->done == s->round.computation->phase_count;
  end.error = error->status != FED_OK ? error : 0;
  end.reason = end.accepted          ? ""
               : reason[0] != 0      ? reason
               : s->rejected[0] != 0 ? s->rejected
                                     : "the server gives no reason";
  if (s->host->ended != 0) status = s->host->ended(s->host->user, &s->round, &end);
  fed_client_round_end(client, end.accepted && (status == FED_OK || status == FED_END));
  s->open = 0;
  if (status == FED_END) return stop(s, FED_SESSION_LEFT);
  if (status != FED_OK) return stop(s, FED_SESSION_HOST_ERROR);
  return GO_ON;
}

/* Tells the server that this client does no more for a round, and ends it here. */
static int leave_round(session* s, uint64_t number, uint32_t phase, int32_t status, uint32_t site,
                       const char* reason) {
  int call;
  s->has_failed = 1;
  s->failed_round = number;
  s->failed_status = status;
  if (end_round(s, 0, reason) == STOP) return STOP;
  do {
    fed_transport_abandon(s->transport, number, phase, status, site, 0, &s->rpc);
    call = judge_call(s);
  } while (call == CALL_RETRY);
  if (call == CALL_STOP) return STOP;
  return call == CALL_FORGOTTEN ? CHECK_IN_AGAIN : GO_ON; /* the rest means: not needed */
}

static const fed_computation* find_computation(const fed_program* program, const char* name) {
  uint64_t i;
  for (i = 0; i < program->computation_count; ++i)
    if (strcmp(program->computations[i].name, name) == 0) return &program->computations[i];
  return 0;
}

/* Opens the round of a phase 1; on FED_OK it is open. */
static int32_t begin_round(session* s, const fed_news* news) {
  const fed_session_host* host = s->host;
  int32_t status;
  memset(&s->round, 0, sizeof s->round);
  s->round.member = s->member;
  s->round.number = news->round;
  s->round.label = news->label != 0 ? news->label : news->round;
  s->round.phase = 1;
  s->round.computation = find_computation(s->member->program, news->computation);
  s->done = s->uploaded = s->fetched_phase = 0;
  s->rejected[0] = 0;
  if (s->round.computation == 0 || news->phase != 1) {
    say(s, "round %llu: the server asks for phase %lu of `%s`, which cannot be",
        (unsigned long long)news->round, (unsigned long)news->phase, news->computation);
    return FED_BAD_CALL;
  }
  if (host->prepare != 0) {
    status = host->prepare(host->user, &s->round, news->params, news->params_bytes);
    if (status != FED_OK) return status;
  }
  status = fed_client_round_begin(s->member->client, s->round.computation->name, 0, news->params,
                                  news->params_bytes);
  if (status != FED_OK) {
    say(s, "round %llu: the parameters have %llu bytes, not %llu",
        (unsigned long long)s->round.label, (unsigned long long)news->params_bytes,
        (unsigned long long)s->member->program->params.bytes);
    return status;
  }
  if (fed_client_keys(s->member->client, news->keys, news->keys_bytes) != FED_OK) {
    say(s, "round %llu: the keys have %llu bytes, not %llu", (unsigned long long)news->round,
        (unsigned long long)news->keys_bytes,
        (unsigned long long)fed_client_keys_bytes(s->round.computation));
    fed_client_round_end(s->member->client, 0);
    return FED_BAD_CALL;
  }
  s->open = 1;
  return host->begin != 0 ? host->begin(host->user, &s->round) : FED_OK;
}

/* What follows a call of the open round that did not succeed. */
static int after_call(session* s, int call) {
  if (call == CALL_STOP) return STOP;
  if (call == CALL_RETRY) return ASK_AGAIN;
  if (call == CALL_FORGOTTEN) return CHECK_IN_AGAIN;
  say(s, "round %llu, phase %lu: %s", (unsigned long long)s->round.label,
      (unsigned long)s->round.phase, s->rpc.text);
  /* The round's end will follow, if the server still counts on this client. */
  return call == CALL_STALE ? GO_ON : end_round(s, 0, s->rpc.text);
}

static int send_upload(session* s) {
  uint64_t bytes = 0;
  const void* data = fed_client_upload(s->round.member->client, &bytes);
  fed_verdict verdict;
  int call;
  if (s->uploaded < s->done && s->host->sending != 0) {
    const int32_t status = s->host->sending(s->host->user, &s->round, data, bytes);
    if (status == FED_CANCELLED) return stop(s, FED_SESSION_CANCELLED);
    if (status != FED_OK)
      return leave_round(s, s->round.number, s->round.phase, status, 0,
                         "the host keeps the upload");
  }
  fed_transport_upload(s->transport, s->round.number, s->round.phase, data, bytes, &verdict,
                       &s->rpc);
  call = judge_call(s);
  if (call != CALL_DONE) return after_call(s, call);
  s->uploaded = s->done;
  if (verdict.reject != FED_ACCEPT) {
    static const char* const kinds[] = {"", "a number that is not finite",
                                        "a weight that is negative or not finite",
                                        "a value out of range"};
    snprintf(s->rejected, sizeof s->rejected, "%s",
             verdict.reason[0] != 0 ? verdict.reason : kinds[verdict.reject]);
  }
  return GO_ON;
}

/* Downloads, runs and uploads the next phase of the open round. */
static int run_phase(session* s, const fed_news* news) {
  fed_client* client = s->round.member->client;
  const uint64_t k = news->phase - 1;
  const fed_phase* phase = &s->round.computation->phases[k];
  uint64_t bytes = 0;
  void* into = fed_client_download(client, k, &bytes);
  int32_t status;
  s->round.phase = news->phase;
  if (news->download_bytes != bytes || news->upload_bytes != phase->message_out.bytes) {
    say(s,
        "round %llu, phase %lu: the server speaks of %llu and %llu bytes, the program of %llu "
        "and %llu",
        (unsigned long long)news->round, (unsigned long)news->phase,
        (unsigned long long)news->download_bytes, (unsigned long long)news->upload_bytes,
        (unsigned long long)bytes, (unsigned long long)phase->message_out.bytes);
    return leave_round(s, news->round, news->phase, FED_BAD_SIZE, 0,
                       "the server's messages have other sizes");
  }
  if (s->fetched_phase != news->phase) s->fetched = 0;
  s->fetched_phase = news->phase;
  if (s->fetched != bytes) {
    const uint64_t before = s->fetched;
    int call;
    fed_transport_download(s->transport, s->round.number, s->round.phase, into, bytes, &s->fetched,
                           &s->rpc);
    if (s->fetched != before) s->backoff_ms = FIRST_BACKOFF_MS;
    call = judge_call(s);
    if (call != CALL_DONE) return after_call(s, call);
  }
  status = fed_client_run(client, k, 0);
  if (status == FED_CANCELLED) return stop(s, FED_SESSION_CANCELLED);
  if (status != FED_OK) {
    const fed_error error = *fed_client_error(client);
    return leave_round(s, news->round, news->phase, status, error.site, "it failed on this device");
  }
  s->done = news->phase;
  return send_upload(s);
}

static int work(session* s, const fed_news* news) {
  int step;
  if (s->open && s->round.number != news->round) {
    step = end_round(s, 0, "the server went on to another round");
    if (step != GO_ON) return step;
  }
  if (!s->open) {
    int32_t status;
    if (s->has_failed && s->failed_round == news->round)
      return leave_round(s, news->round, news->phase, s->failed_status, 0, "");
    status = begin_round(s, news);
    if (status == FED_CANCELLED) return stop(s, FED_SESSION_CANCELLED);
    if (status != FED_OK)
      return leave_round(s, news->round, news->phase, status, 0, "this client stays out of it");
  }
  if (news->phase == s->done && s->done != 0) return send_upload(s); /* its answer was lost */
  if (news->phase == s->done + 1 && news->phase <= s->round.computation->phase_count)
    return run_phase(s, news);
  say(s, "round %llu: the server asks for phase %lu after phase %lu",
      (unsigned long long)news->round, (unsigned long)news->phase, (unsigned long)s->done);
  return leave_round(s, news->round, news->phase, FED_BAD_CALL, 0,
                     "the server's phases are out of order");
}

/* --- the session ------------------------------------------------------------------------------ */

static int wait_ms(session* s, uint32_t ms) {
  if (ms > LONGEST_WAIT_MS) ms = LONGEST_WAIT_MS;
  return fed_transport_sleep(s->transport, ms) ? stop(s, FED_SESSION_CANCELLED) : GO_ON;
}

static int deal_with(session* s, const fed_news* news, uint64_t took_ms) {
  int step = GO_ON;
  if (news->kind != FED_NEWS_NOTHING && news->event <= s->seen) {
    say(s, "%s repeats what is done; asking again", s->options->server);
    return pause_before_retry(s);
  }
  switch (news->kind) {
    case FED_NEWS_COME_BACK:
      step = wait_ms(s, news->after_ms > SHORTEST_WAIT_MS ? news->after_ms : SHORTEST_WAIT_MS);
      break;
    case FED_NEWS_WORK:
      step = work(s, news);
      break;
    case FED_NEWS_ROUND_END:
      if (s->open && s->round.number == news->round)
        step = end_round(s, news->accepted, news->reason);
      break;
    case FED_NEWS_FINISHED:
      step = end_round(s, 0, news->reason);
      if (step == GO_ON) {
        if (news->reason[0] != 0) say(s, "the server is finished: %s", news->reason);
        step = stop(s, FED_SESSION_FINISHED);
      }
      break;
    default:
      return took_ms < SHORTEST_WAIT_MS ? wait_ms(s, SHORTEST_WAIT_MS) : GO_ON;
  }
  if (step == GO_ON) {
    s->seen = news->event;
    s->backoff_ms = FIRST_BACKOFF_MS;
  }
  return step;
}

static int check_in(session* s) {
  const fed_program* programs[64];
  uint64_t i, chosen = 0;
  const uint64_t count = s->options->member_count < 64 ? s->options->member_count : 64;
  for (i = 0; i < count; ++i) programs[i] = s->options->members[i].program;
  for (;;) {
    fed_transport_check_in(s->transport, programs, count, &chosen, &s->rpc);
    switch (judge_call(s)) {
      case CALL_DONE:
        s->member = &s->options->members[chosen];
        s->seen = 0;
        s->has_failed = 0;
        return GO_ON;
      case CALL_RETRY:
        break;
      case CALL_STOP:
        return STOP;
      default:
        return stop(s, FED_SESSION_REFUSED);
    }
  }
}

/* From a check-in until the server has forgotten it, or to the end. */
static int serve(session* s) {
  fed_news news;
  for (;;) {
    const uint64_t asked = grpc_now_ms();
    int step;
    fed_transport_await(s->transport, s->seen, &news, &s->rpc);
    switch (judge_call(s)) {
      case CALL_DONE:
        step = deal_with(s, &news, grpc_now_ms() - asked);
        if (step == CHECK_IN_AGAIN || step == STOP) return step;
        break;
      case CALL_RETRY:
        break;
      case CALL_STOP:
        return STOP;
      default:
        return CHECK_IN_AGAIN;
    }
  }
}

static void run(session* s) {
  int step = GO_ON;
  while (step != STOP) {
    step = check_in(s);
    if (step == STOP) break;
    say(s, "checked in at %s", s->options->server);
    step = serve(s);
    if (step == CHECK_IN_AGAIN) {
      step = end_round(s, 0, "the server does not know this client any more");
      if (step == GO_ON) step = pause_before_retry(s);
    }
  }
  if (s->open) {
    const int32_t result = s->result;
    /* The server need not wait for what will not come. */
    if (result == FED_SESSION_CANCELLED && !s->lost &&
        s->uploaded < s->round.computation->phase_count) {
      fed_rpc ignored;
      fed_transport_abandon(s->transport, s->round.number, s->uploaded + 1, FED_CANCELLED, 0,
                            LAST_WORD_MS, &ignored);
    }
    end_round(s, 0, result == FED_SESSION_CANCELLED ? "cancelled" : s->rpc.text);
    s->result = result;
  } else if (s->member != 0 && !s->lost && s->result != FED_SESSION_REFUSED) {
    fed_rpc ignored;
    fed_transport_abandon(s->transport, 0, 0, FED_OK, 0,
                          s->result == FED_SESSION_CANCELLED ? LAST_WORD_MS : GOODBYE_MS, &ignored);
  }
}

int32_t fed_session_run(const fed_session_options* options, fed_rpc* why) {
  session s;
  fed_transport_options transport;
  uint64_t i;
  memset(&s, 0, sizeof s);
  if (options == 0 || options->size < sizeof *options || options->version != FED_ABI_VERSION ||
      options->member_count == 0 || options->host == 0 ||
      options->host->size < sizeof *options->host || options->host->version != FED_ABI_VERSION)
    s.result = FED_SESSION_BAD_CALL;
  for (i = 0; s.result == 0 && i < options->member_count; ++i)
    if (options->members[i].program == 0 || options->members[i].client == 0)
      s.result = FED_SESSION_BAD_CALL;
  if (s.result == FED_SESSION_BAD_CALL) {
    grpc_end(&s.rpc, FED_RPC_INVALID_ARGUMENT, "the session's options are not usable");
  } else {
    s.options = options;
    s.host = options->host;
    memset(&transport, 0, sizeof transport);
    transport.size = sizeof transport;
    transport.version = FED_ABI_VERSION;
    transport.server = options->server;
    transport.user = options->host->user;
    transport.cancelled = options->host->cancelled;
    transport.connect_ms = options->connect_ms;
    transport.reply_ms = options->reply_ms;
    transport.stall_ms = options->stall_ms;
    s.transport = fed_transport_open(&transport, &s.rpc);
    s.backoff_ms = FIRST_BACKOFF_MS;
    s.random = (uint32_t)(grpc_now_ms() * 2654435761u ^ (uintptr_t)&s) | 1u;
    if (s.transport == 0) {
      s.result = FED_SESSION_BAD_CALL;
    } else {
      run(&s);
      fed_transport_close(s.transport);
    }
  }
  if (why != 0) *why = s.rpc;
  return s.result;
}
