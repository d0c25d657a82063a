#include "compiler/format/formatter.h"

namespace fedc::formatting {

using ast::as;
using ast::ExprKind;

namespace {

// How far what continues a statement is indented.
constexpr int kContinuation = 4;

// Whether the argument of a call may span lines while the call itself stays where it is.
bool has_body(const ast::Expr& e) {
  if (e.kind == ExprKind::Lambda || e.kind == ExprKind::If || e.kind == ExprKind::Match)
    return true;
  const auto* call = as<ast::Call>(&e);
  if (call == nullptr) return false;
  for (const ast::Argument& argument : call->arguments) {
    if (argument.value->kind == ExprKind::Lambda) return true;
    if (call->arguments.size() == 1 && has_body(*argument.value)) return true;
  }
  return false;
}

// The one argument of a call that may do so, if there is exactly one.
size_t hugged(const std::vector<ast::Argument>& arguments) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  if (arguments.size() == 1 && has_body(*arguments[0].value)) return 0;
  size_t found = kNone;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].value->kind != ExprKind::Lambda) continue;
    if (found != kNone) return kNone;
    found = i;
  }
  return found;
}

}  // namespace

// With the parentheses around it, of which the tree knows nothing.
const Doc* Formatter::expr(const ast::Expr& e, bool starts_line) {
  if (next().offset >= e.range.begin.offset) return bare_expr(e, starts_line);
  return group([&] {
    const Doc* open = take(Kind::LeftParen);
    const Doc* inner = ok_ ? expr(e) : docs_.none();
    const Doc* comments = take_comments();
    return docs_.concat(
        {open, docs_.indent(2, docs_.concat({inner, comments})), take(Kind::RightParen)});
  });
}

const Doc* Formatter::bare_expr(const ast::Expr& e, bool starts_line) {
  if (!ok_) return docs_.none();
  switch (e.kind) {
    case ExprKind::Error:
      ok_ = false;
      return docs_.none();
    case ExprKind::Number: {
      if (!at(Kind::Minus)) return take(Kind::Number);
      const Doc* minus = take(Kind::Minus);
      return docs_.concat({minus, take(Kind::Number)});
    }
    case ExprKind::Bool:
    case ExprKind::String:
    case ExprKind::NameRef:
    case ExprKind::PlacementRef:
      return take_any();
    case ExprKind::Struct:
      return struct_value(*as<ast::Struct>(&e), starts_line);
    case ExprKind::Field:
    case ExprKind::Index: {
      const auto* field = as<ast::Field>(&e);
      const ast::Expr& of = field != nullptr ? *field->base : *as<ast::Index>(&e)->base;
      const Doc* base = expr(of);
      // `1 .0` is no value, but it is not 1.0 either.
      if (of.kind == ExprKind::Number) base = docs_.concat({base, docs_.text(" ")});
      const Doc* dot = take(Kind::Dot);
      return docs_.concat({base, dot, take_any()});
    }
    case ExprKind::TypeApply: {
      const Doc* function = expr(*as<ast::TypeApply>(&e)->function);
      return docs_.concat({function, type_arguments(as<ast::TypeApply>(&e)->arguments)});
    }
    case ExprKind::Call: {
      const Doc* callee = expr(*as<ast::Call>(&e)->callee);
      return docs_.concat({callee, arguments(as<ast::Call>(&e)->arguments)});
    }
    case ExprKind::Unary: {
      const Doc* op = take_any();
      return docs_.concat({op, expr(*as<ast::Unary>(&e)->operand)});
    }
    case ExprKind::Binary:
      return binary(*as<ast::Binary>(&e), kContinuation);
    case ExprKind::If:
      return group([&] {
        open_.back().group->body = true;
        return if_chain(*as<ast::If>(&e));
      });
    case ExprKind::Match:
      return match(*as<ast::Match>(&e));
    case ExprKind::Lambda:
      return lambda(*as<ast::Lambda>(&e));
    case ExprKind::Block:
      return block(*as<ast::Block>(&e));
  }
  return docs_.none();
}

const Doc* Formatter::binary(const ast::Binary& chain, int indent) {
  return group([&] {
    const Doc* first = expr(*chain.first);
    Parts rest;
    for (const ast::Binary::Link& link : chain.rest) {
      rest.push_back(docs_.text(" "));
      rest.push_back(take_any());
      rest.push_back(docs_.line());
      rest.push_back(expr(*link.operand));
    }
    return docs_.concat({first, docs_.indent(indent, docs_.concat(std::move(rest)))});
  });
}

const Doc* Formatter::argument(const ast::Argument& argument) {
  if (!argument.name) return expr(*argument.value);
  const Doc* name = take_any();
  const Doc* equals = take(Kind::Equals);
  return docs_.concat({name, equals, expr(*argument.value)});
}

const Doc* Formatter::arguments(const std::vector<ast::Argument>& arguments) {
  return list({.close = Kind::RightParen,
               .count = arguments.size(),
               .item = [&](size_t i) { return argument(arguments[i]); },
               .hug = hugged(arguments)});
}

const Doc* Formatter::struct_value(const ast::Struct& value, bool starts_line) {
  const size_t before = value.base != nullptr ? 1 : 0;
  return list({.close = Kind::RightParen,
               .count = value.fields.size() + before,
               .item =
                   [&](size_t i) {
                     if (i >= before) return argument(value.fields[i - before]);
                     const Doc* dots = take(Kind::DotDot);
                     return docs_.concat({dots, expr(*value.base)});
                   },
               .hanging = starts_line});
}

