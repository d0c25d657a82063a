#include "runtime/simulator/program.h"

#include <dlfcn.h>
#include <elf.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
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

template <typename Table>
bool usable(const Table* table) {
  return table != nullptr && table->size >= sizeof(Table) && table->version == FED_ABI_VERSION;
}

bool same_leaf(const fed_leaf& leaf, const proto::TensorType& type) {
  if (leaf.element_type != static_cast<uint32_t>(type.element()) ||
      leaf.rank != static_cast<uint32_t>(type.dims_size()) || leaf.rank > FED_MAX_RANK)
    return false;
  for (int d = 0; d < type.dims_size(); ++d) {
    const bool unknown = (leaf.dynamic >> d) & 1;
    // The layout's bound may be tighter knowledge than the type's: a type without one is unbounded.
    if (unknown != type.dims(d).unknown()) return false;
    if ((!unknown || type.dims(d).size() != 0) && leaf.dims[d] != type.dims(d).size()) return false;
  }
  return true;
}

class Mapper {
 public:
  Mapper(const proto::Computation& manifest, const fed_computation& client,
         const fed_computation& server)
      : manifest_(manifest), client_(client), server_(server) {}

  absl::Status arguments(Computation* out) {
    const int state =
        manifest_.has_state_argument() ? static_cast<int>(manifest_.state_argument()) : -1;
    return map(manifest_.argument(), state, server_.input, client_.input, true,
               &out->argument_leaves, &out->argument_slots);
  }
  absl::Status results(Computation* out) {
    const int state =
        manifest_.has_state_result() ? static_cast<int>(manifest_.state_result()) : -1;
    return map(manifest_.result(), state, server_.result, client_.result, false,
               &out->result_leaves, &out->result_slots);
  }

 private:
  absl::Status wrong(const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat("the program and its manifest disagree: ", manifest_.name(), ": ", what));
  }

  absl::Status map(const proto::Type& type, int state_field, const fed_layout& server,
                   const fed_layout& client, bool is_argument, std::vector<LeafType>* leaves,
                   std::vector<LeafSlot>* slots) {
    *leaves = leaves_of(type);
    // Where the state's leaves stand among the leaves of the whole.
    size_t state_begin = 0, state_end = 0;
    if (state_field >= 0 && type.has_struct_() && state_field < type.struct_().fields_size()) {
      for (int i = 0; i < state_field; ++i)
        state_begin += leaves_of(type.struct_().fields(i).type()).size();
      state_end = state_begin + leaves_of(type.struct_().fields(state_field).type()).size();
    }
    // A process's client_state() has nothing but the state as its result.
    if (!is_argument && manifest_.role() == proto::CLIENT_STATE && client.leaf_count == 0)
      state_end = leaves->size();
    uint64_t next_server = 0, next_client = 0, next_sequence = 0, next_state = 0;
    for (size_t i = 0; i < leaves->size(); ++i) {
      const LeafType& leaf = (*leaves)[i];
      LeafSlot slot;
      const fed_layout* layout = &server;
      if (i >= state_begin && i < state_end) {
        slot = {LeafSlot::Space::kClientState, next_state++};
        layout = &client_.state;
      } else if (leaf.placement != proto::CLIENTS && manifest_.role() != proto::CLIENT_STATE) {
        slot = {LeafSlot::Space::kServer, next_server++};
      } else if (leaf.sequence) {
        slot = {LeafSlot::Space::kClientSequence, next_sequence++};
        layout = nullptr;
      } else {
        slot = {LeafSlot::Space::kClient, next_client++};
        layout = &client;
      }
      if (leaf.sequence && slot.space != LeafSlot::Space::kClientSequence)
        return wrong(leaf.path + " is a sequence that no client holds");
      if (layout != nullptr && (slot.index >= layout->leaf_count ||
                                !same_leaf(layout->leaves[slot.index], *leaf.tensors[0])))
        return wrong(leaf.path + " has no place in its layout");
      if (layout == nullptr) {
        if (!is_argument || slot.index >= client_.sequence_count)
          return wrong(leaf.path + " is no sequence of the client");
        const fed_layout& element = client_.sequences[slot.index].element;
        if (element.leaf_count != leaf.tensors.size())
          return wrong(leaf.path + " has elements of another shape");
        for (size_t e = 0; e < leaf.tensors.size(); ++e)
          if (!same_leaf(element.leaves[e], *leaf.tensors[e]))
            return wrong(leaf.path + " has elements of another type");
      }
      slots->push_back(slot);
    }
    if (next_server != server.leaf_count || next_client != client.leaf_count ||
        (is_argument && next_sequence != client_.sequence_count))
      return wrong(is_argument ? "arguments are left over" : "results are left over");
    return absl::OkStatus();
  }

  const proto::Computation& manifest_;
  const fed_computation& client_;
  const fed_computation& server_;
};

}  // namespace

Program::~Program() {
  if (library_ != nullptr) dlclose(library_);
}

absl::StatusOr<std::shared_ptr<const Program>> Program::make(const fed_program* client,
                                                             const fed_server_program* server,
                                                             std::string_view manifest) {
  std::shared_ptr<Program> program(new Program);
  program->client_ = client;
  program->server_ = server;
  if (manifest.size() > INT_MAX ||
      !program->manifest_.ParseFromArray(manifest.data(), static_cast<int>(manifest.size())))
    return absl::InvalidArgumentError("the program's manifest cannot be read");
  if (absl::Status status = program->check_and_map(); !status.ok()) return status;
  return std::shared_ptr<const Program>(std::move(program));
}

absl::StatusOr<std::shared_ptr<const Program>> Program::load(const std::string& path) {
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
  auto program = make(static_cast<const fed_program*>(symbol("_client_program")),
                      static_cast<const fed_server_program*>(server), {manifest, *size});
  if (!program.ok()) {
    dlclose(library);
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", std::string(program.status().message())));
  }
  const_cast<Program&>(**program).library_ = library;
  return program;
}

absl::Status Program::check_and_map() {
  if (!usable(client_) || !usable(server_))
    return absl::InvalidArgumentError(
        absl::StrCat("compiled for another version of the runtime (this is version ",
                     FED_ABI_VERSION, "): compile it again"));
  if (std::memcmp(client_->hash, server_->hash, sizeof client_->hash) != 0)
    return absl::InvalidArgumentError("the two sides are of different programs");
  for (const proto::Computation& manifest : manifest_.computations()) {
    Computation computation;
    computation.manifest = &manifest;
    for (uint64_t i = 0; i < client_->computation_count; ++i)
      if (manifest.name() == client_->computations[i].name)
        computation.client = &client_->computations[i];
    for (uint64_t i = 0; i < server_->computation_count; ++i)
      if (manifest.name() == server_->computations[i].steps.name)
        computation.server = &server_->computations[i];
    if (!usable(computation.client) || computation.server == nullptr ||
        !usable(&computation.server->steps))
      return absl::InvalidArgumentError(
          absl::StrCat("`", manifest.name(), "` lacks one of its sides"));
    Mapper mapper(manifest, *computation.client, computation.server->steps);
    if (absl::Status status = mapper.arguments(&computation); !status.ok()) return status;
    if (absl::Status status = mapper.results(&computation); !status.ok()) return status;
    computations_.push_back(std::move(computation));
  }
  return absl::OkStatus();
}

const Computation* Program::find(std::string_view name) const {
  for (const Computation& computation : computations_)
    if (computation.manifest->name() == name) return &computation;
  return nullptr;
}

}  // namespace fedrt
