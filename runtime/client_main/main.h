/* The main function of a generated client: NAME_client is a call of it with its program. */
#ifndef RUNTIME_CLIENT_MAIN_MAIN_H_
#define RUNTIME_CLIENT_MAIN_MAIN_H_

#include <stdint.h>

#include "runtime/abi/fed_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes part in `program` as the command line says; `manifest` is its serialised manifest. Results
 * that stay on this client go to standard output, the rest to standard error. Returns the exit
 * status: 0 success, 1 an error in what runs, 2 one in the command line, 128 and the signal's
 * number if a signal ended it. */
int fed_client_main(int argc, char** argv, const fed_program* program, const char* manifest,
                    uint64_t manifest_bytes);

#ifdef __cplusplus
}
#endif
#endif /* RUNTIME_CLIENT_MAIN_MAIN_H_ */
