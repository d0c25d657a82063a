#include "runtime/client_main/own_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "runtime/client/fed_client.h"
#include "runtime/data/file.h"
#include "runtime/program/named_state.h"

namespace fedrt {

namespace {

// The array of the hash. Those of states have a dot in their names.
constexpr char kProgram[] = "program";
constexpr size_t kHashBytes = 32;

std::string hex_of(const Tensor& hash) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()});
}

}  // namespace

OwnState::OwnState(const Program& program, std::string path)
    : bytes_(fed_client_state_bytes(&program.client())),
      hash_(Tensor::of<uint8_t>({kHashBytes}, std::span(program.hash(), kHashBytes))),
      path_(std::move(path)) {
  for (const Computation& computation : program.computations())
    if (computation.manifest->role() == proto::CLIENT_STATE)
      makers_[computation.manifest->process()] = &computation;
}

absl::StatusOr<OwnState> OwnState::open(const Program& program, const std::string& path,
                                        bool adopt) {
  OwnState state(program, path);
  if (path.empty()) return state;
  absl::Status status;
  if (state.makers_.empty())
    status = absl::InvalidArgumentError(
        absl::StrCat("clients of `", program.manifest().name(), "` keep no state"));
  else
    status = state.lock();
  if (status.ok()) status = state.load(adopt);
  // Not after the first round.
  if (status.ok()) status = check_writable(path);
  if (status.ok()) return state;
  return absl::Status(status.code(), absl::StrCat("--state: ", std::string(status.message())));
}

// The file itself is replaced by each round, so another one, which stays, is locked. Where there is
// no place for it, none is for the state, which is said below.
absl::Status OwnState::lock() {
  const std::string name = behind_links(path_) + ".lock";
  lock_ = File(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (lock_.fd() < 0 || flock(lock_.fd(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path_, ": another client uses it, and each has a state of its own"));
}

absl::Status OwnState::check_program(const Tensor& hash) const {
  if (hash.bytes == hash_.bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      path_, ": it is the state of another program, of hash ", hex_of(hash), ", and this one is ",
      hex_of(hash_),
      "; name another file to begin anew, or give --adopt-state to go on with it where its arrays "
      "fit"));
}

absl::Status OwnState::load(bool adopt) {
  struct stat about;
  const bool is_known = stat(path_.c_str(), &about) == 0;
  if (!is_known && errno == ENOENT) return absl::OkStatus();
  // Nobody may ever write to a pipe, and a state is replaced as a whole.
  if (is_known && S_ISFIFO(about.st_mode))
    return absl::InvalidArgumentError(absl::StrCat(path_, ": it is a pipe, not a file"));
  absl::StatusOr<NamedTensors> all =
      read_npz(path_, [&](const std::string& name, const Tensor& form) -> absl::Status {
        if (name == kProgram && form.element == ElementType::kUint8 && form.dims == hash_.dims)
          return absl::OkStatus();
        for (const auto& [process, maker] : makers_)
          if (const std::string prefix = process + ".";
              makers_.size() == 1 || name.rfind(prefix, 0) == 0)
            return check_named(maker->result_leaves, name, form, prefix, path_);
        return absl::InvalidArgumentError(
            absl::StrCat(path_, ": `", name, "` is the state of no process here"));
      });
  if (!all.ok()) return all.status();
  const auto hash = std::find_if(all->begin(), all->end(),
                                 [](const auto& named) { return named.first == kProgram; });
  if (hash != all->end()) {
    if (absl::Status status = check_program(hash->second); !adopt && !status.ok()) return status;
    all->erase(hash);
  }
  for (const auto& [process, maker] : makers_) {
    NamedTensors own;
    const std::string prefix = process + ".";
    for (size_t i = 0; i < all->size();) {
      if ((*all)[i].first.rfind(prefix, 0) == 0) {
        own.push_back(std::move((*all)[i]));
        all->erase(all->begin() + static_cast<ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    // A process that has not run yet, unless there is none else.
    if (own.empty() && makers_.size() > 1) continue;
    if (own.empty()) own = std::exchange(*all, {});
    absl::StatusOr<std::vector<Tensor>> tensors =
        named_state(maker->result_leaves, own, prefix, path_);
    if (!tensors.ok()) return tensors.status();
    AlignedBuffer state(bytes_);
    for (size_t i = 0; i < tensors->size(); ++i) {
      const fed_leaf& leaf = maker->client->state.leaves[maker->result_slots[i].index];
      if (absl::Status status = write_leaf(leaf, (*tensors)[i], state.data()); !status.ok())
        return status;
    }
    states_[process] = std::move(state);
  }
  return absl::OkStatus();
}

const Computation* OwnState::maker(const std::string& process) const {
  const auto found = makers_.find(process);
  return found == makers_.end() ? nullptr : found->second;
}

const AlignedBuffer* OwnState::find(const std::string& process) const {
  const auto found = states_.find(process);
  return found == states_.end() ? nullptr : &found->second;
}

absl::Status OwnState::replace(const std::string& process, const void* state) {
  AlignedBuffer changed(bytes_);
  std::memcpy(changed.data(), state, makers_.at(process)->client->state.bytes);
  if (!path_.empty()) {
    absl::Status status;
    NamedTensors tensors;
    for (const auto& [name, maker] : makers_) {
      const AlignedBuffer* bytes = name == process ? &changed : find(name);
      for (size_t i = 0; bytes != nullptr && i < maker->result_leaves.size() && status.ok(); ++i) {
        const fed_leaf& leaf = maker->client->state.leaves[maker->result_slots[i].index];
        tensors.emplace_back(absl::StrCat(name, ".", state_name(maker->result_leaves[i])),
                             Tensor());
        status = read_leaf(leaf, bytes->data(), &tensors.back().second);
      }
    }
    tensors.emplace_back(kProgram, hash_);
    if (status.ok()) status = write_npz(path_, tensors);
    if (!status.ok())
      return absl::Status(status.code(), absl::StrCat("--state: ", std::string(status.message())));
  }
  states_[process] = std::move(changed);
  return absl::OkStatus();
}

}  // namespace fedrt
