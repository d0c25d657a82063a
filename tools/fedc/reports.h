// The texts of `fedc --report=...`.
#ifndef FEDC_TOOLS_FEDC_REPORTS_H_
#define FEDC_TOOLS_FEDC_REPORTS_H_

#include <optional>
#include <string>

#include "compiler/driver/compile.h"
#include "tools/fedc/options.h"

namespace fedc {

// The report of a described compilation, and in `*suffix` what its file's name ends with. Reports
// of memory and cost compile both sides; nothing when that fails, but for limits that are exceeded,
// of which the report says by how much.
std::optional<std::string> report_text(Compilation& compilation, Report report,
                                       std::string* suffix);

}  // namespace fedc

#endif  // FEDC_TOOLS_FEDC_REPORTS_H_
