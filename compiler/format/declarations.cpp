#include "compiler/format/formatter.h"

namespace fedc::formatting {

using ast::as;
using ast::DeclKind;

const Doc* Formatter::declaration(const ast::Decl& decl) {
  const Doc* space = docs_.text(" ");
  switch (decl.kind) {
    case DeclKind::Import: {
      Parts parts = {take(Kind::KwImport), space, take(Kind::String), space};
      parts.insert(parts.end(), {take(Kind::KwAs), space});
      parts.push_back(take_any());
      parts.push_back(take(Kind::Semicolon));
      return docs_.concat(std::move(parts));
    }
    case DeclKind::Type: {
      Parts parts = {take(Kind::KwType), space, take_any()};
      if (at(Kind::Less)) parts.push_back(generics(as<ast::TypeDecl>(&decl)->generics));
      parts.insert(parts.end(), {space, take(Kind::Equals), space});
      parts.push_back(type(*as<ast::TypeDecl>(&decl)->type));
      parts.push_back(take(Kind::Semicolon));
      return docs_.concat(std::move(parts));
    }
    case DeclKind::Constant:
      return constant(*as<ast::ConstantDecl>(&decl));
    case DeclKind::Function:
      return function(*as<ast::FunctionDecl>(&decl));
    case DeclKind::Process:
      return process(*as<ast::ProcessDecl>(&decl));
    case DeclKind::Limit: {
      Parts parts = {take_any()};
      for (size_t i = 0; i < as<ast::LimitDecl>(&decl)->items.size(); ++i) {
        if (i > 0) parts.push_back(take(Kind::Comma));
        parts.insert(parts.end(), {space, path()});
        parts.insert(parts.end(), {space, take(Kind::LessEqual)});
        parts.insert(parts.end(), {space, take(Kind::Number)});
      }
      parts.push_back(take(Kind::Semicolon));
      return docs_.concat(std::move(parts));
    }
    case DeclKind::Require: {
      Parts parts = {take_any(), space, path(), take(Kind::Colon)};
      const auto& items = as<ast::RequireDecl>(&decl)->items;
      for (size_t i = 0; i < items.size(); ++i) {
        if (i > 0) parts.push_back(take(Kind::Comma));
        parts.insert(parts.end(), {space, path()});
        parts.insert(parts.end(), {space, take_any(), space});
        parts.push_back(items[i].bound != nullptr ? expr(*items[i].bound) : path());
      }
      parts.push_back(take(Kind::Semicolon));
      return docs_.concat(std::move(parts));
    }
  }
  return docs_.none();
}

const Doc* Formatter::constant(const ast::ConstantDecl& decl) {
  const Doc* space = docs_.text(" ");
  Parts parts = {take_any(), space, take_any()};
  if (decl.type != nullptr) {
    parts.insert(parts.end(), {take(Kind::Colon), space});
    parts.push_back(type(*decl.type));
  }
  if (decl.min != nullptr) {
    parts.insert(parts.end(), {space, take(Kind::KwIn), space, take(Kind::LeftBracket)});
    parts.push_back(expr(*decl.min));
    parts.insert(parts.end(), {take(Kind::Comma), space});
    parts.push_back(expr(*decl.max));
    parts.push_back(take(Kind::RightBracket));
  }
  parts.insert(parts.end(), {space, take(Kind::Equals), space});
  parts.push_back(expr(*decl.value));
  parts.push_back(take(Kind::Semicolon));
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::function(const ast::FunctionDecl& decl) {
  using ast::FunctionKind;
  const Doc* space = docs_.text(" ");
  Parts head;
  if (decl.exported) head = {take(Kind::KwExport), space};
  if (decl.function_kind != FunctionKind::ProcessMember) {
    head.insert(head.end(), {take_any(), space});
  }
  head.push_back(take_any());
  if (at(Kind::Less)) head.push_back(generics(decl.generics));
  head.push_back(signature(decl));
  if (decl.body == nullptr) {
    head.push_back(take(Kind::Semicolon));
  } else {
    head.push_back(space);
    head.push_back(block(*decl.body));
  }
  return docs_.concat(std::move(head));
}

const Doc* Formatter::generics(const std::vector<ast::GenericParameter>& generics) {
  return list({.close = Kind::Greater, .count = generics.size(), .item = [&](size_t i) {
                 const Doc* name = take_any();
                 if (generics[i].constraint == nullptr) return name;
                 const Doc* colon = take(Kind::Colon);
                 return docs_.concat({name, colon, docs_.text(" "), type(*generics[i].constraint)});
               }});
}

// In one line; with the result in a line of its own; or with a line for each parameter.
const Doc* Formatter::signature(const ast::FunctionDecl& decl) {
  Doc* choice = open_group();
  const Doc* parameters =
      list({.close = Kind::RightParen, .count = decl.parameters.size(), .item = [&](size_t i) {
              return parameter(decl.parameters[i]);
            }});
  const bool commented = choice->broken || comment_here();
  const Doc* arrow = take(Kind::Arrow);
  const Doc* space = docs_.text(" ");
  const Doc* result = docs_.concat({arrow, space, type(*decl.result)});
  const Doc* one_line = docs_.concat({parameters, space, result});
  if (commented || decl.parameters.empty()) return close_group(one_line);
  const Doc* two_lines =
      docs_.concat({parameters, docs_.indent(4, docs_.concat({docs_.hard_line(), result}))});
  Doc* tall = docs_.make(Doc::Kind::Group);
  tall->broken = true;
  tall->parts = parameters->parts;
  choice->kind = Doc::Kind::Choice;
  choice->parts = {one_line, two_lines};
  return close_group(docs_.concat({tall, space, result}));
}

const Doc* Formatter::parameter(const ast::Parameter& parameter) {
  const Doc* space = docs_.text(" ");
  Parts parts = {take_any()};
  if (parameter.optional) parts.push_back(take(Kind::Question));
  if (parameter.type == nullptr) return docs_.concat(std::move(parts));
  parts.insert(parts.end(), {take(Kind::Colon), space});
  if (parameter.is_static) parts.insert(parts.end(), {take_any(), space});
  parts.push_back(type(*parameter.type));
  if (parameter.from_host) {
    parts.insert(parts.end(), {space, take_any()});
    parts.insert(parts.end(), {space, take_any()});
  }
  if (parameter.value != nullptr) {
    parts.insert(parts.end(), {space, take(Kind::Equals), space});
    parts.push_back(expr(*parameter.value));
  }
  return docs_.concat(std::move(parts));
}

const Doc* Formatter::process(const ast::ProcessDecl& decl) {
  const Doc* space = docs_.text(" ");
  Parts parts = {take(Kind::KwProcess), space, take_any(), space, take(Kind::LeftBrace)};
  Parts members;
  for (const ast::ProcessDecl::Member& member : decl.members) {
    members.push_back(docs_.hard_line());
    members.push_back(blank());
    members.push_back(take_comments());
    members.push_back(function(*member.function));
  }
  members.push_back(last_comments());
  parts.push_back(docs_.indent(2, docs_.concat(std::move(members))));
  parts.push_back(docs_.hard_line());
  parts.push_back(take(Kind::RightBrace));
  return docs_.concat(std::move(parts));
}

}  // namespace fedc::formatting
