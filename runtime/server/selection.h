// Selections: what a client downloads behind what is sent to all, made of the keys that it sent one
// phase before.
#ifndef RUNTIME_SERVER_SELECTION_H_
#define RUNTIME_SERVER_SELECTION_H_

#include "runtime/server/code.h"

namespace fedrt {

// The selection over keys from client phase `level`; null where there is none.
const fed_selection* find_selection(const ServerCode& code, uint64_t level);

// Copies the keys out of an upload, `keys_bytes` of them, FED_ALIGNMENT-aligned.
void keep_keys(const fed_selection& selection, const void* upload, uint8_t* keys);

// Makes one client's download after another. One thread at a time; several may work at once.
class Selector {
 public:
  // `shared`: the first `shared_bytes` of every download, which has `bytes`. All must outlive it.
  Selector(const ServerCode& code, const fed_selection& selection, const uint8_t* shared,
           uint64_t shared_bytes, uint64_t bytes);

  // Valid until the next call; null after an error.
  const uint8_t* make(const uint8_t* keys);
  const fed_error& error() const { return error_; }

 private:
  const fed_selection& selection_;
  const uint8_t* kept_;
  CodeRoom room_;
  AlignedBuffer download_;
  fed_error error_{};
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_SELECTION_H_
