// Types written in proto's text form, for tests.
#ifndef RUNTIME_DATA_TEST_TYPES_H_
#define RUNTIME_DATA_TEST_TYPES_H_

#include <google/protobuf/text_format.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "proto/manifest.pb.h"

namespace fedrt {

// A negative size is an unknown dimension with that bound; kUnbounded one without.
constexpr int64_t kUnbounded = -(int64_t{1} << 60);

inline fed::proto::Type tensor_type(fed::proto::ElementType element,
                                    std::initializer_list<int64_t> dims = {}) {
  fed::proto::Type type;
  type.mutable_tensor()->set_element(element);
  for (int64_t size : dims) {
    auto* dim = type.mutable_tensor()->add_dims();
    dim->set_unknown(size < 0);
    dim->set_size(size == kUnbounded ? 0 : size < 0 ? -size : size);
  }
  return type;
}
inline fed::proto::Type struct_type(
    std::initializer_list<std::pair<std::string, fed::proto::Type>> fields) {
  fed::proto::Type type;
  type.mutable_struct_();
  for (const auto& [name, field] : fields) {
    auto* added = type.mutable_struct_()->add_fields();
    added->set_name(name);
    *added->mutable_type() = field;
  }
  return type;
}
inline fed::proto::Type sequence_type(const fed::proto::Type& element) {
  fed::proto::Type type;
  *type.mutable_sequence() = element;
  return type;
}
inline fed::proto::Type placed(const fed::proto::Type& member, fed::proto::Placement placement,
                               bool all_equal) {
  fed::proto::Type type;
  *type.mutable_federated()->mutable_member() = member;
  type.mutable_federated()->set_placement(placement);
  type.mutable_federated()->set_all_equal(all_equal);
  return type;
}
inline fed::proto::Type at_server(const fed::proto::Type& member) {
  return placed(member, fed::proto::SERVER, true);
}
inline fed::proto::Type at_clients(const fed::proto::Type& member) {
  return placed(member, fed::proto::CLIENTS, false);
}

}  // namespace fedrt

#endif  // RUNTIME_DATA_TEST_TYPES_H_
