#include "runtime/program/own_names.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/excerpt.h"
#include "runtime/program/program.h"

namespace fedrt {
namespace {

// "--args='{"x":VALUE}'"
std::string object(const char* flag, const std::string& name) {
  return absl::StrCat("`", flag, "='{\"", name, "\":VALUE}'`");
}

// Of an argument, with the flag that gives it.
std::string argument(const proto::Computation& computation, const std::string& name,
                     bool at_clients, Runner runner) {
  const bool held = at_clients && computation.role() != proto::INITIALIZE;
  const char* data = computation.role() == proto::EVALUATE ? "--eval-data" : "--data";
  const std::string what =
      absl::StrCat("`", name, "` is an argument of `", computation.name(), "`");
  if (runner == Runner::kSimulator) {
    const bool once = computation.process().empty();
    return absl::StrCat(what, ": write ", object(held && !once ? data : "--args", name));
  }
  if (runner == Runner::kServer)
    return held ? absl::StrCat(what, ", which each client has: its ", object(data, name))
                : absl::StrCat(what, ": write ", object("--args", name));
  return held ? absl::StrCat(what, ": write ", object(data, name))
              : absl::StrCat(what, ", which the server has: its ", object("--args", name));
}

}  // namespace

CommandLine::Own own_names(const proto::Manifest& manifest, Runner runner) {
  CommandLine::Own own;
  for (const proto::Computation& computation : manifest.computations()) {
    const proto::StructType& fields = computation.argument().struct_();
    const bool first_is_state =
        computation.role() == proto::NEXT || computation.role() == proto::EVALUATE;
    for (int i = first_is_state ? 1 : 0; i < fields.fields_size(); ++i) {
      const std::string& name = fields.fields(i).name();
      if (computation.has_state_argument() &&
          computation.state_argument() == static_cast<uint32_t>(i))
        continue;
      const proto::Origin origin = origin_of(computation, i);
      bool at_clients = false;
      for (const LeafType& leaf : leaves_of(fields.fields(i).type()))
        at_clients |= leaf.placement == proto::CLIENTS;
      if (origin == proto::FROM_HOST)
        own.instead.emplace(name, absl::StrCat("the program takes `", name, "` from the host: ",
                                               runner == Runner::kServer ? "a client's" : "write",
                                               " `--host ", name, "=VALUE`"));
      else if (origin == proto::FROM_ARGUMENT)
        own.instead.emplace(name, argument(computation, name, at_clients, runner));
    }
  }
  std::vector<std::string> names;
  for (const proto::Param& param : manifest.params()) {
    own.instead[param.name()] = absl::StrCat(
        "`", param.name(), "` is a parameter of the program",
        runner == Runner::kClient ? ", which the server sets for all clients: its" : ": write",
        " `--set ", param.name(), "=VALUE`");
    names.push_back(param.name());
  }
  for (const char* key : {"batch", "epochs", "limit", "partition", "shards", "shuffle"})
    own.instead.emplace(key, absl::StrCat("`", key, "` is a part of the SPEC of data in files: ",
                                          runner == Runner::kServer ? "a client's" : "write",
                                          " `--data=jsonl:records=PATH,", key, "=VALUE`"));
  if (runner == Runner::kClient || manifest.computations_size() == 0) return own;
  own.listing =
      names.empty() ? "the program has no parameters"
      : names.size() == 1
          ? absl::StrCat("the parameter of the program is given by `--set ", names[0], "=VALUE`")
          : absl::StrCat("parameters of the program, ", list_names(names),
                         ", are given by `--set NAME=VALUE`");
  return own;
}

}  // namespace fedrt
