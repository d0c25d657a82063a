#include "dialects/local/Local.h"

#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;

// Assembly of types that are mostly all the same: one type then, else the whole list.
static ParseResult parseEqualTypes(OpAsmParser& parser, MutableArrayRef<Type*> types) {
  SMLoc loc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalLParen())) {
    SmallVector<Type> list;
    if (parser.parseTypeList(list) || parser.parseRParen()) return failure();
    if (list.size() != types.size())
      return parser.emitError(loc) << "expected one type, or all " << types.size();
    for (auto [to, from] : llvm::zip_equal(types, list)) *to = from;
    return success();
  }
  Type type;
  if (parser.parseType(type)) return failure();
  for (Type* to : types) *to = type;
  return success();
}
static void printEqualTypes(OpAsmPrinter& printer, ArrayRef<Type> types) {
  if (llvm::all_equal(types)) {
    printer << types.front();
    return;
  }
  printer << '(';
  llvm::interleaveComma(types, printer);
  printer << ')';
}

namespace local {
static ParseResult parseEqualTypes(OpAsmParser& parser, Type& a, Type& b) {
  Type* types[] = {&a, &b};
  return ::parseEqualTypes(parser, types);
}
static ParseResult parseEqualTypes(OpAsmParser& parser, Type& a, Type& b, Type& c) {
  Type* types[] = {&a, &b, &c};
  return ::parseEqualTypes(parser, types);
}
static void printEqualTypes(OpAsmPrinter& printer, Operation*, Type a, Type b) {
  ::printEqualTypes(printer, {a, b});
}
static void printEqualTypes(OpAsmPrinter& printer, Operation*, Type a, Type b, Type c) {
  ::printEqualTypes(printer, {a, b, c});
}
}  // namespace local

#include "dialects/local/LocalDialect.cpp.inc"
#include "dialects/local/LocalEnums.cpp.inc"
#include "dialects/local/LocalInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/local/LocalAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/local/LocalTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/local/LocalOps.cpp.inc"

namespace local {

// Every operation is pure or checks something at its place: it may stand wherever a call stood.
struct InlineAnything : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation*, Region*, bool, IRMapping&) const final { return true; }
  bool isLegalToInline(Region*, Region*, bool, IRMapping&) const final { return true; }
};

void LocalDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/local/LocalAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/local/LocalTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/local/LocalOps.cpp.inc"
      >();
  addInterfaces<InlineAnything>();
}

Operation* LocalDialect::materializeConstant(OpBuilder& builder, Attribute value, Type type,
                                             Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getShapedType() != type) return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

LogicalResult BoundsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                         function_ref<InFlightDiagnostic()> emit_error) const {
  ArrayRef<int64_t> bounds = getBounds();
  if (bounds.size() != shape.size())  // bounds_c1
    return emit_error() << "bounds are " << bounds.size() << " but the tensor's rank is "
                        << shape.size();
  bool any = false;
  for (auto [size, bound] : llvm::zip_equal(shape, bounds)) {
    if (bound < -1)  // bounds_c2
      return emit_error() << "a bound is a size, or -1 for none";
    if (bound >= 0 && size != ShapedType::kDynamic)
      return emit_error() << "a static dimension has bound -1";
    any |= bound >= 0;
  }
  if (!any)  // bounds_c3
    return emit_error() << "bounds that bound nothing are left out";
  return success();
}

LogicalResult SequenceType::verify(function_ref<InFlightDiagnostic()> emit_error,
                                   ArrayRef<Type> elements) {
  for (Type type : elements)
    if (!isa<RankedTensorType>(type))  // sequence_type_c1
      return emit_error() << "a sequence's element consists of tensors, not " << type;
  return success();
}

}  // namespace local
