#include "runtime/program/keys.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "runtime/data/threefry.h"

namespace fedrt {

uint64_t run_key(uint64_t seed, proto::Role role, uint64_t round) {
  return threefry(threefry(seed, static_cast<uint64_t>(role)), round);
}

uint64_t cohort_key(uint64_t seed, uint64_t round) {
  return threefry(threefry(seed, ~uint64_t{0}), round);  // which is no role
}

uint64_t server_key(uint64_t run) { return threefry(run, 0); }
uint64_t client_key(uint64_t run, uint64_t client) { return threefry(run, 1 + client); }
uint64_t simulated_entropy(uint64_t run) { return threefry(run, ~uint64_t{0}); }

std::string draw_keys(uint64_t key, uint64_t bytes) {
  std::string text(bytes, '\0');
  for (uint64_t i = 0; i * sizeof(uint64_t) < bytes; ++i) {
    const uint64_t word = threefry(key, i);
    std::memcpy(text.data() + i * sizeof word, &word,
                std::min<uint64_t>(sizeof word, bytes - i * sizeof word));
  }
  return text;
}

uint64_t key_bytes(const proto::Layout& input) {
  uint64_t bytes = 0;
  for (const proto::Leaf& leaf : input.leaves())
    if (leaf.origin() == proto::FROM_KEY) bytes += leaf.bytes();
  return bytes;
}

bool system_entropy(void* out, uint64_t bytes) {
  uint8_t* next = static_cast<uint8_t*>(out);
  while (bytes > 0) {
    const ssize_t got = getrandom(next, bytes, 0);
    if (got <= 0) return false;
    next += got;
    bytes -= static_cast<uint64_t>(got);
  }
  return true;
}

}  // namespace fedrt
