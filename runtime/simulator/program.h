// A compiled program in this process: both sides' descriptors and the manifest, checked against
// each other, with a map from the leaves of each computation's type to the sides' layouts.
#ifndef RUNTIME_SIMULATOR_PROGRAM_H_
#define RUNTIME_SIMULATOR_PROGRAM_H_

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
  const fed_computation* client = nullptr;
  const fed_server_computation* server = nullptr;
  std::vector<LeafType> argument_leaves, result_leaves;
  std::vector<LeafSlot> argument_slots, result_slots;  // one a leaf
};

class Program {
 public:
  // Loads a shared object that holds both sides of one program. The object stays loaded as long as
  // the Program lives.
  static absl::StatusOr<std::shared_ptr<const Program>> load(const std::string& path);

  // Of descriptors that are linked into this binary.
  static absl::StatusOr<std::shared_ptr<const Program>> make(const fed_program* client,
                                                             const fed_server_program* server,
                                                             std::string_view manifest);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const fed_program& client() const { return *client_; }
  const fed_server_program& server() const { return *server_; }
  const proto::Manifest& manifest() const { return manifest_; }
  const std::vector<Computation>& computations() const { return computations_; }
  // Null where there is none of that name.
  const Computation* find(std::string_view name) const;

 private:
  Program() = default;
  absl::Status check_and_map();

  void* library_ = nullptr;
  const fed_program* client_ = nullptr;
  const fed_server_program* server_ = nullptr;
  proto::Manifest manifest_;
  std::vector<Computation> computations_;
};

}  // namespace fedrt

#endif  // RUNTIME_SIMULATOR_PROGRAM_H_
