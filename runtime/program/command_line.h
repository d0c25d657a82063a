// Flags of the programs that run computations: --name=value or --name value, each once, with
// guesses at what a mistyped one was meant to be.
#ifndef RUNTIME_PROGRAM_COMMAND_LINE_H_
#define RUNTIME_PROGRAM_COMMAND_LINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace fedrt {

// Opens /dev/null where standard input, output or error is closed, as a supervisor may leave them:
// nothing that is opened later gets their numbers, and with them what is printed.
void keep_standard_streams();

class CommandLine {
 public:
  // Declares flags; what they point to must outlive parse(), and keeps its value where the flag is
  // not given. Names begin with "--".
  void text(const std::string& name, std::string* out);
  // A whole number from `least` to `most`.
  void number(const std::string& name, uint64_t least, uint64_t most, uint64_t* out);
  void number(const std::string& name, uint64_t least, uint64_t most, std::optional<uint64_t>* out);
  // `instead`: what to write where a value is given to it, `VALUE` in the place of that.
  void toggle(const std::string& name, bool* out, const std::string& instead = "");
  // NAME=VALUE, as often as there are names.
  void pairs(const std::string& name, std::map<std::string, std::string>* out);
  // Any number of values; `letter` ("-I") is another way to write it, then also "-Ivalue".
  void each(const std::string& name, const std::string& letter,
            std::function<absl::Status(const std::string& value)> take);

  // A flag that other programs have; `why` goes on after its name.
  void elsewhere(const std::string& name, const std::string& why);

  // What a program takes under names of its own, which people write as flags: by name what to write
  // instead, `VALUE` in the place of the value, and what there is in all.
  struct Own {
    std::map<std::string, std::string> instead;
    std::string listing;
  };
  // Asked for where a flag is unknown, with the words of the command line that are no flags.
  void own(std::function<Own(const std::vector<std::string>& words)> names);

  // Words that are no flags come to `words`. Stops at --help and -h, and at --version, which are
  // always flags. Errors say what is wrong with the command line.
  absl::Status parse(int argc, char** argv, std::vector<std::string>* words);
  bool help() const { return help_; }
  bool version() const { return version_; }
  bool given(const std::string& name) const;

 private:
  struct Flag {
    bool has_value = true;
    bool repeats = false;
    std::string instead;  // where it has no value
    std::function<absl::Status(const std::string& value)> take;
  };
  // `value`: what is given to it, or "".
  absl::Status unknown(const std::string& flag, const std::string& value,
                       const std::vector<std::string>& words) const;

  std::map<std::string, Flag> flags_;
  std::map<std::string, std::string> elsewhere_;  // to why
  std::map<std::string, std::string> letters_;    // to the flag's name
  std::function<Own(const std::vector<std::string>& words)> own_;
  std::vector<std::string> given_;
  bool help_ = false, version_ = false;
};

}  // namespace fedrt

#endif  // RUNTIME_PROGRAM_COMMAND_LINE_H_
