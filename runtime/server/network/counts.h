// What a server had to refuse or do without, by reason.
#ifndef RUNTIME_SERVER_NETWORK_COUNTS_H_
#define RUNTIME_SERVER_NETWORK_COUNTS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace fedrt {

enum class Incident : uint8_t {
  kNotGrpc,         // connections that begin with something else
  kHttp1,           // connections that begin with an HTTP/1 request
  kSilent,          // connections that said nothing
  kOtherProgram,    // check-ins of clients that carry other programs
  kOtherProtocol,   // check-ins in another version of the protocol
  kFull,            // check-ins beyond what the server keeps
  kUnknownSession,  // calls of sessions that the server does not know, any more or at all
  kWrongSize,       // uploads of another size, or with pieces out of order
  kStale,           // messages for a round or phase that is not running
  kDuplicate,       // uploads that were there already
  kNotFinite,       // updates that were rejected, and why
  kBadWeight,
  kOutOfRange,
  kAbandoned,  // clients whose program failed
  kDropped,    // clients that did not answer in time
  kStalled,    // uploads and downloads that stopped moving
  kNoMemory,   // uploads and downloads that there was no memory for
};
inline constexpr size_t kIncidents = static_cast<size_t>(Incident::kNoMemory) + 1;

// Thread-safe.
class Counts {
 public:
  using Snapshot = std::array<uint64_t, kIncidents>;

  void add(Incident incident) {
    counts_[static_cast<size_t>(incident)].fetch_add(1, std::memory_order_relaxed);
  }
  Snapshot snapshot() const;
  uint64_t of(Incident incident) const { return snapshot()[static_cast<size_t>(incident)]; }

  // "2 silent connections, 1 stale message": what has been added since `before`; empty if nothing.
  std::string since(const Snapshot& before) const;
  std::string all() const { return since(Snapshot{}); }

 private:
  std::array<std::atomic<uint64_t>, kIncidents> counts_{};
};

}  // namespace fedrt

#endif  // RUNTIME_SERVER_NETWORK_COUNTS_H_
