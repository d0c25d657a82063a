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
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // `cast<float32>(x)`
    if (c == '<' && depth == 0 && i > 0 && in_word(text[i - 1])) {
      const size_t end = text.find(">(", i);
      if (end == text.npos || text.find_first_of(" &|=", i) < end) return false;
      i = end;
      continue;
    }
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

std::string one_line(std::string_view text) {
  std::string line;
  for (char c : text) {
    if (c == '\n' || c == '\t') c = ' ';
    if (c == ' ' && (line.empty() || line.back() == ' ' || line.back() == '(')) continue;
    if (c == ')' && line.back() == ' ') line.pop_back();
    line += c;
  }
  return line;
}

std::string called_head(const std::string& text) {
  const size_t open = std::min(text.find('('), text.size());
  const std::string head = text.substr(0, open);
  return is_tight(head) && (open == text.size() || is_struct(text.substr(open))) ? head : "";
}

bool is_operand(std::string_view source, size_t begin, size_t end) {
  while (begin > 0 && std::isspace(static_cast<unsigned char>(source[begin - 1])) != 0) --begin;
  while (end < source.size() && std::isspace(static_cast<unsigned char>(source[end])) != 0) ++end;
  const auto at = [&](size_t i) { return i < source.size() ? source[i] : ' '; };
  const auto is_one = [](std::string_view all, char c) { return all.find(c) != all.npos; };
  const char last = begin == 0 ? ' ' : at(begin - 1), before = begin < 2 ? ' ' : at(begin - 2);
  // `=>` and `->` and `x=` are none.
  const bool behind = is_one("+-*/%&|!<", last) || (last == '>' && !is_one("=-", before)) ||
                      (last == '=' && is_one("=!<>", before));
  const char next = at(end), after = at(end + 1);
  const bool in_front = is_one("+-*%&|<>.", next) || (next == '/' && after != '/') ||
                        (is_one("=!", next) && after == '=');
  return behind || in_front;
}

std::pair<size_t, size_t> balanced(std::string_view source, size_t begin, size_t end) {
  int depth = 0, lowest = 0;
  for (size_t i = begin; i < end; ++i) {
    depth += source[i] == '(' ? 1 : source[i] == ')' ? -1 : 0;
    lowest = std::min(lowest, depth);
  }
  const auto is_space = [&](size_t i) {
    return std::isspace(static_cast<unsigned char>(source[i])) != 0;
  };
  for (int open = -lowest; open > 0; --open) {
    size_t i = begin;
    while (i > 0 && is_space(i - 1)) --i;
    if (i == 0 || source[i - 1] != '(') break;
    begin = i - 1;
  }
  for (int open = depth - lowest; open > 0; --open) {
    size_t i = end;
    while (i < source.size() && is_space(i)) ++i;
    if (i == source.size() || source[i] != ')') break;
    end = i + 1;
  }
  return {begin, end};
}

bool holds(SourceRange outer, SourceRange inner) {
  return outer.begin.file == inner.begin.file && outer.begin.offset <= inner.begin.offset &&
         inner.end_offset() <= outer.end_offset();
}

std::string written(const SourceManager& sources, SourceRange range) {
  constexpr size_t kLongest = 60;
  if (!range.valid()) return "...";
  const std::string_view source = sources.text(range.begin.file);
  const auto [begin, end] = balanced(source, range.begin.offset, range.end_offset());
  const std::string text = one_line(source.substr(begin, end - begin));
  const bool shown = !text.empty() && text.size() <= kLongest && text.find("//") == text.npos;
  return shown ? text : "...";
}

std::string replaced(const SourceManager& sources, SourceRange whole, SourceRange part,
                     const std::string& by) {
  constexpr size_t kLongest = 100;
  if (!whole.valid() || !part.valid() || whole.begin.file != part.begin.file) return by;
  const std::string_view source = sources.text(whole.begin.file);
  const auto [begin, end] = balanced(source, whole.begin.offset, whole.end_offset());
  size_t from = part.begin.offset, to = part.end_offset();
  if (from < begin || to > end) return by;
  // Parentheses around the part alone are not needed any more.
  if (is_tight(by) && from > begin + 1 && to < end && source[from - 1] == '(' &&
      source[to] == ')' && source[from - 2] == ' ') {
    --from;
    ++to;
  }
  const bool apart = !is_tight(by) && (from > begin || to < end) && is_operand(source, from, to);
  const std::string text =
      one_line(std::string(source.substr(begin, from - begin)) + (apart ? "(" + by + ")" : by) +
               std::string(source.substr(to, end - to)));
  return text.size() <= kLongest && text.find("//") == text.npos ? text : by;
}

std::string standing(const SourceManager& sources, SourceRange at, const std::string& text) {
  if (!at.valid() || is_tight(text)) return text;
  return is_operand(sources.text(at.begin.file), at.begin.offset, at.end_offset())
             ? "(" + text + ")"
             : text;
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

std::string with_number(const std::string& type, size_t count, size_t index,
                        const std::string& value) {
  const size_t open = type.find('<');
  if (open == type.npos || type.back() != '>') return "";
  std::string made = type.substr(0, open + 1);
  size_t numbers = 0;
  for (size_t at = open + 1; at < type.size();) {
    const size_t end = type.find_first_of(",>", at);
    size_t begin = at;
    while (begin < end && type[begin] == ' ') ++begin;
    const std::string part = type.substr(begin, end - begin);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    made += type.substr(at, begin - at) + (number && numbers == index ? value : part) + type[end];
    numbers += number;
    at = end + 1;
  }
  return numbers == count ? made : "";
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
      const std::string value = values.empty() ? "x" : values[0];
      const bool alone = i > 0 && pattern[i - 1] == '(' && i + 1 < pattern.size() &&
                         (pattern[i + 1] == ')' || pattern[i + 1] == ',');
      result += alone || is_tight(value) ? value : "(" + value + ")";
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
