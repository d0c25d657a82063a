#include "compiler/driver/fatal_errors.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

namespace fedc {
namespace {

constexpr int kErrors = 1;

std::atomic<int> living{0};

thread_local const std::string* path_now = nullptr;
thread_local const char* stage_now = nullptr;

// What LLVM's pass managers say that this thread does, the innermost first: "Running pass 'Greedy
// Register Allocator' on function '@average.client.1'", a line each.
std::string doing_now() {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (auto* entry = static_cast<const llvm::PrettyStackTraceEntry*>(llvm::SavePrettyStackState());
       entry != nullptr; entry = entry->getNextEntry())
    entry->print(out);
  return text;
}

// What stands in quotes of either kind behind `before`, without an `@`; "" where there is none.
std::string quoted(const std::string& text, const std::string& before) {
  const size_t at = std::min(text.find(before + '\''), text.find(before + '"'));
  if (at == std::string::npos) return "";
  const size_t begin = at + before.size() + 1;
  const std::string found = text.substr(begin, text.find(text[begin - 1], begin) - begin);
  return found.rfind('@', 0) == 0 ? found.substr(1) : found;
}

// "average.client.1" is the first phase of `average` on clients.
std::string function_of(const std::string& symbol) {
  if (symbol.empty()) return "";
  for (const auto& [part, side] : {std::pair(".client.", "a client's phase "),
                                   {".server.", "the server's step "},
                                   {".aggregation.", "the aggregation of phase "}})
    if (const size_t at = symbol.find(part); at != std::string::npos && at > 0)
      return " of `" + symbol.substr(0, at) + "` (" + side +
             symbol.substr(at + std::string(part).size()) + ")";
  return " of `" + symbol + "`";
}

[[noreturn]] void end_with(const std::string& message) {
  const std::string doing = doing_now();
  const std::string function = function_of(quoted(doing, "on function "));
  const std::string pass = quoted(doing, "Running pass ");
  std::string where = stage_now != nullptr ? stage_now : "";
  if (!pass.empty()) where += (where.empty() ? "" : ", ") + pass;
  std::fprintf(stderr, "%serror: internal error: %s\n",
               path_now != nullptr ? (*path_now + ": ").c_str() : "", message.c_str());
  if (!function.empty() || !where.empty())
    std::fprintf(stderr, "note: in the compilation%s%s\n", function.c_str(),
                 where.empty() ? "" : (": " + where).c_str());
  std::fprintf(stderr,
               "hint: this is a defect of the compiler: please report it with the program\n");
  // Nothing is torn down: who knows in what state it is.
  std::_Exit(kErrors);
}

}  // namespace

[[noreturn]] void end_without_memory() {
  // Nothing that takes memory.
  std::fputs("error: there is not enough memory to compile this\n", stderr);
  std::_Exit(kErrors);
}

FatalErrors::FatalErrors() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::install_fatal_error_handler([](void*, const char* reason, bool) { end_with(reason); });
    llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { end_without_memory(); });
    std::set_new_handler([] {
      if (living > 0) end_without_memory();
      throw std::bad_alloc();
    });
  });
  ++living;
}

FatalErrors::~FatalErrors() { --living; }

Compiling::Compiling(const std::string& path, const char* stage) {
  path_now = &path;
  stage_now = stage;
}

Compiling::~Compiling() {
  path_now = nullptr;
  stage_now = nullptr;
}

}  // namespace fedc
