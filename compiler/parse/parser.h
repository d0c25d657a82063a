// The parser's insides: recursive descent over balanced tokens, one file a part of the grammar.
#ifndef FEDC_PARSE_PARSER_H_
#define FEDC_PARSE_PARSER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/ast.h"
#include "compiler/lex/lex.h"
#include "compiler/lex/literals.h"
#include "compiler/parse/parse.h"

namespace fedc {

class Parser {
 public:
  Parser(const SourceManager& sources, FileId file, DiagnosticEngine& diagnostics,
         ParseOptions options);
  std::unique_ptr<ast::Module> parse_module();

 private:
  using Kind = lex::TokenKind;

  // ---- Tokens (parser.cpp)
  const lex::Token& peek(size_t ahead = 0) const;
  const lex::Token& previous() const;
  bool at(Kind kind) const { return peek().kind == kind; }
  // An identifier of this spelling: a word that is special in one place only.
  bool at_word(std::string_view word) const;
  std::string_view text(const lex::Token& token) const;
  // The token as messages call it: `x`, `let`, "the end of the file".
  std::string described(const lex::Token& token) const;
  // Goes to the next token; reports brackets that close nothing on the way.
  lex::Token advance();
  bool accept(Kind kind);
  // Jumps to a token without looking at those between.
  void skip_to(size_t position) { at_ = std::max(at_, position); }
  // Jumps to the next token of this bracket (or the one that closes it) that is one of `kinds`.
  // Stops at `end` (a token index), the closing bracket.
  void recover_to(size_t end, std::initializer_list<Kind> kinds);
  // Reports that `kind` was expected, unless it is here; then takes it.
  bool expect(Kind kind, std::string_view after);
  // The `;` behind a statement or declaration.
  void expect_semicolon(std::string_view after);
  std::string as_struct() const;

  // ---- Ranges
  SourceRange range_of(const lex::Token& token) const;
  // From a token's offset to the end of the last token taken.
  SourceRange since(uint32_t offset) const;
  // Of two tokens with nothing between them; else of the second.
  SourceRange joined(const lex::Token& first, const lex::Token& second) const;
  // From the one token to the other, which comes later.
  SourceRange spanned(const lex::Token& first, const lex::Token& last) const;
  SourceRange after_previous() const;  // empty, directly behind the last token taken
  uint32_t offset() const { return peek().offset; }

  // ---- Diagnostics
  // One mistake, one message: says nothing (the returned diagnostic goes nowhere) at a token that
  // has been reported, where brackets are missing, and twice at one token.
  Diagnostic& error(DiagnosticKind kind, SourceRange range, std::string message);
  // What is written between two offsets, on one line; "..." where that is long or nothing.
  std::string written(size_t begin, size_t end) const;
  // What stands from the token `position` to the `;` or the closing bracket behind it; `of_list`:
  // or the `,`.
  std::string rest_of_statement(size_t position, bool of_list = false) const;
  // What to write for a name with hyphens, whose first part was taken; "" where no `-` follows it.
  std::string hint_of_hyphen() const;
  static std::string hint_of_change(const std::string& name, const std::string& value);
  // "expected X, found Y" at the next token.
  Diagnostic& expected(DiagnosticKind kind, std::string_view what);
  // `what` as a message, and as a name that is read on with.
  ast::Name expect_name(std::string_view what);
  ast::Name name_of(const lex::Token& token) const;

  // ---- Depth
  // Counts the nesting of the grammar, so that the parser itself does not recurse too far.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    // True: reported, and nothing may be parsed in here.
    bool too_deep() const;

   private:
    Parser& parser_;
  };
  void report_too_deep(SourceRange range);
  // The height of the tree that was parsed last. A function that parses several keeps the largest
  // in a Height and gives it to done() with the node above them.
  class Height {
   public:
    void add(const Parser& parser) { value_ = std::max(value_, parser.height_); }
    int value() const { return value_; }

   private:
    int value_ = 0;
  };
  // The node, or an Error node if the tree would get too high with it.
  const ast::Expr* done(ast::Expr* node, const Height& below);
  const ast::TypeExpr* done(ast::TypeExpr* node, const Height& below);
  const ast::Pattern* done(ast::Pattern* node, const Height& below);
  const ast::Expr* error_expr(uint32_t begin);
  const ast::TypeExpr* error_type(uint32_t begin);

