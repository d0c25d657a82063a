#include "compiler/header/printing.h"

#include "runtime/data/value.h"

namespace fedc::header {
namespace {

constexpr size_t kWidth = 100;

// Under the parameters, which follow the last bracket that opens.
std::string broken_line(const std::string& line) {
  const std::string margin(line.rfind('(') + 1, ' ');
  std::string result, row;
  for (size_t at = 0; at < line.size();) {
    const size_t comma = line.find(", ", at);
    const size_t end = comma == std::string::npos ? line.size() : comma + 1;
    const std::string piece = line.substr(at, end - at);
    if (!row.empty() && row.size() + 1 + piece.size() > kWidth) {
      result += row + "\n";
      row = margin + piece;
    } else {
      row += (row.empty() ? "" : " ") + piece;
    }
    at = comma == std::string::npos ? end : end + 1;
  }
  return result + row;
}

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

std::string broken(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    result += (line.size() > kWidth && line.back() == ';' ? broken_line(line) : line) + "\n";
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return result;
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
