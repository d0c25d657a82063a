#include "compiler/diagnostics/explain.h"

#include <cctype>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/diagnostics/explanations.h"
#include "compiler/diagnostics/suggest.h"

namespace fedc {

std::optional<std::string> explanation(std::string_view word, std::string* error) {
  std::string wanted(word);
  // `f0230` and `F0226` are one.
  if (wanted.size() > 1 && wanted[0] == 'f' && std::isdigit(wanted[1]) != 0) wanted[0] = 'F';
  std::vector<std::string> words;
  for (const DiagnosticKind kind : all_diagnostic_kinds()) {
    const std::string code = code_of(kind);
    const std::string_view id = id_of(kind);
    words.push_back(code);
    words.emplace_back(id);
    if (wanted != code && wanted != id) continue;
    std::string text = code + " " + std::string(id) + "\n\n";
    for (const Explanation& known : explanations()) {
      if (known.id == id) return text + std::string(known.text);
    }
    return text;  // a test fails where there is no text
  }
  const std::string nearest = nearest_name(wanted, {words.begin(), words.end()});
  *error = "there is no error `" + std::string(word) + "`";
  *error += nearest.empty() ? "; a code stands behind each message, such as `F0226`"
                            : "; did you mean `" + nearest + "`?";
  return std::nullopt;
}

}  // namespace fedc
