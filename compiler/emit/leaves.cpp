#include "compiler/emit/leaves.h"

#include <algorithm>

#include "dialects/fed/Fed.h"
#include "dialects/local/Local.h"
#include "mlir/IR/Builders.h"

namespace fedc::emission {

std::string join_path(std::string_view prefix, std::string_view path) {
  std::string result(prefix);
  if (!prefix.empty() && !path.empty()) result += '.';
  return result.append(path);
}

mlir::Type LeafTypes::element(ElementType element) {
  mlir::Builder b(context_);
  if (element == ElementType::kBool) return b.getI1Type();
  if (element == ElementType::kFloat16) return b.getF16Type();
  if (element == ElementType::kBfloat16) return b.getBF16Type();
  if (element == ElementType::kFloat32) return b.getF32Type();
  if (element == ElementType::kFloat64) return b.getF64Type();
  unsigned bits = element_bits(element);
  return is_unsigned_integer(element) || is_key(element)
             ? b.getIntegerType(bits, /*isSigned=*/false)
             : b.getIntegerType(bits);
}

mlir::RankedTensorType LeafTypes::tensor(const Type* type) {
  llvm::SmallVector<local::Dim> dims;
  for (Dim dim : type->dims()) {
    if (dim.is_fixed()) {
      dims.push_back(local::Dim::fixed(dim.size()));
    } else {
      dims.push_back(local::Dim::unknown(dim.has_bound() ? dim.bound() : -1));
    }
  }
  return local::makeTensorType(dims, element(type->element()));
}

mlir::Type LeafTypes::leaf(const Type* type) {
  if (type->is_tensor()) return tensor(type);
  llvm::SmallVector<mlir::Type> elements;
  for (const Leaf& element : of(type->member())) elements.push_back(element.type);
  return local::SequenceType::get(context_, elements);
}

void LeafTypes::append(const Type* type, const std::string& path, std::vector<Leaf>& out) {
  if (type->is_federated()) {
    auto placement =
        type->placement() == Placement::kServer ? fed::Placement::Server : fed::Placement::Clients;
    bool all_equal = placement == fed::Placement::Clients && type->all_equal();
    for (const Leaf& member : of(type->member())) {
      out.push_back({join_path(path, member.path),
                     fed::FederatedType::get(context_, member.type, placement, all_equal)});
    }
  } else if (type->is_struct()) {
    for (size_t i = 0; i < type->fields().size(); ++i) {
      const Field& field = type->fields()[i];
      append(field.type, join_path(path, field.name.empty() ? std::to_string(i) : field.name), out);
    }
  } else {
    out.push_back({path, leaf(type)});
  }
}

const std::vector<Leaf>& LeafTypes::of(const Type* type) {
  auto found = leaves_.find(type);
  if (found != leaves_.end()) return found->second;
  std::vector<Leaf> result;
  append(type, "", result);
  return leaves_.emplace(type, std::move(result)).first->second;
}

uint64_t LeafTypes::count(const Type* type) {
  if (type->is_federated()) return count(type->member());
  if (!type->is_struct()) return 1;
  auto found = counts_.find(type);
  if (found != counts_.end()) return found->second;
  uint64_t sum = 0;
  for (const Field& field : type->fields()) {
    sum = std::min<uint64_t>(sum + count(field.type), UINT64_C(1) << 40);
  }
  counts_[type] = sum;
  return sum;
}

size_t LeafTypes::offset(const Type* type, int index) {
  const Type* structure = type->is_federated() ? type->member() : type;
  size_t sum = 0;
  for (int i = 0; i < index; ++i) sum += count(structure->fields()[i].type);
  return sum;
}

}  // namespace fedc::emission
