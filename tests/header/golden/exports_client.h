/* exports_client.h: the clients of exports.fed, for C99 and C++11.
 *
 * Written by fedc for x86_64-linux-gnu, with libexports_client.a.
 * The library needs memcpy, memmove and memset and nothing else: it allocates nothing, starts no
 * thread, and has no variable that is written. A client lies in one block of memory that you give.
 * Calls on one client must not overlap in time; different clients are independent.
 *
 * Calls answer FED_OK or what is wrong, and exports_last_error says where. After
 * FED_BAD_CALL (a wrong order, a chunk beyond the end, a null pointer that is needed, a call from
 * within a callback) everything is as it was before the call.
 */
#ifndef EXPORTS_CLIENT_H_
#define EXPORTS_CLIENT_H_

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
#define EXPORTS_CLIENT_BYTES ...
/* The stack that a call takes at most, your callbacks not counted. */
#define EXPORTS_STACK_BYTES ...
/* What a client keeps between rounds, for state_load and state_save. */
#define EXPORTS_STATE_BYTES 0u
/* Of the program, equal on every target: SHA-256. */
extern const uint8_t exports_program_hash[32];

/* The program has no `param`: NULL stands for none. */
typedef struct exports_params exports_params;

/* What you do for a client; copied by open. A callback answers FED_OK, or what is wrong, which ends
 * the work with FED_HOST_ERROR (FED_CANCELLED stays that). None may call the client. */
typedef struct exports_host {
  size_t size; /* sizeof(exports_host) */
  void *user;  /* comes back in every callback */
  /* Asked at least every 10 ms of work: non-zero ends it with FED_CANCELLED. May be NULL. */
  int (*cancelled)(void *user);
} exports_host;

typedef struct exports_client exports_client;

/* A client in EXPORTS_CLIENT_BYTES of memory; NULL if that is too small or misaligned, or the
 * host's size is another. */
exports_client *exports_open(void *memory, size_t bytes, const exports_host *host);

/* ---- Functions for the app: computed here, nothing leaves the device. Also while a round is open,
 * which stays as it is, but not from within a callback. A `param` in them has the value of the
 * round that began last, at first its default. NULL where you do not want a result. */

/* `export fn dot(x: float32[3], y: float32[3]) -> float32`
 *   x: float32[3], exports.fed:2
 *   y: float32[3], exports.fed:2
 *   out: float32, exports.fed:2 */
fed_status exports_dot(exports_client *client, const float x[3], const float y[3], float *out);

/* `export fn scaled(x: float32, factor: float32 = 2.0, at: <a=bool,b=int32> = (a=true, b=3)) ->
 * float32`. Default values are those of calls in the program; here all arguments are given
 *   x: float32, exports.fed:3
 *   factor: float32, exports.fed:3
 *   at_a: bool, exports.fed:3, 0 or 1
 *   at_b: int32, exports.fed:3
 *   out: float32, exports.fed:5 */
fed_status exports_scaled(exports_client *client, float x, float factor, uint8_t at_a, int32_t at_b,
                          float *out);

/* `export fn largest(x: int32[?<=8]) -> int32`
 *   x: int32[?<=8], exports.fed:7; x_dim0 from 0 to 8
 *   out: int32, exports.fed:7 */
fed_status exports_largest(exports_client *client, int64_t x_dim0, const int32_t *x, int32_t *out);

/* What went wrong, as in "exports.fed:12:7: sizes do not agree". */
typedef struct exports_error {
  fed_status status;
  const char *file; /* "" and line 0 where the place is not known */
  uint32_t line, column;
  const char *text;
  int64_t detail[2]; /* two sizes; a size and its bound; an index and how many there are; or 0 */
} exports_error;

/* The error of the last round_begin, input, run or call of an exported function that was no
 * FED_BAD_CALL. `out` may be NULL. */
fed_status exports_last_error(const exports_client *client, exports_error *out);

/* For those who drive a client with fed_client.h or fed_session.h (libfed_client.a and
 * libfed_transport.a of the fedc that made this): the program, and the client within a client. */
struct fed_program;
struct fed_client;
extern const struct fed_program exports_client_program;
struct fed_client *exports_fed_client(exports_client *client);

#ifdef __cplusplus
}
#endif
#endif /* EXPORTS_CLIENT_H_ */
