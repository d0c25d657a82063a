// From a syntax tree and its tokens to a document. Functions take the tokens in their order: each
// one says what it expects, and nothing of the file is lost.
#ifndef FEDC_FORMAT_FORMATTER_H_
#define FEDC_FORMAT_FORMATTER_H_

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/format/doc.h"
#include "compiler/format/trivia.h"

namespace fedc::formatting {

class Formatter {
 public:
  explicit Formatter(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  // The documents live as long as the formatter.
  const Doc* module(const ast::Module& module);
  // False: the tokens were not those of the tree.
  bool ok() const { return ok_; }

 private:
  using Kind = lex::TokenKind;
  using Parts = std::vector<const Doc*>;

  // ---- Tokens (formatter.cpp)
  const Piece& next() const { return pieces_[at_]; }
  bool at(Kind kind) const { return next().kind == kind; }
  // The next token, with the comments before it and behind it.
  const Doc* take(Kind kind);
  const Doc* take_any() { return take(next().kind); }
  const Doc* take_greater();  // of types: `>`, or the first half of `>=`
  // The next token's comments; take() will not give them again.
  const Doc* take_comments();
  // Before what starts a line: the empty line that the file has there.
  const Doc* blank();
  // Those behind the last item, before what closes a body or the file.
  const Doc* last_comments();
  // Whether a comment stands between the last token and the next one.
  bool comment_here() const;
  // A comma, unless it stands behind the last of several and says nothing.
  const Doc* trailing_comma(size_t count);

  // ---- Groups
  Doc* open_group();
  const Doc* close_group(const Doc* inner);
  const Doc* group(const std::function<const Doc*()>& inner);
  // What is open is on several lines, up to the groups that start with the next token.
  void break_groups();

  // ---- Lists
  struct List {
    Kind close;
    size_t count;
    std::function<const Doc*(size_t)> item;
    bool space = true;      // behind commas on one line
    bool hanging = false;   // items start behind the bracket
    size_t hug = kNoHug;    // this item may span lines by itself
    bool breakable = true;  // else it is broken only by comments
    static constexpr size_t kNoHug = static_cast<size_t>(-1);
  };
  // From the opening bracket to the closing one.
  const Doc* list(const List& list);

  // ---- Declarations (declarations.cpp)
  const Doc* declaration(const ast::Decl& decl);
  const Doc* constant(const ast::ConstantDecl& decl);
  const Doc* function(const ast::FunctionDecl& decl);
  const Doc* generics(const std::vector<ast::GenericParameter>& generics);
  const Doc* signature(const ast::FunctionDecl& decl);
  const Doc* process(const ast::ProcessDecl& decl);
  const Doc* parameter(const ast::Parameter& parameter);
  const Doc* path();

  // ---- Expressions (expressions.cpp)
  const Doc* expr(const ast::Expr& e, bool starts_line = false);
  const Doc* bare_expr(const ast::Expr& e, bool starts_line);
  const Doc* binary(const ast::Binary& chain, int indent);
  const Doc* argument(const ast::Argument& argument);
  const Doc* arguments(const std::vector<ast::Argument>& arguments);
  const Doc* struct_value(const ast::Struct& value, bool starts_line);
  const Doc* match(const ast::Match& node);
  const Doc* if_chain(const ast::If& node);
  const Doc* lambda(const ast::Lambda& lambda);
  const Doc* block(const ast::Block& block);
  const Doc* block_in_group(const ast::Block& block);
  const Doc* let(const ast::Let& let);
  const Doc* pattern(const ast::Pattern& p);

  // ---- Types (types.cpp)
  const Doc* type(const ast::TypeExpr& t);
  const Doc* dim(const ast::Dim& dim);
  const Doc* type_arguments(const std::vector<ast::TypeArgument>& arguments);

  struct Open {
    Doc* group;
    size_t first;  // its first token
  };

  std::vector<Piece> pieces_;
  size_t at_ = 0;
  bool ok_ = true;
  std::vector<Open> open_;
  Docs docs_;
};

}  // namespace fedc::formatting

#endif  // FEDC_FORMAT_FORMATTER_H_
