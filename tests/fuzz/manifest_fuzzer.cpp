// libFuzzer's entry: any bytes are the manifest of a program that was compiled. Whoever loads the
// program reads it, and may find that the two disagree, and nothing worse. (The privacy report is
// made of manifests that the compiler has in memory, and of no others.)
#include <cstdint>
#include <string_view>

#include "google/protobuf/stubs/logging.h"
#include "runtime/data/value.h"
#include "runtime/program/program.h"

extern "C" const fed_program hand_client_program;
extern "C" const fed_server_program hand_server_program;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const fed_program* client :
       {&hand_client_program, static_cast<const fed_program*>(nullptr)}) {
    for (const fed_server_program* server :
         {&hand_server_program, static_cast<const fed_server_program*>(nullptr)}) {
      const auto program = fedrt::Program::make(client, server, bytes);
      if (!program.ok()) continue;
      for (const fedrt::Computation& computation : (*program)->computations()) {
        fedrt::to_string(computation.manifest->argument());
        fedrt::to_string(computation.manifest->result());
      }
    }
  }
  return 0;
}
