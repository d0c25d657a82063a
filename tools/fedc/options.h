// fedc's command line.
#ifndef FEDC_TOOLS_FEDC_OPTIONS_H_
#define FEDC_TOOLS_FEDC_OPTIONS_H_

#include <map>
#include <string>
#include <vector>

namespace fedc {

enum class Emit { kAst, kCore, kFed, kSplit, kLlvm, kAsm, kObjects, kExecutables, kLibrary };

enum class Report { kNone, kPrivacy, kMemory, kCost, kCostJson };

struct Options {
  std::string file;
  std::string output;  // a folder; empty: not given
  std::string target = "x86_64-linux-gnu";
  std::string cpu;  // empty: not given
  Emit emit = Emit::kExecutables;
  Report report = Report::kNone;
  bool timing = false;
  bool locations = false;
  bool json_diagnostics = false;
  std::string explain;  // a code or id; empty: not given
  bool help = false;
  bool version = false;
  std::map<std::string, std::string> defines;
  std::vector<std::string> import_path;
};

// False if the command line is wrong; `*error` says what is.
bool parse_options(const std::vector<std::string>& arguments, Options* options, std::string* error);

// The text of --help.
std::string help_text();

}  // namespace fedc

#endif  // FEDC_TOOLS_FEDC_OPTIONS_H_
