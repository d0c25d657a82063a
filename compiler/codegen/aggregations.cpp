// Aggregation of one level: calls of the accumulators' kernels (runtime/server/accumulators.h).
#include <set>

#include "compiler/codegen/descriptors.h"
#include "llvm/IR/IRBuilder.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::codegen {
namespace {

using fed::proto::Aggregation;
using fed::proto::Layout;
using fed::proto::Leaf;
using fed::proto::Reduction;

bool is_float(uint32_t element) { return element == FED_FLOAT32 || element == FED_FLOAT64; }

// The kernels' name of an element type.
std::string suffix(uint32_t element) {
  switch (element) {
    case FED_BOOL:
      return "bool";
    case FED_INT8:
      return "i8";
    case FED_INT16:
      return "i16";
    case FED_INT32:
      return "i32";
    case FED_INT64:
      return "i64";
    case FED_UINT8:
      return "u8";
    case FED_UINT16:
      return "u16";
    case FED_UINT32:
      return "u32";
    case FED_UINT64:
      return "u64";
    case FED_FLOAT32:
      return "f32";
    default:
      return "f64";
  }
}

uint64_t element_bytes(uint32_t element) {
  switch (element) {
    case FED_BOOL:
    case FED_INT8:
    case FED_UINT8:
      return 1;
    case FED_INT16:
    case FED_UINT16:
      return 2;
    case FED_INT32:
    case FED_UINT32:
    case FED_FLOAT32:
      return 4;
    default:
      return 8;
  }
}

uint64_t count_of(const Leaf& leaf) {
  uint64_t count = 1;
  for (const auto& dim : leaf.type().dims()) count *= dim.size();
  return count;
}

// One leaf's accumulator: which kernels, over how many elements, where.
struct Part {
  const Reduction* reduction;
  const Leaf *value, *weight, *result;
  std::string kernel;  // "sum_f32"
  uint64_t count = 1, offset = 0;
  int64_t modulus = 0;  // that adding and merging are told; 0: none
};

class Functions {
 public:
  Functions(llvm::Module& module, const std::string& name, const Aggregation& aggregation,
            const Layout& upload, const Layout& result)
      : module_(module), b_(module.getContext()), name_(name) {
    for (const Reduction& reduction : aggregation.reductions()) {
      if (reduction.kind() == fed::proto::AGGREGATE) continue;  // see fed_fold
      if (reduction.kind() == fed::proto::SELECT) {
        std::pair<const Leaf*, int64_t> key(&upload.leaves(reduction.value()), reduction.limit());
        if (!llvm::is_contained(keys_, key)) keys_.push_back(key);
        continue;
      }
      Part part{&reduction,
                &upload.leaves(reduction.value()),
                reduction.has_weight() ? &upload.leaves(reduction.weight()) : nullptr,
                &result.leaves(reduction.result()),
                "",
                1,
                bytes_};
      uint32_t element = part.value->type().element();
      part.count = count_of(*part.value);
      std::string type = suffix(element);
      uint64_t bytes = part.count * element_bytes(element);
      if (reduction.kind() == fed::proto::SUM) {
        // Unsigned integers wrap as signed ones do, and share their kernels.
        if (type[0] == 'u') type[0] = 'i';
        part.kernel = (part.weight ? "weighted_" : "sum_") + type;
        // FED_ACC_SUM_F32_BYTES and FED_ACC_SUM_F64_BYTES, with weights or without.
        uint64_t blocks = (part.count + 63) / 64 * 64;
        if (element == FED_FLOAT32) bytes = 64 + blocks * 17;
        if (element == FED_FLOAT64) bytes = 64 + blocks * 33;
      } else if (reduction.kind() == fed::proto::SECURE_SUM) {
        part.kernel = "sum_i64";
      } else if (reduction.kind() == fed::proto::SECURE_MODULAR_SUM) {
        part.kernel = "modular";
        part.modulus = reduction.limit() + 1;
      } else {
        part.kernel = (reduction.kind() == fed::proto::MIN ? "min_" : "max_") + type;
      }
      bytes_ = llvm::alignTo(bytes_ + bytes, FED_ALIGNMENT);
      parts_.push_back(part);
    }
  }

  AggregationFunctions make(uint64_t level) {
    return {level, bytes_, validate(), zero(), accumulate(), merge(), report(), accumulate_all()};
  }

 private:
  llvm::Type* pointer() { return llvm::PointerType::getUnqual(module_.getContext()); }
  llvm::Type* i32() { return b_.getInt32Ty(); }
  llvm::Type* nothing() { return b_.getVoidTy(); }

