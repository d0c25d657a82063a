// The budgets that a program states: `limit client.arena <= 2MiB;`.
#ifndef FEDC_COMPILER_DRIVER_LIMITS_H_
#define FEDC_COMPILER_DRIVER_LIMITS_H_

#include "compiler/check/core.h"
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/resources/resources.h"
#include "compiler/source/source.h"
#include "proto/manifest.pb.h"

namespace fedc {

// Report each limit that the messages of a program, or the code of a side, exceed: at the largest
// of the values that together exceed it where they have a place, else at the limit.
void check_message_limits(const core::Program& program, const fed::proto::Manifest& manifest,
                          const SourceManager& sources, DiagnosticEngine& diagnostics);
void check_code_limits(const core::Program& program, const resources::Side& side,
                       const SourceManager& sources, DiagnosticEngine& diagnostics);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_LIMITS_H_
