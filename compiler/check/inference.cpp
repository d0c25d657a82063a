#include "compiler/check/inference.h"

#include <algorithm>

namespace fedc::checking {

const Type* Inference::fresh_type() {
  type_values_.push_back(nullptr);
  return types_.variable(static_cast<uint32_t>(type_values_.size() - 1));
}

Element Inference::fresh_element(ElementSet allowed) {
  ElementVariable variable;
  variable.allowed = allowed;
  elements_.push_back(variable);
  return Element{ElementType::kBool, static_cast<int32_t>(elements_.size() - 1)};
}

Dim Inference::fresh_dim(bool run_time_checked) {
  dims_.push_back({std::nullopt, run_time_checked});
  return Dim::variable(static_cast<uint32_t>(dims_.size() - 1));
}

const Type* Inference::literal(bool is_float) {
  Element element = fresh_element(is_float ? kFloatElements : kNumericElements);
  elements_.back().literal = true;
  return types_.tensor(element, {});
}

void Inference::restore(const Inference& before) {
  std::copy(before.type_values_.begin(), before.type_values_.end(), type_values_.begin());
  std::copy(before.elements_.begin(), before.elements_.end(), elements_.begin());
  std::copy(before.dims_.begin(), before.dims_.end(), dims_.begin());
}

const Type* Inference::resolve(const Type* type) {
  while (type->is_variable() && type_values_[type->variable()] != nullptr) {
    type = type_values_[type->variable()];
  }
  return type;
}

bool Inference::occurs(uint32_t variable, const Type* type) {
  type = resolve(type);
  if (!type->has_variables()) return false;
  switch (type->kind()) {
    case TypeKind::kVariable:
      return type->variable() == variable;
    case TypeKind::kSequence:
    case TypeKind::kFederated:
      return occurs(variable, type->member());
    case TypeKind::kStruct:
      return std::any_of(type->fields().begin(), type->fields().end(),
                         [&](const Field& field) { return occurs(variable, field.type); });
    default:
      return false;
  }
}

std::optional<Mismatch> Inference::bind(const Type* variable, const Type* type) {
  if (occurs(variable->variable(), type)) {
    return Mismatch{Mismatch::Kind::kInfinite, "", variable, type, -1, ""};
  }
  type_values_[variable->variable()] = type;
  return std::nullopt;
}

int32_t Inference::root(int32_t variable) {
  while (elements_[variable].parent >= 0) {
    int32_t parent = elements_[variable].parent;
    if (elements_[parent].parent >= 0) elements_[variable].parent = elements_[parent].parent;
    variable = parent;
  }
  return variable;
}

Element Inference::substitute(Element element) {
  if (!element.is_variable()) return element;
  int32_t top = root(element.variable);
  if (elements_[top].value) return Element{*elements_[top].value, -1};
  return Element{ElementType::kBool, top};
}

ElementSet Inference::allowed(Element element) {
  element = substitute(element);
  return element.is_variable() ? elements_[element.variable].allowed : element_bit(element.type);
}

bool Inference::restrict(Element element, ElementSet allowed) {
  element = substitute(element);
  if (!element.is_variable()) return (allowed & element_bit(element.type)) != 0;
  ElementVariable& variable = elements_[element.variable];
  if ((variable.allowed & allowed) == 0) return false;
  variable.allowed &= allowed;
  return true;
}

bool Inference::unify_elements(Element a, Element b) {
  a = substitute(a);
  b = substitute(b);
  if (!a.is_variable() && !b.is_variable()) return a.type == b.type;
  if (!a.is_variable()) std::swap(a, b);
  ElementVariable& variable = elements_[a.variable];
  if (!b.is_variable()) {
    if ((variable.allowed & element_bit(b.type)) == 0) return false;
    variable.value = b.type;
    return true;
  }
  if (a.variable == b.variable) return true;
  ElementVariable& other = elements_[b.variable];
  if ((variable.allowed & other.allowed) == 0) return false;
  other.allowed &= variable.allowed;
  other.literal |= variable.literal;
  variable.parent = b.variable;
  return true;
}

Dim Inference::substitute(Dim dim) {
  while (dim.is_variable() && dims_[dim.id()].value) dim = *dims_[dim.id()].value;
  return dim;
}

std::optional<Mismatch::Kind> Inference::assign_dim(Dim from, Dim to) {
  from = substitute(from);
  while (to.is_variable() && dims_[to.id()].value && dims_[to.id()].value->is_variable()) {
    to = *dims_[to.id()].value;
  }
  if (from == to) return std::nullopt;
  if (!to.is_variable()) {
    // `from` is open: it takes what is wanted.
    if (!from.is_variable()) return fedc::assign_dim(from, to);
    dims_[from.id()].value = to;
    return std::nullopt;
  }
  DimVariable& variable = dims_[to.id()];
  if (!variable.value) {
    variable.value = from;
    return std::nullopt;
  }
  if (from.is_variable()) {
    dims_[from.id()].value = *variable.value;
    return std::nullopt;
  }
  Dim known = *variable.value;
  if (known == from) return std::nullopt;
  if (variable.run_time_checked) {
    if (known.is_fixed() && from.is_fixed()) return Mismatch::Kind::kDim;
    const Dim& fixed = known.is_fixed() ? known : from;
    const Dim& open = known.is_fixed() ? from : known;
    if (fixed.is_fixed()) {
      if (open.has_bound() && open.bound() < fixed.size()) return Mismatch::Kind::kDim;
      variable.value = fixed;
    } else if (!known.has_bound() || (from.has_bound() && from.bound() < known.bound())) {
      variable.value = from;
    }
    return std::nullopt;
  }
  if (!fedc::assign_dim(from, known)) return std::nullopt;
  // An earlier argument said more than this one: forget it.
  if (!fedc::assign_dim(known, from)) {
    variable.value = from;
    return std::nullopt;
  }
  return Mismatch::Kind::kDim;
}

ElementType Inference::default_of(ElementSet allowed) {
  for (ElementType element :
       {ElementType::kInt32, ElementType::kFloat32, ElementType::kInt64, ElementType::kFloat64}) {
    if (allowed & element_bit(element)) return element;
  }
  for (int i = 0; i < kNumElementTypes; ++i) {
    if (allowed & (ElementSet{1} << i)) return static_cast<ElementType>(i);
  }
  return ElementType::kInt32;
}

void Inference::default_literals(size_t mark) {
  for (size_t i = mark; i < elements_.size(); ++i) {
    if (elements_[i].parent >= 0 || elements_[i].value) continue;
    // A parameter of a generic that nothing determines stays open, to be reported.
    if (elements_[i].literal) elements_[i].value = default_of(elements_[i].allowed);
  }
}

Element Inference::rewrite(Element element, bool defaults) {
  element = substitute(element);
  if (!element.is_variable() || !defaults || !elements_[element.variable].literal) return element;
  return Element{default_of(elements_[element.variable].allowed), -1};
}

const Type* Inference::rewrite(const Type* type, bool defaults) {
  type = resolve(type);
  if (!type->has_variables()) return type;
  switch (type->kind()) {
    case TypeKind::kTensor: {
      std::vector<Dim> dims;
      for (Dim dim : type->dims()) dims.push_back(substitute(dim));
      return types_.tensor(rewrite(type->element_or_variable(), defaults), std::move(dims));
    }
    case TypeKind::kSequence:
      return types_.sequence(rewrite(type->member(), defaults));
    case TypeKind::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type->fields()) {
        fields.push_back({field.name, rewrite(field.type, defaults)});
      }
      return types_.structure(std::move(fields));
    }
    case TypeKind::kFunction:
      return types_.function(
          type->parameter() == nullptr ? nullptr : rewrite(type->parameter(), defaults),
          rewrite(type->result(), defaults));
    case TypeKind::kFederated:
      return types_.federated(rewrite(type->member(), defaults), type->placement(),
                              type->all_equal());
    case TypeKind::kVariable:
    case TypeKind::kError:
      return type;
  }
  return type;
}

const Type* Inference::substitute(const Type* type) { return rewrite(type, false); }
const Type* Inference::with_defaults(const Type* type) { return rewrite(type, true); }

}  // namespace fedc::checking
