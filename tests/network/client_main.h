/* A client process for tests: one participant over runtime/transport, of any program whose clients'
 * arguments are all float32. */
#ifndef TESTS_NETWORK_CLIENT_MAIN_H_
#define TESTS_NETWORK_CLIENT_MAIN_H_

#include "runtime/abi/fed_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NAME HOST:PORT READING [STEP]: every element of the arguments is READING, and the sequences have
 * one element. It dies as by kill -9 in the middle of a download or an upload if STEP is
 * "download" or "upload". Says on standard error what the session says, and how each round ended.
 * The exit status is fed_session_run's. */
int test_client_main(int argc, char** argv, const fed_program* program);

#ifdef __cplusplus
}
#endif
#endif /* TESTS_NETWORK_CLIENT_MAIN_H_ */
