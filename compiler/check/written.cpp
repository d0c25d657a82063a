#include "compiler/check/written.h"

#include <cctype>

namespace fedc::checking {
namespace {

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// `x=1` without its name.
std::string unnamed(const std::string& value) {
  size_t at = 0;
  while (at < value.size() && in_word(value[at])) ++at;
  const bool named = at > 0 && at + 1 < value.size() && value[at] == '=' && value[at + 1] != '=';
  return named ? value.substr(at + 1) : value;
}

}  // namespace

bool is_tight(const std::string& text) {
  int depth = 0;
  for (const char c : text) {
    if (depth == 0 && !in_word(c) && c != '.' && c != '(') return false;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return !text.empty() && text[0] != '(' && text != "...";
}

bool is_struct(const std::string& text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) return i > 0 && i + 1 == text.size();
  }
  return false;
}

std::vector<std::string> values_in(const std::string& text) {
  if (!is_struct(text) || text.starts_with("(..") || text.find('"') != std::string::npos) return {};
  std::vector<std::string> values;
  std::string value;
  int depth = 0;
  for (const char c : text) {
    const bool closes = c == ')' || c == '}' || c == ']';
    depth -= closes ? 1 : 0;
    if ((depth == 0 && closes) || (depth == 1 && c == ',')) {
      const size_t begin = value.find_first_not_of(' ');
      if (begin != std::string::npos) values.push_back(unnamed(value.substr(begin)));
      value.clear();
    } else if (depth > 0) {
      value += c;
    }
    depth += c == '(' || c == '{' || c == '[' ? 1 : 0;
  }
  return values;
}

}  // namespace fedc::checking
