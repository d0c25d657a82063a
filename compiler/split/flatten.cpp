#include "compiler/split/flatten.h"

#include "compiler/split/checks.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/CSE.h"

namespace fedc::split {
namespace {

using fed::FederatedType;
using fed::Placement;
using fed::ReductionKind;
using mlir::FailureOr;
using mlir::Location;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::Value;

// Notes on operations of flat code. Equal operations of different sides differ in them, so that
// merging keeps the sides apart.
constexpr llvm::StringLiteral kSide = "split.side";
constexpr llvm::StringLiteral kCrossing = "split.crossing";
constexpr llvm::StringLiteral kIntrinsic = "split.intrinsic";
constexpr llvm::StringLiteral kMean = "fed.mean";
constexpr llvm::StringLiteral kGroup = "split.group";
constexpr llvm::StringLiteral kLimit = "split.limit";
constexpr llvm::StringLiteral kOrigin = "split.origin";
constexpr llvm::StringLiteral kSent = "split.sent";
constexpr llvm::StringLiteral kBroadcast = "broadcast";

// Members of the leaves of one side of the signature, or an error.
class Flattener {
 public:
  explicit Flattener(mlir::func::FuncOp entry) : entry_(entry), builder_(entry.getContext()) {}

  FailureOr<Flat> run() {
    if (entry_.isExternal() || !entry_.getBody().hasOneBlock()) {
      return entry_.emitError("an entry has one block when it is split");
    }
    mlir::WalkResult calls = entry_.walk([](mlir::func::CallOp call) {
      call.emitError("calls are inlined before splitting: run --inline");
      return mlir::WalkResult::interrupt();
    });
    if (calls.wasInterrupted() || mlir::failed(add_arguments())) return mlir::failure();
    for (Operation& op : entry_.getBody().front().without_terminator()) {
      if (mlir::failed(add(op))) return mlir::failure();
    }
    if (mlir::failed(add_results())) return mlir::failure();
    merge_equal(flat_);
    return std::move(flat_);
  }

 private:
  bool is_client_state_entry() const {
    return entry_->getAttrOfType<fed::EntryAttr>("fed.entry").getRole() == fed::Role::ClientState;
  }

  LogicalResult add_arguments() {
    llvm::SmallVector<mlir::Type> members;
    for (auto [i, type] : llvm::enumerate(entry_.getArgumentTypes())) {
      auto federated = llvm::dyn_cast<FederatedType>(type);
      auto name = entry_.getArgAttrOfType<mlir::StringAttr>(i, "fed.name");
      if (!federated) {
        return mlir::emitError(entry_.getArgument(i).getLoc())
               << "an argument of a federated computation has a placement; write its type as "
                  "`T@SERVER` or `{T}@CLIENTS`";
      }
      members.push_back(federated.getMember());
      flat_.arguments.push_back({name ? name.str() : fed::name_of(entry_.getArgument(i)),
                                 federated.getPlacement(),
                                 entry_.getArgAttr(i, "fed.client_state") != nullptr});
    }
    flat_.function = mlir::func::FuncOp::create(builder_, entry_.getLoc(), "flat",
                                                builder_.getFunctionType(members, {}));
    mlir::Block* block = flat_.function->addEntryBlock();
    for (auto [outer, inner] : llvm::zip(entry_.getArguments(), block->getArguments())) {
      inner.setLoc(outer.getLoc());
      members_.map(outer, inner);
    }
    builder_.setInsertionPointToEnd(block);
    return mlir::success();
  }

  LogicalResult add_results() {
    auto terminator = llvm::cast<mlir::func::ReturnOp>(entry_.getBody().front().getTerminator());
    llvm::SmallVector<Value> values;
    for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
      auto name = entry_.getResultAttrOfType<mlir::StringAttr>(i, "fed.name");
      Flat::Leaf leaf{
          name ? name.str() : fed::name_of(value), Placement::Clients,
          is_client_state_entry() || entry_.getResultAttr(i, "fed.client_state") != nullptr};
      if (auto federated = llvm::dyn_cast<FederatedType>(value.getType())) {
        leaf.side = federated.getPlacement();
      } else if (!is_client_state_entry()) {
        return mlir::emitError(value.getLoc())
               << "a result of a federated computation has a placement; place this one with "
                  "`federated_value(x, SERVER)`";
      }
      flat_.results.push_back(leaf);
      values.push_back(members_.lookup(value));
    }
    mlir::func::ReturnOp::create(builder_, terminator.getLoc(), values);
    return mlir::success();
  }

