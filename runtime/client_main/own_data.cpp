#include "runtime/client_main/own_data.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/host_inputs.h"

namespace fedrt {
namespace {

// The functions that one flag is for. Fails unless at least one can go on with what it gives.
class Takers {
 public:
  Takers(std::string flag, bool given) : flag_(std::move(flag)), given_(given) {}

  void add(const Computation& computation, const absl::Status& status) {
    const bool takes = !fields_at(computation, proto::CLIENTS).empty();
    ++count_;
    takers_ += takes;
    // Functions without data go on whatever a SPEC says, so they prove nothing of it.
    if (status.ok() && (takes || !given_)) good_ = true;
    if (status.ok()) return;
    first_ = failed_++ == 0 ? status : first_;
    absl::StrAppend(&all_, "\n  ", computation.manifest->name(), ": ",
                    std::string(status.message()));
  }
  absl::Status verdict() const {
    if (given_ && takers_ == 0)
      return absl::InvalidArgumentError(
          absl::StrCat(flag_, ": clients of this program have no such data"));
    if (good_ || count_ == 0) return absl::OkStatus();
    if (failed_ == 1) return first_;
    return absl::InvalidArgumentError(
        absl::StrCat(flag_, " fits none of the program's functions:", all_));
  }

 private:
  const std::string flag_;
  const bool given_;
  int count_ = 0, takers_ = 0, failed_ = 0;
  bool good_ = false;
  absl::Status first_;
  std::string all_;
};

}  // namespace

const absl::StatusOr<Arguments>& OwnData::read(const Computation& computation) {
  const auto found = read_.find(&computation);
  if (found != read_.end()) return found->second;
  const bool held = computation.manifest->role() == proto::EVALUATE && !flags_->eval_data.empty();
  SpecRequest request;
  request.computation = &computation;
  request.fields = fields_at(computation, proto::CLIENTS);
  request.flag = held ? "--eval-data" : "--data";
  // Where there are none to give, there is no SPEC to read.
  if (!request.fields.empty()) request.spec = held ? flags_->eval_data : flags_->data;
  request.clients = 1;
  request.seed = flags_->seed;
  request.own = true;
  absl::StatusOr<Arguments> arguments = read_spec(request, "");
  if (arguments.ok())
    if (absl::Status status =
            read_host_inputs(computation, flags_->host, /*own=*/true, &*arguments);
        !status.ok())
      arguments = status;
  return read_.emplace(&computation, std::move(arguments)).first->second;
}

absl::StatusOr<OwnData> OwnData::read(const Program& program, const ClientFlags& flags) {
  OwnData data(flags);
  if (absl::Status status = check_host_names(program, flags.host); !status.ok()) return status;
  Takers train("--data", !flags.data.empty()), held("--eval-data", !flags.eval_data.empty());
  bool serves = false;
  for (const Computation& computation : program.computations()) {
    const proto::Role role = computation.manifest->role();
    const bool runs = role == proto::ONE_SHOT || role == proto::NEXT;
    serves |= runs;
    if (runs) train.add(computation, data.read(computation).status());
    // Without a SPEC of its own an evaluation is read when it is asked for.
    if (role == proto::EVALUATE && !flags.eval_data.empty())
      held.add(computation, data.read(computation).status());
  }
  if (!serves)
    return absl::InvalidArgumentError(absl::StrCat(
        "`", program.manifest().name(), "` has nothing that a server runs over its clients"));
  for (const Takers* takers : {&train, &held})
    if (absl::Status status = takers->verdict(); !status.ok()) return status;
  return data;
}

absl::StatusOr<const Arguments*> OwnData::of(const Computation& computation) {
  const absl::StatusOr<Arguments>& arguments = read(computation);
  if (!arguments.ok()) return arguments.status();
  return &*arguments;
}

}  // namespace fedrt