  llvm::Function* begin(const char* what, llvm::Type* result, unsigned arguments) {
    return begin(what, result, llvm::SmallVector<llvm::Type*>(arguments, pointer()));
  }
  llvm::Function* begin(const char* what, llvm::Type* result,
                        llvm::ArrayRef<llvm::Type*> arguments) {
    auto* type = llvm::FunctionType::get(result, arguments, false);
    auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage,
                                            name_ + "." + what, module_);
    b_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", function));
    return function;
  }
  llvm::Value* at(llvm::Value* base, uint64_t offset) {
    return b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), base, offset);
  }
  llvm::Value* call(const std::string& kernel, llvm::Type* result,
                    llvm::ArrayRef<llvm::Value*> arguments) {
    llvm::SmallVector<llvm::Type*> types;
    for (llvm::Value* v : arguments) types.push_back(v->getType());
    return b_.CreateCall(module_.getOrInsertFunction("fed_acc_" + kernel,
                                                     llvm::FunctionType::get(result, types, false)),
                         arguments);
  }
  // A kernel that adds to an accumulator: `from`, then how many elements these are.
  void add(const Part& part, const char* what, llvm::Value* to, llvm::ArrayRef<llvm::Value*> from) {
    llvm::SmallVector<llvm::Value*> arguments = {to};
    llvm::append_range(arguments, from);
    arguments.push_back(b_.getInt64(part.count));
    if (part.modulus) arguments.push_back(b_.getInt64(part.modulus));
    call(part.kernel + what, nothing(), arguments);
  }
  llvm::BasicBlock* block(const char* what) {
    return llvm::BasicBlock::Create(module_.getContext(), what, b_.GetInsertBlock()->getParent());
  }
  // Returns `status` at once where it is not FED_ACCEPT.
  void check(llvm::Value* status) {
    llvm::BasicBlock *reject = block("reject"), *next = block("next");
    b_.CreateCondBr(b_.CreateICmpEQ(status, b_.getInt32(FED_ACCEPT)), next, reject);
    b_.SetInsertPoint(reject);
    b_.CreateRet(status);
    b_.SetInsertPoint(next);
  }
  void check_range(const Leaf& leaf, int64_t most, llvm::Value* upload) {
    check(call("range_" + suffix(leaf.type().element()), i32(),
               {at(upload, leaf.offset()), b_.getInt64(count_of(leaf)), b_.getInt64(most)}));
  }
  // The part's weight in an upload, as float64. It is valid, so that this is exact.
  llvm::Value* weight(const Part& part, llvm::Value* upload) {
    uint32_t element = part.weight->type().element();
    llvm::Value* where = at(upload, part.weight->offset());
    if (element == FED_FLOAT64) return b_.CreateLoad(b_.getDoubleTy(), where);
    if (element == FED_FLOAT32)
      return b_.CreateFPExt(b_.CreateLoad(b_.getFloatTy(), where), b_.getDoubleTy());
    return b_.CreateUIToFP(b_.CreateLoad(b_.getIntNTy(8 * element_bytes(element)), where),
                           b_.getDoubleTy());
  }
  llvm::Value* is_not_zero(llvm::Value* weight) {
    return b_.CreateFCmpUNE(weight, llvm::ConstantFP::get(b_.getDoubleTy(), 0));
  }
  // Runs `body` with the part's weight, where it has one, but not if that is 0: then the value is
  // not read.
  void weighed(const Part& part, llvm::Value* upload,
               llvm::function_ref<void(llvm::Value* weight)> body) {
    if (!part.weight) return body(nullptr);
    llvm::Value* weight = this->weight(part, upload);
    llvm::BasicBlock *then = block("counts"), *next = block("next");
    b_.CreateCondBr(is_not_zero(weight), then, next);
    b_.SetInsertPoint(then);
    body(weight);
    b_.CreateBr(next);
    b_.SetInsertPoint(next);
  }

  llvm::Function* validate() {
    llvm::Function* function = begin("validate", i32(), 1);
    llvm::Value* upload = function->getArg(0);
    std::set<const Leaf*> checked;
    for (const Part& part : parts_) {
      if (part.weight && checked.insert(part.weight).second)
        check(call("weight_" + suffix(part.weight->type().element()), i32(),
                   {at(upload, part.weight->offset())}));
      if (part.reduction->has_limit()) check_range(*part.value, part.reduction->limit(), upload);
      uint32_t element = part.value->type().element();
      if (!is_float(element)) continue;
      bool sum = part.reduction->kind() == fed::proto::SUM;
      weighed(part, upload, [&](llvm::Value* weight) {
        llvm::SmallVector<llvm::Value*> arguments = {at(upload, part.value->offset())};
        if (weight) arguments.push_back(weight);
        arguments.push_back(b_.getInt64(part.count));
        const std::string what = weight ? "weighted_finite_" : sum ? "finite_" : "not_nan_";
        check(call(what + suffix(element), i32(), arguments));
      });
    }
    for (auto [leaf, limit] : keys_) check_range(*leaf, limit, upload);
    b_.CreateRet(b_.getInt32(FED_ACCEPT));
    return function;
  }
  llvm::Function* zero() {
    llvm::Function* function = begin("zero", nothing(), 1);
    for (const Part& part : parts_)
      call(part.kernel + "_zero", nothing(),
           {at(function->getArg(0), part.offset), b_.getInt64(part.count)});
    b_.CreateRetVoid();
    return function;
  }
  llvm::Function* accumulate() {
    llvm::Function* function = begin("accumulate", nothing(), 2);
    llvm::Value* upload = function->getArg(1);
    for (const Part& part : parts_)
      weighed(part, upload, [&](llvm::Value* weight) {
        llvm::SmallVector<llvm::Value*> arguments = {at(upload, part.value->offset())};
        if (weight) arguments.push_back(weight);
        add(part, "_add", at(function->getArg(0), part.offset), arguments);
      });
    b_.CreateRetVoid();
    return function;
  }
  // For each part a list of the values that count, and of their weights, which its kernel adds at
  // once.
  llvm::Function* accumulate_all() {
    llvm::Function* function =
        begin("accumulate_all", nothing(), {pointer(), pointer(), b_.getInt64Ty()});
    llvm::Value *uploads = function->getArg(1), *count = function->getArg(2);
    llvm::Value* list = b_.CreateAlloca(pointer(), b_.getInt64(FED_AT_ONCE));
    llvm::Value* weights = b_.CreateAlloca(b_.getDoubleTy(), b_.getInt64(FED_AT_ONCE));
    for (const Part& part : parts_) {
      llvm::BasicBlock *before = b_.GetInsertBlock(), *gather = block("gather"),
                       *add = block("add");
      b_.CreateBr(gather);
      b_.SetInsertPoint(gather);
      llvm::PHINode *i = b_.CreatePHI(b_.getInt64Ty(), 2), *used = b_.CreatePHI(b_.getInt64Ty(), 2);
      i->addIncoming(b_.getInt64(0), before);
      used->addIncoming(b_.getInt64(0), before);
      llvm::Value* upload = b_.CreateLoad(pointer(), b_.CreateInBoundsGEP(pointer(), uploads, {i}));
      b_.CreateStore(at(upload, part.value->offset()),
                     b_.CreateInBoundsGEP(pointer(), list, {used}));
      llvm::Value* more = b_.getInt64(1);
      if (part.weight) {
        llvm::Value* weight = this->weight(part, upload);
        b_.CreateStore(weight, b_.CreateInBoundsGEP(b_.getDoubleTy(), weights, {used}));
        more = b_.CreateZExt(is_not_zero(weight), b_.getInt64Ty());
      }
      llvm::Value *next = b_.CreateAdd(i, b_.getInt64(1)), *kept = b_.CreateAdd(used, more);
      i->addIncoming(next, gather);
      used->addIncoming(kept, gather);
      b_.CreateCondBr(b_.CreateICmpULT(next, count), gather, add);
      b_.SetInsertPoint(add);
      llvm::SmallVector<llvm::Value*> arguments = {list};
      if (part.weight) arguments.push_back(weights);
      arguments.push_back(kept);
      this->add(part, "_add_all", at(function->getArg(0), part.offset), arguments);
    }
    b_.CreateRetVoid();
    return function;
  }
  llvm::Function* merge() {
    llvm::Function* function = begin("merge", nothing(), 2);
    for (const Part& part : parts_)
      add(part, "_merge", at(function->getArg(0), part.offset),
          at(function->getArg(1), part.offset));
    b_.CreateRetVoid();
    return function;
  }
  // A sum of float32 values may be wanted as float64, which does not overflow. Weighted ones always
  // are.
  static bool is_widened(const Part& part) {
    return part.reduction->kind() == fed::proto::SUM && !part.weight &&
           part.result->type().element() != part.value->type().element();
  }
  llvm::Function* report() {
    llvm::Function* function = begin("report", nothing(), 2);
    for (const Part& part : parts_)
      call(part.kernel + (is_widened(part) ? "_report_wide" : "_report"), nothing(),
           {at(function->getArg(0), part.offset), at(function->getArg(1), part.result->offset()),
            b_.getInt64(part.count)});
    b_.CreateRetVoid();
    return function;
  }

  llvm::Module& module_;
  llvm::IRBuilder<> b_;
  std::string name_;
  std::vector<Part> parts_;
  std::vector<std::pair<const Leaf*, int64_t>> keys_;  // and the greatest that each may have
  uint64_t bytes_ = 0;
};

}  // namespace

AggregationFunctions add_aggregation(llvm::Module& module, const std::string& name,
                                     const Aggregation& aggregation, const Layout& upload,
                                     const Layout& result) {
  return Functions(module, name, aggregation, upload, result).make(aggregation.level());
}

}  // namespace fedc::codegen
