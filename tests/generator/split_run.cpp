#include "tests/generator/split_run.h"

#include "compiler/interpret/client_sum.h"
#include "compiler/interpret/eval.h"
#include "dialects/fed/Fed.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace fedc::generator {
namespace {

using fedrt::Tensor;
using interpret::Outcome;
using interpret::Value;
using Leaves = std::map<int64_t, Value>;

// What one participant holds.
struct Holder {
  std::map<fed::Space, Leaves> spaces;
};

class SplitRun {
 public:
  SplitRun(fed::ProgramOp program, const interpret::Options& options)
      : program_(program), options_(options), clients_(options.clients) {
    for (size_t c = 0; c < options.clients; ++c) cohort_.insert(c);
  }

  Holder& server() { return server_; }
  Holder& client(size_t c) { return clients_[c]; }

  Outcome run() {
    for (mlir::Operation& op : program_.getBody().front()) {
      if (auto phase = mlir::dyn_cast<fed::PhaseOp>(op)) {
        phases_[{phase.getSide(), phase.getLevel()}] = phase;
      } else if (auto aggregation = mlir::dyn_cast<fed::AggregationOp>(op)) {
        aggregations_[aggregation.getLevel()] = aggregation;
      }
    }
    for (int64_t level = 0;; ++level) {
      if (level > 0 && !clients_of(level)) return std::move(outcome_);
      if (outcome_.error) return std::move(outcome_);
      if (auto phase = find(fed::Placement::Server, level)) {
        if (!step(phase, server_, std::nullopt)) return std::move(outcome_);
      }
    }
  }

 private:
  fed::PhaseOp find(fed::Placement side, int64_t level) {
    auto it = phases_.find({side, level});
    return it == phases_.end() ? fed::PhaseOp() : it->second;
  }

  // Runs one phase of one participant. What it sends replaces what it received.
  bool step(fed::PhaseOp phase, Holder& holder, std::optional<size_t> client) {
    interpret::Evaluator evaluator(options_.params, options_.math);
    std::vector<Value> arguments;
    for (mlir::Attribute attribute : phase.getIns()) {
      const auto slot = mlir::cast<fed::SlotAttr>(attribute);
      const Leaves& leaves = holder.spaces[slot.getSpace()];
      const auto it = leaves.find(slot.getIndex());
      if (it == leaves.end()) {
        outcome_.error =
            interpret::Error{FED_BAD_CALL, phase.getLoc(),
                             "slot `" + slot.getName().str() + "` is not written", client};
        return false;
      }
      arguments.push_back(it->second);
    }
    const auto results = evaluator.run(phase.getBody().front(), std::move(arguments));
    if (!results) {
      const interpret::Failure& why = *evaluator.failure();
      outcome_.error = interpret::Error{why.status, why.location, why.message, client};
      return false;
    }
    holder.spaces[fed::Space::Message].clear();
    for (size_t i = 0; i < results->size(); ++i) {
      const auto slot = mlir::cast<fed::SlotAttr>(phase.getOuts()[i]);
      holder.spaces[slot.getSpace()][slot.getIndex()] = (*results)[i];
    }
    return true;
  }

  int32_t validate(fed::AggregationOp aggregation, const Leaves& upload) {
    if (!aggregation) return FED_ACCEPT;
    for (mlir::Attribute attribute : aggregation.getReductions()) {
      const auto reduction = mlir::cast<fed::ReductionAttr>(attribute);
      const Tensor& value = std::get<Tensor>(upload.at(reduction.getValue()));
      if (reduction.getWeight() >= 0) {
        const Tensor& weight = std::get<Tensor>(upload.at(reduction.getWeight()));
        if (!interpret::is_weight(weight)) return FED_REJECT_BAD_WEIGHT;
        if (interpret::is_zero(weight)) continue;
        if (!interpret::all_finite(interpret::weighted(value, weight))) {
          return FED_REJECT_NOT_FINITE;
        }
        continue;
      }
      const bool bad = reduction.getKind() == fed::ReductionKind::Sum
                           ? !interpret::all_finite(value)
                           : interpret::any_nan(value);
      if (bad) return FED_REJECT_NOT_FINITE;
    }
    return FED_ACCEPT;
  }

