/* A program of the ABI written by hand, as the compiler would emit it: what the runtime's tests
 * run. hand.fed says what it computes; hand.textproto is its manifest. */
#include <string.h>

#include "runtime/abi/fed_abi.h"
#include "runtime/server/accumulators.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SCALAR(name, type, bytes, slot) {name, type, 0, {0}, 0, 0, 0, 64u * (slot), bytes}
#define LAYOUT(leaves) {64u * COUNT(leaves), leaves, COUNT(leaves)}
#define NOTHING {0, 0, 0}
#define TABLE(type) (uint32_t)sizeof(type), FED_ABI_VERSION
#define HASH {0x5e, 0xed}

static const float* f32(const void* base, int slot) {
  return (const float*)((const char*)base + 64 * slot);
}
static float* f32_out(void* base, int slot) { return (float*)((char*)base + 64 * slot); }
static const int64_t* i64(const void* base, int slot) {
  return (const int64_t*)((const char*)base + 64 * slot);
}
static int64_t* i64_out(void* base, int slot) { return (int64_t*)((char*)base + 64 * slot); }

static int32_t fail(const fed_frame* frame, int32_t status, uint32_t site) {
  if (frame->error->status == FED_OK) {
    frame->error->status = status;
    frame->error->site = site;
  }
  return frame->error->status;
}

static int32_t nothing(const fed_frame* frame) { return frame->error->status; }

/* A mean's two leaves, the weight first: one aggregation serves average and spread's phases. */
static int32_t validate_sum(const void* upload) {
  const int32_t weight = fed_acc_weight_i64(i64(upload, 0));
  if (weight != FED_ACCEPT) return weight;
  return *i64(upload, 0) == 0 ? FED_ACCEPT : fed_acc_finite_f32(f32(upload, 1), 1);
}
static void zero_sum(void* acc) {
  fed_acc_sum_i64_zero(acc, 1);
  fed_acc_sum_f32_zero((char*)acc + 64, 1);
}
static void accumulate_sum(void* acc, const void* upload) {
  fed_acc_sum_i64_add(acc, i64(upload, 0), 1);
  if (*i64(upload, 0) != 0) fed_acc_sum_f32_add((char*)acc + 64, f32(upload, 1), 1);
}
static void accumulate_sums(void* acc, const void* const* uploads, uint64_t count) {
  uint64_t i;
  for (i = 0; i < count; ++i) accumulate_sum(acc, uploads[i]);
}
static void merge_sum(void* acc, const void* other) {
  fed_acc_sum_i64_merge(acc, other, 1);
  fed_acc_sum_f32_merge((char*)acc + 64, (const char*)other + 64, 1);
}
static void report_sum(const void* acc, void* message_in) {
  fed_acc_sum_i64_report(acc, i64_out(message_in, 0), 1);
  fed_acc_sum_f32_report((const char*)acc + 64, f32_out(message_in, 1), 1);
}
#define SUM_BYTES (64 + FED_ACC_SUM_F32_BYTES(1))
#define SUM(level)                                                          \
  {TABLE(fed_aggregation), level,     SUM_BYTES,  validate_sum,   zero_sum, \
   accumulate_sum,         merge_sum, report_sum, accumulate_sums}

static const fed_leaf params[] = {SCALAR("scale", FED_FLOAT32, 4, 0)};
static const fed_leaf sum_leaves[] = {SCALAR("weight", FED_INT64, 8, 0),
                                      SCALAR("value", FED_FLOAT32, 4, 1)};

/* average */
static int32_t average_client_1(const fed_frame* frame) {
  const float reading = *f32(frame->input, 0);
  if (reading == 13) return fail(frame, FED_BAD_VALUE, 2);
  if (reading == 14)
    while (!frame->host->cancelled(frame->host->user)) {
    }
  if (reading == 14) return fail(frame, FED_CANCELLED, 0);
  *i64_out(frame->message_out, 0) = 1;
  *f32_out(frame->message_out, 1) = reading * *f32(frame->params, 0);
  return frame->error->status;
}
static int32_t average_server_1(const fed_frame* frame) {
  if (*i64(frame->message_in, 0) == 0) return fail(frame, FED_ASSERTION, 1);
  *f32_out(frame->result, 0) = *f32(frame->message_in, 1) / (float)*i64(frame->message_in, 0);
  return frame->error->status;
}
static const fed_leaf average_input[] = {SCALAR("readings", FED_FLOAT32, 4, 0)};
static const fed_leaf average_result[] = {SCALAR("", FED_FLOAT32, 4, 0)};
static const fed_phase average_client[] = {
    {TABLE(fed_phase), average_client_1, NOTHING, LAYOUT(sum_leaves)}};
