// What the compiled code of a client calls back: its data, out of Arguments.
#ifndef RUNTIME_PROGRAM_CLIENT_HOST_H_
#define RUNTIME_PROGRAM_CLIENT_HOST_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "runtime/abi/fed_abi.h"
#include "runtime/program/arguments.h"

namespace fedrt {

// A host table, and behind it the data of one client at a time.
class ClientHost {
 public:
  ClientHost();
  virtual ~ClientHost() = default;
  ClientHost(const ClientHost&) = delete;
  ClientHost& operator=(const ClientHost&) = delete;

  const fed_host* table() const { return &host_; }

  // What runs from now on is that of client number `client`. Both tables must outlive it.
  void serve(const fed_computation* computation, const Arguments* arguments, uint64_t client);
  // Writes that client's tensors into the computation's input layout at `input`, not its keys.
  // Fails where one is not of its leaf's type.
  absl::Status write_input(void* input) const;

 protected:
  uint64_t client_number() const { return client_; }
  // What is served now.
  const Arguments& arguments() const { return *arguments_; }
  fed_host* host() { return &host_; }

 private:
  // Asked from within compiled code, often.
  virtual bool is_cancelled() const = 0;
  // The source of private keys: the system's, if no other one is simulated.
  virtual bool entropy(void* out, uint64_t bytes);
  virtual void log(uint32_t site, const char* text) const = 0;
  SequenceReader* reader(uint32_t sequence, uint32_t cursor) const;

  fed_host host_{};
  const fed_computation* computation_ = nullptr;
  const Arguments* arguments_ = nullptr;
  uint64_t client_ = 0;
  std::vector<std::vector<std::unique_ptr<SequenceReader>>> readers_;  // by sequence and cursor
};

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_CLIENT_HOST_H_
