#include "compiler/interpret/federated.h"

#include <cstring>

#include "compiler/interpret/client_sum.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace fedc::interpret {
namespace {

bool is_aggregate(mlir::Operation* op) {
  return mlir::isa<fed::SumOp, fed::MeanOp, fed::MinOp, fed::MaxOp, fed::SecureSumOp,
                   fed::SecureSumBitwidthOp, fed::SecureModularSumOp, fed::AggregateOp>(op);
}

// The greatest number that a client may give to this operation, where there is one; the least is 0.
std::optional<int64_t> limit_of(mlir::Operation* op) {
  if (auto sum = mlir::dyn_cast<fed::SecureSumOp>(op)) return sum.getMax();
  if (auto sum = mlir::dyn_cast<fed::SecureSumBitwidthOp>(op)) {
    return static_cast<int64_t>((uint64_t{1} << sum.getBitwidth()) - 1);
  }
  if (auto select = mlir::dyn_cast<fed::SelectOp>(op)) return select.getMaxKey();
  return std::nullopt;
}

// As int64, from 0 to `modulus` - 1.
Tensor modulo(const Tensor& x, int64_t modulus) {
  Tensor result = Tensor::zeros(ElementType::kInt64, x.dims);
  for (int64_t i = 0; i < x.size(); ++i) {
    const int64_t value = integer(x, i);
    int64_t rest = x.element == ElementType::kUint64
                       ? static_cast<int64_t>(static_cast<uint64_t>(value) % modulus)
                       : value % modulus;
    if (rest < 0) rest += modulus;
    std::memcpy(&result.bytes[i * sizeof(rest)], &rest, sizeof(rest));
  }
  return result;
}

}  // namespace

Participant::Participant(Round& round, std::optional<size_t> client)
    : Evaluator(round.params(), round.options().math),
      round_(round),
      client_(client),
      entry_(std::make_shared<Scope>(Scope{&round.entry().getBody().front(), nullptr, {}})) {}

const ScopePtr& Participant::scope_of(fed::MapOp map) {
  ScopePtr& scope = maps_[map];
  if (!scope) scope = std::make_shared<Scope>(Scope{&map.getBody().front(), nullptr, {}});
  return scope;
}

bool Participant::check_assertions(fed::MapOp map, int moment) {
  const ScopePtr scope = scope_of(map);
  for (mlir::Operation& op : map.getBody().front().without_terminator()) {
    if (mlir::isMemoryEffectFree(&op)) continue;
    if (round_.levels().moment_of(&op, earliest(map.getPlacement())) != moment) continue;
    if (!check(op, scope)) return false;
  }
  return true;
}

bool Participant::check_limit(mlir::Operation* op, int moment) {
  const auto limit = limit_of(op);
  const mlir::Value given = op->getOperand(0);
  if (!limit || std::max(kClientStart, round_.levels().moment(given)) != moment) return true;
  const Value* found = at_entry(given);
  if (!found) return false;
  const Tensor& values = std::get<Tensor>(*found);
  for (int64_t i = 0; i < values.size(); ++i) {
    // What is above all int64 shows as a negative number.
    const int64_t value = integer(values, i);
    if (value >= 0 && value <= *limit) continue;
    fail(FED_ASSERTION, op->getLoc(), "a value is not between 0 and " + std::to_string(*limit));
    return false;
  }
  return true;
}

std::optional<Value> Participant::slices(fed::SelectOp select, unsigned number) {
  std::vector<Value> arguments;
  for (const mlir::Value leaf : select.getDatabase()) {
    const Value* found = round_.server().at_entry(leaf);
    if (!found) {
      const Failure& why = *round_.server().failure();
      fail(why.status, why.location, why.message);
      return std::nullopt;
    }
    arguments.push_back(*found);
  }
  const Value* given = at_entry(select.getKeys());
  if (!given) return std::nullopt;
  const Tensor& keys = std::get<Tensor>(*given);
  const auto type = mlir::cast<fed::FederatedType>(select.getResult(number).getType());
  const auto stacked = mlir::cast<mlir::RankedTensorType>(type.getMember());
  Tensor result = Tensor::zeros(element_type(stacked.getElementType()), {0});
  result.dims = stacked.getShape().vec();
  for (int64_t i = 0; i < keys.size(); ++i) {
    std::vector<Value> all = arguments;
    all.push_back(reshape(slice(keys, {i}, {i + 1}, {1}), {}));
    const auto yielded = run(select.getSlice().front(), std::move(all));
    if (!yielded) return std::nullopt;
    const Tensor& one = std::get<Tensor>((*yielded)[number]);
    result.bytes.insert(result.bytes.end(), one.bytes.begin(), one.bytes.end());
  }
  return result;
}

