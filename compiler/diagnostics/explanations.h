// The texts of explanations/, in the binary.
#ifndef FEDC_DIAGNOSTICS_EXPLANATIONS_H_
#define FEDC_DIAGNOSTICS_EXPLANATIONS_H_

#include <string_view>
#include <vector>

namespace fedc {

struct Explanation {
  std::string_view id;
  std::string_view text;
};

const std::vector<Explanation>& explanations();

}  // namespace fedc

#endif  // FEDC_DIAGNOSTICS_EXPLANATIONS_H_
