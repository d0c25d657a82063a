// Runs what the clients did on this machine again, on another processor.
#ifndef FEDC_TESTS_GENERATOR_REPLAY_H_
#define FEDC_TESTS_GENERATOR_REPLAY_H_

#include <string>

#include "tests/generator/harness.h"

namespace fedc::generator {

// Records every call of a client phase: what it read, through the frame and through callbacks, and
// what it wrote. The file that it writes is read by tests/numeric/c_host.c, which says how it
// looks.
//
// The descriptor tables of the compiled program are replaced by copies whose functions record; one
// recording at a time.
class Recording {
 public:
  explicit Recording(Compiled& compiled);
  ~Recording();
  // From here on calls are recorded.
  void begin();
  // Links `object` (the client for aarch64) with the C host, runs it under qemu on what was
  // recorded, and says what came out different; empty: nothing.
  std::string replay(const std::string& object);

 private:
  Compiled& compiled_;
};

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_REPLAY_H_