void Participant::show(local::DebugOp op, const Tensor& value) {
  if (round_.options().debug) round_.options().debug(client_, op.getLabel().str(), value);
}

std::optional<Value> Participant::outside(mlir::Value value, const ScopePtr&) {
  const auto copy = [](const Value* found) -> std::optional<Value> {
    if (!found) return std::nullopt;
    return *found;
  };
  mlir::Operation* op = value.getDefiningOp();
  if (!op) {
    const auto argument = mlir::cast<mlir::BlockArgument>(value);
    const unsigned number = argument.getArgNumber();
    if (auto map = mlir::dyn_cast<fed::MapOp>(argument.getOwner()->getParentOp())) {
      return copy(at_entry(map.getOperands()[number]));
    }
    const Leaf& leaf = round_.argument(number);
    const auto type = mlir::dyn_cast<fed::FederatedType>(value.getType());
    const bool per_client =
        type && type.getPlacement() == fed::Placement::Clients && !type.getAllEqual();
    const size_t index = per_client ? *client_ : 0;
    if (index >= leaf.members.size()) {
      fail(FED_BAD_CALL, value.getLoc(), "an argument has too few members");
      return std::nullopt;
    }
    return from_leaf(leaf.members[index], type ? type.getMember() : value.getType());
  }
  if (auto map = mlir::dyn_cast<fed::MapOp>(op)) {
    mlir::Operation* yield = map.getBody().front().getTerminator();
    const unsigned number = mlir::cast<mlir::OpResult>(value).getResultNumber();
    return copy(get(yield->getOperand(number), scope_of(map)));
  }
  if (mlir::isa<fed::ValueOp>(op)) return copy(at_entry(op->getOperand(0)));
  if (mlir::isa<fed::BroadcastOp>(op)) {
    const Value* sent = round_.server().at_entry(op->getOperand(0));
    if (sent) return *sent;
    const Failure& why = *round_.server().failure();
    fail(why.status, why.location, why.message);
    return std::nullopt;
  }
  if (is_aggregate(op)) {
    return round_.aggregate(op, mlir::cast<mlir::OpResult>(value).getResultNumber());
  }
  if (auto select = mlir::dyn_cast<fed::SelectOp>(op)) {
    return slices(select, mlir::cast<mlir::OpResult>(value).getResultNumber());
  }
  fail(FED_BAD_CALL, op->getLoc(),
       "the interpreter does not know `" + op->getName().getStringRef().str() + "`");
  return std::nullopt;
}

Round::Round(mlir::func::FuncOp entry, const std::vector<Leaf>& arguments, const Options& options,
             const Params& params)
    : entry_(entry), arguments_(arguments), options_(options), params_(params) {
  server_ = std::make_unique<Participant>(*this, std::nullopt);
  for (size_t c = 0; c <= options.clients; ++c) {
    clients_.push_back(std::make_unique<Participant>(*this, c));
    accepted_[0].insert(c);
  }
  accepted_[0].erase(options.clients);
  find_live();
}

// Aggregates that nothing depends on are no part of a message.
void Round::find_live() {
  llvm::SetVector<mlir::Value> live;
  entry_.walk([&](mlir::Operation* op) {
    if (limit_of(op)) {
      asserting_.push_back(op);
      live.insert(op->getOperand(0));
    }
    auto map = mlir::dyn_cast<fed::MapOp>(op);
    if (!map) return;
    bool asserts = false;
    for (mlir::Operation& op : map.getBody().front().without_terminator()) {
      if (mlir::isMemoryEffectFree(&op)) continue;
      asserts = true;
      live.insert(op.operand_begin(), op.operand_end());
      mlir::getUsedValuesDefinedAbove(op.getRegions(), live);
    }
    if (asserts) asserting_.push_back(map);
  });
  mlir::Operation* end = entry_.getBody().front().getTerminator();
  live.insert(end->operand_begin(), end->operand_end());
  for (size_t i = 0; i < live.size(); ++i) {
    const mlir::Value value = live[i];
    mlir::Operation* op = value.getDefiningOp();
    if (!op) {
      const auto argument = mlir::cast<mlir::BlockArgument>(value);
      if (auto map = mlir::dyn_cast<fed::MapOp>(argument.getOwner()->getParentOp())) {
        live.insert(map.getOperands()[argument.getArgNumber()]);
      }
    } else if (auto map = mlir::dyn_cast<fed::MapOp>(op)) {
      const unsigned number = mlir::cast<mlir::OpResult>(value).getResultNumber();
      live.insert(map.getBody().front().getTerminator()->getOperand(number));
    } else {
      live.insert(op->operand_begin(), op->operand_end());
      mlir::getUsedValuesDefinedAbove(op->getRegions(), live);
      if (is_aggregate(op)) aggregates_.push_back(op);
    }
  }
  levels_.set_aggregates(aggregates_);
  for (mlir::Operation* asserting : asserting_) {
    auto map = mlir::dyn_cast<fed::MapOp>(asserting);
    if (!map) {
      const int moment = std::max(kClientStart, levels_.moment(asserting->getOperand(0)));
      phases_ = std::max(phases_, client_phase(moment));
      continue;
    }
    for (mlir::Operation& op : map.getBody().front().without_terminator()) {
      if (mlir::isMemoryEffectFree(&op)) continue;
      phases_ =
          std::max(phases_, client_phase(levels_.moment_of(&op, earliest(map.getPlacement()))));
    }
  }
  for (mlir::Operation* op : aggregates_) phases_ = std::max(phases_, levels_.phase(op));
  for (const mlir::Value value : end->getOperands()) {
    const auto type = mlir::dyn_cast<fed::FederatedType>(value.getType());
    if (type && type.getPlacement() == fed::Placement::Clients) {
      phases_ = std::max(phases_, client_phase(levels_.moment(value)));
    }
  }
}

