#include "compiler/codegen/descriptors.h"

#include <cstddef>
#include <map>

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::codegen {
namespace {

using llvm::Constant;

// Builds the tables, inside out.
class Tables {
 public:
  explicit Tables(llvm::Module& module) : module_(module), context_(module.getContext()) {}

  Constant* u32(uint64_t v) { return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context_), v); }
  Constant* u64(uint64_t v) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context_), v); }
  Constant* null() {
    return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context_));
  }
  // A member that is a pointer takes 8 bytes on every target: FED_WIDE.
  Constant* pointer(Constant* value) {
    if (module_.getDataLayout().getPointerSize() == 8) return value;
    return table({value, u32(0)});
  }
  Constant* table(llvm::ArrayRef<Constant*> fields) {
    return llvm::ConstantStruct::getAnon(context_, fields);
  }
  Constant* text(const std::string& value) {
    Constant*& known = texts_[value];
    if (!known) known = pointer(global(llvm::ConstantDataArray::getString(context_, value), 1));
    return known;
  }
  // A constant in memory, private to the object.
  Constant* global(Constant* value, unsigned alignment) {
    auto* variable =
        new llvm::GlobalVariable(module_, value->getType(), /*isConstant=*/true,
                                 llvm::GlobalValue::PrivateLinkage, value, "fed.table");
    variable->setAlignment(llvm::Align(alignment));
    return variable;
  }
  Constant* array(const std::vector<Constant*>& entries) {
    if (entries.empty()) return pointer(null());
    auto* type = llvm::ArrayType::get(entries[0]->getType(), entries.size());
    return pointer(global(llvm::ConstantArray::get(type, entries), 8));
  }
  // A table's size as C sees it: the first field of every table that has one.
  Constant* head(size_t size) { return u32(size); }

  Constant* leaf(const fed::proto::Leaf& leaf) {
    std::vector<Constant*> dims;
    uint64_t unknown = 0;
    for (uint32_t d = 0; d < FED_MAX_RANK; ++d) {
      bool used = d < static_cast<uint32_t>(leaf.type().dims_size());
      dims.push_back(u64(used ? leaf.type().dims(d).size() : 0));
      if (used && leaf.type().dims(d).unknown()) unknown |= 1u << d;
    }
    auto* type = llvm::ArrayType::get(llvm::Type::getInt64Ty(context_), FED_MAX_RANK);
    return table({text(leaf.name()), u32(leaf.type().element()), u32(leaf.type().dims_size()),
                  llvm::ConstantArray::get(type, dims), u32(unknown), u32(leaf.origin()),
                  u64(leaf.dims_offset()), u64(leaf.offset()), u64(leaf.bytes())});
  }

  Constant* layout(const fed::proto::Layout& layout) {
    std::vector<Constant*> leaves;
    for (const fed::proto::Leaf& l : layout.leaves()) leaves.push_back(leaf(l));
    return table({u64(layout.bytes()), array(leaves), u64(leaves.size())});
  }

  Constant* computation(const std::string& name, const fed::proto::Side& side,
                        const std::vector<llvm::Function*>& functions,
                        const std::vector<uint32_t>& cursors) {
    std::vector<Constant*> phases, sequences;
    for (size_t i = 0; i < functions.size(); ++i) {
      const fed::proto::Phase& phase = side.phases(i);
      phases.push_back(table({head(sizeof(fed_phase)), u32(FED_ABI_VERSION), pointer(functions[i]),
                              layout(phase.message_in()), layout(phase.message_out())}));
    }
    for (int i = 0; i < side.sequences_size(); ++i) {
      uint32_t open = i < static_cast<int>(cursors.size()) ? cursors[i] : 0;
      sequences.push_back(table({text(side.sequences(i).name()),
                                 layout(side.sequences(i).element()), u32(open), u32(0)}));
    }
    return table({head(sizeof(fed_computation)), u32(FED_ABI_VERSION), text(name), array(phases),
                  u64(phases.size()), layout(side.input()), layout(side.kept()),
                  layout(side.result()), layout(side.state()), array(sequences),
                  u64(sequences.size())});
  }

  Constant* hash(const std::string& bytes) {
    std::vector<uint8_t> padded(bytes.begin(), bytes.end());
    padded.resize(32);
    return llvm::ConstantDataArray::get(context_, padded);
  }

 private:
  llvm::Module& module_;
  llvm::LLVMContext& context_;
  std::map<std::string, Constant*> texts_;
};

// fed_program's, and fed_server_program's.
constexpr size_t kStackField = 6;

std::string symbol_of(const DescriptorInput& input) {
  return input.prefix + (input.side == Side::kServer ? "_server_program" : "_client_program");
}

// The constants are laid out as C lays out the tables.
static_assert(sizeof(fed_leaf) == 8 + 4 + 4 + 64 + 4 + 4 + 24 && sizeof(fed_layout) == 24 &&
              sizeof(fed_sequence) == 8 + 24 + 8 && sizeof(fed_phase) == 8 + 8 + 48 &&
              sizeof(fed_computation) == 8 + 24 + 4 * 24 + 16 &&
              sizeof(fed_program) == 8 + 8 + 32 + 24 + 32 && sizeof(fed_aggregation) == 24 + 48 &&
              sizeof(fed_server_computation) == sizeof(fed_computation) + 16 &&
              sizeof(fed_server_program) == sizeof(fed_program) + 32 && sizeof(fed_fold) == 64 &&
              sizeof(fed_key_leaf) == 24 && sizeof(fed_selection) == 56);