static const fed_phase average_server[] = {
    {TABLE(fed_phase), nothing, NOTHING, NOTHING},
    {TABLE(fed_phase), average_server_1, LAYOUT(sum_leaves), NOTHING}};
static const fed_aggregation average_aggregation[] = {SUM(1)};

/* spread: phase 1 sums, phase 2 sums squared deviations from the mean; the client keeps its count.
 */
static int32_t spread_pass(const fed_frame* frame, float mean, int squared, float* sum,
                           int64_t* count) {
  const fed_host* host = frame->host;
  fed_view view;
  int32_t status = host->sequence_open(host->user, 0, 0);
  *sum = 0;
  *count = 0;
  while (status == FED_OK && (status = host->sequence_next(host->user, 0, 0, &view, 1)) == FED_OK) {
    const float d = *(const float*)view.data - mean;
    *sum += squared ? d * d : d;
    ++*count;
  }
  return status == FED_END ? FED_OK : status;
}
static int32_t spread_client_1(const fed_frame* frame) {
  float sum;
  int64_t count;
  const int32_t status = spread_pass(frame, 0, 0, &sum, &count);
  if (status != FED_OK) return fail(frame, status, 3);
  *i64_out(frame->message_out, 0) = count;
  *f32_out(frame->message_out, 1) = sum;
  *i64_out(frame->kept, 0) = count;
  return FED_OK;
}
static int32_t spread_client_2(const fed_frame* frame) {
  float sum;
  int64_t count;
  const int32_t status = spread_pass(frame, *f32(frame->message_in, 0), 1, &sum, &count);
  if (status != FED_OK) return fail(frame, status, 3);
  *i64_out(frame->message_out, 0) = *i64(frame->kept, 0);
  *f32_out(frame->message_out, 1) = sum;
  *f32_out(frame->result, 0) = sum; /* stays on the client */
  return FED_OK;
}
static int32_t spread_server_1(const fed_frame* frame) {
  if (*i64(frame->message_in, 0) == 0) return fail(frame, FED_ASSERTION, 3);
  *f32_out(frame->message_out, 0) = *f32(frame->message_in, 1) / (float)*i64(frame->message_in, 0);
  *f32_out(frame->kept, 0) = *f32_out(frame->message_out, 0);
  return FED_OK;
}
static int32_t spread_server_2(const fed_frame* frame) {
  if (*i64(frame->message_in, 0) == 0) return fail(frame, FED_ASSERTION, 4);
  *f32_out(frame->result, 0) = *f32(frame->kept, 0);
  *f32_out(frame->result, 1) = *f32(frame->message_in, 1) / (float)*i64(frame->message_in, 0);
  return FED_OK;
}
static const fed_leaf spread_element[] = {SCALAR("", FED_FLOAT32, 4, 0)};
static const fed_sequence spread_sequences[] = {{"readings", LAYOUT(spread_element), 1, 0}};
static const fed_leaf spread_mean[] = {SCALAR("mean", FED_FLOAT32, 4, 0)};
static const fed_leaf spread_kept[] = {SCALAR("count", FED_INT64, 8, 0)};
static const fed_leaf spread_own[] = {SCALAR("own", FED_FLOAT32, 4, 0)};
static const fed_leaf spread_result[] = {SCALAR("mean", FED_FLOAT32, 4, 0),
                                         SCALAR("variance", FED_FLOAT32, 4, 1)};
static const fed_phase spread_client[] = {
    {TABLE(fed_phase), spread_client_1, NOTHING, LAYOUT(sum_leaves)},
    {TABLE(fed_phase), spread_client_2, LAYOUT(spread_mean), LAYOUT(sum_leaves)}};
static const fed_phase spread_server[] = {
    {TABLE(fed_phase), nothing, NOTHING, NOTHING},
    {TABLE(fed_phase), spread_server_1, LAYOUT(sum_leaves), LAYOUT(spread_mean)},
    {TABLE(fed_phase), spread_server_2, LAYOUT(sum_leaves), NOTHING}};
static const fed_aggregation spread_aggregations[] = {SUM(1), SUM(2)};

/* tally, a process: the server's state adds up what clients report, which is how often each has
 * been accepted before, plus its datum; each client counts in its own state. */
