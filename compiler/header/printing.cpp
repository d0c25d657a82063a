#include "compiler/header/printing.h"

#include "runtime/data/value.h"

namespace fedc::header {
namespace {

constexpr size_t kWidth = 100;

}  // namespace

std::string comment(const std::string& text, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string result = margin + "/*", line;
  size_t used = margin.size() + 2;
  const auto put = [&](const std::string& word) {
    if (used + 1 + word.size() > kWidth) {
      result += "\n" + margin + " *";
      used = margin.size() + 2;
    }
    result += " " + word;
    used += 1 + word.size();
  };
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\n') {
      word += c;
      continue;
    }
    if (!word.empty()) put(word);
    word.clear();
    if (c == '\n') {
      result += "\n" + margin + " *";
      used = margin.size() + 2;
    }
  }
  put("*/");
  return result + "\n";
}

std::string broken(const std::string& text, int indent) {
  const std::string declaration = std::string(static_cast<size_t>(indent), ' ') + text;
  if (declaration.size() < kWidth) return declaration;
  // Under the parameters, which follow the last bracket that opens.
  const std::string margin(declaration.rfind('(') + 1, ' ');
  std::string result, line;
  size_t at = 0;
  while (at < declaration.size()) {
    size_t comma = declaration.find(", ", at);
    const size_t end = comma == std::string::npos ? declaration.size() : comma + 1;
    const std::string piece = declaration.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + piece.size() > kWidth) {
      result += line + "\n";
      line = margin + piece;
    } else {
      line += (line.empty() ? "" : " ") + piece;
    }
    at = comma == std::string::npos ? end : comma + 2;
  }
  return result + line;
}

std::string replaced(std::string_view text,
                     const std::vector<std::pair<std::string, std::string>>& keys) {
  std::string result(text);
  for (const auto& [key, value] : keys) {
    const std::string mark = "@" + key + "@";
    for (size_t at = 0; (at = result.find(mark, at)) != std::string::npos; at += value.size())
      result.replace(at, mark.size(), value);
  }
  return result;
}

std::string described(const Api& api, const fed::proto::Leaf& leaf) {
  const std::string place = api.place(leaf.site());
  return fedrt::to_string(leaf.type()) + (place.empty() ? "" : ", " + place);
}

}  // namespace fedc::header
