// C identifiers for names of a program. (Inside compiler/header.)
#ifndef FEDC_COMPILER_HEADER_NAMES_H_
#define FEDC_COMPILER_HEADER_NAMES_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fedc::header {

// A path such as "model.weights", "pair.0" or "class" as an identifier of C and C++:
// `model_weights`, `pair_0`, `class_`. Not empty.
std::string identifier(std::string_view path);

// The same as a part of an identifier that has something before it.
std::string part(std::string_view path);

std::string upper(std::string_view text);

// The names of one scope.
class Scope {
 public:
  explicit Scope(std::set<std::string> taken = {}) : taken_(std::move(taken)) {}

  // `wanted`, with underscores at its end until it is free together with each of `endings`.
  std::string add(std::string wanted, const std::vector<std::string>& endings = {""});

 private:
  std::set<std::string> taken_;
};

}  // namespace fedc::header

#endif  // FEDC_COMPILER_HEADER_NAMES_H_
