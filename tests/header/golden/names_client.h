/* names_client.h: the clients of names.fed, for C99 and C++11.
 *
 * Written by fedc for x86_64-linux-gnu, with libnames_client.a.
 * The library needs memcpy, memmove and memset and nothing else: it allocates nothing, starts no
 * thread, and has no variable that is written. A client lies in one block of memory that you give.
 * Calls on one client must not overlap in time; different clients are independent.
 *
 * A round with a server (phases count from 1, as in `fedc --report=privacy`):
 *
 *   client = names_open(memory, sizeof memory, &host);
 *   names_round_begin(client, computation, hash, params);
 *   for each phase:
 *     names_down(client, phase, offset, chunk, bytes);  what the server sent, chunk by chunk
 *     names_run(client, phase);
 *     names_up(client, offset, &chunk, &bytes);         what it is sent, chunk by chunk
 *   names_round_end(client, accepted);
 *
 * Calls answer FED_OK or what is wrong, and names_last_error says where. After
 * FED_BAD_CALL (a wrong order, a chunk beyond the end, a null pointer that is needed, a call from
 * within a callback) everything is as it was before the call.
 */
#ifndef NAMES_CLIENT_H_
#define NAMES_CLIENT_H_

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
#define NAMES_CLIENT_BYTES ...
/* The stack that a call takes at most, your callbacks not counted. */
#define NAMES_STACK_BYTES ...
/* What a client keeps between rounds, for state_load and state_save. */
#define NAMES_STATE_BYTES 192u
/* Of the program, equal on every target: SHA-256. */
extern const uint8_t names_program_hash[32];

/* The constants of a round, which the server chooses: `param` in the program. */
typedef struct names_params {
  uint16_t lr; /* float16, names.fed:5: -0.5 to 1, its bits */
  uint8_t double_; /* bool, names.fed:6, 0 or 1 */
  int64_t steps; /* int64, names.fed:7: 1 to 100 */
  double free; /* float64, names.fed:8 */
} names_params;
#define NAMES_PARAMS_DEFAULT {0x3a00, 1, INT64_C(5), 1e+300}

/* From the layout in which a server sends them. */
#define NAMES_PARAMS_BYTES 256u
fed_status names_params_read(names_params *out, const void *layout, size_t bytes);

/* An element of `xs`, a sequence that total takes. Tensors are row by row, and not copied: what you
 * point at stays as it is until the next call for the same pass. */
typedef struct names_total_xs {
  int64_t v_dim0; /* 0 to 4 */
  const float *v; /* float32[?<=4] */
  int32_t class_; /* class: int32 */
} names_total_xs;

/* An element of `xs`, a sequence that train.next takes. Tensors are row by row, and not copied:
 * what you point at stays as it is until the next call for the same pass. */
typedef struct names_train_next_xs {
  const float *v; /* float32[3] */
  uint8_t int_; /* int: bool, 0 or 1 */
} names_train_next_xs;

/* An element of `xs`, a sequence that pairs.next takes. Tensors are row by row, and not copied:
 * what you point at stays as it is until the next call for the same pass. */
typedef struct names_pairs_next_xs {
  int32_t value; /* int32 */
} names_pairs_next_xs;

/* What you do for a client; copied by open. A callback answers FED_OK, or what is wrong, which ends
 * the work with FED_HOST_ERROR (FED_CANCELLED stays that). None may call the client. */
typedef struct names_host {
  size_t size; /* sizeof(names_host) */
  void *user;  /* comes back in every callback */
  /* Asked at least every 10 ms of work: non-zero ends it with FED_CANCELLED. May be NULL. */
  int (*cancelled)(void *user);
  /* Sequences: rewind goes before the first element; next fills one, or answers FED_END. Every
   * pass of a round has equal elements. `pass` tells apart passes that are made side by side. NULL
   * where you never run what takes it. */
  /* `xs` of total; `pass` is 0 */
  fed_status (*total_xs_rewind)(void *user, uint32_t pass);
  fed_status (*total_xs_next)(void *user, uint32_t pass, names_total_xs *element);
  /* `xs` of train.next; `pass` is 0 */
  fed_status (*train_next_xs_rewind)(void *user, uint32_t pass);
  fed_status (*train_next_xs_next)(void *user, uint32_t pass, names_train_next_xs *element);
  /* `xs` of pairs.next; `pass` is from 0 to 1 */
  fed_status (*pairs_next_xs_rewind)(void *user, uint32_t pass);
  fed_status (*pairs_next_xs_next)(void *user, uint32_t pass, names_pairs_next_xs *element);
} names_host;

