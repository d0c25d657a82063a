#include "runtime/program/start_process.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/data/npz.h"
#include "runtime/program/data_spec.h"
#include "runtime/program/named_state.h"

namespace fedrt {
namespace {

bool is_nan(const Tensor& tensor, int64_t index) {
  switch (tensor.element) {
    case ElementType::kFloat16:
      return std::isnan(float16_to_float(tensor.as<uint16_t>()[index]));
    case ElementType::kBfloat16:
      return std::isnan(bfloat16_to_float(tensor.as<uint16_t>()[index]));
    case ElementType::kFloat32:
      return std::isnan(tensor.as<float>()[index]);
    case ElementType::kFloat64:
      return std::isnan(tensor.as<double>()[index]);
    default:
      return false;
  }
}

}  // namespace

absl::Status check_process_args(const Process& process, const std::string& args, bool restored) {
  if (args.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> text = text_of(args, "--args");
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<std::string>> keys = json_keys(*text, source_of(args, "--args"));
  if (!keys.ok()) return keys.status();
  const auto takes = [&](const Computation* function, const std::string& key) {
    if (function == nullptr) return false;
    for (const int field : process.open_fields(*function))
      if (function->manifest->argument().struct_().fields(field).name() == key) return true;
    return false;
  };
  for (const std::string& key : *keys) {
    if (takes(&process.next_function(), key) || takes(process.evaluate_function(), key)) continue;
    if (!takes(&process.initialize_function(), key))
      return absl::InvalidArgumentError(
          absl::StrCat("--args: no function of the process takes `", key, "`"));
    if (restored)
      return absl::InvalidArgumentError(
          absl::StrCat("--args: `", key, "` is for `initialize`, which does not run with --init"));
  }
  return absl::OkStatus();
}

absl::Status start_process(Process* process, const std::string& init, const std::string& args,
                           uint64_t clients) {
  if (!init.empty()) {
    absl::StatusOr<NamedTensors> tensors = read_npz(init, [&](const std::string& name,
                                                              const Tensor& form) {
      absl::Status status =
          check_named(process->initialize_function().result_leaves, name, form, "", init);
      // The first array of what --checkpoint writes.
      if (!status.ok() && name == "run" && form.element == ElementType::kUint8)
        return absl::InvalidArgumentError(absl::StrCat(
            init, ": it is a checkpoint of fed-run, which goes on with its run by --checkpoint=",
            init, " --resume; --init takes a state, as --state-out writes it"));
      return status;
    });
    if (!tensors.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("--init: ", std::string(tensors.status().message())));
    return process->restore(*tensors, "--init: " + init, clients);
  }
  SpecRequest request;
  request.computation = &process->initialize_function();
  request.fields = process->open_fields(process->initialize_function());
  request.flag = "--args";
  absl::StatusOr<Arguments> arguments = read_spec(request, args);
  if (!arguments.ok()) return arguments.status();
  return process->initialize(*std::move(arguments), clients);
}

std::string restored_remark(const Process& process) {
  std::string remark;
  for (const auto& [name, tensor] : process.save()) {
    int64_t count = 0;
    for (int64_t i = 0; i < tensor.size(); ++i) count += is_nan(tensor, i);
    if (count > 0)
      absl::StrAppend(&remark, remark.empty() ? "note: --init: " : "; ", "`", name,
                      "` holds NaN in ", count, " of ", tensor.size(), " elements");
  }
  return remark;
}

}  // namespace fedrt
