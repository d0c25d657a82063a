// Inference variables of types, elements and dimensions, and what is known of them.
#ifndef FEDC_COMPILER_CHECK_INFERENCE_H_
#define FEDC_COMPILER_CHECK_INFERENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/types/assign.h"
#include "compiler/types/type.h"

namespace fedc::checking {

// A set of element types.
using ElementSet = uint32_t;
inline constexpr ElementSet element_bit(ElementType element) {
  return ElementSet{1} << static_cast<int>(element);
}
inline constexpr ElementSet kAllElements = (ElementSet{1} << kNumElementTypes) - 1;
inline constexpr ElementSet kBoolElements = element_bit(ElementType::kBool);
inline constexpr ElementSet kKeyElements =
    element_bit(ElementType::kKey) | element_bit(ElementType::kPrivateKey);
// What is no key, whose elements may be written down and looked at.
inline constexpr ElementSet kPlainElements = kAllElements & ~kKeyElements;
// What a message may carry.
inline constexpr ElementSet kMessageElements =
    kAllElements & ~element_bit(ElementType::kPrivateKey);
inline constexpr ElementSet kNumericElements = kPlainElements & ~kBoolElements;
inline constexpr ElementSet kFloatElements =
    element_bit(ElementType::kFloat16) | element_bit(ElementType::kBfloat16) |
    element_bit(ElementType::kFloat32) | element_bit(ElementType::kFloat64);
inline constexpr ElementSet kIntegerElements = kNumericElements & ~kFloatElements;
inline constexpr ElementSet kSignedElements =
    kFloatElements | element_bit(ElementType::kInt8) | element_bit(ElementType::kInt16) |
    element_bit(ElementType::kInt32) | element_bit(ElementType::kInt64);

// A function value that a type parameter of a generic function stands for is not among these:
// functions are resolved by the checker, never inferred.
class Inference : public Solver {
 public:
  explicit Inference(TypeContext& types) : types_(types) {}

  const Type* fresh_type();
  Element fresh_element(ElementSet allowed);
  Dim fresh_dim(bool run_time_checked);

  // A literal's scalar type: any of `allowed`, by default int32 (float32 if that is not allowed).
  const Type* literal(bool is_float);

  // Solver.
  const Type* resolve(const Type* type) override;
  std::optional<Mismatch> bind(const Type* variable, const Type* type) override;
  bool unify_elements(Element a, Element b) override;
  std::optional<Mismatch::Kind> assign_dim(Dim from, Dim to) override;

  std::optional<Mismatch> assign(const Type* from, const Type* to) {
    return fedc::assign(types_, from, to, this);
  }

  // Variables replaced by what they stand for, everywhere.
  const Type* substitute(const Type* type);
  Element substitute(Element element);
  Dim substitute(Dim dim);
  // As above, and literals take their default types. Nothing is bound.
  const Type* with_defaults(const Type* type);

  // The element types that a (resolved) element may still be.
  ElementSet allowed(Element element);
  // Leaves only the given element types; false (and nothing changes) if none would be left.
  bool restrict(Element element, ElementSet allowed);

  // Gives every literal made since `mark` that is still open its default type.
  size_t mark() const { return elements_.size(); }
  void default_literals(size_t mark);

  // What was known of the variables of `before`, a copy of this one, is known of them again; those
  // made since remain.
  void restore(const Inference& before);

  TypeContext& types() { return types_; }

 private:
  struct ElementVariable {
    ElementSet allowed;
    bool literal = false;
    int32_t parent = -1;  // of the same class, or -1
    std::optional<ElementType> value;
  };
  struct DimVariable {
    std::optional<Dim> value;
    // Of an operation: `?` meets a size at run time, where it is checked. Else types must agree.
    bool run_time_checked = false;
  };
  int32_t root(int32_t variable);
  bool occurs(uint32_t variable, const Type* type);
  static ElementType default_of(ElementSet allowed);
  const Type* rewrite(const Type* type, bool defaults);
  Element rewrite(Element element, bool defaults);

  TypeContext& types_;
  std::vector<const Type*> type_values_;  // null: open
  std::vector<ElementVariable> elements_;
  std::vector<DimVariable> dims_;
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_INFERENCE_H_