void Round::stop(const Participant& participant) {
  if (!participant.failure() || outcome_.error) return;
  const Failure& why = *participant.failure();
  outcome_.error = Error{why.status, why.location, why.message, participant.client()};
}

std::optional<Round::Part> Round::part(mlir::Operation* op, size_t client) {
  Participant& participant = *clients_[client];
  const auto tensor_of = [&](mlir::Value value) -> const Tensor* {
    const Value* found = participant.at_entry(value);
    if (!found) stop(participant);
    return found ? &std::get<Tensor>(*found) : nullptr;
  };
  const Tensor* value = tensor_of(op->getOperand(0));
  if (!value) return std::nullopt;
  Part result{.value = *value};
  if (auto sum = mlir::dyn_cast<fed::SecureModularSumOp>(op)) {
    result.value = modulo(*value, sum.getModulus());
    return result;
  }
  if (limit_of(op)) {
    result.value = convert(*value, ElementType::kInt64);
    return result;
  }
  if (mlir::isa<fed::MinOp, fed::MaxOp>(op)) {
    if (any_nan(*value)) result.reason = FED_REJECT_NOT_FINITE;
    return result;
  }
  mlir::Value weight;
  if (auto mean = mlir::dyn_cast<fed::MeanOp>(op)) weight = mean.getWeight();
  if (auto sum = mlir::dyn_cast<fed::SumOp>(op)) weight = sum.getWeight();
  if (weight) {
    const Tensor* w = tensor_of(weight);
    if (!w) return std::nullopt;
    // As totals hold it: a weight that int64 does not hold is none.
    result.weight =
        convert(*w, fedrt::is_float(w->element) ? ElementType::kFloat64 : ElementType::kInt64);
    if (!is_weight(*result.weight)) {
      result.reason = FED_REJECT_BAD_WEIGHT;
      return result;
    }
    if (is_zero(*w)) {
      result.value.reset();  // not read, whatever it is
      return result;
    }
    if (!all_finite(weighted(*value, *w))) result.reason = FED_REJECT_NOT_FINITE;
  } else {
    result.weight = Tensor::scalar<int64_t>(1);
    if (!all_finite(*value)) result.reason = FED_REJECT_NOT_FINITE;
  }
  return result;
}

// A client's message is accepted or rejected whole.
const std::set<size_t>& Round::accepted(int phase) {
  if (auto it = accepted_.find(phase); it != accepted_.end()) return it->second;
  std::set<size_t> cohort = accepted(phase - 1), result;
  outcome_.rejected.resize(phases_);
  for (const size_t client : cohort) {
    const size_t k = phase - 1;
    if (k < options_.lost.size() && options_.lost[k].count(client)) continue;
    for (mlir::Operation* op : asserting_) {
      Participant& participant = *clients_[client];
      auto map = mlir::dyn_cast<fed::MapOp>(op);
      if (map && map.getPlacement() != fed::Placement::Clients) continue;
      const int moment = 2 * phase - 1;
      const bool good =
          map ? participant.check_assertions(map, moment) : participant.check_limit(op, moment);
      if (!good) stop(participant);
    }
    int32_t reason = FED_ACCEPT;
    for (mlir::Operation* op : aggregates_) {
      if (levels_.phase(op) != phase || mlir::isa<fed::AggregateOp>(op)) continue;
      const auto contribution = part(op, client);
      if (contribution && reason == FED_ACCEPT) reason = contribution->reason;
    }
    if (reason == FED_ACCEPT) {
      result.insert(client);
    } else {
      outcome_.rejected[k][client] = reason;
    }
  }
  return accepted_[phase] = std::move(result);
}

