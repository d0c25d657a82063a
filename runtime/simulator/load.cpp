#include "runtime/simulator/load.h"

#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"

namespace fedrt {
namespace {

constexpr std::string_view kClientSuffix = "_client_program";

// Copies a T at `offset`, if the file has it.
template <typename T>
bool read_at(const std::string& file, uint64_t offset, T* out) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
  std::memcpy(out, file.data() + offset, sizeof(T));
  return true;
}

// The program's name is part of its symbols' names, and the object does not say it anywhere else:
// look through its dynamic symbols for NAME_client_program.
absl::StatusOr<std::string> program_name(const std::string& path) {
  absl::StatusOr<std::string> bytes = read_file(path);
  if (!bytes.ok()) return bytes.status();
  const std::string file = *std::move(bytes);
  Elf64_Ehdr header;
  if (!read_at(file, 0, &header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a shared object of this machine"));
  for (uint64_t s = 0; s < header.e_shnum; ++s) {
    Elf64_Shdr symbols, strings;
    if (!read_at(file, header.e_shoff + s * sizeof symbols, &symbols)) break;
    if (symbols.sh_type != SHT_DYNSYM) continue;
    if (!read_at(file, header.e_shoff + symbols.sh_link * sizeof strings, &strings)) break;
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      if (!read_at(file, symbols.sh_offset + at, &symbol)) break;
      const uint64_t start = strings.sh_offset + symbol.st_name;
      if (start >= file.size() || symbol.st_shndx == SHN_UNDEF) continue;
      const size_t length = strnlen(file.data() + start, file.size() - start);
      const std::string_view name(file.data() + start, length);
      if (name.size() > kClientSuffix.size() &&
          name.substr(name.size() - kClientSuffix.size()) == kClientSuffix)
        return std::string(name.substr(0, name.size() - kClientSuffix.size()));
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": holds no compiled program (no symbol ends in `_client_program`)"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Program>> load_program(const std::string& path) {
  absl::StatusOr<std::string> name = program_name(path);
  if (!name.ok()) return name.status();
  // Without a slash dlopen would search the library path.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return absl::InvalidArgumentError(dlerror());
  const auto symbol = [&](const char* suffix) { return dlsym(library, (*name + suffix).c_str()); };
  const void* server = symbol("_server_program");
  const char* manifest = static_cast<const char*>(symbol("_manifest"));
  const uint64_t* size = static_cast<const uint64_t*>(symbol("_manifest_size"));
  if (server == nullptr || manifest == nullptr || size == nullptr) {
    dlclose(library);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": `", *name, "` has no server side or no manifest"));
  }
  auto program = Program::make(static_cast<const fed_program*>(symbol("_client_program")),
                               static_cast<const fed_server_program*>(server), {manifest, *size});
  if (!program.ok()) {
    dlclose(library);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", std::string(program.status().message())));
  }
  return std::shared_ptr<const Program>((*program).get(),
                                        [library, owner = *program](const Program*) mutable {
                                          owner.reset();
                                          dlclose(library);
                                        });
}

}  // namespace fedrt