typedef struct names_client names_client;

/* A client in NAMES_CLIENT_BYTES of memory; NULL if that is too small or misaligned, or the host's
 * size is another. What it keeps between rounds is zeros at first. */
names_client *names_open(void *memory, size_t bytes, const names_host *host);

/* What the client keeps between rounds, to write away and to load before a round. `bytes` are
 * NAMES_STATE_BYTES. In a round whose phases all have run, save gives what it keeps if the round is
 * accepted; else neither may be called while one is open. It never leaves the device. */
fed_status names_state_load(names_client *client, const void *state, size_t bytes);
fed_status names_state_save(const names_client *client, void *out, size_t bytes);

typedef enum names_computation {
  NAMES_TRAIN_NEXT,
  NAMES_PAIRS_NEXT,
  NAMES_ONCE
} names_computation;

/* Begins a round. `hash` is that of the server's program (32 bytes; NULL: not checked), another one
 * is FED_BAD_HASH. `params` NULL: the defaults; out of range is FED_BAD_VALUE. */
fed_status names_round_begin(names_client *client, names_computation computation,
                             const uint8_t *hash, const names_params *params);

/* A piece of the next phase's download: what the server sent, or leaf by leaf at the offsets below,
 * in increasing order. Offset 0 starts over. */
fed_status names_down(names_client *client, uint32_t phase, size_t offset, const void *chunk,
                      size_t bytes);

/* Runs the next phase, whose download and input are there. After an error all that remains is
 * round_end. */
fed_status names_run(names_client *client, uint32_t phase);

/* What the phase that ran last sends, from `offset` on: *bytes is the most that you want (0: all),
 * then what there is; FED_END after the last byte. Valid until the next phase runs or the round
 * ends. */
fed_status names_up(const names_client *client, size_t offset, const void **chunk, size_t *bytes);

/* Ends the round. What the client keeps is replaced if all phases ran and `accepted` is not 0: say
 * so only if the server took everything. */
fed_status names_round_end(names_client *client, int accepted);

/* ---- train.next */
#define NAMES_TRAIN_NEXT_PHASES 1u
#define NAMES_TRAIN_NEXT_DOWN1_BYTES 128u
/* m.class: float32[3], names.fed:39 */
#define NAMES_TRAIN_NEXT_DOWN1_M_CLASS_OFFSET 0u
#define NAMES_TRAIN_NEXT_DOWN1_M_CLASS_BYTES 12u
/* m.int: float32, names.fed:39 */
#define NAMES_TRAIN_NEXT_DOWN1_M_INT_OFFSET 64u
#define NAMES_TRAIN_NEXT_DOWN1_M_INT_BYTES 4u
#define NAMES_TRAIN_NEXT_UP1_BYTES 192u
/* r.d.class: float32[3], names.fed:35 */
#define NAMES_TRAIN_NEXT_UP1_R_D_CLASS_OFFSET 0u
#define NAMES_TRAIN_NEXT_UP1_R_D_CLASS_BYTES 12u
/* clients: int64, names.fed:28 */
#define NAMES_TRAIN_NEXT_UP1_CLIENTS_OFFSET 64u
#define NAMES_TRAIN_NEXT_UP1_CLIENTS_BYTES 8u
/* r.d.int: float32, names.fed:38 */
#define NAMES_TRAIN_NEXT_UP1_R_D_INT_OFFSET 128u
#define NAMES_TRAIN_NEXT_UP1_R_D_INT_BYTES 4u

/* What you give to train.next, copied, after round_begin and before the first phase:
 *   extra: float32[?<=5], names.fed:31; extra_dim0 from 0 to 5 */
fed_status names_train_next_input(names_client *client, int64_t extra_dim0, const float *extra);

/* ---- pairs.next */
#define NAMES_PAIRS_NEXT_PHASES 1u
#define NAMES_PAIRS_NEXT_DOWN1_BYTES 0u
#define NAMES_PAIRS_NEXT_UP1_BYTES 64u
/* up: int64, names.fed:49 */
#define NAMES_PAIRS_NEXT_UP1_UP_OFFSET 0u
#define NAMES_PAIRS_NEXT_UP1_UP_BYTES 8u