  LogicalResult add(Operation& op) {
    current_ = &op;
    return llvm::TypeSwitch<Operation*, LogicalResult>(&op)
        .Case([&](fed::ValueOp value) {
          members_.map(value.getResult(), members_.lookup(value.getValue()));
          return mlir::success();
        })
        .Case([&](fed::MapOp map) {
          add_map(map);
          return mlir::success();
        })
        .Case([&](fed::BroadcastOp broadcast) { return add_broadcast(broadcast); })
        .Case([&](fed::SumOp sum) {
          llvm::SmallVector<Value> operands = {sum.getValue()};
          if (sum.getWeight()) operands.push_back(sum.getWeight());
          Operation* placeholder = cross(&op, operands, "sum", "federated_sum");
          if (mlir::Attribute mean = op.getAttr(kMean)) {
            placeholder->setAttr(kMean, mean);
            placeholder->setAttr(kIntrinsic, builder_.getStringAttr("federated_mean"));
          }
          return mlir::success();
        })
        .Case([&](fed::MinOp min) {
          cross(&op, {min.getValue()}, "min", "federated_min");
          return mlir::success();
        })
        .Case([&](fed::MaxOp max) {
          cross(&op, {max.getValue()}, "max", "federated_max");
          return mlir::success();
        })
        .Case([&](fed::SecureSumOp sum) {
          add_secure(sum, sum.getMax(), "federated_secure_sum");
          return mlir::success();
        })
        .Case([&](fed::SecureSumBitwidthOp sum) {
          int64_t most = static_cast<int64_t>((uint64_t{1} << sum.getBitwidth()) - 1);
          add_secure(sum, most, "federated_secure_sum_bitwidth");
          return mlir::success();
        })
        .Case([&](fed::SecureModularSumOp sum) {
          add_modular(sum);
          return mlir::success();
        })
        .Case([&](fed::AggregateOp aggregate) {
          llvm::SmallVector<Value> operands = llvm::to_vector(aggregate.getValues());
          llvm::append_range(operands, aggregate.getZero());
          note_origin(cross(&op, operands, "aggregate", "federated_aggregate"),
                      aggregate.getValues().size());
          return mlir::success();
        })
        .Case([&](fed::SelectOp select) {
          llvm::SmallVector<Value> operands = {select.getKeys()};
          llvm::append_range(operands, select.getDatabase());
          int64_t most = static_cast<int64_t>(select.getMaxKey());
          at(Placement::Clients, [&] {
            FlatBuilder(builder_, where(op))
                .check_range(
                    members_.lookup(select.getKeys()), most,
                    "a key of this `federated_select` is not between 0 and its `max_key`, " +
                        std::to_string(most));
          });
          if (op.getNumResults() == 0) return mlir::success();  // nothing of it is sent
          Operation* placeholder =
              cross(&op, operands, "select", "federated_select", Placement::Clients);
          placeholder->setAttr(kLimit, builder_.getI64IntegerAttr(most));
          note_origin(placeholder, 1);
          return mlir::success();
        })
        .Case([&](fed::MeanOp) {
          return op.emitError("means are expanded before splitting: run --fed-expand-means");
        })
        .Default([&](Operation*) -> LogicalResult {
          Operation* copy = builder_.clone(op, members_);
          // What has an effect happens once; with unplaced values, at the server.
          if (!mlir::isMemoryEffectFree(copy)) note_side(copy, Placement::Server);
          return mlir::success();
        });
  }

  void add_map(fed::MapOp map) {
    mlir::Block& body = map.getBody().front();
    for (auto [argument, operand] : llvm::zip(body.getArguments(), map.getOperands())) {
      members_.map(argument, members_.lookup(operand));
    }
    for (Operation& op : body.without_terminator()) {
      Operation* copy = builder_.clone(op, members_);
      if (copy->hasTrait<mlir::OpTrait::ConstantLike>() || llvm::isa<local::ParamOp>(copy))
        continue;
      note_side(copy, map.getPlacement());
    }
    for (auto [result, value] : llvm::zip(map.getResults(), body.getTerminator()->getOperands())) {
      members_.map(result, members_.lookup(value));
    }
  }

  LogicalResult add_broadcast(fed::BroadcastOp broadcast) {
    Value value = members_.lookup(broadcast.getValue());
    if (llvm::isa<local::SequenceType>(value.getType())) {
      return broadcast.emitError("a sequence cannot be sent to clients; send tensors");
    }
    Operation* producer = value.getDefiningOp();
    if (producer && !side_of(producer)) {
      // The clients can make it themselves.
      members_.map(broadcast.getResult(), value);
      return mlir::success();
    }
    cross(broadcast, {broadcast.getValue()}, kBroadcast, "federated_broadcast", Placement::Clients);
    return mlir::success();
  }

