/* The contract between compiled federated programs and whatever runs them.
 *
 * C99, no dependency. Included by the code that the compiler generates and by every host of it (the
 * client library, the server, the simulator), owned by neither. Versioned as a schema: fields are
 * only ever added at the end of a table, and every table starts with its own size and the version
 * it was written for, so that each side can tell what the other one knows.
 *
 * Values cross this interface in flat layouts: each leaf (a tensor) at a fixed, 64-byte aligned
 * offset, row-major, little endian, a bool as one byte. A leaf with unknown dimensions is preceded
 * by one int64_t for each of them, and its data has room for the dimensions' bounds; the room that
 * a value does not fill is zero.
 */
#ifndef FED_ABI_H_
#define FED_ABI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FED_ABI_VERSION 1u
#define FED_MAX_RANK 8u
#define FED_AT_ONCE 16u   /* uploads that fed_aggregation.accumulate_all takes */
#define FED_ALIGNMENT 64u /* of the arena, of every layout, and of every leaf in a layout */

/* Before a member that is a pointer, and before one behind it that needs not begin at a multiple of
 * 8 bytes: every table is laid out as where pointers have 64 bits, also where they have 32, so that
 * code and tables are the same for both. The upper halves of such pointers are nobody's. */
#if UINTPTR_MAX == UINT64_MAX
#define FED_WIDE
#else
#define FED_WIDE __attribute__((aligned(8)))
#endif

/* What a call says of itself. FED_END is no error: it ends a sequence. The headers that fedc writes
 * for apps define the same type behind the same guard, so that either may be included first. */
#ifndef FED_STATUS_
#define FED_STATUS_
typedef enum fed_status {
  FED_OK = 0,
  FED_END = 1,
  FED_CANCELLED = 2, /* fed_host.cancelled answered non-zero; nothing was committed */
  FED_BAD_SIZE = 3,  /* two dimensions that must agree do not, or a bound is exceeded */
  FED_BAD_HASH = 4,  /* a message for another program */
  FED_BAD_VALUE =
      5, /* division of an integer by zero, an index out of range, a parameter out of range */
  FED_HOST_ERROR = 6, /* a callback failed */
  FED_BAD_CALL = 7, /* calls in the wrong order, a null or misaligned pointer, an arena too small */
  FED_ASSERTION =
      8 /* a condition that the program states did not hold (a mean of no clients, say) */
} fed_status;
#endif

/* Why a server does not add a client's message. FED_ACCEPT adds it. */
enum {
  FED_ACCEPT = 0,
  FED_REJECT_NOT_FINITE = 1,  /* infinity or NaN in a sum or mean, NaN in a minimum or maximum */
  FED_REJECT_BAD_WEIGHT = 2,  /* a weight that is negative, not finite, or too large */
  FED_REJECT_OUT_OF_RANGE = 3 /* a value beyond the bound that its aggregation states */
};

enum {
  FED_BOOL = 1,
  FED_INT8 = 2,
  FED_INT16 = 3,
  FED_INT32 = 4,
  FED_INT64 = 5,
  FED_UINT8 = 6,
  FED_UINT16 = 7,
  FED_UINT32 = 8,
  FED_UINT64 = 9,
  FED_FLOAT16 = 10,
  FED_BFLOAT16 = 11,
  FED_FLOAT32 = 12,
  FED_FLOAT64 = 13
};

/* Who fills a leaf of an input. */
enum {
  FED_FROM_ARGUMENT = 0, /* whoever runs the computation, with data */
  FED_FROM_HOST = 1,     /* likewise, with what the program asks of the device: `from host` */
  FED_FROM_KEY = 2,      /* keys that the server makes for this participant and this round */
  FED_FROM_ENTROPY = 3   /* private keys: fed_host.entropy */
};

