#include "compiler/manifest/types.h"

namespace fedc::manifest {
namespace {

namespace proto = fed::proto;

proto::ElementType element(ElementType type) {
  // Both lists name the same types in the same order.
  static_assert(static_cast<int>(ElementType::kBool) + 1 == proto::BOOL);
  static_assert(static_cast<int>(ElementType::kUint8) + 1 == proto::UINT8);
  static_assert(static_cast<int>(ElementType::kFloat64) + 1 == proto::FLOAT64);
  if (is_key(type)) return proto::UINT64;
  return static_cast<proto::ElementType>(static_cast<int>(type) + 1);
}

}  // namespace

proto::Type to_proto(const Type* type) {
  proto::Type result;
  switch (type->kind()) {
    case TypeKind::kTensor: {
      proto::TensorType* tensor = result.mutable_tensor();
      tensor->set_element(element(type->element()));
      for (const Dim& dim : type->dims()) {
        proto::Dimension* out = tensor->add_dims();
        out->set_unknown(dim.is_unknown());
        out->set_size(dim.has_bound() ? dim.bound() : 0);
      }
      break;
    }
    case TypeKind::kSequence:
      *result.mutable_sequence() = to_proto(type->member());
      break;
    case TypeKind::kStruct:
      result.mutable_struct_();
      for (const Field& field : type->fields()) {
        proto::StructType::Field* out = result.mutable_struct_()->add_fields();
        out->set_name(field.name);
        *out->mutable_type() = to_proto(field.type);
      }
      break;
    case TypeKind::kFederated: {
      proto::FederatedType* federated = result.mutable_federated();
      *federated->mutable_member() = to_proto(type->member());
      federated->set_placement(type->placement() == Placement::kServer ? proto::SERVER
                                                                       : proto::CLIENTS);
      federated->set_all_equal(type->all_equal());
      break;
    }
    case TypeKind::kFunction:
    case TypeKind::kVariable:
    case TypeKind::kError:
      break;  // no type of a value that exists at run time
  }
  return result;
}

proto::TensorType to_proto(const split::LeafType& leaf) {
  proto::TensorType type;
  type.set_element(static_cast<proto::ElementType>(leaf.element));
  for (const split::LeafType::Dim& dim : leaf.dims) {
    proto::Dimension* out = type.add_dims();
    out->set_unknown(dim.unknown);
    out->set_size(dim.size);
  }
  return type;
}

std::optional<split::LeafType> to_leaf(const proto::TensorType& type) {
  split::LeafType leaf;
  leaf.element = type.element();
  for (const proto::Dimension& dim : type.dims()) {
    if (dim.unknown() && dim.size() <= 0) return std::nullopt;
    leaf.dims.push_back({dim.size(), dim.unknown()});
  }
  return leaf;
}

}  // namespace fedc::manifest
