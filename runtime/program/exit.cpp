#include "runtime/program/exit.h"

#include <csignal>
#include <cstdio>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "runtime/abi/fed_version.h"
#include "runtime/data/file.h"

namespace fedrt {
namespace {

std::atomic<bool> cancelled{false};
std::atomic<int> cancelled_by{0};

// With control characters, which files and servers may bring, in a form that a terminal only shows.
std::string shown(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code < 0x20 && c != '\n' && c != '\t') || code == 0x7f)
      absl::StrAppend(&result, "\\x", absl::Hex(code, absl::kZeroPad2));
    else
      result.push_back(c);
  }
  return result;
}

void on_signal(int signal) {
  cancelled_by = signal;
  cancelled = true;
  for (const int each : {SIGINT, SIGTERM}) std::signal(each, SIG_DFL);
}

}  // namespace

void catch_signals() {
  for (const int each : {SIGINT, SIGTERM}) std::signal(each, on_signal);
  ignore_broken_pipes();
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

const std::atomic<bool>& interrupted() { return cancelled; }

int exit_status(const absl::Status& status) {
  if (status.ok()) return kDone;
  // A diagnostic has its place in front.
  const std::string message = shown(std::string(status.message()));
  std::fprintf(stderr, "%s%s\n", message.find("error: ") == std::string::npos ? "error: " : "",
               message.c_str());
  return absl::IsCancelled(status) && cancelled ? kSignalled + cancelled_by : kFailed;
}

int wrong_usage(const std::string& program, const absl::Status& status) {
  std::fprintf(stderr, "%s: %s\nSee %s --help.\n", program.c_str(),
               shown(std::string(status.message())).c_str(), program.c_str());
  return kWrongUsage;
}

int print_alone(const std::string& text) { return exit_status(write_standard_output(text)); }

std::string version_text(const std::string& executable, const Program& program) {
  std::string processes, functions;
  for (const Computation& computation : program.computations()) {
    const proto::Computation& manifest = *computation.manifest;
    if (manifest.role() == proto::NEXT)
      absl::StrAppend(&processes, processes.empty() ? "" : ", ", manifest.process());
    if (manifest.role() == proto::ONE_SHOT)
      absl::StrAppend(&functions, functions.empty() ? "" : ", ", manifest.name());
  }
  std::string text = absl::StrCat(
      executable, " (fedc ", FEDC_VERSION, ")\nprogram ", program.manifest().name(), ", hash ",
      absl::BytesToHexString({reinterpret_cast<const char*>(program.hash()), 32}), "\n");
  if (!processes.empty()) absl::StrAppend(&text, "processes: ", processes, "\n");
  if (!functions.empty()) absl::StrAppend(&text, "functions that run once: ", functions, "\n");
  return text;
}

}  // namespace fedrt