/* The first error of a call; later ones do not replace it. */
typedef struct fed_error {
  uint32_t size;    /* sizeof(fed_error) */
  uint32_t version; /* FED_ABI_VERSION */
  int32_t status;   /* FED_OK until something fails */
  uint32_t site;    /* index into the manifest's sites: file, line and column in the .fed source */
  /* FED_BAD_SIZE: two sizes that differ, or a size and FED_BEYOND of the bound that it exceeds.
   * FED_BAD_VALUE: an index and FED_BEYOND of how many there are; zeros: a division by zero. Else
   * zeros. */
  int64_t detail[2];
} fed_error;

#define FED_BEYOND(limit) (-1 - (limit)) /* negative; twice gives the limit */

/* One leaf of a sequence's element, as the host hands it over: not copied, valid until the next
 * call of `next` or `rewind` on the same cursor. Dimensions are actual, in elements. */
typedef struct fed_view {
  FED_WIDE const void* data;
  int64_t dims[FED_MAX_RANK];
} fed_view;

/* What the host does for the compiled code. `user` comes back in every call. A callback returns
 * FED_OK, FED_END (sequence_next only) or an error, which ends the phase. Callbacks that a program
 * does not need may be null: those of sequences where a computation has none, entropy where no
 * input is FED_FROM_ENTROPY. */
typedef struct fed_host {
  uint32_t size;
  uint32_t version;
  FED_WIDE void* user;
  /* A pass over sequence argument `sequence` begins. `cursor` (< fed_sequence.cursors) tells apart
   * passes that are open at the same time. Every pass of a round yields equal elements. */
  FED_WIDE int32_t (*sequence_open)(void* user, uint32_t sequence, uint32_t cursor);
  /* Fills one fed_view for each leaf of the element (`count` of them), or returns FED_END. */
  FED_WIDE int32_t (*sequence_next)(void* user, uint32_t sequence, uint32_t cursor,
                                    fed_view* leaves, uint32_t count);
  /* Back to the first element of the open pass. */
  FED_WIDE int32_t (*sequence_rewind)(void* user, uint32_t sequence, uint32_t cursor);
  /* Polled at least every 10 ms of compiled code's work (time in callbacks is the host's own):
   * non-zero ends the phase with FED_CANCELLED. Null: never. */
  FED_WIDE int32_t (*cancelled)(void* user);
  /* Fills `out` with `bytes` bytes that nobody else can predict: the source of private keys. Called
   * by what runs phases (runtime/client), not by the compiled code. */
  FED_WIDE int32_t (*entropy)(void* user, void* out, uint64_t bytes);
  FED_WIDE void (*log)(void* user, uint32_t site, const char* text);
  /* Of simulations only: no code that is deployed calls it. A value that the program shows, under
   * the label that the manifest has as the site's text. Row by row, dimension d has room for
   * bounds[d] elements and holds value->dims[d]. May be null. */
  FED_WIDE void (*debug)(void* user, uint32_t site, uint32_t element_type, uint32_t rank,
                         const fed_view* value, const int64_t* bounds);
} fed_host;

/* Everything one call of a phase reads and writes. Layouts are those of the phase's and the
 * computation's tables; pointers are FED_ALIGNMENT-aligned; one that a phase has no use for may be
 * null. Nothing here may overlap. */
typedef struct fed_frame {
  uint32_t size;
  uint32_t version;
  FED_WIDE const void* params; /* fed_program.params: the constants of the round */
  FED_WIDE const void* input;  /* tensor arguments of this side, keys among them */
  /* Client: the phase's download and its upload. Server: the level's aggregates and the next
   * phase's download. */
  FED_WIDE const void* message_in;
  FED_WIDE void* message_out;
  FED_WIDE void* kept;   /* values that live from one phase to a later one; untouched in between */
  FED_WIDE void* result; /* results that stay on this side */
  FED_WIDE const void* state_in; /* client state as committed last */
  FED_WIDE void* state_out;      /* client state to commit if the server accepts the round */
  FED_WIDE void* arena;          /* fed_program.arena_bytes of scratch, contents undefined */
  FED_WIDE const fed_host* host; /* may be null where nothing calls it: a server's steps */
  FED_WIDE fed_error* error;
} fed_frame;