// What stands for one client: its value, accumulated onto zero. In the order of the clients these
// are merged as a binary counter counts.
std::optional<std::vector<Value>> Round::fold(fed::AggregateOp op) {
  using Accumulator = std::vector<Value>;
  const auto member_of = [&](Participant& participant, mlir::Value value) {
    const Value* found = participant.at_entry(value);
    if (!found) stop(participant);
    return found ? *found : Value(Tensor());
  };
  Accumulator zero;
  for (const mlir::Value value : op.getZero()) zero.push_back(member_of(*server_, value));
  std::vector<std::pair<size_t, Accumulator>>
      parts;  // the last ones, and how many clients each is of
  const auto merge_last = [&] {
    auto later = std::move(parts.back());
    parts.pop_back();
    Accumulator both = std::move(parts.back().second);
    both.insert(both.end(), later.second.begin(), later.second.end());
    auto merged = server_->run(op.getMerge().front(), std::move(both));
    if (merged) parts.back() = {parts.back().first + later.first, std::move(*merged)};
    return merged.has_value();
  };
  for (const size_t client : accepted(levels_.phase(op))) {
    Accumulator arguments = zero;
    for (const mlir::Value value : op.getValues()) {
      arguments.push_back(member_of(*clients_[client], value));
    }
    if (outcome_.error) break;
    auto first = server_->run(op.getAccumulate().front(), std::move(arguments));
    if (!first) return std::nullopt;
    parts.emplace_back(1, std::move(*first));
    while (parts.size() > 1 && parts[parts.size() - 2].first == parts.back().first) {
      if (!merge_last()) return std::nullopt;
    }
  }
  if (outcome_.error) {
    server_->fail(outcome_.error->status, outcome_.error->location, outcome_.error->message);
    return std::nullopt;
  }
  while (parts.size() > 1) {
    if (!merge_last()) return std::nullopt;
  }
  return server_->run(op.getReport().front(),
                      parts.empty() ? std::move(zero) : std::move(parts[0].second));
}

std::optional<Value> Round::aggregate(mlir::Operation* op, unsigned number) {
  if (auto folds = mlir::dyn_cast<fed::AggregateOp>(op)) {
    auto [known, inserted] = folded_.try_emplace(op);
    if (inserted) known->second = fold(folds);
    if (!known->second) return std::nullopt;
    return (*known->second)[number];
  }
  const auto type = mlir::cast<fed::FederatedType>(op->getResult(0).getType());
  const auto member = mlir::cast<mlir::RankedTensorType>(type.getMember());
  const ElementType element = element_type(member.getElementType());
  const Dims dims = member.getShape().vec();
  std::vector<Tensor> values, weights;
  for (const size_t client : accepted(levels_.phase(op))) {
    const auto contribution = part(op, client);
    if (!contribution) break;
    if (contribution->value) values.push_back(*contribution->value);
    if (contribution->weight) weights.push_back(*contribution->weight);
  }
  if (outcome_.error) {
    // It is known already; the server only has to stop.
    server_->fail(outcome_.error->status, outcome_.error->location, outcome_.error->message);
    return std::nullopt;
  }
  if (mlir::isa<fed::MinOp, fed::MaxOp>(op)) {
    const bool is_max = mlir::isa<fed::MaxOp>(op);
    Tensor result = identity(is_max ? Reduce::kMax : Reduce::kMin, element, dims);
    bool failed = false;
    for (const Tensor& value : values) {
      // Of bools, the larger is the disjunction.
      const Binary with = element == ElementType::kBool
                              ? (is_max ? Binary::kOr : Binary::kAnd)
                              : (is_max ? Binary::kMaximum : Binary::kMinimum);
      result = binary(with, result, value, failed);
    }
    return result;
  }
  if (auto modular = mlir::dyn_cast<fed::SecureModularSumOp>(op)) {
    return client_modular_sum(values, dims, modular.getModulus());
  }
  auto mean = mlir::dyn_cast<fed::MeanOp>(op);
  if (auto sum = mlir::dyn_cast<fed::SumOp>(op); sum && sum.getWeight()) {
    return client_weighted_sum(values, that_count(weights), dims);
  }
  if (!mean) return client_sum(values, element, dims);
  return mean_of(mean, values, weights);
}

