#include "tools/fedc/reports.h"

#include <vector>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/code.h"
#include "compiler/manifest/report.h"
#include "compiler/resources/cost.h"
#include "compiler/resources/report.h"

namespace fedc {

std::optional<std::string> report_text(Compilation& compilation, Report report,
                                       std::string* suffix) {
  if (report == Report::kPrivacy) {
    *suffix = ".privacy.txt";
    return manifest::privacy_report(compilation.manifest());
  }
  // Where a limit is exceeded there is no code, but there is what the report says of it.
  CodeFacts client, server;
  client_code(compilation, CodeForm::kObject, &client);
  server_code(compilation, CodeForm::kObject, &server);
  if (client.side.target.empty() || server.side.target.empty()) return std::nullopt;
  const std::vector<resources::Side> sides = {client.side, server.side};
  const std::vector<resources::PhaseCost> costs = resources::costs_of(compilation.module());
  if (report == Report::kMemory) {
    *suffix = ".memory.txt";
    return resources::memory_report(compilation.manifest().name(), sides, costs);
  }
  if (report == Report::kCostJson) {
    *suffix = ".cost.json";
    return resources::cost_json(compilation.manifest(), sides, costs);
  }
  *suffix = ".cost.txt";
  return resources::cost_report(compilation.manifest(), sides, costs);
}

}  // namespace fedc