/* ---- once */
#define NAMES_ONCE_PHASES 2u
#define NAMES_ONCE_DOWN1_BYTES 0u
#define NAMES_ONCE_UP1_BYTES 128u
/* s: float32, names.fed:60 */
#define NAMES_ONCE_UP1_S_OFFSET 0u
#define NAMES_ONCE_UP1_S_BYTES 4u
/* clients: int64, names.fed:58 */
#define NAMES_ONCE_UP1_CLIENTS_OFFSET 64u
#define NAMES_ONCE_UP1_CLIENTS_BYTES 8u
#define NAMES_ONCE_DOWN2_BYTES 64u
/* m: float32, names.fed:64 */
#define NAMES_ONCE_DOWN2_M_OFFSET 0u
#define NAMES_ONCE_DOWN2_M_BYTES 4u
#define NAMES_ONCE_UP2_BYTES 64u
/* above: float32, names.fed:63 */
#define NAMES_ONCE_UP2_ABOVE_OFFSET 0u
#define NAMES_ONCE_UP2_ABOVE_BYTES 4u

/* What you give to once, copied, after round_begin and before the first phase:
 *   x_a: float32[2], names.fed:58
 *   x_int: bool, names.fed:58, 0 or 1 */
fed_status names_once_input(names_client *client, const float x_a[2], uint8_t x_int);

/* What once leaves on the device; pointers are valid until the round ends. */
typedef struct names_once_results {
  const float *mine_a; /* mine.a: float32[2] */
  int64_t mine_k; /* mine.k: int64 */
} names_once_results;
/* After the last phase. */
fed_status names_once_result(const names_client *client, names_once_results *out);

/* What a new client keeps, as train.client_state in the program makes it: call it once, before the
 * first round of a device that has nothing to load. Not while a round is open. */
fed_status names_train_client_state(names_client *client, const names_params *params);

/* ---- Functions for the app: computed here, nothing leaves the device. Also while a round is open,
 * which stays as it is, but not from within a callback. A `param` in them has the value of the
 * round that began last, at first its default. NULL where you do not want a result. */

/* `export fn version() -> int32`
 *   out: int32, names.fed:12 */
fed_status names_version(names_client *client, int32_t *out);

/* `export fn open(client: float32[2], x: int16) -> float32`
 *   client_: float32[2], names.fed:13
 *   x: int16, names.fed:13
 *   out: float32, names.fed:13 */
fed_status names_open_(names_client *client, const float client_[2], int16_t x, float *out);

/* `export fn total(xs: <v=float32[?<=4],class=int32>*, scale: float32) -> <sum=float32,n=int64>`
 *   scale: float32, names.fed:14
 *   out_sum: float32, names.fed:15
 *   out_n: int64, names.fed:15 */
fed_status names_total(names_client *client, float scale, float *out_sum, int64_t *out_n);

/* `export fn twice(x: float32[?<=4,2], flag: bool) -> <y=float32[?<=4,2],flag=bool>`
 *   x: float32[?<=4,2], names.fed:19; x_dim0 from 0 to 4
 *   flag: bool, names.fed:19, 0 or 1
 *   out_y: float32[?<=4,2], names.fed:20; out_y_dim0 from 0 to 4
 *   out_flag: bool, names.fed:20, 0 or 1 */
fed_status names_twice(names_client *client, int64_t x_dim0, const float *x, uint8_t flag,
                       int64_t *out_y_dim0, float out_y[8], uint8_t *out_flag);

/* `export fn steps_by(n: int64) -> int64`
 *   n: int64, names.fed:22
 *   out: int64, names.fed:22 */
fed_status names_steps_by(names_client *client, int64_t n, int64_t *out);

/* `export fn pick(x: float32[3], i: int32) -> float32`
 *   x: float32[3], names.fed:71
 *   i: int32, names.fed:71
 *   out: float32, names.fed:71 */
fed_status names_pick(names_client *client, const float x[3], int32_t i, float *out);

/* What went wrong, as in "names.fed:12:7: sizes do not agree". */
typedef struct names_error {
  fed_status status;
  const char *file; /* "" and line 0 where the place is not known */
  uint32_t line, column;
  const char *text;
  int64_t detail[2]; /* two sizes; a size and its bound; an index and how many there are; or 0 */
} names_error;

/* The error of the last round_begin, input, run or call of an exported function that was no
 * FED_BAD_CALL. `out` may be NULL. */
fed_status names_last_error(const names_client *client, names_error *out);

/* For those who drive a client with fed_client.h or fed_session.h (libfed_client.a and
 * libfed_transport.a of the fedc that made this): the program, and the client within a client. */
struct fed_program;
struct fed_client;
extern const struct fed_program names_client_program;
struct fed_client *names_fed_client(names_client *client);

#ifdef __cplusplus
}
#endif
#endif /* NAMES_CLIENT_H_ */
