#include "runtime/simulator/worker.h"

#include <sys/random.h>

namespace fedrt {

Simulation::Worker::Worker(const fed_program* program, const SimulationOptions* options)
    : options_(options), memory_(fed_client_bytes(program)) {
  host_.size = sizeof host_;
  host_.version = FED_ABI_VERSION;
  host_.user = this;
  host_.sequence_open = sequence_open;
  host_.sequence_next = sequence_next;
  host_.sequence_rewind = sequence_rewind;
  host_.cancelled = cancelled;
  host_.entropy = entropy;
  host_.log = log;
  client_ = fed_client_open(program, memory_.data(), memory_.size(), &host_);
}

void Simulation::Worker::serve(const Computation* computation, const Arguments* arguments,
                               uint64_t client, const std::atomic<uint64_t>* first_failed) {
  computation_ = computation;
  arguments_ = arguments;
  current_ = client;
  first_failed_ = first_failed;
  readers_.clear();
  readers_.resize(computation->client->sequence_count);
  for (size_t s = 0; s < readers_.size(); ++s)
    readers_[s].resize(computation->client->sequences[s].cursors);
}

int32_t Simulation::Worker::sequence_open(void* user, uint32_t sequence, uint32_t cursor) {
  Worker* worker = self(user);
  if (sequence >= worker->readers_.size() || cursor >= worker->readers_[sequence].size())
    return FED_HOST_ERROR;
  worker->readers_[sequence][cursor] =
      worker->arguments_->sequences[sequence]->open(worker->current_);
  return FED_OK;
}

SequenceReader* Simulation::Worker::reader(uint32_t sequence, uint32_t cursor) {
  if (sequence >= readers_.size() || cursor >= readers_[sequence].size()) return nullptr;
  return readers_[sequence][cursor].get();
}

int32_t Simulation::Worker::sequence_next(void* user, uint32_t sequence, uint32_t cursor,
                                          fed_view* leaves, uint32_t count) {
  SequenceReader* reader = self(user)->reader(sequence, cursor);
  return reader ? reader->next(leaves, count) : FED_HOST_ERROR;
}

int32_t Simulation::Worker::sequence_rewind(void* user, uint32_t sequence, uint32_t cursor) {
  SequenceReader* reader = self(user)->reader(sequence, cursor);
  if (reader == nullptr) return FED_HOST_ERROR;
  reader->rewind();
  return FED_OK;
}

int32_t Simulation::Worker::cancelled(void* user) {
  const Worker* worker = self(user);
  if (worker->options_->cancelled && worker->options_->cancelled->load(std::memory_order_relaxed))
    return 1;
  // A client before this one has failed: what this one does will not be looked at.
  return worker->first_failed_->load(std::memory_order_relaxed) < worker->current_;
}

int32_t Simulation::Worker::entropy(void*, void* out, uint64_t bytes) {
  uint8_t* next = static_cast<uint8_t*>(out);
  while (bytes > 0) {
    const ssize_t got = getrandom(next, bytes, 0);
    if (got <= 0) return FED_HOST_ERROR;
    next += got;
    bytes -= static_cast<uint64_t>(got);
  }
  return FED_OK;
}

void Simulation::Worker::log(void* user, uint32_t site, const char* text) {
  if (self(user)->options_->log) self(user)->options_->log(site, text ? text : "");
}

}  // namespace fedrt