  // ---- Declarations (declarations.cpp)
  void parse_declaration();
  bool closes_nothing_ahead() const;
  void recover_to_declaration();
  void finish_declaration();
  bool at_declaration(size_t position) const;
  void parse_import();
  void parse_type_declaration();
  void parse_constant(bool is_param);
  void parse_process();
  void parse_member(ast::ProcessDecl& process, size_t close);
  void parse_limit();
  void parse_require();
  void report_no_declaration();
  // From the name on. Adds it to the module unless it is a member of a process.
  ast::FunctionDecl* parse_function(ast::FunctionKind kind, uint32_t begin, bool exported);
  std::vector<ast::GenericParameter> parse_generics();
  std::vector<ast::Parameter> parse_parameters(bool types_required, SourceRange& range,
                                               Height& height);
  ast::Parameter parse_parameter(bool types_required, Height& height);
  const ast::TypeExpr* parse_result_type(std::string_view of);
  std::vector<ast::Name> parse_path(std::string_view what);
  std::string doc_above(uint32_t offset) const;
  void report_prelude_only(std::string_view what, const lex::Token& token);

  // ---- Blocks and patterns (blocks.cpp)
  const ast::Block* parse_block(std::string_view what);
  void parse_statement(ast::Block& block, size_t close, Height& height);
  void parse_let(ast::Block& block, size_t close, Height& height);
  void parse_value_statement(ast::Block& block, size_t close, Height& height);
  const ast::Pattern* parse_pattern();
  const ast::Pattern* parse_struct_pattern();

  // ---- Expressions (expressions.cpp, primary.cpp)
  // Precedences: 1 `||`, 2 `&&`, 3 comparisons, 4 `+ -`, 5 `* / %`.
  static constexpr int kComparison = 3;
  static constexpr int kAdditive = 4;
  const ast::Expr* parse_expr() { return parse_binary(1); }
  // Operators that bind at least as strongly as `precedence` (1: all).
  const ast::Expr* parse_binary(int precedence);
  const ast::Expr* parse_unary();
  const ast::Expr* parse_postfix();
  const ast::Expr* parse_primary();
  const ast::Expr* parse_number(bool negative, uint32_t begin);
  const ast::Expr* parse_string();
  const ast::Expr* parse_parentheses();
  const ast::Expr* parse_angle_struct();
  const ast::Expr* parse_update(const lex::Token& open);
  const ast::Expr* parse_if();
  const ast::Expr* parse_match();
  ast::Match::Arm parse_arm(const ast::Expr* subject, size_t close, Height& height);
  const ast::Expr* parse_lambda();
  const ast::Expr* report_no_expression();
  std::string matrix_of(size_t open) const;
  bool at_type_arguments() const;
  // From `<` to `>`, whose range it gives.
  std::vector<ast::TypeArgument> parse_type_arguments(SourceRange& range, Height& height);
  bool report_foreign_postfix(uint32_t begin);
  std::string operand_at(size_t position, const char* otherwise) const;
  std::string written_since(uint32_t begin) const;
  std::string as_if() const;
  std::string compared_with_both(const ast::Binary& chain) const;
  bool report_foreign_function(size_t close);
  std::string named_arguments(size_t close) const;
  // `a, b, name=c` up to the token `close`, which is not taken. With `precedence`, values are
  // operators of at least that precedence. `*trailing_comma`: the last one is followed by `,`.
  std::vector<ast::Argument> parse_arguments(size_t close, int precedence, Height& height,
                                             bool* trailing_comma);

  // ---- Types (types.cpp)
  const ast::TypeExpr* parse_type();
  const ast::TypeExpr* parse_type_primary();
  const ast::TypeExpr* parse_named_type();
  const ast::TypeExpr* parse_struct_type();
  const ast::TypeExpr* parse_function_type();
  const ast::TypeExpr* parse_braced_type();
  const ast::TypeExpr* parse_placement(const ast::TypeExpr* member, bool per_member, uint32_t begin,
                                       Height height);
  std::vector<ast::Dim> parse_dims(Height& height);
  ast::StructType::Element parse_type_field(Height& height);
  // The `>` of a list of types; a `>=` gives its first half.
  bool accept_greater();

  const SourceManager& sources_;
  DiagnosticEngine& diagnostics_;
  ParseOptions options_;
  FileId file_;
  std::string_view source_;
  lex::TokenList list_;
  std::vector<lex::Token>& tokens_;
  size_t at_ = 0;
  std::unique_ptr<ast::Module> module_;
  int depth_ = 0;
  int height_ = 0;
  bool misordered_ = false;  // by the last parse_arguments(): positional ones behind named ones
  bool silent_ = false;      // up to the next declaration
  size_t last_error_at_ = SIZE_MAX;
  Diagnostic ignored_{};
  // Counts calls of error(), said or not: what is near a mistake is not complained about.
  size_t mistakes_ = 0;
};

}  // namespace fedc

#endif  // FEDC_PARSE_PARSER_H_
