#include "compiler/format/formatter.h"

namespace fedc::formatting {

using ast::as;
using ast::TypeKind;

const Doc* Formatter::type(const ast::TypeExpr& t) {
  switch (t.kind) {
    case TypeKind::Error:
      ok_ = false;
      return docs_.none();
    case TypeKind::Named: {
      const Doc* name = path();
      const auto& named = *as<ast::NamedType>(&t);
      if (named.arguments.empty()) return name;
      return docs_.concat({name, type_arguments(named.arguments)});
    }
    case TypeKind::Tensor: {
      const auto& dims = as<ast::TensorType>(&t)->dims;
      const Doc* element = type(*as<ast::TensorType>(&t)->element);
      return docs_.concat({element, list({.close = Kind::RightBracket,
                                          .count = dims.size(),
                                          .item = [&](size_t i) { return dim(dims[i]); },
                                          .space = false,
                                          .breakable = false})});
    }
    case TypeKind::Sequence: {
      const Doc* element = type(*as<ast::SequenceType>(&t)->element);
      return docs_.concat({element, take(Kind::Star)});
    }
    case TypeKind::Struct: {
      const auto& fields = as<ast::StructType>(&t)->fields;
      const bool named = !fields.empty() && fields.back().name.has_value();
      return list({.close = Kind::Greater,
                   .count = fields.size(),
                   .item =
                       [&](size_t i) {
                         if (!fields[i].name) return type(*fields[i].type);
                         const Doc* name = take_any();
                         const Doc* equals = take(Kind::Equals);
                         return docs_.concat({name, equals, type(*fields[i].type)});
                       },
                   .space = named});
    }
    case TypeKind::Function: {
      const auto& function = *as<ast::FunctionType>(&t);
      Parts parts = {take(Kind::LeftParen)};
      if (function.parameter != nullptr) parts.push_back(type(*function.parameter));
      parts.push_back(docs_.text(" "));
      parts.push_back(take(Kind::Arrow));
      parts.push_back(docs_.text(" "));
      parts.push_back(type(*function.result));
      parts.push_back(take(Kind::RightParen));
      return docs_.concat(std::move(parts));
    }
    case TypeKind::Placed: {
      const auto& placed = *as<ast::PlacedType>(&t);
      Parts parts;
      if (placed.per_member) parts.push_back(take(Kind::LeftBrace));
      parts.push_back(type(*placed.member));
      if (placed.per_member) parts.push_back(take(Kind::RightBrace));
      parts.push_back(take(Kind::At));
      parts.push_back(take_any());
      return docs_.concat(std::move(parts));
    }
  }
  return docs_.none();
}

const Doc* Formatter::dim(const ast::Dim& dim) {
  Parts parts;
  if (dim.unknown) parts.push_back(take(Kind::Question));
  if (dim.unknown && dim.value != nullptr) parts.push_back(take(Kind::LessEqual));
  if (dim.value != nullptr) parts.push_back(expr(*dim.value));
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::type_arguments(const std::vector<ast::TypeArgument>& arguments) {
  return list({.close = Kind::Greater,
               .count = arguments.size(),
               .item =
                   [&](size_t i) {
                     return arguments[i].type != nullptr ? type(*arguments[i].type)
                                                         : expr(*arguments[i].dim);
                   },
               .space = false,
               .breakable = false});
}

// `a.b.c`
const Doc* Formatter::path() {
  Parts parts = {take_any()};
  while (at(Kind::Dot) && ok_) {
    parts.push_back(take_any());
    parts.push_back(take_any());
  }
  return docs_.concat(std::move(parts));
}

}  // namespace fedc::formatting
