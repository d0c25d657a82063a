#include "runtime/data/json_tree.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "runtime/data/excerpt.h"

namespace fedrt {
namespace {

constexpr size_t kMaxDepth = 256;

// Receives the parser's events. Returning false ends the parse.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  bool null() override { return add({}); }
  bool boolean(bool value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kBool;
    node.boolean = value;
    return add(std::move(node));
  }
  bool number_integer(int64_t value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kInteger;
    node.integer = value;
    return add(std::move(node));
  }
  bool number_unsigned(uint64_t value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kUnsigned;
    node.unsigned_int = value;
    return add(std::move(node));
  }
  bool number_float(double value, const std::string& text) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kFloat;
    node.number = value;
    node.number32 = std::strtof(text.c_str(), nullptr);
    node.body = std::make_unique<JsonNode::Body>();
    node.body->text = text;
    return add(std::move(node));
  }
  bool string(std::string& value) override {
    JsonNode node;
    node.kind = JsonNode::Kind::kString;
    node.body = std::make_unique<JsonNode::Body>();
    node.body->text = std::move(value);
    return add(std::move(node));
  }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(JsonNode::Kind::kObject); }
  bool start_array(size_t) override { return open(JsonNode::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    std::vector<std::string>& keys = stack_.back().body->keys;
    if (std::find(keys.begin(), keys.end(), name) != keys.end())
      return fail(absl::StrCat("field `", excerpt(name), "` stands twice in an object"));
    keys.push_back(std::move(name));
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The parser's text names line and column itself, but not for every kind of error.
    const std::string_view before = text_.substr(0, position > 0 ? position - 1 : 0);
    const size_t line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t start = before.rfind('\n');
    const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
    std::string what = error.what();
    if (const size_t cut = what.find(" - "); cut != std::string::npos)
      what = what.substr(cut + 3);
    else if (const size_t bracket = what.find("] "); bracket != std::string::npos)
      what = what.substr(bracket + 2);
    // What it read last may be a text of any length.
    constexpr std::string_view kLastRead = "last read: '";
    if (const size_t last = what.find(kLastRead);
        last != std::string::npos && what.size() - last - kLastRead.size() > kMostQuoted + 1) {
      const size_t start = last + kLastRead.size();
      what = what.substr(0, start) +
             excerpt(std::string_view(what).substr(start, what.size() - start - 1)) + "'";
    }
    // The word that stands there, where JSON has none.
    const char* kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-+";
    size_t at = before.size();
    while (at > 0 && std::string_view(kLetters).find(text_[at - 1]) != std::string_view::npos) --at;
    const size_t end = text_.find_first_not_of(kLetters, at);
    const std::string word =
        lower(text_.substr(at, end == std::string_view::npos ? end : end - at));
    for (const std::string_view name : {"NaN", "Infinity", "-Infinity"})
      if (word == lower(name) || (name != "NaN" && word + "inity" == lower(name)))
        what = absl::StrCat("a number or a string is expected here: write \"", std::string(name),
                            "\", with the quotes");
    return fail(absl::StrCat("line ", line, ", column ", column, ": ", what));
  }

  absl::StatusOr<JsonNode> finish() {
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    return std::move(root_);
  }

  // The value that is being read.
  std::vector<JsonStep> where() const {
    std::vector<JsonStep> steps;
    for (const JsonNode& node : stack_) {
      const JsonNode::Body& body = *node.body;
      if (node.kind == JsonNode::Kind::kList)
        steps.push_back({"", body.items.size(), false});
      else if (body.keys.size() > body.items.size())  // after the key, before the value's end
        steps.push_back({body.keys.back(), 0, true});
    }
    return steps;
  }

 private:
  static std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
  }
  bool fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }
  bool open(JsonNode::Kind kind) {
    if (stack_.size() == kMaxDepth)
      return fail(absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
    JsonNode node;
    node.kind = kind;
    node.body = std::make_unique<JsonNode::Body>();
    stack_.push_back(std::move(node));
    return true;
  }
  bool close() {
    JsonNode node = std::move(stack_.back());
    stack_.pop_back();
    return add(std::move(node));
  }
  bool add(JsonNode node) {
    if (stack_.empty())
      root_ = std::move(node);
    else
      stack_.back().body->items.push_back(std::move(node));
    return true;
  }

  std::string_view text_;
  JsonNode root_;
  std::vector<JsonNode> stack_;
  std::string error_;
};

}  // namespace

std::string JsonNode::describe() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return boolean ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(integer);
    case Kind::kUnsigned:
      return std::to_string(unsigned_int);
    case Kind::kFloat:
      return excerpt(body->text);
    case Kind::kString:
      return absl::StrCat("\"", excerpt(body->text), "\"");
    case Kind::kList:
      return absl::StrCat("a list of ", body->items.size());
    case Kind::kObject:
      return "an object";
  }
  return "";
}

absl::StatusOr<JsonNode> parse_json_tree(std::string_view text, std::vector<JsonStep>* where) {
  // To the parser a NUL is the end, and what follows it not there.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const std::string_view before = text.substr(0, nul);
    const size_t start = before.rfind('\n') + 1;
    return absl::InvalidArgumentError(
        absl::StrCat("line ", 1 + std::count(before.begin(), before.end(), '\n'), ", column ",
                     nul - start + 1, ": a NUL character, which is no JSON"));
  }
  Builder builder(text);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  absl::StatusOr<JsonNode> root = builder.finish();
  if (!root.ok() && where != nullptr) *where = builder.where();
  return root;
}

}  // namespace fedrt
