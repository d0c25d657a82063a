/* statistics_client.h: the clients of statistics.fed, for C99 and C++11.
 *
 * Written by fedc for x86_64-linux-gnu, with libstatistics_client.a.
 * The library needs memcpy, memmove and memset and nothing else: it allocates nothing, starts no
 * thread, and has no variable that is written. A client lies in one block of memory that you give.
 * Calls on one client must not overlap in time; different clients are independent.
 *
 * A round with a server (phases count from 1, as in `fedc --report=privacy`):
 *
 *   client = statistics_open(memory, sizeof memory, &host);
 *   statistics_round_begin(client, computation, hash, params);
 *   for each phase:
 *     statistics_down(client, phase, offset, chunk, bytes);  what the server sent, chunk by chunk
 *     statistics_run(client, phase);
 *     statistics_up(client, offset, &chunk, &bytes);         what it is sent, chunk by chunk
 *   statistics_round_end(client, accepted);
 *
 * Calls answer FED_OK or what is wrong, and statistics_last_error says where. After
 * FED_BAD_CALL (a wrong order, a chunk beyond the end, a null pointer that is needed, a call from
 * within a callback) everything is as it was before the call.
 */
#ifndef STATISTICS_CLIENT_H_
#define STATISTICS_CLIENT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The same in the headers of all programs, and in fed_abi.h. */
#ifndef FED_STATUS_
#define FED_STATUS_
typedef enum fed_status {
  FED_OK = 0,
  FED_END = 1,        /* no error: there is no more */
  FED_CANCELLED = 2,  /* the host's `cancelled` answered non-zero */
  FED_BAD_SIZE = 3,   /* two dimensions that must agree do not, or a bound is exceeded */
  FED_BAD_HASH = 4,   /* the server runs another program */
  FED_BAD_VALUE = 5,  /* a parameter or an index out of range, an integer divided by zero */
  FED_HOST_ERROR = 6, /* a callback failed, or gave null for data that it has */
  FED_BAD_CALL = 7,   /* nothing was changed */
  FED_ASSERTION = 8   /* a condition that the program states did not hold */
} fed_status;
#endif

/* The memory of a client, which begins at a multiple of 64. */
#define STATISTICS_CLIENT_BYTES ...
/* The stack that a call takes at most, your callbacks not counted. */
#define STATISTICS_STACK_BYTES ...
/* What a client keeps between rounds, for state_load and state_save. */
#define STATISTICS_STATE_BYTES 0u
/* Of the program, equal on every target: SHA-256. */
extern const uint8_t statistics_program_hash[32];

/* The program has no `param`: NULL stands for none. */
typedef struct statistics_params statistics_params;

/* An element of `readings`, a sequence that statistics takes. Tensors are row by row, and not
 * copied: what you point at stays as it is until the next call for the same pass. */
typedef struct statistics_statistics_readings {
  float value; /* float32 */
} statistics_statistics_readings;

/* What you do for a client; copied by open. A callback answers FED_OK, or what is wrong, which ends
 * the work with FED_HOST_ERROR (FED_CANCELLED stays that). None may call the client. */
typedef struct statistics_host {
  size_t size; /* sizeof(statistics_host) */
  void *user;  /* comes back in every callback */
  /* Asked at least every 10 ms of work: non-zero ends it with FED_CANCELLED. May be NULL. */
  int (*cancelled)(void *user);
  /* Sequences: rewind goes before the first element; next fills one, or answers FED_END. Every
   * pass of a round has equal elements. `pass` tells apart passes that are made side by side. NULL
   * where you never run what takes it. */
  /* `readings` of statistics; `pass` is 0 */
  fed_status (*statistics_readings_rewind)(void *user, uint32_t pass);
  fed_status (*statistics_readings_next)(void *user, uint32_t pass,
                                         statistics_statistics_readings *element);
} statistics_host;

typedef struct statistics_client statistics_client;

/* A client in STATISTICS_CLIENT_BYTES of memory; NULL if that is too small or misaligned, or the
 * host's size is another. */
statistics_client *statistics_open(void *memory, size_t bytes, const statistics_host *host);