std::optional<Value> Round::mean_of(fed::MeanOp op, const std::vector<Tensor>& values,
                                    const std::vector<Tensor>& weights) {
  const auto type = mlir::cast<fed::FederatedType>(op.getResult().getType());
  const auto member = mlir::cast<mlir::RankedTensorType>(type.getMember());
  const ElementType element = element_type(member.getElementType());
  const Dims dims = member.getShape().vec();
  const ElementType counted = weights.empty() ? ElementType::kInt64 : weights[0].element;
  const Tensor total = client_sum(weights, counted, {});
  if (is_zero(total)) {
    if (op.getIfEmpty()) {
      const Value* otherwise = server_->at_entry(op.getIfEmpty());
      if (!otherwise) return std::nullopt;
      return *otherwise;
    }
    server_->fail(FED_ASSERTION, op->getLoc(),
                  weights.empty() ? "no client contributed to this mean"
                                  : "the total weight of this mean is 0");
    return std::nullopt;
  }
  // Divided where the sum has room, then rounded to the type that the mean has.
  const bool narrow = element == ElementType::kFloat32;
  const Tensor sum = op.getWeight() ? client_weighted_sum(values, that_count(weights), dims)
                     : narrow       ? client_wide_sum(values, dims)
                                    : client_sum(values, element, dims);
  bool failed = false;
  Tensor mean = binary(Binary::kDivide, sum,
                       broadcast_in_dim(convert(total, sum.element), dims, Dims{}), failed);
  if (narrow) mean = convert(mean, element);
  if (!all_finite(total) || !all_finite(mean)) {
    server_->fail(FED_ASSERTION, op->getLoc(), "this mean overflows");
    return std::nullopt;
  }
  return mean;
}

// What can fail at the server, in the order in which it is written: of several failures the first
// one is reported.
void Round::server_step(int moment) {
  // Aggregates are made before the step that reads them runs.
  for (mlir::Operation& op : entry_.getBody().front().without_terminator()) {
    if (!mlir::isa<fed::AggregateOp>(op) || !llvm::is_contained(aggregates_, &op)) continue;
    if (levels_.moment(op.getResult(0)) == moment) server_->at_entry(op.getResult(0));
    if (server_->failure()) return stop(*server_);
  }
  for (mlir::Operation& op : entry_.getBody().front().without_terminator()) {
    if (auto map = mlir::dyn_cast<fed::MapOp>(op)) {
      if (map.getPlacement() == fed::Placement::Server && llvm::is_contained(asserting_, &op)) {
        server_->check_assertions(map, moment);
      }
    } else if (mlir::isa<local::LocalDialect>(op.getDialect())) {
      // What depends on no participant is the server's, at its start.
      if (moment == kServerStart && !mlir::isMemoryEffectFree(&op)) server_->check_at_entry(op);
    } else if (llvm::is_contained(aggregates_, &op) && levels_.moment(op.getResult(0)) == moment) {
      server_->at_entry(op.getResult(0));
    }
    if (server_->failure()) return stop(*server_);
  }
}

Outcome Round::run() {
  for (int moment = kServerStart; moment <= 2 * phases_; ++moment) {
    if (moment % 2 == 1) accepted(client_phase(moment));
    if (outcome_.error) return std::move(outcome_);
    if (moment % 2 == 1) continue;
    server_step(moment);
  }
  outcome_.rejected.resize(phases_);
  for (int phase = 1; phase <= phases_; ++phase) outcome_.accepted.push_back(accepted(phase));
  for (const mlir::Value value : entry_.getBody().front().getTerminator()->getOperands()) {
    const auto type = mlir::dyn_cast<fed::FederatedType>(value.getType());
    const bool at_clients = type && type.getPlacement() == fed::Placement::Clients;
    Leaf leaf;
    const auto take = [&](Participant& participant) {
      const Value* found = participant.at_entry(value);
      if (!found) stop(participant);
      leaf.members.push_back(found ? to_leaf(*found) : LeafValue{});
    };
    if (!at_clients) {
      take(*server_);
    } else if (type.getAllEqual()) {
      take(*clients_.back());
    } else {
      for (size_t c = 0; c < options_.clients; ++c) {
        if (accepted(phases_).count(c)) {
          take(*clients_[c]);
        } else {
          leaf.members.emplace_back();
        }
      }
    }
    outcome_.results.push_back(std::move(leaf));
  }
  if (outcome_.error) outcome_.results.clear();
  return std::move(outcome_);
}

}  // namespace fedc::interpret
