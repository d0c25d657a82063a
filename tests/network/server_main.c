/* A server as the compiler generates them: a small main and the program's tables. */
#include "runtime/server/main.h"

extern const fed_server_program hand_server_program;
extern const unsigned char hand_manifest[];
extern const uint64_t hand_manifest_size;

int main(int argc, char** argv) {
  return fed_server_main(argc, argv, &hand_server_program, (const char*)hand_manifest,
                         hand_manifest_size);
}
