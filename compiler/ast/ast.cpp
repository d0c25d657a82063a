#include "compiler/ast/ast.h"

namespace fedc::ast {

std::string_view spelling(NumberSuffix suffix) {
  static constexpr std::string_view kSpellings[] = {"",    "i8",  "i16", "i32",  "i64", "u8", "u16",
                                                    "u32", "u64", "f16", "bf16", "f32", "f64"};
  return kSpellings[static_cast<int>(suffix)];
}

std::string_view spelling(Placement placement) {
  return placement == Placement::Server ? "SERVER" : "CLIENTS";
}

std::string_view spelling(UnaryOp op) { return op == UnaryOp::Negate ? "-" : "!"; }

std::string_view spelling(BinaryOp op) {
  static constexpr std::string_view kSpellings[] = {
      "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"};
  return kSpellings[static_cast<int>(op)];
}

std::string_view spelling(ProcessRole role) {
  static constexpr std::string_view kSpellings[] = {"initialize", "next", "evaluate",
                                                    "client_state"};
  return kSpellings[static_cast<int>(role)];
}

}  // namespace fedc::ast
