#include "compiler/emit/emit.h"

#include <unordered_map>
#include <unordered_set>

#include "compiler/emit/emitter.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"

namespace fedc {
namespace emission {
namespace {

// Beyond these an entry is refused: what it expands to would take minutes to compile.
// Beyond what is written.
constexpr uint64_t kMaxExpandedSize = 1 << 17;
constexpr uint32_t kMaxCallDepth = 512;

fed::Role role_of(core::Role role) {
  switch (role) {
    case core::Role::kOneShot:
      return fed::Role::OneShot;
    case core::Role::kInitialize:
      return fed::Role::Initialize;
    case core::Role::kNext:
      return fed::Role::Next;
    case core::Role::kEvaluate:
      return fed::Role::Evaluate;
    case core::Role::kClientState:
      return fed::Role::ClientState;
    case core::Role::kExport:
      return fed::Role::Export;
  }
  return fed::Role::OneShot;
}

// As in `fed.origins`; see the manifest's Origin.
llvm::StringRef origin_text(core::Origin origin) {
  switch (origin) {
    case core::Origin::kArgument:
      return "argument";
    case core::Origin::kHost:
      return "host";
    case core::Origin::kKey:
      return "key";
    case core::Origin::kPrivateKey:
      return "private_key";
  }
  return "argument";
}

// A parameter's or result's type as the federated program has it: an exported function computes at
// the client, with what the app gives to all of its calls alike.
const Type* entry_type(const core::Entry& entry, const Type* type, TypeContext& types) {
  if (entry.role != core::Role::kExport) return type;
  return types.federated(type, Placement::kClients, /*all_equal=*/true);
}

// `(<x=T,y=U> -> R)`: an entry's parameters are a struct, also when there is only one.
std::string signature_of(const core::Entry& entry, TypeContext& types) {
  std::vector<Field> fields;
  for (const core::Var* param : entry.function->params)
    fields.push_back({param->name, entry_type(entry, param->type, types)});
  const Type* parameter = fields.empty() ? nullptr : types.structure(std::move(fields));
  return to_full_string(
      types.function(parameter, entry_type(entry, entry.function->result, types)));
}

// The functions that some other one calls.
std::unordered_set<const core::Function*> called_functions(const core::Program& program) {
  std::unordered_set<const core::Function*> called;
  for (const core::Function* function : program.functions) {
    walk(function->body, [&](const core::Expr* expr) {
      if (const auto* call = core::as<core::Call>(expr)) called.insert(call->function);
    });
  }
  return called;
}

mlir::TypedAttr scalar_attr(const core::Constant::Value& value, mlir::Type type) {
  mlir::Builder b(type.getContext());
  if (const bool* flag = std::get_if<bool>(&value)) return b.getIntegerAttr(type, *flag);
  if (const int64_t* number = std::get_if<int64_t>(&value)) {
    return b.getIntegerAttr(
        type, llvm::APInt(type.getIntOrFloatBitWidth(), *number, /*isSigned=*/true, true));
  }
  if (const uint64_t* number = std::get_if<uint64_t>(&value)) {
    return b.getIntegerAttr(
        type, llvm::APInt(type.getIntOrFloatBitWidth(), *number, /*isSigned=*/false, true));
  }
  return b.getFloatAttr(type, std::get<double>(value));
}

}  // namespace

Emitter::Emitter(const core::Program& program, const SourceManager& sources,
                 DiagnosticEngine& diagnostics, mlir::MLIRContext& context)
    : b(&context),
      program_(program),
      sources_(sources),
      diagnostics_(diagnostics),
      analysis_(program),
      types_(&context) {}

bool Emitter::check_sizes() {
  for (const auto& expr : program_.exprs()) {
    if (expr->type->size() <= kMaxTypeSize) continue;
    diagnostics_
        .report(DiagnosticKind::ProgramTooLarge, expr->range,
                "the type of this value has too many fields: " + std::to_string(kMaxTypeSize) +
                    " is the limit")
        .with_hint("a tensor with one more dimension holds many equal fields");
    return false;
  }
  const uint64_t most = program_.exprs().size() + kMaxExpandedSize;
  for (const core::Function* function : program_.functions) {
    const FunctionInfo& info = analysis_.of(function);
    if (info.expanded_size <= most && info.call_depth <= kMaxCallDepth) continue;
    std::string what = info.expanded_size > most
                           ? "more than " + std::to_string(kMaxExpandedSize) + " operations"
                           : "calls nested more than " + std::to_string(kMaxCallDepth) + " deep";
    diagnostics_
        .report(DiagnosticKind::ProgramTooLarge, function->range,
                "`" + function->name + "` is too large to compile: with its calls expanded it is " +
                    what)
        .with_hint(
            "a function that calls another one twice doubles it at each level of calls: repeat "
            "with `fold(n, x, fn(_, y) { f(y) })`, or bind what one call gives with `let`");
    return false;  // its callers are too large as well
  }
  return true;
}

void Emitter::emit_params() {
  for (const auto& param : program_.params) {
    mlir::RankedTensorType type = types_.tensor(param->type);
    mlir::Type element = type.getElementType();
    mlir::TypedAttr min, max;
    if (param->min && param->max) {
      min = scalar_attr(*param->min, element);
      max = scalar_attr(*param->max, element);
    }
    fed::ParamOp::create(b, at(param->range), b.getStringAttr(param->name),
                         mlir::TypeAttr::get(type), scalar_attr(param->default_value, element), min,
                         max);
  }
}

void Emitter::emit_function(const core::Function& function) {
  llvm::SmallVector<mlir::Type> inputs;
  for (const core::Var* param : function.params) inputs.append(leaf_types(param->type));
  mlir::OpBuilder::InsertionGuard guard(b);
  // The symbol of an exported function is the entry's.
  auto op = mlir::func::FuncOp::create(b, at(function.range),
                                       function.name + (function.exported ? ".local" : ""),
                                       b.getFunctionType(inputs, leaf_types(function.result)));
  op.setPrivate();
  functions_[&function] = op;
  mlir::Block* block = &op.getBody().emplaceBlock();
  bind_params(*block, function.params);
  b.setInsertionPointToEnd(block);
  Leaves results = emit(function.body, "");
  mlir::Location where = at(function.body->range);
  convert(where, results, op.getResultTypes());
  mlir::func::ReturnOp::create(b, where, results);
}

void Emitter::emit_entry(const core::Entry& entry) {
  const core::Function& function = *entry.function;
  llvm::SmallVector<mlir::Type> inputs;
  llvm::SmallVector<mlir::DictionaryAttr> input_attrs, result_attrs;
  // Splitting keeps the leaves of a client's state apart from its other arguments and results.
  auto named = [&](const std::string& name, bool is_state) {
    llvm::SmallVector<mlir::NamedAttribute> attrs = {
        b.getNamedAttr("fed.name", b.getStringAttr(name))};
    if (is_state) attrs.push_back(b.getNamedAttr("fed.client_state", b.getUnitAttr()));
    return b.getDictionaryAttr(attrs);
  };
  TypeContext& types = *program_.types;
  const Type* result = entry_type(entry, function.result, types);
  for (auto [i, param] : llvm::enumerate(function.params)) {
    inputs.append(leaf_types(entry_type(entry, param->type, types)));
    for (const std::string& name : names(param->type, param->name)) {
      input_attrs.push_back(named(name, static_cast<int>(i) == entry.client_state_param));
    }
  }
  for (const Leaf& leaf : types_.of(result)) {
    llvm::StringRef path = leaf.path;
    bool is_state = entry.client_state_param >= 0 &&
                    (path == "client_state" || path.starts_with("client_state."));
    result_attrs.push_back(named(leaf.path.empty() ? "result" : leaf.path, is_state));
  }
  mlir::OpBuilder::InsertionGuard guard(b);
  auto op = mlir::func::FuncOp::create(b, at(function.range), entry.name,
                                       b.getFunctionType(inputs, leaf_types(result)));
  op->setAttr("fed.entry", fed::EntryAttr::get(b.getContext(), entry.process, role_of(entry.role)));
  op->setAttr("fed.signature", b.getStringAttr(signature_of(entry, types)));
  if (llvm::any_of(entry.origins, [](core::Origin o) { return o != core::Origin::kArgument; })) {
    llvm::SmallVector<mlir::Attribute> origins;
    for (core::Origin origin : entry.origins)
      origins.push_back(b.getStringAttr(origin_text(origin)));
    op->setAttr("fed.origins", b.getArrayAttr(origins));
  }
  op.setAllArgAttrs(input_attrs);
  op.setAllResultAttrs(result_attrs);
  mlir::Block* block = &op.getBody().emplaceBlock();
  b.setInsertionPointToEnd(block);
  const std::vector<Leaf>& leaves = types_.of(result);
  bool whole = leaves.size() == 1 && leaves.front().path.empty();
  Hint hint(whole ? "result" : "");
  mlir::Location where = at(function.body->range);
  Leaves results;
  if (entry.role == core::Role::kExport) {
    results = emit_export(*block, function, op.getFunctionType(), hint);
  } else {
    bind_params(*block, function.params);
    results = emit(function.body, hint);
    for (auto [value, type] : llvm::zip_equal(results, op.getResultTypes())) {
      value = convert_placed(where, value, type);
    }
  }
  mlir::func::ReturnOp::create(b, where, results);
}

Leaves Emitter::emit_export(mlir::Block& block, const core::Function& function,
                            mlir::FunctionType type, const Hint& hint) {
  llvm::ArrayRef<mlir::Type> inputs = type.getInputs();
  for (const core::Var* param : function.params) {
    for (const std::string& name : names(param->type, param->name)) {
      block.addArgument(inputs.front(), fed::named_location(at(param->range), name));
      inputs = inputs.drop_front();
    }
  }
  mlir::Location where = at(function.body->range);
  auto map = fed::MapOp::create(b, fed::named_location(where, names(function.result, hint)),
                                type.getResults(), block.getArguments(), fed::Placement::Clients);
  mlir::Block& body = map.getBody().emplaceBlock();
  bind_params(body, function.params);
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&body);
  Leaves results = emit(function.body, hint);
  convert(where, results, leaf_types(function.result));
  fed::YieldOp::create(b, where, results);
  return Leaves(map.getResults());
}

mlir::OwningOpRef<mlir::ModuleOp> Emitter::run() {
  if (!check_sizes()) return {};
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(b.getUnknownLoc(), program_.name);
  module_ = *module;
  if (!program_.functions.empty()) {
    SourceLoc file{program_.functions.front()->range.begin.file, 0};
    module_->setLoc(at({file, 0}));
  }
  b.setInsertionPointToEnd(module_.getBody());
  emit_params();
  std::unordered_map<const core::Function*, const core::Entry*> entries;
  for (const core::Entry& entry : program_.entries) entries[entry.function] = &entry;
  std::unordered_set<const core::Function*> called = called_functions(program_);
  for (const core::Function* function : program_.functions) {
    if (analysis_.of(function).federated) continue;
    if (entries.count(function) == 0 || called.count(function) != 0) emit_function(*function);
  }
  for (const core::Entry& entry : program_.entries) emit_entry(entry);
  if (mlir::failed(mlir::verify(module_))) return {};
  return module;
}

}  // namespace emission

mlir::OwningOpRef<mlir::ModuleOp> emit(const core::Program& program, const SourceManager& sources,
                                       DiagnosticEngine& diagnostics, mlir::MLIRContext& context) {
  context.loadDialect<fed::FedDialect, local::LocalDialect, mlir::func::FuncDialect>();
  return emission::Emitter(program, sources, diagnostics, context).run();
}

bool emits_operation(std::string_view name) { return emission::op_table().contains(name); }

}  // namespace fedc
