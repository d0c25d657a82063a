#include "compiler/split/passes.h"
#include "dialects/fed/Fed.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Builders.h"
#include "runtime/abi/fed_abi.h"

namespace fedc::split {

std::string program_hash(mlir::ModuleOp split_module) {
  mlir::OwningOpRef<mlir::ModuleOp> canonical(split_module.clone());
  (*canonical)->removeAttr("fed.hash");
  // Reductions hold their locations in an attribute, which printing does not leave out.
  canonical->walk([](fed::AggregationOp aggregation) {
    llvm::SmallVector<mlir::Attribute> reductions;
    mlir::LocationAttr nowhere = mlir::UnknownLoc::get(aggregation.getContext());
    for (auto reduction : aggregation.getReductions().getAsRange<fed::ReductionAttr>()) {
      reductions.push_back(fed::ReductionAttr::get(aggregation.getContext(), reduction.getKind(),
                                                   reduction.getValue(), reduction.getWeight(),
                                                   reduction.getResult(), reduction.getLimit(),
                                                   reduction.getIntrinsic(), nowhere));
    }
    aggregation.setReductionsAttr(mlir::ArrayAttr::get(aggregation.getContext(), reductions));
  });
  std::string text = "fed abi " + std::to_string(FED_ABI_VERSION) + "\n";
  llvm::raw_string_ostream stream(text);
  // The generic form does not depend on how assembly is made pretty.
  mlir::OpPrintingFlags flags;
  flags.printGenericOpForm().enableDebugInfo(false).useLocalScope();
  flags.elideLargeElementsAttrs(std::numeric_limits<int64_t>::max());
  canonical->print(stream, flags);

  llvm::SHA256 hash;
  hash.update(text);
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

}  // namespace fedc::split
