#include "runtime/program/program.h"

#include <climits>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fedrt {
namespace {

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
  Mapper(const proto::Computation& manifest, const fed_computation* client,
         const fed_computation* server)
      : manifest_(manifest), client_(client), server_(server) {}

  // What the manifest says of the server's steps.
  absl::Status steps() {
    if (server_ == nullptr) return absl::OkStatus();
    const auto& phases = manifest_.server().phases();
    if (static_cast<uint64_t>(phases.size()) != server_->phase_count)
      return wrong("it has another number of steps");
    for (const proto::Phase& phase : phases)
      for (const uint32_t input : phase.inputs())
        if (input >= server_->input.leaf_count) return wrong("a step reads what is no input");
    return absl::OkStatus();
  }
  absl::Status arguments(Computation* out) {
    const int state =
        manifest_.has_state_argument() ? static_cast<int>(manifest_.state_argument()) : -1;
    return map(manifest_.argument(), state, layout_of(server_, &fed_computation::input),
               layout_of(client_, &fed_computation::input), true, &out->argument_leaves,
               &out->argument_slots);
  }
  absl::Status results(Computation* out) {
    const int state =
        manifest_.has_state_result() ? static_cast<int>(manifest_.state_result()) : -1;
    return map(manifest_.result(), state, layout_of(server_, &fed_computation::result),
               layout_of(client_, &fed_computation::result), false, &out->result_leaves,
               &out->result_slots);
  }

 private:
  absl::Status wrong(const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat("the program and its manifest disagree: ", manifest_.name(), ": ", what));
  }

  // Null where this program has no such side: nothing to compare with.
  static const fed_layout* layout_of(const fed_computation* side,
                                     const fed_layout fed_computation::* layout) {
    return side != nullptr ? &(side->*layout) : nullptr;
  }

  // What is not at SERVER, or of a function that knows no server.
  bool on_client(const LeafType& leaf) const {
    return leaf.placement == proto::CLIENTS || manifest_.role() == proto::CLIENT_STATE ||
           manifest_.role() == proto::EXPORT;
  }

  absl::Status map(const proto::Type& type, int state_field, const fed_layout* server,
                   const fed_layout* client, bool is_argument, std::vector<LeafType>* leaves,
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
    if (!is_argument && manifest_.role() == proto::CLIENT_STATE &&
        (client == nullptr || client->leaf_count == 0))
      state_end = leaves->size();
    uint64_t next_server = 0, next_client = 0, next_sequence = 0, next_state = 0;
    for (size_t i = 0; i < leaves->size(); ++i) {
      const LeafType& leaf = (*leaves)[i];
      LeafSlot slot;
      const fed_layout* layout = server;
      if (i >= state_begin && i < state_end) {
        slot = {LeafSlot::Space::kClientState, next_state++};
        layout = layout_of(client_, &fed_computation::state);
      } else if (!on_client(leaf)) {
        slot = {LeafSlot::Space::kServer, next_server++};
      } else if (leaf.sequence) {
        slot = {LeafSlot::Space::kClientSequence, next_sequence++};
        layout = nullptr;
      } else {
        slot = {LeafSlot::Space::kClient, next_client++};
        layout = client;
      }
      if (leaf.sequence && slot.space != LeafSlot::Space::kClientSequence)
        return wrong(leaf.path + " is a sequence that no client holds");
      if (layout != nullptr && (slot.index >= layout->leaf_count ||
                                !same_leaf(layout->leaves[slot.index], *leaf.tensors[0])))
        return wrong(leaf.path + " has no place in its layout");
      if (slot.space == LeafSlot::Space::kClientSequence && !is_argument)
        return wrong(leaf.path + " is no sequence of the client");
      if (slot.space == LeafSlot::Space::kClientSequence && client_ != nullptr) {
        if (slot.index >= client_->sequence_count)
          return wrong(leaf.path + " is no sequence of the client");
        const fed_layout& element = client_->sequences[slot.index].element;
        if (element.leaf_count != leaf.tensors.size())
          return wrong(leaf.path + " has elements of another shape");
        for (size_t e = 0; e < leaf.tensors.size(); ++e)
          if (!same_leaf(element.leaves[e], *leaf.tensors[e]))
            return wrong(leaf.path + " has elements of another type");
      }
      slots->push_back(slot);
    }
    if ((server != nullptr && next_server != server->leaf_count) ||
        (client != nullptr && next_client != client->leaf_count) ||
        (is_argument && client_ != nullptr && next_sequence != client_->sequence_count))
      return wrong(is_argument ? "arguments are left over" : "results are left over");
    return absl::OkStatus();
  }

  const proto::Computation& manifest_;
  const fed_computation* client_;
  const fed_computation* server_;
};

}  // namespace

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

absl::Status Program::check_and_map() {
  if ((client_ == nullptr && server_ == nullptr) || (client_ != nullptr && !usable(client_)) ||
      (server_ != nullptr && !usable(server_)))
    return absl::InvalidArgumentError(
        absl::StrCat("compiled for another version of the runtime (this is version ",
                     FED_ABI_VERSION, "): compile it again"));
  if (client_ != nullptr && server_ != nullptr &&
      std::memcmp(client_->hash, server_->hash, sizeof client_->hash) != 0)
    return absl::InvalidArgumentError("the two sides are of different programs");
  for (const proto::Computation& manifest : manifest_.computations()) {
    Computation computation;
    computation.manifest = &manifest;
    for (uint64_t i = 0; client_ != nullptr && i < client_->computation_count; ++i)
      if (manifest.name() == client_->computations[i].name)
        computation.client = &client_->computations[i];
    for (uint64_t i = 0; server_ != nullptr && i < server_->computation_count; ++i)
      if (manifest.name() == server_->computations[i].steps.name)
        computation.server = &server_->computations[i];
    const fed_computation* steps = computation.server ? &computation.server->steps : nullptr;
    // A function that the app calls is on the client alone.
    const bool needs_server = server_ != nullptr && manifest.role() != proto::EXPORT;
    if ((client_ != nullptr && !usable(computation.client)) ||
        ((needs_server || steps != nullptr) && !usable(steps)))
      return absl::InvalidArgumentError(
          absl::StrCat("`", manifest.name(), "` lacks one of its sides"));
    Mapper mapper(manifest, computation.client, steps);
    if (absl::Status status = mapper.steps(); !status.ok()) return status;
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
