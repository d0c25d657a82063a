// What an app engineer is handed: the header NAME_client.h, and the C that stands between it and
// the client runtime.
#ifndef FEDC_COMPILER_HEADER_HEADER_H_
#define FEDC_COMPILER_HEADER_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/manifest.pb.h"

namespace fedc::header {

// What the client's object knows beyond the manifest.
struct ClientFacts {
  std::string prefix;  // NAME: begins every name, a C identifier
  std::string target;  // "x86_64-linux-gnu"
  uint64_t arena_bytes = 0;
  uint64_t stack_bytes = 0;  // of the compiled code
  // A computation: for each sequence the most passes that are open at the same time.
  std::vector<std::vector<uint32_t>> cursors;
};

// NAME_client.h: C99 and C++11, needs <stddef.h> and <stdint.h> alone.
std::string client_header(const fed::proto::Manifest& manifest, const ClientFacts& facts);

// A C99 source that defines what the header declares but NAME_client_program. It has the header in
// it, includes "fed_client.h", and calls memcpy, memset and the client runtime.
std::string client_glue(const fed::proto::Manifest& manifest, const ClientFacts& facts);

// Every name that a library's users may see: all others can be made local.
std::vector<std::string> client_symbols(const fed::proto::Manifest& manifest,
                                        const ClientFacts& facts);

}  // namespace fedc::header

#endif  // FEDC_COMPILER_HEADER_HEADER_H_
