#include "runtime/server/network/counts.h"

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

struct Wording {
  const char* one;
  const char* many;
};

Wording wording(Incident incident) {
  switch (incident) {
    case Incident::kNotGrpc:
      return {"connection that is not gRPC", "connections that are not gRPC"};
    case Incident::kHttp1:
      return {"HTTP/1 request", "HTTP/1 requests"};
    case Incident::kSilent:
      return {"silent connection", "silent connections"};
    case Incident::kOtherProgram:
      return {"client of another program", "clients of another program"};
    case Incident::kOtherProtocol:
      return {"client of another protocol version", "clients of another protocol version"};
    case Incident::kFull:
      return {"client too many", "clients too many"};
    case Incident::kUnknownSession:
      return {"call of an unknown session", "calls of unknown sessions"};
    case Incident::kWrongSize:
      return {"upload of a wrong size", "uploads of a wrong size"};
    case Incident::kStale:
      return {"stale message", "stale messages"};
    case Incident::kDuplicate:
      return {"duplicate upload", "duplicate uploads"};
    case Incident::kNotFinite:
      return {"update that was not finite", "updates that were not finite"};
    case Incident::kBadWeight:
      return {"update with a bad weight", "updates with a bad weight"};
    case Incident::kOutOfRange:
      return {"update out of range", "updates out of range"};
    case Incident::kAbandoned:
      return {"client whose program failed", "clients whose program failed"};
    case Incident::kDropped:
      return {"client that did not answer in time", "clients that did not answer in time"};
    case Incident::kStalled:
      return {"transfer that stopped moving", "transfers that stopped moving"};
    case Incident::kNoMemory:
      return {"transfer without memory for it", "transfers without memory for them"};
  }
  return {"", ""};
}

}  // namespace

Counts::Snapshot Counts::snapshot() const {
  Snapshot now;
  for (size_t i = 0; i < kIncidents; ++i) now[i] = counts_[i].load(std::memory_order_relaxed);
  return now;
}

std::string Counts::since(const Snapshot& before) const {
  const Snapshot now = snapshot();
  std::string text;
  for (size_t i = 0; i < kIncidents; ++i) {
    const uint64_t count = now[i] - before[i];
    if (count == 0) continue;
    const Wording words = wording(static_cast<Incident>(i));
    absl::StrAppend(&text, text.empty() ? "" : ", ", count, " ",
                    count == 1 ? words.one : words.many);
  }
  return text;
}

}  // namespace fedrt