static int32_t tally_initialize(const fed_frame* frame) {
  *f32_out(frame->result, 0) = 100;
  return FED_OK;
}
static int32_t tally_client_state(const fed_frame* frame) {
  *i64_out(frame->state_out, 0) = 7;
  return FED_OK;
}
static int32_t tally_client_1(const fed_frame* frame) {
  *i64_out(frame->message_out, 0) = 1;
  *f32_out(frame->message_out, 1) = *f32(frame->input, 0) + (float)*i64(frame->state_in, 0);
  *i64_out(frame->state_out, 0) = *i64(frame->state_in, 0) + 1;
  return FED_OK;
}
static int32_t tally_server_0(const fed_frame* frame) {
  *f32_out(frame->kept, 0) = *f32(frame->input, 0);
  return FED_OK;
}
static int32_t tally_server_1(const fed_frame* frame) {
  *f32_out(frame->result, 0) = *f32(frame->kept, 0) + *f32(frame->message_in, 1);
  *i64_out(frame->result, 1) = *i64(frame->message_in, 0);
  return FED_OK;
}
static const fed_leaf tally_state[] = {SCALAR("state", FED_FLOAT32, 4, 0)};
static const fed_leaf tally_count[] = {SCALAR("count", FED_INT64, 8, 0)};
static const fed_leaf tally_data[] = {SCALAR("data", FED_FLOAT32, 4, 0)};
static const fed_leaf tally_result[] = {SCALAR("state", FED_FLOAT32, 4, 0),
                                        SCALAR("metrics.clients", FED_INT64, 8, 1)};
static const fed_phase tally_initialize_server[] = {
    {TABLE(fed_phase), tally_initialize, NOTHING, NOTHING}};
static const fed_phase tally_state_client[] = {
    {TABLE(fed_phase), tally_client_state, NOTHING, NOTHING}};
static const fed_phase tally_client[] = {
    {TABLE(fed_phase), tally_client_1, NOTHING, LAYOUT(sum_leaves)}};
static const fed_phase tally_server[] = {
    {TABLE(fed_phase), tally_server_0, NOTHING, NOTHING},
    {TABLE(fed_phase), tally_server_1, LAYOUT(sum_leaves), NOTHING}};

#define PHASES(phases) phases, COUNT(phases)

static const fed_computation client_computations[] = {
    {TABLE(fed_computation), "average", PHASES(average_client), LAYOUT(average_input), NOTHING,
     NOTHING, NOTHING, 0, 0},
    {TABLE(fed_computation), "spread", PHASES(spread_client), NOTHING, LAYOUT(spread_kept),
     LAYOUT(spread_own), NOTHING, PHASES(spread_sequences)},
    {TABLE(fed_computation), "tally.initialize", 0, 0, NOTHING, NOTHING, NOTHING, NOTHING, 0, 0},
    {TABLE(fed_computation), "tally.client_state", PHASES(tally_state_client), NOTHING, NOTHING,
     NOTHING, LAYOUT(tally_count), 0, 0},
    {TABLE(fed_computation), "tally.next", PHASES(tally_client), LAYOUT(tally_data), NOTHING,
     NOTHING, LAYOUT(tally_count), 0, 0},
};

static const fed_server_computation server_computations[] = {
    {{TABLE(fed_computation), "average", PHASES(average_server), NOTHING, NOTHING,
      LAYOUT(average_result), NOTHING, 0, 0},
     PHASES(average_aggregation)},
    {{TABLE(fed_computation), "spread", PHASES(spread_server), NOTHING, LAYOUT(spread_mean),
      LAYOUT(spread_result), NOTHING, 0, 0},
     PHASES(spread_aggregations)},
    {{TABLE(fed_computation), "tally.initialize", PHASES(tally_initialize_server), NOTHING, NOTHING,
      LAYOUT(tally_state), NOTHING, 0, 0},
     0,
     0},
    {{TABLE(fed_computation), "tally.client_state", 0, 0, NOTHING, NOTHING, NOTHING, NOTHING, 0, 0},
     0,
     0},
    {{TABLE(fed_computation), "tally.next", PHASES(tally_server), LAYOUT(tally_state),
      LAYOUT(tally_state), LAYOUT(tally_result), NOTHING, 0, 0},
     PHASES(average_aggregation)},
};

const fed_program hand_client_program = {
    TABLE(fed_program), "hand", HASH, LAYOUT(params), 64, 4096, PHASES(client_computations)};
const fed_server_program hand_server_program = {
    TABLE(fed_server_program), "hand", HASH, LAYOUT(params), 64, 4096, PHASES(server_computations)};
