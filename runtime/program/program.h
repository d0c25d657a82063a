// A compiled program in this process: one side's descriptor or both, and the manifest, checked
// against each other, with a map from the leaves of each computation's type to the sides' layouts.
#ifndef RUNTIME_PROGRAM_PROGRAM_H_
#define RUNTIME_PROGRAM_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/manifest.pb.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/data/value.h"

namespace fedrt {

// Where one leaf of an argument or result lives.
struct LeafSlot {
  enum class Space : uint8_t {
    kServer,          // the server's input or result
    kClient,          // the client's input or result
    kClientSequence,  // the client's sequences
    kClientState,
  };
  Space space = Space::kServer;
  uint64_t index = 0;
};

struct Computation {
  const proto::Computation* manifest = nullptr;
  const fed_computation* client = nullptr;         // null in a program without the client's side
  const fed_server_computation* server = nullptr;  // likewise
  std::vector<LeafType> argument_leaves, result_leaves;
  std::vector<LeafSlot> argument_slots, result_slots;  // one a leaf
};

class Program {
 public:
  // Of descriptors that outlive it; one of them may be null: a client's program, or a server's.
  static absl::StatusOr<std::shared_ptr<const Program>> make(const fed_program* client,
                                                             const fed_server_program* server,
                                                             std::string_view manifest);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool has_client() const { return client_ != nullptr; }
  bool has_server() const { return server_ != nullptr; }
  const fed_program& client() const { return *client_; }         // only if it has that side
  const fed_server_program& server() const { return *server_; }  // likewise
  const fed_layout& params() const { return has_server() ? server_->params : client_->params; }
  const uint8_t* hash() const { return has_server() ? server_->hash : client_->hash; }  // 32 bytes
  const proto::Manifest& manifest() const { return manifest_; }
  const std::vector<Computation>& computations() const { return computations_; }
  // Null where there is none of that name.
  const Computation* find(std::string_view name) const;

 private:
  Program() = default;
  absl::Status check_and_map();

  const fed_program* client_ = nullptr;
  const fed_server_program* server_ = nullptr;
  proto::Manifest manifest_;
  std::vector<Computation> computations_;
};

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_PROGRAM_H_
