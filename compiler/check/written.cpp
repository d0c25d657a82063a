#include "compiler/check/written.h"

#include <algorithm>
#include <cctype>
#include <utility>

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

std::string filled(const std::string& pattern, const std::string& operand) {
  const size_t at = pattern.find('%');
  return at == std::string::npos ? pattern
                                 : pattern.substr(0, at) + operand + pattern.substr(at + 1);
}

std::vector<std::string> parts_of(const std::string& text, size_t count) {
  std::vector<std::string> parts;
  if (text.size() < 2 || text.front() != '(' || text.back() != ')' ||
      text.find('"') != std::string::npos) {
    return parts;
  }
  int depth = 0;
  std::string part;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    const char c = text[i];
    depth += c == '(' || c == '{' || c == '[' ? 1 : c == ')' || c == '}' || c == ']' ? -1 : 0;
    // A `<` is one of types where nothing stands before it.
    if (c == '<' && text[i - 1] != ' ') ++depth;
    if (c == '>' && text[i - 1] != ' ' && text[i - 1] != '-') --depth;
    if (depth < 0) return {};
    if (c == ',' && depth == 0) {
      parts.push_back(std::exchange(part, ""));
    } else if (c != ' ' || !part.empty()) {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(part);
  if (parts.size() != count) parts.clear();
  return parts;
}

std::string called_as(const std::string& pattern, const std::vector<std::string>& values,
                      const std::vector<std::string>& named) {
  std::string all;
  for (const auto* list : {&values, &named}) {
    for (const std::string& value : *list) all += (all.empty() ? "" : ", ") + value;
  }
  // One that is a struct already stands for all.
  std::vector<std::string> parts = values;
  if (values.size() == 1 && !values_in(values[0]).empty()) parts = values_in(values[0]);
  std::string as_struct;
  for (const std::string& part : parts) as_struct += (as_struct.empty() ? "" : ", ") + part;
  as_struct = "(" + as_struct + (parts.size() == 1 ? ",)" : ")");
  std::string result;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$') {
      result += all.empty() ? "..." : all;
    } else if (pattern[i] == '&') {
      result += parts.empty() ? "(x, y)" : as_struct;
    } else if (pattern[i] == '#') {
      result += values.empty() ? "x" : values[0];
    } else if (pattern[i] == '{') {
      const size_t end = pattern.find('}', i);
      const std::string each = pattern.substr(i + 1, end - i - 1);
      const size_t at = each.find('#');
      result += "(";
      for (size_t p = 0; p < std::max<size_t>(parts.size(), 2); ++p) {
        const std::string part = p < parts.size() ? parts[p] : p == 0 ? "x" : "y";
        if (p == 1 && parts.size() == 1) {
          result += ",";
          break;
        }
        result += (p == 0 ? "" : ", ") + each.substr(0, at) + part + each.substr(at + 1);
      }
      result += ")";
      i = end;
    } else {
      result += pattern[i];
    }
  }
  return result;
}

}  // namespace fedc::checking
