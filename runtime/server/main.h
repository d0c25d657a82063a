/* The main function of a generated server: NAME_server is a call of it with its program. */
#ifndef RUNTIME_SERVER_MAIN_H_
#define RUNTIME_SERVER_MAIN_H_

#include <stdint.h>

#include "runtime/abi/fed_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Serves `program` as the command line says; `manifest` is its serialised manifest. Results and
 * rounds go to standard output, the rest to standard error. Returns the exit status: 0 success, 1
 * an error in what runs, 2 one in the command line. */
int fed_server_main(int argc, char** argv, const fed_server_program* program, const char* manifest,
                    uint64_t manifest_bytes);

#ifdef __cplusplus
}
#endif
#endif /* RUNTIME_SERVER_MAIN_H_ */