  // Client phase `level` and its aggregation; false where there is none, or after an error.
  bool clients_of(int64_t level) {
    fed::PhaseOp phase = find(fed::Placement::Clients, level);
    if (!phase) return false;
    const Leaves download = server_.spaces[fed::Space::Message];
    fed::AggregationOp aggregation;
    if (auto it = aggregations_.find(level); it != aggregations_.end()) aggregation = it->second;
    outcome_.accepted.emplace_back();
    outcome_.rejected.emplace_back();
    std::vector<const Leaves*> uploads;
    for (const size_t c : cohort_) {
      const size_t k = level - 1;
      if (k < options_.lost.size() && options_.lost[k].count(c)) continue;
      clients_[c].spaces[fed::Space::Message] = download;
      if (!step(phase, clients_[c], c)) return false;
      const Leaves& upload = clients_[c].spaces[fed::Space::Message];
      const int32_t reason = validate(aggregation, upload);
      if (reason == FED_ACCEPT) {
        outcome_.accepted.back().insert(c);
        uploads.push_back(&upload);
      } else {
        outcome_.rejected.back()[c] = reason;
      }
    }
    cohort_ = outcome_.accepted.back();
    Leaves& message = server_.spaces[fed::Space::Message];
    message.clear();
    if (!aggregation) return true;
    for (mlir::Attribute attribute : aggregation.getReductions()) {
      aggregate(mlir::cast<fed::ReductionAttr>(attribute), phase, uploads, &message);
    }
    return true;
  }

  // Whether the server step of this level reads a leaf of the message as float64.
  bool read_as_float64(int64_t leaf, int64_t level) {
    fed::PhaseOp step = find(fed::Placement::Server, level);
    if (!step) return false;
    for (auto [attribute, argument] : llvm::zip(step.getIns(), step.getBody().getArguments())) {
      const auto slot = mlir::cast<fed::SlotAttr>(attribute);
      if (slot.getSpace() != fed::Space::Message || slot.getIndex() != leaf) continue;
      return mlir::cast<mlir::RankedTensorType>(argument.getType()).getElementType().isF64();
    }
    return false;
  }

  void aggregate(fed::ReductionAttr reduction, fed::PhaseOp phase,
                 const std::vector<const Leaves*>& uploads, Leaves* message) {
    std::vector<Tensor> values, weights;
    for (const Leaves* upload : uploads) {
      if (reduction.getWeight() >= 0) {
        const Tensor& weight = std::get<Tensor>(upload->at(reduction.getWeight()));
        if (interpret::is_zero(weight)) continue;
        weights.push_back(weight);
      }
      values.push_back(std::get<Tensor>(upload->at(reduction.getValue())));
    }
    // The type is that of what the phase sends there.
    mlir::RankedTensorType type;
    for (size_t i = 0; i < phase.getOuts().size(); ++i) {
      const auto slot = mlir::cast<fed::SlotAttr>(phase.getOuts()[i]);
      if (slot.getSpace() == fed::Space::Message && slot.getIndex() == reduction.getValue()) {
        type = mlir::cast<mlir::RankedTensorType>(
            phase.getBody().front().getTerminator()->getOperand(i).getType());
      }
    }
    const fedrt::ElementType element = interpret::element_type(type.getElementType());
    const interpret::Dims dims = type.getShape().vec();
    Tensor result;
    bool failed = false;
    switch (reduction.getKind()) {
      case fed::ReductionKind::SecureModularSum:
        result = interpret::client_modular_sum(values, dims, reduction.getLimit() + 1);
        break;
      case fed::ReductionKind::Sum:
        if (reduction.getWeight() >= 0) {
          result = interpret::client_weighted_sum(values, weights, dims);
          break;
        }
        result = element == fedrt::ElementType::kFloat32 &&
                         read_as_float64(reduction.getResult(), phase.getLevel())
                     ? interpret::client_wide_sum(values, dims)
                     : interpret::client_sum(values, element, dims);
        break;
      case fed::ReductionKind::SecureSum:
        result = interpret::client_sum(values, element, dims);
        break;
      case fed::ReductionKind::Min:
        result = interpret::identity(interpret::Reduce::kMin, element, dims);
        for (const Tensor& value : values) {
          result = interpret::binary(interpret::Binary::kMinimum, result, value, failed);
        }
        break;
      default:
        result = interpret::identity(interpret::Reduce::kMax, element, dims);
        for (const Tensor& value : values) {
          result = interpret::binary(interpret::Binary::kMaximum, result, value, failed);
        }
    }
    (*message)[reduction.getResult()] = std::move(result);
  }