// On several lines if it is so in the file.
const Doc* Formatter::match(const ast::Match& node) {
  return group([&] {
    open_.back().group->body = true;
    Parts parts = {take(Kind::KwMatch), docs_.text(" "), expr(*node.subject), docs_.text(" "),
                   take(Kind::LeftBrace)};
    if (next().first_on_line) break_groups();
    Parts arms;
    for (const ast::Match::Arm& arm : node.arms) {
      arms.push_back(docs_.line());
      arms.push_back(blank());
      arms.push_back(take_comments());
      arms.push_back(arm.constant != nullptr ? expr(*arm.constant) : take_any());
      arms.insert(arms.end(), {docs_.text(" "), take(Kind::FatArrow), docs_.text(" ")});
      arms.push_back(expr(*arm.value));
      if (at(Kind::Comma)) arms.push_back(take(Kind::Comma));
    }
    arms.push_back(last_comments());
    parts.push_back(docs_.indent(2, docs_.concat(std::move(arms))));
    parts.push_back(docs_.line());
    parts.push_back(take(Kind::RightBrace));
    return docs_.concat(std::move(parts));
  });
}

// Its blocks are on one line all, or none.
const Doc* Formatter::if_chain(const ast::If& node) {
  const Doc* word = take(Kind::KwIf);
  const Doc* condition = expr(*node.condition);
  const Doc* then = block_in_group(*node.then);
  const Doc* other = take(Kind::KwElse);
  const auto* chained = as<ast::If>(node.otherwise);
  const auto* last = as<ast::Block>(node.otherwise);
  if (chained == nullptr && last == nullptr) ok_ = false;
  if (!ok_) return docs_.none();
  const Doc* space = docs_.text(" ");
  return docs_.concat({word, space, condition, space, then, space, other, space,
                       chained != nullptr ? if_chain(*chained) : block_in_group(*last)});
}

const Doc* Formatter::lambda(const ast::Lambda& lambda) {
  Parts parts = {take(Kind::KwFn)};
  parts.push_back(list({.close = Kind::RightParen,
                        .count = lambda.parameters.size(),
                        .item = [&](size_t i) { return parameter(lambda.parameters[i]); },
                        .breakable = false}));
  if (lambda.result != nullptr) {
    parts.push_back(docs_.text(" "));
    parts.push_back(take(Kind::Arrow));
    parts.push_back(docs_.text(" "));
    parts.push_back(type(*lambda.result));
  }
  parts.push_back(docs_.text(" "));
  parts.push_back(block(*lambda.body));
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::block(const ast::Block& block) {
  return group([&] {
    open_.back().group->body = true;
    return block_in_group(block);
  });
}

// On several lines if it is so in the file or has a `let`, or else if the group is.
const Doc* Formatter::block_in_group(const ast::Block& block) {
  const Doc* open = take(Kind::LeftBrace);
  if (next().first_on_line || !block.lets.empty()) break_groups();
  Parts parts;
  for (const ast::Let& binding : block.lets) {
    parts.push_back(docs_.line());
    parts.push_back(blank());
    parts.push_back(take_comments());
    parts.push_back(let(binding));
  }
  parts.push_back(docs_.line());
  parts.push_back(blank());
  parts.push_back(take_comments());
  parts.push_back(expr(*block.value, /*starts_line=*/true));
  parts.push_back(last_comments());
  const Doc* inner = docs_.indent(2, docs_.concat(std::move(parts)));
  return docs_.concat({open, inner, docs_.line(), take(Kind::RightBrace)});
}

const Doc* Formatter::let(const ast::Let& let) {
  Parts parts = {take(Kind::KwLet), docs_.text(" "), pattern(*let.pattern)};
  if (let.type != nullptr) {
    parts.push_back(take(Kind::Colon));
    parts.push_back(docs_.text(" "));
    parts.push_back(type(*let.type));
  }
  parts.push_back(docs_.text(" "));
  parts.push_back(take(Kind::Equals));
  const auto* chain = as<ast::Binary>(let.value);
  const bool bare = next().offset >= let.value->range.begin.offset;
  if (chain != nullptr && bare) {
    const Doc* value =
        group([&] { return docs_.concat({docs_.line(), take_comments(), binary(*chain, 0)}); });
    parts.push_back(docs_.indent(kContinuation, value));
  } else {
    parts.push_back(docs_.text(" "));
    parts.push_back(docs_.indent(comment_here() ? kContinuation : 0, expr(*let.value)));
  }
  parts.push_back(take(Kind::Semicolon));
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::pattern(const ast::Pattern& p) {
  const auto* fields = as<ast::StructPattern>(&p);
  if (next().offset < p.range.begin.offset) {  // parentheses around one name
    const Doc* open = take(Kind::LeftParen);
    const Doc* inner = ok_ ? pattern(p) : docs_.none();
    return docs_.concat({open, inner, take(Kind::RightParen)});
  }
  if (fields == nullptr) return take_any();
  return list({.close = Kind::RightParen, .count = fields->fields.size(), .item = [&](size_t i) {
                 const auto& field = fields->fields[i];
                 if (!field.name) return pattern(*field.pattern);
                 const Doc* name = take_any();
                 const Doc* equals = take(Kind::Equals);
                 return docs_.concat({name, equals, pattern(*field.pattern)});
               }});
}

}  // namespace fedc::formatting
