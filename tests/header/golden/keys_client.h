/* keys_client.h: the clients of keys.fed, for C99 and C++11.
 *
 * Written by fedc for x86_64-linux-gnu, with libkeys_client.a.
 * The library needs memcpy, memmove and memset and nothing else: it allocates nothing, starts no
 * thread, and has no variable that is written. A client lies in one block of memory that you give.
 * Calls on one client must not overlap in time; different clients are independent.
 *
 * A round with a server (phases count from 1, as in `fedc --report=privacy`):
 *
 *   client = keys_open(memory, sizeof memory, &host);
 *   keys_round_begin(client, computation, hash, params);
 *   keys_keys(client, keys, bytes);  where it takes keys
 *   for each phase:
 *     keys_down(client, phase, offset, chunk, bytes);  what the server sent, chunk by chunk
 *     keys_run(client, phase);
 *     keys_up(client, offset, &chunk, &bytes);         what it is sent, chunk by chunk
 *   keys_round_end(client, accepted);
 *
 * Calls answer FED_OK or what is wrong, and keys_last_error says where. After
 * FED_BAD_CALL (a wrong order, a chunk beyond the end, a null pointer that is needed, a call from
 * within a callback) everything is as it was before the call.
 */
#ifndef KEYS_CLIENT_H_
#define KEYS_CLIENT_H_

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
#define KEYS_CLIENT_BYTES ...
/* The stack that a call takes at most, your callbacks not counted. */
#define KEYS_STACK_BYTES ...
/* What a client keeps between rounds, for state_load and state_save. */
#define KEYS_STATE_BYTES 0u
/* Of the program, equal on every target: SHA-256. */
extern const uint8_t keys_program_hash[32];

/* The program has no `param`: NULL stands for none. */
typedef struct keys_params keys_params;

/* What you do for a client; copied by open. A callback answers FED_OK, or what is wrong, which ends
 * the work with FED_HOST_ERROR (FED_CANCELLED stays that). None may call the client. */
typedef struct keys_host {
  size_t size; /* sizeof(keys_host) */
  void *user;  /* comes back in every callback */
  /* Asked at least every 10 ms of work: non-zero ends it with FED_CANCELLED. May be NULL. */
  int (*cancelled)(void *user);
  /* Fills `out` with bytes that nobody can predict, of the system's cryptographic source: what the
   * noise that protects this client is made of. NULL where you never run what takes it. */
  fed_status (*entropy)(void *user, void *out, size_t bytes);
} keys_host;

typedef struct keys_client keys_client;

/* A client in KEYS_CLIENT_BYTES of memory; NULL if that is too small or misaligned, or the host's
 * size is another. */
keys_client *keys_open(void *memory, size_t bytes, const keys_host *host);

typedef enum keys_computation {
  KEYS_NOISY
} keys_computation;

/* Begins a round. `hash` is that of the server's program (32 bytes; NULL: not checked), another one
 * is FED_BAD_HASH. `params` NULL: the defaults; out of range is FED_BAD_VALUE. */
fed_status keys_round_begin(keys_client *client, keys_computation computation, const uint8_t *hash,
                            const keys_params *params);

/* The keys that the server sent for this client and this round, before the first phase. */
fed_status keys_keys(keys_client *client, const void *keys, size_t bytes);

/* A piece of the next phase's download: what the server sent, or leaf by leaf at the offsets below,
 * in increasing order. Offset 0 starts over. */
fed_status keys_down(keys_client *client, uint32_t phase, size_t offset, const void *chunk,
                     size_t bytes);

/* Runs the next phase, whose download and input are there. After an error all that remains is
 * round_end. */
fed_status keys_run(keys_client *client, uint32_t phase);

/* What the phase that ran last sends, from `offset` on: *bytes is the most that you want (0: all),
 * then what there is; FED_END after the last byte. Valid until the next phase runs or the round
 * ends. */
fed_status keys_up(const keys_client *client, size_t offset, const void **chunk, size_t *bytes);

/* Ends the round. What the client keeps is replaced if all phases ran and `accepted` is not 0: say
 * so only if the server took everything. */
fed_status keys_round_end(keys_client *client, int accepted);

/* ---- noisy */
#define KEYS_NOISY_PHASES 2u
#define KEYS_NOISY_DOWN1_BYTES 0u
#define KEYS_NOISY_UP1_BYTES 64u
/* sum: float32, keys.fed:16 */
#define KEYS_NOISY_UP1_SUM_OFFSET 0u
#define KEYS_NOISY_UP1_SUM_BYTES 4u
#define KEYS_NOISY_DOWN2_BYTES 64u
/* sum: float32, keys.fed:20 */
#define KEYS_NOISY_DOWN2_SUM_OFFSET 0u
#define KEYS_NOISY_DOWN2_SUM_BYTES 4u
#define KEYS_NOISY_UP2_BYTES 64u
/* again: float32, std/random.fed:145 */
#define KEYS_NOISY_UP2_AGAIN_OFFSET 0u
#define KEYS_NOISY_UP2_AGAIN_BYTES 4u
#define KEYS_NOISY_KEYS_BYTES 32u

/* What you give to noisy, copied, after round_begin and before the first phase:
 *   x: float32, keys.fed:5
 *   steps: int32, keys.fed:9 */
fed_status keys_noisy_input(keys_client *client, float x, int32_t steps);

/* What noisy leaves on the device; pointers are valid until the round ends. */
typedef struct keys_noisy_results {
  float drawn_z; /* drawn.z: float32 */
  float drawn_u; /* drawn.u: float32 */
} keys_noisy_results;
/* After the last phase. */
fed_status keys_noisy_result(const keys_client *client, keys_noisy_results *out);

/* ---- Functions for the app: computed here, nothing leaves the device. Also while a round is open,
 * which stays as it is, but not from within a callback. A `param` in them has the value of the
 * round that began last, at first its default. NULL where you do not want a result. */

/* `export fn draw(key: uint64) -> float32`
 *   key: uint64, keys.fed:25
 *   out: float32, std/random.fed:108 */
fed_status keys_draw(keys_client *client, uint64_t key, float *out);

/* What went wrong, as in "keys.fed:12:7: sizes do not agree". */
typedef struct keys_error {
  fed_status status;
  const char *file; /* "" and line 0 where the place is not known */
  uint32_t line, column;
  const char *text;
  int64_t detail[2]; /* two sizes; a size and its bound; an index and how many there are; or 0 */
} keys_error;

/* The error of the last round_begin, input, run or call of an exported function that was no
 * FED_BAD_CALL. `out` may be NULL. */
fed_status keys_last_error(const keys_client *client, keys_error *out);

/* For those who drive a client with fed_client.h or fed_session.h (libfed_client.a and
 * libfed_transport.a of the fedc that made this): the program, and the client within a client. */
struct fed_program;
struct fed_client;
extern const struct fed_program keys_client_program;
struct fed_client *keys_fed_client(keys_client *client);

#ifdef __cplusplus
}
#endif
#endif /* KEYS_CLIENT_H_ */
