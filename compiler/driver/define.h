// NAME=VALUE on a command line: the value of a constant, as `fedc -D` and `fed-run -D` take it.
#ifndef FEDC_COMPILER_DRIVER_DEFINE_H_
#define FEDC_COMPILER_DRIVER_DEFINE_H_

#include <map>
#include <string>

namespace fedc {

// False with an error, complete but for the tool's name, where `text` is not of that form.
inline bool add_define(const std::string& text, std::map<std::string, std::string>* defines,
                       std::string* error) {
  size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    *error = "`--define` takes NAME=VALUE, not `" + text + "`";
    return false;
  }
  (*defines)[text.substr(0, equals)] = text.substr(equals + 1);
  return true;
}

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_DEFINE_H_