std::vector<Constant*> fold_tables(Tables& t, llvm::Module& module,
                                   const fed::proto::Manifest& manifest) {
  std::vector<Constant*> tables;
  for (int c = 0; c < manifest.computations_size(); ++c) {
    const fed::proto::Computation& computation = manifest.computations(c);
    for (const fed::proto::Aggregation& aggregation : computation.aggregations()) {
      for (int f = 0; f < aggregation.folds_size(); ++f) {
        std::vector<Constant*> fields = {t.head(sizeof(fed_fold)), t.u32(FED_ABI_VERSION), t.u64(c),
                                         t.u64(aggregation.level()),
                                         t.u64(aggregation.folds(f).accumulator().bytes())};
        for (const char* function : kFoldFunctions)
          fields.push_back(t.pointer(module.getFunction(
              fold_symbol(computation.name(), aggregation.level(), f, function))));
        tables.push_back(t.table(fields));
      }
    }
  }
  return tables;
}

std::vector<Constant*> selection_tables(Tables& t, llvm::Module& module,
                                        const fed::proto::Manifest& manifest) {
  std::vector<Constant*> tables;
  for (int c = 0; c < manifest.computations_size(); ++c) {
    const fed::proto::Computation& computation = manifest.computations(c);
    for (const fed::proto::Selection& selection : computation.selections()) {
      const fed::proto::Layout& upload =
          computation.client().phases(selection.level() - 1).message_out();
      std::vector<Constant*> keys;
      for (int k = 0; k < selection.upload_leaves_size(); ++k) {
        const fed::proto::Leaf& kept = selection.keys().leaves(k);
        keys.push_back(t.table({t.u64(upload.leaves(selection.upload_leaves(k)).offset()),
                                t.u64(kept.offset()), t.u64(kept.bytes())}));
      }
      tables.push_back(t.table({t.head(sizeof(fed_selection)), t.u32(FED_ABI_VERSION), t.u64(c),
                                t.u64(selection.level()), t.u64(selection.keys().bytes()),
                                t.array(keys), t.u64(keys.size()),
                                t.pointer(module.getFunction(
                                    selection_symbol(computation.name(), selection.level())))}));
    }
  }
  return tables;
}

}  // namespace

void add_descriptor(llvm::Module& module, const DescriptorInput& input) {
  Tables t(module);
  bool server = input.side == Side::kServer;
  std::vector<Constant*> computations;
  for (int i = 0; i < input.manifest.computations_size(); ++i) {
    const fed::proto::Computation& computation = input.manifest.computations(i);
    const fed::proto::Side& side = server ? computation.server() : computation.client();
    Constant* base = t.computation(computation.name(), side, input.phases[i], input.cursors[i]);
    if (!server) {
      computations.push_back(base);
      continue;
    }
    std::vector<Constant*> aggregations;
    for (const fed::proto::Aggregation& aggregation : computation.aggregations()) {
      uint32_t level = aggregation.level();
      AggregationFunctions f = add_aggregation(
          module, computation.name() + ".aggregation." + std::to_string(level), aggregation,
          computation.client().phases(level - 1).message_out(), side.phases(level).message_in());
      aggregations.push_back(
          t.table({t.head(sizeof(fed_aggregation)), t.u32(FED_ABI_VERSION), t.u64(f.level),
                   t.u64(f.accumulator_bytes), t.pointer(f.validate), t.pointer(f.zero),
                   t.pointer(f.accumulate), t.pointer(f.merge), t.pointer(f.report),
                   t.pointer(f.accumulate_all)}));
    }
    computations.push_back(t.table({base, t.array(aggregations), t.u64(aggregations.size())}));
  }
  std::vector<Constant*> fields = {
      t.head(server ? sizeof(fed_server_program) : sizeof(fed_program)),
      t.u32(FED_ABI_VERSION),
      t.text(input.name),
      t.hash(input.hash),
      t.layout(input.manifest.param_layout()),
      t.u64(input.arena_bytes),
      t.u64(input.stack_bytes),
      t.array(computations),
      t.u64(computations.size())};
  if (server) {
    std::vector<Constant*> folds = fold_tables(t, module, input.manifest);
    std::vector<Constant*> selections = selection_tables(t, module, input.manifest);
    fields.insert(fields.end(), {t.array(folds), t.u64(folds.size()), t.array(selections),
                                 t.u64(selections.size())});
  }
  Constant* program = t.table(fields);
  auto* variable =
      new llvm::GlobalVariable(module, program->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::ExternalLinkage, program, symbol_of(input));
  variable->setAlignment(llvm::Align(8));
}

bool state_stack(llvm::Module& module, const DescriptorInput& input) {
  llvm::GlobalVariable* variable = module.getNamedGlobal(symbol_of(input));
  if (!variable || !variable->hasInitializer()) return false;
  auto* program = llvm::dyn_cast<llvm::ConstantStruct>(variable->getInitializer());
  if (!program) return false;
  std::vector<Constant*> fields;
  for (llvm::Use& field : program->operands()) fields.push_back(llvm::cast<Constant>(field.get()));
  fields[kStackField] = Tables(module).u64(input.stack_bytes);
  variable->setInitializer(llvm::ConstantStruct::get(program->getType(), fields));
  return true;
}

}  // namespace fedc::codegen