typedef enum statistics_computation {
  STATISTICS_STATISTICS
} statistics_computation;

/* Begins a round. `hash` is that of the server's program (32 bytes; NULL: not checked), another one
 * is FED_BAD_HASH. `params` NULL: the defaults; out of range is FED_BAD_VALUE. */
fed_status statistics_round_begin(statistics_client *client, statistics_computation computation,
                                  const uint8_t *hash, const statistics_params *params);

/* A piece of the next phase's download: what the server sent, or leaf by leaf at the offsets below,
 * in increasing order. Offset 0 starts over. */
fed_status statistics_down(statistics_client *client, uint32_t phase, size_t offset,
                           const void *chunk, size_t bytes);

/* Runs the next phase, whose download and input are there. After an error all that remains is
 * round_end. */
fed_status statistics_run(statistics_client *client, uint32_t phase);

/* What the phase that ran last sends, from `offset` on: *bytes is the most that you want (0: all),
 * then what there is; FED_END after the last byte. Valid until the next phase runs or the round
 * ends. */
fed_status statistics_up(const statistics_client *client, size_t offset, const void **chunk,
                         size_t *bytes);

/* Ends the round. What the client keeps is replaced if all phases ran and `accepted` is not 0: say
 * so only if the server took everything. */
fed_status statistics_round_end(statistics_client *client, int accepted);

/* ---- statistics */
#define STATISTICS_STATISTICS_PHASES 2u
#define STATISTICS_STATISTICS_DOWN1_BYTES 0u
#define STATISTICS_STATISTICS_UP1_BYTES 256u
/* moments.sum: float32, statistics.fed:9 */
#define STATISTICS_STATISTICS_UP1_MOMENTS_SUM_OFFSET 0u
#define STATISTICS_STATISTICS_UP1_MOMENTS_SUM_BYTES 4u
/* moments.count: int64, statistics.fed:9 */
#define STATISTICS_STATISTICS_UP1_MOMENTS_COUNT_OFFSET 64u
#define STATISTICS_STATISTICS_UP1_MOMENTS_COUNT_BYTES 8u
/* min: float32, statistics.fed:17 */
#define STATISTICS_STATISTICS_UP1_MIN_OFFSET 128u
#define STATISTICS_STATISTICS_UP1_MIN_BYTES 4u
/* max: float32, statistics.fed:21 */
#define STATISTICS_STATISTICS_UP1_MAX_OFFSET 192u
#define STATISTICS_STATISTICS_UP1_MAX_BYTES 4u
#define STATISTICS_STATISTICS_DOWN2_BYTES 64u
/* mean: float32, statistics.fed:30 */
#define STATISTICS_STATISTICS_DOWN2_MEAN_OFFSET 0u
#define STATISTICS_STATISTICS_DOWN2_MEAN_BYTES 4u
#define STATISTICS_STATISTICS_UP2_BYTES 64u
/* deviation: float32, statistics.fed:13 */
#define STATISTICS_STATISTICS_UP2_DEVIATION_OFFSET 0u
#define STATISTICS_STATISTICS_UP2_DEVIATION_BYTES 4u

/* What went wrong, as in "statistics.fed:12:7: sizes do not agree". */
typedef struct statistics_error {
  fed_status status;
  const char *file; /* "" and line 0 where the place is not known */
  uint32_t line, column;
  const char *text;
  int64_t detail[2]; /* two sizes; a size and its bound; an index and how many there are; or 0 */
} statistics_error;

/* The error of the last round_begin, input, run or call of an exported function that was no
 * FED_BAD_CALL. `out` may be NULL. */
fed_status statistics_last_error(const statistics_client *client, statistics_error *out);

/* For those who drive a client with fed_client.h or fed_session.h (libfed_client.a and
 * libfed_transport.a of the fedc that made this): the program, and the client within a client. */
struct fed_program;
struct fed_client;
extern const struct fed_program statistics_client_program;
struct fed_client *statistics_fed_client(statistics_client *client);

#ifdef __cplusplus
}
#endif
#endif /* STATISTICS_CLIENT_H_ */
