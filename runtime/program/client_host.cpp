#include "runtime/program/client_host.h"

#include "runtime/data/flat.h"
#include "runtime/program/keys.h"

namespace fedrt {

ClientHost::ClientHost() {
  host_.size = sizeof host_;
  host_.version = FED_ABI_VERSION;
  host_.user = this;
  host_.sequence_open = [](void* user, uint32_t sequence, uint32_t cursor) -> int32_t {
    ClientHost* host = static_cast<ClientHost*>(user);
    if (sequence >= host->readers_.size() || cursor >= host->readers_[sequence].size())
      return FED_HOST_ERROR;
    host->readers_[sequence][cursor] = host->arguments_->sequences[sequence]->open(host->client_);
    return FED_OK;
  };
  host_.sequence_next = [](void* user, uint32_t sequence, uint32_t cursor, fed_view* leaves,
                           uint32_t count) -> int32_t {
    SequenceReader* reader = static_cast<ClientHost*>(user)->reader(sequence, cursor);
    return reader ? reader->next(leaves, count) : FED_HOST_ERROR;
  };
  host_.sequence_rewind = [](void* user, uint32_t sequence, uint32_t cursor) -> int32_t {
    SequenceReader* reader = static_cast<ClientHost*>(user)->reader(sequence, cursor);
    if (reader == nullptr) return FED_HOST_ERROR;
    reader->rewind();
    return FED_OK;
  };
  host_.cancelled = [](void* user) -> int32_t {
    return static_cast<ClientHost*>(user)->is_cancelled();
  };
  host_.entropy = [](void* user, void* out, uint64_t bytes) -> int32_t {
    return static_cast<ClientHost*>(user)->entropy(out, bytes) ? FED_OK : FED_HOST_ERROR;
  };
  host_.log = [](void* user, uint32_t site, const char* text) {
    static_cast<ClientHost*>(user)->log(site, text ? text : "");
  };
}

void ClientHost::serve(const fed_computation* computation, const Arguments* arguments,
                       uint64_t client) {
  computation_ = computation;
  arguments_ = arguments;
  client_ = client;
  // No reader of the client before stays open; the table's memory does.
  readers_.resize(computation->sequence_count);
  for (size_t s = 0; s < readers_.size(); ++s) {
    for (std::unique_ptr<SequenceReader>& reader : readers_[s]) reader.reset();
    readers_[s].resize(computation->sequences[s].cursors);
  }
}

absl::Status ClientHost::write_input(void* input) const {
  for (size_t i = 0; i < arguments_->client.size(); ++i) {
    const uint32_t origin = computation_->input.leaves[i].origin;
    if (origin == FED_FROM_KEY || origin == FED_FROM_ENTROPY) continue;
    const std::vector<Tensor>& members = arguments_->client[i];
    if (absl::Status status = write_leaf(computation_->input.leaves[i],
                                         members[members.size() == 1 ? 0 : client_], input);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

bool ClientHost::entropy(void* out, uint64_t bytes) { return system_entropy(out, bytes); }

SequenceReader* ClientHost::reader(uint32_t sequence, uint32_t cursor) const {
  if (sequence >= readers_.size() || cursor >= readers_[sequence].size()) return nullptr;
  return readers_[sequence][cursor].get();
}

}  // namespace fedrt
