// Why operands do not fit.
#ifndef FEDC_COMPILER_CHECK_REFUSAL_H_
#define FEDC_COMPILER_CHECK_REFUSAL_H_

#include <string>

namespace fedc::checking {

struct Refusal {
  std::string text;
  std::string hint;      // what to write, or ""
  std::string argument;  // the argument that does not fit, or ""
  bool whole = false;    // the text is all: it says itself what the operands are
};

}  // namespace fedc::checking

#endif  // FEDC_COMPILER_CHECK_REFUSAL_H_
