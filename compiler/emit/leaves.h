// Structs are flattened here and nowhere later: a value is the list of its leaves, depth first.
#ifndef FEDC_COMPILER_EMIT_LEAVES_H_
#define FEDC_COMPILER_EMIT_LEAVES_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/types/type.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fedc::emission {

// One tensor or sequence of a type, federated or not.
struct Leaf {
  std::string path;  // `delta.weights`, `0.x`; empty where the type is itself a leaf
  mlir::Type type;
};

// "a", "b.c" -> "a.b.c"; either may be empty.
std::string join_path(std::string_view prefix, std::string_view path);

// Programs with a type that is larger than this when written out (Type::size) are refused before
// emission.
inline constexpr uint64_t kMaxTypeSize = 1 << 14;

class LeafTypes {
 public:
  explicit LeafTypes(mlir::MLIRContext* context) : context_(context) {}

  // The leaves of a type of at most kMaxTypeSize. The reference stays valid.
  const std::vector<Leaf>& of(const Type* type);
  // How many there are (saturating).
  uint64_t count(const Type* type);
  // How many leaves stand before field `index` of a struct, or of a federated struct.
  size_t offset(const Type* type, int index);

  mlir::Type element(ElementType element);
  mlir::RankedTensorType tensor(const Type* type);

 private:
  mlir::Type leaf(const Type* type);
  void append(const Type* type, const std::string& path, std::vector<Leaf>& out);

  mlir::MLIRContext* context_;
  std::unordered_map<const Type*, std::vector<Leaf>> leaves_;
  std::unordered_map<const Type*, uint64_t> counts_;
};

}  // namespace fedc::emission

#endif  // FEDC_COMPILER_EMIT_LEAVES_H_