/* Runs one phase. Returns frame->error->status. Never allocates; re-entrant; keeps nothing outside
 * the frame. On an error nothing in message_out, result or state_out is to be used. */
typedef int32_t (*fed_phase_fn)(const fed_frame* frame);

typedef struct fed_leaf {
  FED_WIDE const char* name; /* path in the user's terms, such as "model.weights" */
  FED_WIDE uint32_t element_type;
  uint32_t rank;
  int64_t dims[FED_MAX_RANK]; /* size, or the bound of an unknown dimension */
  uint32_t dynamic;           /* bit d: dimension d is unknown */
  uint32_t origin;            /* of an input's leaf: FED_FROM_ARGUMENT or one of its like; else 0 */
  uint64_t dims_offset;       /* of the unknown dimensions' int64_t values, where there are any */
  uint64_t offset;            /* of the data */
  uint64_t bytes;             /* of the data, with every unknown dimension at its bound */
} fed_leaf;

typedef struct fed_layout {
  uint64_t bytes; /* a multiple of FED_ALIGNMENT */
  FED_WIDE const fed_leaf* leaves;
  uint64_t leaf_count;
} fed_layout;

typedef struct fed_sequence {
  FED_WIDE const char* name;
  fed_layout element; /* names, types and bounds of the element's leaves; offsets unused */
  uint32_t cursors;   /* the most passes that are open at the same time */
  uint32_t reserved;
} fed_sequence;

typedef struct fed_phase {
  uint32_t size;
  uint32_t version;
  FED_WIDE fed_phase_fn run;
  fed_layout message_in;
  fed_layout message_out;
} fed_phase;

/* One entry of a program: a one-shot function, or one of a process's functions. A client's phases
 * are numbered from 1 in the manifest and from 0 here; a server's steps from 0 in both. */
typedef struct fed_computation {
  uint32_t size;
  uint32_t version;
  FED_WIDE const char* name; /* "average", "training.next" */
  FED_WIDE const fed_phase* phases;
  uint64_t phase_count;
  fed_layout input;
  fed_layout kept;
  fed_layout result;
  fed_layout state; /* client state; no leaves where the program has none */
  FED_WIDE const fed_sequence* sequences;
  uint64_t sequence_count;
} fed_computation;

/* What a client carries. */
typedef struct fed_program {
  uint32_t size;
  uint32_t version;
  FED_WIDE const char* name;
  FED_WIDE uint8_t hash[32]; /* SHA-256 of the canonical split program; equal on every target */
  fed_layout params;
  uint64_t arena_bytes;
  /* An upper bound of the stack that a phase takes below its caller's: what the host's callbacks
   * take, and the C library's memcpy, memmove and memset, comes on top. */
  uint64_t stack_bytes;
  FED_WIDE const fed_computation* computations;
  uint64_t computation_count;
} fed_program;

/* All aggregations of one level, over one client's upload at a time. An accumulator is
 * `accumulator_bytes` of memory, FED_ALIGNMENT-aligned, and position independent. The result of any
 * sequence of accumulate and merge calls over the same uploads is the same bytes. */
typedef struct fed_aggregation {
  uint32_t size;
  uint32_t version;
  uint64_t level; /* k: uploads of client phase k, read by server step k */
  uint64_t accumulator_bytes;
  FED_WIDE int32_t (*validate)(const void* upload); /* FED_ACCEPT or why not; reads only */
  FED_WIDE void (*zero)(void* accumulator);
  FED_WIDE void (*accumulate)(void* accumulator, const void* upload); /* of a validated upload */
  FED_WIDE void (*merge)(void* accumulator, const void* other);
  /* Into the server step's message_in. */
  FED_WIDE void (*report)(const void* accumulator, void* message_in);
  /* The same as accumulating each of `count` validated uploads, from 1 to FED_AT_ONCE, but the
   * accumulator is gone over once. */
  FED_WIDE void (*accumulate_all)(void* accumulator, const void* const* uploads, uint64_t count);
} fed_aggregation;