  // What a client may send is checked there, whoever reads the sum; then it goes up as int64.
  template <typename Op>
  void add_secure(Op sum, int64_t most, const std::string& intrinsic) {
    Value sent;
    at(Placement::Clients, [&] {
      FlatBuilder flat(builder_, where(*sum));
      Value value = members_.lookup(sum.getValue());
      flat.check_range(
          value, most,
          "a value of this `" + intrinsic + "` is not between 0 and " + std::to_string(most));
      sent = flat.to_int64(value);
    });
    cross_secure(sum, sent, most, "secure_sum", intrinsic);
  }

  // Values are reduced first; what adds them up reduces, too.
  void add_modular(fed::SecureModularSumOp sum) {
    int64_t modulus = static_cast<int64_t>(sum.getModulus());
    Value sent;
    at(Placement::Clients, [&] {
      sent = FlatBuilder(builder_, where(*sum)).modulo(members_.lookup(sum.getValue()), modulus);
    });
    cross_secure(sum, sent, modulus - 1, "secure_modular_sum", "federated_secure_modular_sum");
  }

  template <typename Op>
  void cross_secure(Op sum, Value sent, int64_t most, llvm::StringRef crossing,
                    llvm::StringRef intrinsic) {
    // The member as it is sent stands for the user's meanwhile.
    Value member = members_.lookup(sum.getValue());
    members_.map(sum.getValue(), sent);
    Operation* placeholder = cross(sum, {sum.getValue()}, crossing, intrinsic);
    members_.map(sum.getValue(), member);
    placeholder->setAttr(kLimit, builder_.getI64IntegerAttr(most));
  }

  static Location where(Operation& op) { return fed::without_names(op.getLoc()); }

  // Everything that `build` adds runs at this side, but for constants.
  void at(Placement side, llvm::function_ref<void()> build) {
    mlir::Block* block = builder_.getInsertionBlock();
    Operation* before = block->empty() ? nullptr : &block->back();
    build();
    for (Operation* op = before ? before->getNextNode() : &block->front(); op;
         op = op->getNextNode()) {
      if (!op->hasTrait<mlir::OpTrait::ConstantLike>()) note_side(op, side);
    }
  }

  // A placeholder for `op`, over the members of `operands`. Names go into its location, which does
  // not keep equal placeholders from being merged.
  Operation* cross(Operation* op, mlir::ValueRange operands, llvm::StringRef crossing,
                   llvm::StringRef intrinsic, Placement side = Placement::Server) {
    llvm::SmallVector<mlir::Type> types;
    llvm::SmallVector<Value> values;
    llvm::SmallVector<mlir::Attribute> names;
    for (Value operand : operands) {
      values.push_back(members_.lookup(operand));
      names.push_back(builder_.getStringAttr(user_name(operand)));
    }
    for (Value result : op->getResults()) {
      types.push_back(llvm::cast<FederatedType>(result.getType()).getMember());
      names.push_back(builder_.getStringAttr(fed::name_of(result)));
    }
    Location loc = mlir::FusedLoc::get({fed::without_names(op->getLoc())},
                                       builder_.getArrayAttr(names), builder_.getContext());
    auto placeholder = mlir::UnrealizedConversionCastOp::create(builder_, loc, types, values);
    note_side(placeholder, side);
    placeholder->setAttr(kCrossing, builder_.getStringAttr(crossing));
    placeholder->setAttr(kIntrinsic, builder_.getStringAttr(intrinsic));
    if (auto group = op->getAttrOfType<mlir::IntegerAttr>("group")) {
      set_group(placeholder, group.getInt());
    }
    members_.map(op->getResults(), placeholder.getResults());
    return placeholder;
  }

  std::string user_name(Value value) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value)) {
      return flat_.arguments[argument.getArgNumber()].name;
    }
    return fed::name_of(value);
  }

  // Different functions over the same values are different: a number keeps them apart.
  void note_origin(Operation* placeholder, size_t sent) {
    placeholder->setAttr(kOrigin, builder_.getI64IntegerAttr(flat_.origins.size()));
    placeholder->setAttr(kSent, builder_.getI64IntegerAttr(sent));
    flat_.origins.push_back(current_);
  }

  void note_side(Operation* op, Placement side) {
    op->setAttr(kSide, fed::PlacementAttr::get(builder_.getContext(), side));
  }

  mlir::func::FuncOp entry_;
  mlir::OpBuilder builder_;
  mlir::IRMapping members_;  // from federated (and unplaced) values to members
  Flat flat_;
  Operation* current_ = nullptr;  // of the entry
};

