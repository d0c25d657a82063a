#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "runtime/data/file.h"
#include "runtime/data/json.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/exit.h"
#include "runtime/program/keys.h"
#include "runtime/program/params.h"
#include "runtime/report/remarks.h"
#include "runtime/server/round.h"
#include "runtime/server/serve.h"

namespace fedrt {
namespace {

constexpr int kTries = 3;

absl::StatusOr<std::vector<Leaf>> server_leaves(const Computation& computation, Outcome outcome) {
  std::vector<Leaf> leaves(computation.result_leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    const LeafSlot slot = computation.result_slots[i];
    if (slot.space == LeafSlot::Space::kServer)
      leaves[i].members.push_back({std::move(outcome.server[slot.index]), {}});
    else if (computation.result_leaves[i].all_equal)
      leaves[i].members.emplace_back();
  }
  return leaves;
}

}  // namespace

bool Retries::again(const absl::Status& status) {
  if (!absl::IsUnavailable(status) || ++failed_ >= kTries) return false;
  std::fprintf(stderr, "the round failed and is tried again: %s\n",
               std::string(status.message()).c_str());
  return true;
}

absl::Status open_port(NetworkServer* server) {
  // What waits for a pipe until here ends with a signal; from here on there are clients to tell.
  catch_signals();
  if (absl::Status status = server->listen(); !status.ok()) return status;
  std::fprintf(stderr, "listening on %s\n", server->address().c_str());
  return absl::OkStatus();
}

absl::Status serve_once(const Computation& computation, const ServerFlags& flags,
                        NetworkServer* server) {
  for (const LeafType& leaf : computation.argument_leaves)
    if (leaf.placement == proto::CLIENTS && leaf.all_equal)
      return absl::InvalidArgumentError(absl::StrCat(
          "`", computation.manifest->name(), "` takes `", leaf.path,
          "`, which is equal on all clients: over a network nobody can give it; let it be "
          "T@SERVER, and federated_broadcast it"));
  absl::StatusOr<Arguments> arguments =
      server_arguments(computation, fields_at(computation, proto::SERVER), flags.args, false);
  if (!arguments.ok()) return arguments.status();
  arguments->key = run_key(flags.seed, computation.manifest->role(), 0);
  const Program& program = server->program();
  absl::StatusOr<AlignedBuffer> params =
      make_params(program.manifest(), program.params(), flags.set);
  if (!params.ok()) return params.status();
  if (absl::Status status = check_cohort(program.manifest(), *computation.manifest, *flags.clients);
      !status.ok())
    return status;
  if (absl::Status status = open_port(server); !status.ok()) return status;
  Outcome outcome;
  absl::Status status;
  Retries retries;
  do {
    status = server->run(computation, *arguments, *params, nullptr, &outcome);
    if (const std::string text = remarks(outcome, program.manifest()); !text.empty())
      std::fprintf(stderr, "%s\n", text.c_str());
  } while (!status.ok() && retries.again(status));
  if (!status.ok()) return status;
  server->conclude();
  absl::StatusOr<std::vector<Leaf>> leaves = server_leaves(computation, std::move(outcome));
  if (!leaves.ok()) return leaves.status();
  proto::Type type = computation.manifest->result();
  absl::StatusOr<Value> value = unflatten(*std::move(leaves), type, 0);
  if (!value.ok()) return value.status();
  if (!keep_placement(proto::SERVER, &*value, &type)) {
    std::fprintf(stderr, "the result stays on the clients: there is nothing at the server\n");
    return absl::OkStatus();
  }
  return write_standard_output(print_json(*value, type) + "\n");
}

absl::StatusOr<Arguments> server_arguments(const Computation& function,
                                           const std::vector<int>& fields, const std::string& args,
                                           bool shared) {
  SpecRequest request;
  request.computation = &function;
  request.flag = "--args";
  request.clients = 0;
  const std::vector<int> at_clients = fields_at(function, proto::CLIENTS);
  for (const int field : fields) {
    const bool mixed = std::find(at_clients.begin(), at_clients.end(), field) != at_clients.end();
    const std::vector<int> at_server = fields_at(function, proto::SERVER);
    const bool ours = std::find(at_server.begin(), at_server.end(), field) != at_server.end();
    if (mixed && ours)
      return absl::UnimplementedError(absl::StrCat(
          "`", function.manifest->name(), "` takes `",
          function.manifest->argument().struct_().fields(field).name(),
          "`, of which a part is at the server and a part at the clients: over a network an "
          "argument is at one of them; make it two"));
    if (ours) request.fields.push_back(field);
  }
  if (!shared) request.spec = args;
  return read_spec(request, shared ? args : "");
}

}  // namespace fedrt
