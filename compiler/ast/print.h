// The tree as text, for `--emit=ast` and for tests.
#ifndef FEDC_AST_PRINT_H_
#define FEDC_AST_PRINT_H_

#include <string>

#include "compiler/ast/ast.h"

namespace fedc::ast {

// One line a node, two spaces a level: the node's kind, its own words, then its children. With
// `sources`, each line ends in `@line:column`. Stable: equal source text gives equal output.
std::string to_string(const Module& module, const SourceManager* sources = nullptr);

// One line, as it would be written: for messages. Chains and lists are printed in full.
std::string to_source(const TypeExpr& type);
std::string to_source(const Expr& expr);
std::string to_source(const Pattern& pattern);

}  // namespace fedc::ast

#endif  // FEDC_AST_PRINT_H_
