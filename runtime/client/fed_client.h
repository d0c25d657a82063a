/* One participant of a compiled federated program: memory, order of calls, client state.
 *
 * C99, no dependency but the ABI; never allocates. Everything lives in one block of memory that the
 * caller gives, of fed_client_bytes(program) bytes; a client keeps no pointer into anything else
 * but the program, the host table and, while a phase runs, that phase's download. Calls on one
 * client must not overlap in time; different clients are independent.
 *
 * A round of a computation:
 *
 *   client = fed_client_open(&NAME_client_program, memory, bytes, &host);
 *   fed_client_round_begin(client, "training.next", hash, params, params_bytes);
 *   write the arguments into fed_client_input(client, ...);
 *   fed_client_keys(client, ...);              where the computation takes keys
 *   for each phase k = 0, 1, ...
 *     write the download into fed_client_download(client, k, ...);
 *     fed_client_run(client, k, 0);
 *     send fed_client_upload(client, ...);
 *   fed_client_round_end(client, accepted);     commits the client's state, or rolls it back
 *
 * Calls answer FED_OK or an error of fed_abi.h. FED_BAD_CALL (wrong order, null or misaligned
 * pointer, wrong size) changes nothing. Any other error of a phase ends the round's work: what
 * remains is fed_client_round_end, which then rolls back. Callbacks of the host table cannot call
 * the client that called them: that is FED_BAD_CALL as well, or a null pointer.
 */
#ifndef FED_CLIENT_H_
#define FED_CLIENT_H_

#include <stdint.h>

#include "runtime/abi/fed_abi.h"

/* Before each declaration; `static` where fed_client.c is included into other code. */
#ifndef FED_API
#define FED_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fed_client fed_client; /* lies at the start of its memory */

/* What a client takes of its memory beside the program's regions, so that tools that know a program
 * can tell fed_client_bytes without running anything. */
#define FED_CLIENT_HEAD_BYTES 256u

/* Bytes of memory that serve every computation of the program; 0 if the program is of another ABI
 * version. */
FED_API uint64_t fed_client_bytes(const fed_program* program);

/* Makes a client in `memory` (FED_ALIGNMENT-aligned). Its committed state is zeros until
 * fed_client_state_load. Null if anything is missing, misaligned, too small or of another version.
 */
FED_API fed_client* fed_client_open(const fed_program* program, void* memory, uint64_t bytes,
                                    const fed_host* host);

/* The committed client state, of one process: bytes of its layout in computations that have one (0:
 * none), what to restore before a round, and what to store after one. Saving while a round is open
 * gives what fed_client_round_end would commit; it is FED_BAD_CALL before the last phase has run.
 */
FED_API uint64_t fed_client_state_bytes(const fed_program* program);
FED_API int32_t fed_client_state_load(fed_client* client, const void* state, uint64_t bytes);
FED_API int32_t fed_client_state_save(const fed_client* client, void* out, uint64_t bytes);

/* Begins a round of the named computation. `hash` is the program's that the server runs (32 bytes;
 * null skips the check): another one is FED_BAD_HASH. `params` are the round's constants in the
 * layout program->params. */
FED_API int32_t fed_client_round_begin(fed_client* client, const char* computation,
                                       const uint8_t* hash, const void* params,
                                       uint64_t params_bytes);

/* The open round's computation and the next phase to run (may be null), or null: no round is open.
 */
FED_API const fed_computation* fed_client_round(const fed_client* client, uint64_t* phase);

/* The constants of the round that began last, zeros before any: until then they may be written, for
 * computations that the app calls by itself. */
FED_API void* fed_client_params(fed_client* client, uint64_t* bytes);

/* Where the computation's arguments go, zeros at first: leaves that are FED_FROM_ARGUMENT or
 * FED_FROM_HOST. Sequences come through the host table. */
FED_API void* fed_client_input(fed_client* client, uint64_t* bytes);

/* The keys that the server sent for this client and this round, before the first phase: of the
 * computation's FED_FROM_KEY leaves, one behind the other; none runs without. (Private keys are
 * drawn when the first phase runs, from fed_host.entropy, and forgotten when the round ends.) */
FED_API uint64_t fed_client_keys_bytes(const fed_computation* computation);
FED_API int32_t fed_client_keys(fed_client* client, const void* keys, uint64_t bytes);

/* Where phase `phase` expects its download. */
FED_API void* fed_client_download(fed_client* client, uint64_t phase, uint64_t* bytes);

/* Runs the next phase, which must be number `phase`. `download` replaces fed_client_download where
 * several clients share one (aligned, of that size; not kept); null: it was written there. */
FED_API int32_t fed_client_run(fed_client* client, uint64_t phase, const void* download);

/* What the phase that ran last sends, valid until the next one runs; null if none ran or it failed.
 */
FED_API const void* fed_client_upload(const fed_client* client, uint64_t* bytes);
/* Results that stay on the client, complete after the last phase. */
FED_API const void* fed_client_result(const fed_client* client, uint64_t* bytes);

/* Ends the round. If the server accepted and every phase ran, the state that the round produced
 * becomes the committed one; else the committed state stays. */
FED_API int32_t fed_client_round_end(fed_client* client, int accepted);

/* The state that the round would commit, complete after the last phase. */
FED_API const void* fed_client_new_state(const fed_client* client, uint64_t* bytes);

/* The first error of the round: status, site (an index into the manifest's sites) and detail. */
FED_API const fed_error* fed_client_error(const fed_client* client);

/* Calls a computation of the app's own (`export fn`: one phase, no messages, nothing kept) with the
 * parameters of fed_client_params, also while a round is open, which it leaves as it is. `input`
 * and `result` are in its flat layouts, FED_ALIGNMENT-aligned; `error` gets the first error. */
FED_API int32_t fed_client_call(fed_client* client, const char* computation, const void* input,
                                uint64_t input_bytes, void* result, uint64_t result_bytes,
                                fed_error* error);

/* For hosts that let many participants take turns in one client's memory: what a participant keeps
 * from one phase of a round to the next (kept values, results, the state that it will commit,
 * private keys), to copy out, and to copy in again in a later turn, after fed_client_state_load,
 * fed_client_round_begin, the arguments and the keys. */
FED_API uint64_t fed_client_turn_bytes(const fed_computation* computation);
FED_API int32_t fed_client_suspend(const fed_client* client, void* out, uint64_t bytes);
FED_API int32_t fed_client_resume(fed_client* client, const void* turn, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif /* FED_CLIENT_H_ */