std::string name_at(Operation* placeholder, unsigned index) {
  auto fused = llvm::dyn_cast<mlir::FusedLoc>(placeholder->getLoc());
  if (!fused) return "";
  auto names = llvm::dyn_cast_or_null<mlir::ArrayAttr>(fused.getMetadata());
  if (!names || index >= names.size()) return "";
  return llvm::cast<mlir::StringAttr>(names[index]).str();
}

}  // namespace

FailureOr<Flat> flatten(mlir::func::FuncOp entry) { return Flattener(entry).run(); }

void merge_equal(Flat& flat) {
  mlir::IRRewriter rewriter(flat.function->getContext());
  mlir::DominanceInfo dominance(flat.function.get());
  mlir::eliminateCommonSubExpressions(rewriter, dominance, flat.function.get());
  // An assertion that was made before says nothing new; the first one's location counts.
  llvm::DenseSet<std::pair<Value, mlir::Attribute>> made;
  for (Operation& op : llvm::make_early_inc_range(flat.block())) {
    auto assertion = llvm::dyn_cast<local::AssertOp>(op);
    if (!assertion || !op.hasAttr(kSide)) continue;
    mlir::Attribute what = rewriter.getArrayAttr({op.getAttr(kSide), assertion.getMessageAttr()});
    if (!made.insert({assertion.getCondition(), what}).second) op.erase();
  }
}

std::optional<Placement> side_of(Operation* op) {
  auto side = op->getAttrOfType<fed::PlacementAttr>(kSide);
  if (!side) return std::nullopt;
  return side.getValue();
}

std::optional<Crossing> crossing_of(Operation* op) {
  auto crossing = op->getAttrOfType<mlir::StringAttr>(kCrossing);
  if (!crossing) return std::nullopt;
  if (crossing.getValue() == kBroadcast) return Crossing::kBroadcast;
  return crossing.getValue() == "select" ? Crossing::kSelect : Crossing::kReduction;
}

ReductionKind reduction_of(Operation* placeholder) {
  auto crossing = placeholder->getAttrOfType<mlir::StringAttr>(kCrossing);
  return *fed::symbolizeReductionKind(crossing.getValue());
}

llvm::StringRef intrinsic_of(Operation* placeholder) {
  return placeholder->getAttrOfType<mlir::StringAttr>(kIntrinsic).getValue();
}

bool is_of_mean(Operation* placeholder) { return placeholder->hasAttr(kMean); }

std::optional<int64_t> group_of(Operation* placeholder) {
  auto group = placeholder->getAttrOfType<mlir::IntegerAttr>(kGroup);
  if (!group) return std::nullopt;
  return group.getInt();
}

void set_group(Operation* placeholder, int64_t group) {
  placeholder->setAttr(kGroup, mlir::Builder(placeholder->getContext()).getI64IntegerAttr(group));
}

int64_t limit_of(Operation* placeholder) {
  auto limit = placeholder->getAttrOfType<mlir::IntegerAttr>(kLimit);
  return limit ? limit.getInt() : 0;
}

mlir::ValueRange sent_for(Operation* placeholder) {
  auto sent = placeholder->getAttrOfType<mlir::IntegerAttr>(kSent);
  return sent ? placeholder->getOperands().take_front(sent.getInt()) : placeholder->getOperands();
}

mlir::ValueRange unsent_for(Operation* placeholder) {
  return placeholder->getOperands().drop_front(sent_for(placeholder).size());
}

size_t origin_of(Operation* placeholder) {
  return placeholder->getAttrOfType<mlir::IntegerAttr>(kOrigin).getInt();
}

std::string operand_name(Operation* placeholder, unsigned operand) {
  return name_at(placeholder, operand);
}

std::string result_name(Operation* placeholder, unsigned result) {
  std::string name = name_at(placeholder, placeholder->getNumOperands() + result);
  if (!name.empty()) return name;
  unsigned sent = static_cast<unsigned>(sent_for(placeholder).size());
  return operand_name(placeholder, std::min(result, sent - 1));
}

void stand_for(Operation* placeholder, Operation* other) {
  placeholder->setAttr(kIntrinsic, other->getAttr(kIntrinsic));
  placeholder->setLoc(other->getLoc());
}

void strip_notes(Operation* op) {
  op->removeAttr(kSide);
  op->removeAttr(kCrossing);
  op->removeAttr(kIntrinsic);
  op->removeAttr(kMean);
  op->removeAttr(kGroup);
  op->removeAttr(kLimit);
  op->removeAttr(kOrigin);
  op->removeAttr(kSent);
}

}  // namespace fedc::split
