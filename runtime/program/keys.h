// The keys of a run: the same ones in a simulation and over a network, whoever counts the clients.
#ifndef RUNTIME_PROGRAM_KEYS_H_
#define RUNTIME_PROGRAM_KEYS_H_

#include <cstdint>
#include <string>

#include "runtime/data/value.h"

namespace fedrt {

// Of one run of a function: equal for equal seeds, roles and rounds. A run that failed and is tried
// again is the same run.
uint64_t run_key(uint64_t seed, proto::Role role, uint64_t round);

// Of the draw of who takes part in a round (cohort.h).
uint64_t cohort_key(uint64_t seed, uint64_t round);

// Who has keys in a run: the server, or the client with a number in the cohort.
uint64_t server_key(uint64_t run);
uint64_t client_key(uint64_t run, uint64_t client);
// Where private keys have no source but a seed, in a simulation: what they come from. The number as
// above, the server's those of server_key.
uint64_t simulated_entropy(uint64_t run);

// The first `bytes` bytes (8 a key) that a participant's keys are: threefry(key, 0), (key, 1) ...
std::string draw_keys(uint64_t key, uint64_t bytes);

// Bytes of an input's leaves that are filled with keys.
uint64_t key_bytes(const proto::Layout& input);

// Where private keys come from on a device: the system. Whether it had them.
bool system_entropy(void* out, uint64_t bytes);

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_KEYS_H_