  fed::ProgramOp program_;
  const interpret::Options& options_;
  std::map<std::pair<fed::Placement, int64_t>, fed::PhaseOp> phases_;
  std::map<int64_t, fed::AggregationOp> aggregations_;
  Holder server_;
  std::vector<Holder> clients_;
  std::set<size_t> cohort_;
  Outcome outcome_;
};

// Where a leaf of an argument or a result is: counters of one side's spaces.
struct Slots {
  int64_t server = 0, client = 0, sequence = 0;
};

Value host_value(const fedrt::LeafValue& leaf, bool sequence) {
  if (!sequence) return leaf.tensor;
  return interpret::Sequence([elements = leaf.elements](const auto& visit) {
    for (const fedrt::Element& element : elements) {
      if (!visit([&] { return element; })) return;
    }
  });
}

}  // namespace

Outcome run_split(mlir::ModuleOp split, const Entry& entry, const Call& call,
                  const interpret::Options& given) {
  auto program = split.lookupSymbol<fed::ProgramOp>(entry.name);
  Outcome outcome;
  if (!program) {
    outcome.error = interpret::Error{FED_BAD_CALL, split.getLoc(), "no such program", {}};
    return outcome;
  }
  interpret::Options options = given;
  options.params = interpret::with_defaults(split, given.params);
  SplitRun run(program, options);
  Slots in;
  size_t number = 0;
  for (const auto& [name, type] : entry.parameters) {
    for (const TyPtr& part : leaves(type.member)) {
      const fedrt::Leaf& leaf = call.leaves[number++];
      if (type.place == Place::kServer) {
        run.server().spaces[fed::Space::Input][in.server++] = leaf.members[0].tensor;
        continue;
      }
      const bool sequence = part->is_sequence();
      const int64_t index = sequence ? in.sequence++ : in.client++;
      for (size_t c = 0; c < call.clients; ++c) {
        const fedrt::LeafValue& member = leaf.members[type.place == Place::kClients ? c : 0];
        run.client(c).spaces[sequence ? fed::Space::Sequence : fed::Space::Input][index] =
            host_value(member, sequence);
      }
    }
  }
  outcome = run.run();
  if (outcome.error) return outcome;
  Slots out;
  for (const std::string& name : entry.results) {
    const FedTy type = entry.type_of(name);
    for (const TyPtr& part : leaves(type.member)) {
      fedrt::Leaf leaf;
      (void)part;
      const auto take = [&](Holder& holder, int64_t index) {
        const Leaves& results = holder.spaces[fed::Space::Result];
        const auto it = results.find(index);
        leaf.members.emplace_back();
        if (it != results.end()) leaf.members.back().tensor = std::get<Tensor>(it->second);
      };
      if (type.place == Place::kServer) {
        take(run.server(), out.server++);
      } else {
        const int64_t index = out.client++;
        for (size_t c = 0; c < call.clients; ++c) {
          if (outcome.accepted.empty() || outcome.accepted.back().count(c)) {
            take(run.client(c), index);
          } else {
            leaf.members.emplace_back();
          }
        }
      }
      outcome.results.push_back(std::move(leaf));
    }
  }
  return outcome;
}

}  // namespace fedc::generator
