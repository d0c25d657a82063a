// `fedc --report=memory` and `fedc --report=cost`.
#ifndef FEDC_COMPILER_RESOURCES_REPORT_H_
#define FEDC_COMPILER_RESOURCES_REPORT_H_

#include <string>
#include <vector>

#include "compiler/resources/resources.h"
#include "proto/manifest.pb.h"

namespace fedc::resources {

// For each side its arena and its stack, and for each phase or step its buffers: where in the arena
// they lie, how long they live (moments are numbered through the phase), what they are; and what
// the gradients of loops keep, which lies in such buffers. Plain text.
std::string memory_report(const std::string& program, const std::vector<Side>& sides,
                          const std::vector<PhaseCost>& costs);

// For each phase of the client and step of the server: floating-point operations, bytes moved,
// bytes down and up, arena; for each side the size of its code. Plain text, or one JSON object.
std::string cost_report(const fed::proto::Manifest& manifest, const std::vector<Side>& sides,
                        const std::vector<PhaseCost>& costs);
std::string cost_json(const fed::proto::Manifest& manifest, const std::vector<Side>& sides,
                      const std::vector<PhaseCost>& costs);

// "12,345".
std::string grouped(double number);

}  // namespace fedc::resources

#endif  // FEDC_COMPILER_RESOURCES_REPORT_H_
