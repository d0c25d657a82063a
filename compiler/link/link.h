// Links objects by running clang-22 with ld.lld, without a shell and without temporary files: the
// linker reads objects from memory and writes its result there.
#ifndef COMPILER_LINK_LINK_H_
#define COMPILER_LINK_LINK_H_

#include <optional>
#include <string>
#include <vector>

namespace fedc {

struct LinkInput {
  std::string name;   // for messages: "average_client.o"
  std::string bytes;  // an ELF object
};

// The shared object made of `objects`, for this machine. What they call beyond memcpy, memmove and
// memset is looked for where the object is loaded. Nothing, with a message fit for a user in
// `error`, if a tool is missing (the message names the package) or fails.
std::optional<std::string> link_shared(const std::vector<LinkInput>& objects, std::string* error);

struct Executable {
  std::string name;    // for messages: "average_client"
  std::string target;  // x86_64-linux-gnu or aarch64-linux-gnu
  std::vector<LinkInput> objects;
  std::vector<std::string> files;         // paths of further objects, archives and shared objects
  std::vector<std::string> libraries;     // of the target's system: "curl" for -lcurl
  std::vector<std::string> library_path;  // where the shared objects are found when it runs
};

// The executable's bytes, or nothing and `*error` as above. A library or start file of the target
// that is not on this machine is reported as the Debian package that has it.
std::optional<std::string> link_executable(const Executable& executable, std::string* error);

// The object that clang makes of C99 in memory, `code.bytes`, for an environment without a library:
// small, position independent. `triple` is LLVM's, of any target that it knows; `include` is a
// folder of headers. Results and errors as above.
std::optional<std::string> compile_c(const LinkInput& code, const std::string& triple,
                                     const std::string& include, std::string* error);

// One object made of `executable`'s objects and of what they need of its files, for others to link.
std::optional<std::string> link_relocatable(const Executable& executable, std::string* error);

// Runs a program found on PATH with arguments, waits, and gives its exit status (-1: it could not
// be started) and what it wrote to standard output and standard error.
int run_tool(const std::vector<std::string>& command, std::string* output);

}  // namespace fedc

#endif  // COMPILER_LINK_LINK_H_