typedef struct fed_server_computation {
  fed_computation steps; /* name, phases and layouts of the server's side */
  FED_WIDE const fed_aggregation* aggregations;
  uint64_t aggregation_count;
} fed_server_computation;

/* One aggregate of a level whose code is the program's own. Every function runs like a phase, over
 * a frame whose params, arena, host and error are as for a step: zero        state_out: an
 * accumulator of no uploads accumulate  state_in: an accumulator, message_in: an upload; state_out:
 * the accumulator with it merge       state_in, message_in: accumulators, of earlier and of later
 * uploads; state_out: of both report      state_in: an accumulator; message_out: the server step's
 * message_in, in which it writes its own leaves The order of merges is the server's: see
 * runtime/server/fold.h. */
typedef struct fed_fold {
  uint32_t size;
  uint32_t version;
  uint64_t computation; /* which of the program's */
  uint64_t level;       /* as in fed_aggregation */
  uint64_t accumulator_bytes;
  FED_WIDE fed_phase_fn zero;
  FED_WIDE fed_phase_fn accumulate;
  FED_WIDE fed_phase_fn merge;
  FED_WIDE fed_phase_fn report;
} fed_fold;

/* A leaf of keys in an upload, and among the keys that a server keeps. */
typedef struct fed_key_leaf {
  uint64_t upload_offset;
  uint64_t offset;
  uint64_t bytes;
} fed_key_leaf;

/* What one client downloads in the phase after `level`, behind what is sent to all: made when it
 * downloads, of `keys_bytes` that are kept of its accepted upload. `make` runs like a step, over a
 * frame whose params, input and kept are those of the steps, which it only reads:
 *   message_in: the keys; message_out: the client's download, in which it writes its own leaves. */
typedef struct fed_selection {
  uint32_t size;
  uint32_t version;
  uint64_t computation;
  uint64_t level;
  uint64_t keys_bytes;
  FED_WIDE const fed_key_leaf* keys;
  uint64_t key_count;
  FED_WIDE fed_phase_fn make;
} fed_selection;

/* What a server carries: its own steps, and how uploads are aggregated between them. */
typedef struct fed_server_program {
  uint32_t size;
  uint32_t version;
  FED_WIDE const char* name;
  FED_WIDE uint8_t hash[32];
  fed_layout params;
  uint64_t arena_bytes;
  uint64_t stack_bytes; /* as a client's; the kernels that aggregate come on top, too */
  FED_WIDE const fed_server_computation* computations;
  uint64_t computation_count;
  /* Of all computations; those of one level in the order of the source. */
  FED_WIDE const fed_fold* folds;
  uint64_t fold_count;
  FED_WIDE const fed_selection* selections; /* at most one of a computation and level */
  uint64_t selection_count;
} fed_server_program;

#if UINTPTR_MAX != UINT64_MAX
/* Where this is no array the machine aligns 64 bits to fewer bytes than 8, and is none of fedc's.
 */
typedef char fed_abi_is_laid_out[sizeof(fed_error) == 32 && sizeof(fed_view) == 72 &&
                                         sizeof(fed_host) == 72 && sizeof(fed_frame) == 96 &&
                                         sizeof(fed_leaf) == 112 && sizeof(fed_layout) == 24 &&
                                         sizeof(fed_sequence) == 40 && sizeof(fed_phase) == 64 &&
                                         sizeof(fed_computation) == 144 &&
                                         sizeof(fed_program) == 104 &&
                                         offsetof(fed_program, hash) == 16
                                     ? 1
                                     : -1];
#endif

#ifdef __cplusplus
}
#endif
#endif /* FED_ABI_H_ */
