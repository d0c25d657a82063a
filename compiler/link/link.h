// Links objects by running clang-22 with ld.lld, without a shell.
#ifndef COMPILER_LINK_LINK_H_
#define COMPILER_LINK_LINK_H_

#include <string>
#include <vector>

namespace fedc {

struct LinkInput {
  std::string name;   // for messages: "average_client.o"
  std::string bytes;  // an ELF object
};

// Writes the shared object `output` from `objects` (in memory) and `files` (paths of archives or
// objects, such as the accumulators' kernels). False, with a message fit for a user in `error`, if
// a tool is missing (the message names the package) or fails. Leaves no temporary file behind.
bool link_shared(const std::vector<LinkInput>& objects, const std::vector<std::string>& files,
                 const std::string& output, std::string* error);

// Runs a program found on PATH with arguments, waits, and gives its exit status (-1: it could not
// be started) and what it wrote to standard error.
int run_tool(const std::vector<std::string>& command, std::string* output);

}  // namespace fedc

#endif  // COMPILER_LINK_LINK_H_
