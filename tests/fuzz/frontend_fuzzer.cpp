// libFuzzer's entry: any bytes are a .fed file. It is parsed and checked; nothing may crash, hang,
// leak or overflow, and a program comes out exactly when no error was reported.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "compiler/ast/print.h"
#include "compiler/check/check.h"
#include "compiler/format/format.h"
#include "compiler/parse/parse.h"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fedc::SourceManager sources;
  const fedc::FileId file = sources.add_file("fuzz.fed", std::string(text));
  fedc::DiagnosticEngine diagnostics;
  const auto module = fedc::parse(sources, file, diagnostics);
  const std::string tree = fedc::ast::to_string(*module, &sources);
  require(!tree.empty(), "every file has a tree");
  const bool parsed = !diagnostics.has_errors();
  require(parsed || tree.find("error") != std::string::npos || !diagnostics.sorted().empty(),
          "what is not parsed is reported");
  if (parsed) {
    // The formatter checks by itself that the tree stays the same.
    const auto once = fedc::format(sources, file, diagnostics);
    require(once.has_value(), "what is parsed can be formatted");
    const auto twice = fedc::format(sources, sources.add_file("once.fed", *once), diagnostics);
    require(twice == once, "what is formatted stays as it is");
  }
  // Imports would read this machine's files. Checking is slow, as it reads the prelude: of the
  // files with syntax errors, some will do.
  if ((parsed || size % 8 == 0) && text.find("import") == std::string_view::npos) {
    const auto program = fedc::check(*module, sources, diagnostics);
    require((program == nullptr) == diagnostics.has_errors(),
            "a program comes out exactly when there is no error");
    if (program != nullptr) fedc::core::print(*program);
  }
  diagnostics.to_string(sources);
  return 0;
}
