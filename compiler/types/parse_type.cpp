#include <cctype>
#include <limits>
#include <set>

#include "compiler/types/type.h"

namespace fedc {
namespace {

constexpr int kDeepest = 256;

// Recursive descent over compact notation; `error_` is set once, at the first problem.
class Parser {
 public:
  Parser(TypeContext& context, std::string_view text) : context_(context), text_(text) {}

  const Type* parse(std::string* error) {
    const Type* type = parse_one(0);
    if (type != nullptr && !at_end()) type = fail("unexpected text after the type");
    if (type == nullptr && error != nullptr) *error = error_;
    return type;
  }

 private:
  const Type* fail(const std::string& what) {
    if (error_.empty()) error_ = what + " at character " + std::to_string(position_ + 1);
    return nullptr;
  }
  void skip_space() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool at_end() {
    skip_space();
    return position_ == text_.size();
  }
  bool take(std::string_view token) {
    skip_space();
    if (text_.substr(position_, token.size()) != token) return false;
    position_ += token.size();
    return true;
  }
  std::string_view name() {
    skip_space();
    size_t begin = position_;
    auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; };
    while (position_ < text_.size() &&
           (is_letter(text_[position_]) ||
            (position_ > begin && std::isdigit(static_cast<unsigned char>(text_[position_]))))) {
      ++position_;
    }
    return text_.substr(begin, position_ - begin);
  }
  bool number(int64_t& value) {
    skip_space();
    size_t begin = position_;
    value = 0;
    while (position_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[position_]))) {
      int digit = text_[position_] - '0';
      // Dimensions are kept in 62 bits (see Dim::key).
      if (value > ((int64_t{1} << 61) - digit) / 10) return false;
      value = value * 10 + digit;
      ++position_;
    }
    return position_ > begin;
  }

  const Type* parse_one(int depth) {
    if (depth > kDeepest) return fail("nested too deeply");
    const Type* type = parse_head(depth);
    int suffixes = 0;
    while (type != nullptr) {
      if (depth + ++suffixes > kDeepest) return fail("nested too deeply");
      if (take("*")) {
        type = context_.sequence(type);
      } else if (take("@")) {
        type = placed(type, true);
      } else {
        break;
      }
    }
    return type;
  }

  const Type* placed(const Type* member, bool all_equal) {
    std::string_view place = name();
    if (place == "SERVER" && all_equal) {
      return context_.federated(member, Placement::kServer, true);
    }
    if (place == "CLIENTS") return context_.federated(member, Placement::kClients, all_equal);
    return fail(place == "SERVER" ? "a value at SERVER is written `T@SERVER`"
                                  : "expected SERVER or CLIENTS");
  }

  const Type* parse_head(int depth) {
    if (take("{")) {
      const Type* member = parse_one(depth + 1);
      if (member == nullptr) return nullptr;
      if (!take("}")) return fail("expected `}`");
      if (!take("@")) return fail("expected `@`");
      return placed(member, false);
    }
    if (take("<")) return parse_struct(depth);
    if (take("(")) {
      const Type* parameter = nullptr;
      if (!take("->")) {
        parameter = parse_one(depth + 1);
        if (parameter == nullptr) return nullptr;
        if (!take("->")) return fail("expected `->`");
      }
      const Type* result = parse_one(depth + 1);
      if (result == nullptr) return nullptr;
      if (!take(")")) return fail("expected `)`");
      return context_.function(parameter, result);
    }
    std::string_view word = name();
    if (word.empty()) return fail("expected a type");
    auto element = element_from_name(word);
    if (!element) return fail("unknown element type `" + std::string(word) + "`");
    std::vector<Dim> dims;
    if (take("[")) {
      do {
        int64_t size = 0;
        if (take("?<=")) {
          if (!number(size)) return fail("expected a bound");
          dims.push_back(Dim::bounded(size));
        } else if (take("?")) {
          dims.push_back(Dim::unknown());
        } else if (number(size)) {
          dims.push_back(Dim::fixed(size));
        } else {
          return fail("expected a dimension");
        }
      } while (take(","));
      if (!take("]")) return fail("expected `]`");
    }
    return context_.tensor(*element, std::move(dims));
  }

  const Type* parse_struct(int depth) {
    std::vector<Field> fields;
    std::set<std::string_view> names;
    if (take(">")) return context_.structure({});
    do {
      size_t begin = position_;
      std::string_view field = name();
      if (!field.empty() && take("=")) {
        if (!names.insert(field).second) {
          return fail("field `" + std::string(field) + "` stands twice");
        }
      } else {
        position_ = begin;
        field = {};
      }
      const Type* type = parse_one(depth + 1);
      if (type == nullptr) return nullptr;
      fields.push_back({std::string(field), type});
    } while (take(","));
    if (!take(">")) return fail("expected `>`");
    return context_.structure(std::move(fields));
  }

  TypeContext& context_;
  std::string_view text_;
  size_t position_ = 0;
  std::string error_;
};

}  // namespace

const Type* parse_type(TypeContext& context, std::string_view text, std::string* error) {
  return Parser(context, text).parse(error);
}

}  // namespace fedc
