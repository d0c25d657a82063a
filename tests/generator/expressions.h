// Random expressions of a wanted type over the values in scope.
#ifndef FEDC_TESTS_GENERATOR_EXPRESSIONS_H_
#define FEDC_TESTS_GENERATOR_EXPRESSIONS_H_

#include <string>
#include <vector>

#include "tests/generator/generate.h"

namespace fedc::generator {

// A value that can be named: a variable, or a field somewhere inside it.
struct Named {
  NodePtr node;
  TyPtr type;
};

// What all expressions of a file share.
struct Context {
  Random& random;
  const Style& style;
  File& file;
  int next_name = 0;
  // Of a file with layers: the sizes that its tensors have, and the type of their elements.
  std::vector<int64_t> sizes;
  ElementType number = ElementType::kFloat32;

  std::string fresh(const std::string& prefix) { return prefix + std::to_string(next_name++); }
};

// Random types.
ElementType any_element(Context& context);
ElementType float_element(Context& context);
TyPtr any_tensor(Context& context);
TyPtr any_type(Context& context, int depth);  // tensors and structs of them
// The 16-bit floats are for storage: compiled code has no arithmetic on them.
bool computes_with(ElementType element);
bool is_number(const Ty& type);  // that is computed with, every leaf
bool is_float(const Ty& type);   // likewise

class Expressions {
 public:
  Expressions(Context& context, std::vector<Parameter> scope)
      : context_(context), random_(context.random), scope_(std::move(scope)) {}

  // A block: some `let`s and an expression of type `type`.
  NodePtr block(const TyPtr& type, int depth);
  // An expression of type `type`, of no more than about 2^depth nodes.
  NodePtr expression(const TyPtr& type, int depth);
  // Some type that is interesting given what is in scope. Of tensors, and seldom of keys.
  TyPtr wanted_type();
  // A literal of a function type.
  NodePtr function_literal(const TyPtr& type, int depth);
  TyPtr some_function_type(const TyPtr& result);
  // The type with some dimensions forgotten, if it is a tensor.
  TyPtr forgetful(const TyPtr& type);
  // From here on nothing is made that has no derivative.
  void differentiate() { differentiated_ = 1; }

 private:
  // All that is in scope: variables and their fields.
  std::vector<Named> named() const;
  std::vector<Named> named(const TyPtr& type) const;

  NodePtr simple(const TyPtr& type);    // a variable or a constant
  NodePtr derived(const TyPtr& type);   // from a value of another type; may be null
  NodePtr constant(const TyPtr& type);  // always possible but for unknown dimensions
  NodePtr literal(ElementType element);
  NodePtr whole(const TyPtr& type, int depth);  // productions for any type; may be null
  NodePtr structure(const TyPtr& type, int depth);
  NodePtr tensor(const TyPtr& type, int depth);
  NodePtr arithmetic(const TyPtr& type, int depth);
  NodePtr unary(const TyPtr& type, int depth);
  NodePtr boolean(const TyPtr& type, int depth);
  NodePtr shaped(const TyPtr& type, int depth);
  NodePtr placed(const TyPtr& type, int depth);   // from computed places
  NodePtr ordered(const TyPtr& type, int depth);  // along one dimension
  NodePtr indices(const std::vector<Dim>& dims, int64_t size, int depth);
  NodePtr reduction(const TyPtr& type, int depth);
  NodePtr product(const TyPtr& type, int depth);
  NodePtr windowed(const TyPtr& type, int depth);
  NodePtr iteration(const TyPtr& type, int depth);
  NodePtr conditional_loop(const TyPtr& type, int depth);
  NodePtr chosen(const TyPtr& type, int depth);
  NodePtr conversion(const TyPtr& type, int depth);
  NodePtr storage(const TyPtr& type, int depth);  // moves elements, computes nothing
  NodePtr sequence_fold(const TyPtr& type, int depth);

  // Types that say less than they might.
  NodePtr fitting(const TyPtr& type, int depth);
  NodePtr forgotten(const TyPtr& type, int depth);
  // A number of what is left of a tensor of unknown size after some steps.
  NodePtr open_loop(const TyPtr& type, int depth);
  NodePtr met(const TyPtr& type);

  // Functions as values.
  NodePtr functions_bound(const TyPtr& type, int depth);
  NodePtr applied(const TyPtr& type, int depth);
  NodePtr combined(const TyPtr& type, int depth);
  NodePtr call(const TyPtr& type, int depth);

  // What is drawn from keys.
  bool has_keys() const;
  NodePtr key(const TyPtr& type, int depth);
  NodePtr drawn(const TyPtr& type, int depth);

  // Gradients. Within `order` of them, at most two, only what has derivatives is made: reductions
  // of sequences have a bound, and from the second on all dimensions are known.
  NodePtr gradient(const TyPtr& type, int depth);
  NodePtr literal_gradient(const TyPtr& type, int depth);
  NodePtr pooled_curvature(const TyPtr& type, int depth);
  NodePtr custom_gradient(const TyPtr& type, int depth);
  NodePtr differentiable(const Parameter& by, const TyPtr& result, int order, int depth);
  TyPtr gradient_type();
  // With nothing in scope but this and the file's params.
  Expressions apart(std::vector<Parameter> scope, int differentiated) const;

  // Layers (layer_expressions.cpp): values that are bound one after the other, each made of those
  // before it, and what is made of them in the end.
  NodePtr layers(const TyPtr& type, int depth);
  friend class LayerValues;
  friend class Layers;

  // A sequence in scope, through random stages; its element's type in `element`.
  NodePtr stages(TyPtr* element, int depth);
  // A shape that broadcasts to that of `type`.
  TyPtr broadcastable(const TyPtr& type);

  Context& context_;
  Random& random_;
  std::vector<Parameter> scope_;
  int differentiated_ = 0;
};

// What stands behind a literal of this type: "f32".
std::string suffix(ElementType element);
TyPtr with_element(const TyPtr& type, ElementType element);
std::string list(const std::vector<int>& values);  // "(1, 2)"
NodePtr call_of(const Function& function, std::vector<NodePtr> arguments);

}  // namespace fedc::generator

#endif  // FEDC_TESTS_GENERATOR_EXPRESSIONS_H_
