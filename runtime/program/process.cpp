#include "runtime/program/process.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/program/describe.h"
#include "runtime/program/keys.h"
#include "runtime/program/named_state.h"

namespace fedrt {
namespace {

// The same leaves, whatever their names.
bool same_types(const std::vector<LeafType>& a, const std::vector<LeafType>& b, size_t b_begin) {
  if (b.size() < b_begin + a.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const LeafType& other = b[b_begin + i];
    if (a[i].sequence || other.sequence ||
        to_string(*a[i].tensors[0]) != to_string(*other.tensors[0]))
      return false;
  }
  return true;
}

bool at_server(const std::vector<LeafSlot>& slots, size_t begin, size_t count) {
  return std::all_of(slots.begin() + begin, slots.begin() + begin + count,
                     [](LeafSlot slot) { return slot.space == LeafSlot::Space::kServer; });
}

size_t leaves_before(const proto::StructType& type, int field) {
  size_t count = 0;
  for (int i = 0; i < field; ++i) count += leaves_of(type.fields(i).type()).size();
  return count;
}

}  // namespace

absl::StatusOr<Process> Process::make(Executor* executor, const std::string& name,
                                      const AlignedBuffer* params, uint64_t seed) {
  Process process(executor, params, seed);
  if (absl::Status status = process.find_functions(name); !status.ok()) return status;
  return process;
}

absl::Status Process::find_functions(const std::string& name) {
  std::vector<std::string> names;
  for (const Computation& computation : executor_->program().computations()) {
    const proto::Computation& manifest = *computation.manifest;
    if (!manifest.process().empty() &&
        std::find(names.begin(), names.end(), manifest.process()) == names.end())
      names.push_back(manifest.process());
    if (manifest.process() != name) continue;
    if (manifest.role() == proto::INITIALIZE) initialize_ = &computation;
    if (manifest.role() == proto::NEXT) next_ = &computation;
    if (manifest.role() == proto::EVALUATE) evaluate_ = &computation;
    if (manifest.role() == proto::CLIENT_STATE) client_state_ = &computation;
  }
  if (initialize_ == nullptr || next_ == nullptr) {
    std::string known;
    for (const std::string& process : names)
      absl::StrAppend(&known, known.empty() ? "" : ", ", "`", process, "`");
    std::string hint;
    for (const Computation& computation : executor_->program().computations()) {
      const proto::Computation& manifest = *computation.manifest;
      if (manifest.name() != name) continue;
      hint = manifest.process().empty() ? "; a function that runs once has --entry=" + name
                                        : "; write --process=" + manifest.process();
    }
    return absl::InvalidArgumentError(
        absl::StrCat("the program has no process `", name, "`; ",
                     known.empty() ? "it has none" : "it has " + known, hint));
  }
  const proto::Type& result = next_->manifest->result();
  if (result.has_struct_()) {
    for (int i = 0; i < result.struct_().fields_size(); ++i)
      if (result.struct_().fields(i).name() == "state")
        result_state_begin_ = leaves_before(result.struct_(), i);
  }
  if (!takes_state(*next_) ||
      !same_types(initialize_->result_leaves, next_->result_leaves, result_state_begin_) ||
      !at_server(next_->result_slots, result_state_begin_, initialize_->result_slots.size()))
    return absl::InvalidArgumentError(
        absl::StrCat("`", name, ".next` does not take and return what `", name,
                     ".initialize` returns, ", to_string(initialize_->manifest->result())));
  if (evaluate_ != nullptr && !takes_state(*evaluate_))
    return absl::InvalidArgumentError(
        absl::StrCat("`", name, ".evaluate` does not take what `", name, ".initialize` returns"));
  return absl::OkStatus();
}

bool Process::takes_state(const Computation& function) const {
  return same_types(initialize_->result_leaves, function.argument_leaves, 0) &&
         at_server(initialize_->result_slots, 0, initialize_->result_slots.size()) &&
         at_server(function.argument_slots, 0, initialize_->result_slots.size());
}

std::vector<int> Process::open_fields(const Computation& function) const {
  std::vector<int> fields;
  const proto::Computation& manifest = *function.manifest;
  for (int i = &function == initialize_ ? 0 : 1; i < manifest.argument().struct_().fields_size();
       ++i)
    if (origin_of(manifest, i) == proto::FROM_ARGUMENT &&
        (!manifest.has_state_argument() || manifest.state_argument() != static_cast<uint32_t>(i)))
      fields.push_back(i);
  return fields;
}

absl::Status Process::start_clients(uint64_t clients) {
  client_states_ = executor_->new_states(clients);
  if (client_state_ == nullptr || !client_states_) return absl::OkStatus();
  Arguments none;
  none.clients = clients;
  Outcome outcome;
  absl::Status status = executor_->run(*client_state_, none, *params_, &*client_states_, &outcome);
  // Even where failing clients may drop out: without a state there is nothing to go on from.
  if (status.ok() && outcome.first_failure)
    return absl::FailedPreconditionError(
        describe(*outcome.first_failure, executor_->program().manifest()));
  return status;
}

absl::Status Process::initialize(Arguments arguments, uint64_t clients) {
  arguments.key = run_key(seed_, proto::INITIALIZE, 0);
  Outcome outcome;
  if (absl::Status status = executor_->run(*initialize_, arguments, *params_, nullptr, &outcome);
      !status.ok())
    return status;
  state_ = std::move(outcome.server);
  return start_clients(clients);
}

absl::Status Process::restore(const NamedTensors& tensors, const std::string& source,
                              uint64_t clients) {
  absl::StatusOr<std::vector<Tensor>> state =
      named_state(initialize_->result_leaves, tensors, "", source);
  if (!state.ok()) return state.status();
  state_ = *std::move(state);
  return start_clients(clients);
}

absl::Status Process::resume(const NamedTensors& tensors, const std::string& prefix,
                             const std::string& source, std::string_view client_states,
                             uint64_t clients, uint64_t rounds) {
  absl::StatusOr<std::vector<Tensor>> state =
      named_state(initialize_->result_leaves, tensors, prefix, source);
  if (!state.ok()) return state.status();
  state_ = *std::move(state);
  client_states_ = executor_->new_states(clients);
  const uint64_t bytes = client_states_ ? client_states_->bytes.size() : 0;
  if (client_states.size() != bytes)
    return absl::InvalidArgumentError(absl::StrCat(source, ": holds ", client_states.size(),
                                                   " bytes of the clients' states, not ", bytes));
  if (bytes > 0) std::memcpy(client_states_->bytes.data(), client_states.data(), bytes);
  rounds_ = rounds;
  return absl::OkStatus();
}

std::string_view Process::client_states() const {
  if (!client_states_) return {};
  return {reinterpret_cast<const char*>(client_states_->bytes.data()),
          client_states_->bytes.size()};
}

NamedTensors Process::save() const {
  NamedTensors tensors;
  for (size_t i = 0; i < state_.size(); ++i)
    tensors.emplace_back(state_name(initialize_->result_leaves[i]), state_[i]);
  return tensors;
}

absl::Status Process::run_with_state(const Computation& function, Arguments* arguments,
                                     ClientStates* client_states, Outcome* outcome) {
  // There and back again, whatever happens.
  struct Lent {
    std::vector<Tensor>&state, &arguments;
    const std::vector<LeafSlot>& slots;
    void swap() {
      for (size_t i = 0; i < state.size(); ++i) std::swap(state[i], arguments[slots[i].index]);
    }
    ~Lent() { swap(); }
  } lent{state_, arguments->server, function.argument_slots};
  lent.swap();
  return executor_->run(function, *arguments, *params_, client_states, outcome);
}

std::vector<Metric> Process::metric_forms(const Computation& function) const {
  std::vector<Metric> forms;
  collect(function, nullptr, &forms);
  return forms;
}

void Process::collect(const Computation& function, const Outcome* outcome,
                      std::vector<Metric>* metrics) const {
  metrics->clear();
  const size_t state_end =
      &function == next_ ? result_state_begin_ + initialize_->result_leaves.size() : 0;
  for (size_t i = 0; i < function.result_leaves.size(); ++i) {
    const LeafType& leaf = function.result_leaves[i];
    if (i < state_end && i >= result_state_begin_) continue;
    if (function.result_slots[i].space != LeafSlot::Space::kServer) continue;
    const std::string prefix = "metrics.";
    const auto& dims = leaf.tensors[0]->dims();
    std::vector<int64_t> form;
    for (const auto& dim : dims) form.push_back(dim.unknown() ? 0 : dim.size());
    metrics->push_back(
        {leaf.path.rfind(prefix, 0) == 0 ? leaf.path.substr(prefix.size()) : leaf.path,
         outcome != nullptr
             ? outcome->server[function.result_slots[i].index]
             : Tensor::zeros(static_cast<ElementType>(leaf.tensors[0]->element()), std::move(form)),
         std::none_of(dims.begin(), dims.end(), [](const auto& dim) { return dim.unknown(); })});
  }
}

absl::Status Process::next(Arguments arguments, std::vector<Metric>* metrics, Outcome* outcome) {
  arguments.round = rounds_ + 1;
  arguments.key = run_key(seed_, proto::NEXT, arguments.round);
  if (absl::Status status =
          run_with_state(*next_, &arguments, client_states_ ? &*client_states_ : nullptr, outcome);
      !status.ok())
    return status;
  collect(*next_, outcome, metrics);
  for (size_t i = 0; i < state_.size(); ++i)
    state_[i] = std::move(outcome->server[next_->result_slots[result_state_begin_ + i].index]);
  ++rounds_;
  return absl::OkStatus();
}

absl::Status Process::evaluate(Arguments arguments, std::vector<Metric>* metrics,
                               Outcome* outcome) {
  arguments.round = rounds_;
  arguments.key = run_key(seed_, proto::EVALUATE, arguments.round);
  if (absl::Status status = run_with_state(*evaluate_, &arguments, nullptr, outcome); !status.ok())
    return status;
  collect(*evaluate_, outcome, metrics);
  return absl::OkStatus();
}

}  // namespace fedrt
