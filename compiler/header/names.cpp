#include "compiler/header/names.h"

#include <algorithm>

namespace fedc::header {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Keywords of C up to C23 and of C++ up to C++23, macros of common compilers, and what generated
// code says without a prefix.
constexpr std::string_view kTaken[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break",
    "case", "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return",
    "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr", "constinit",
    "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline",
    "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
    "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
    "static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "true", "try",
    "typedef", "typeid", "typename", "typeof", "typeof_unqual", "union", "unsigned", "using",
    "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    // macros
    "NULL", "offsetof", "errno", "linux", "unix", "i386", "near", "far", "small", "interface",
    // <stddef.h>, <stdint.h>, and what generated code calls
    "size_t", "ptrdiff_t", "max_align_t", "nullptr_t", "int8_t", "int16_t", "int32_t", "int64_t",
    "uint8_t", "uint16_t", "uint32_t", "uint64_t", "intptr_t", "uintptr_t", "intmax_t", "uintmax_t",
    "fed_status", "memcpy", "memset"};

}  // namespace

std::string part(std::string_view path) {
  std::string name;
  for (const char c : path) name += is_letter(c) || is_digit(c) ? c : '_';
  return name;
}

std::string identifier(std::string_view path) {
  std::string name = part(path);
  if (name.empty()) return "value";
  if (is_digit(name[0])) name.insert(0, "item");
  // What begins with an underscore may be the compiler's or the library's.
  if (name[0] == '_') name.insert(0, "x");
  if (std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken)) name += '_';
  return name;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string Scope::add(std::string wanted, const std::vector<std::string>& endings) {
  const auto free = [&](const std::string& ending) { return !taken_.count(wanted + ending); };
  while (!std::all_of(endings.begin(), endings.end(), free)) wanted += '_';
  for (const std::string& ending : endings) taken_.insert(wanted + ending);
  return wanted;
}

}  // namespace fedc::header
