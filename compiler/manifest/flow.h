// Where values of a split program come from: which leaves an upload, a download or a result may
// depend on, through every phase, and which ones decide whether a client fails.
#ifndef FEDC_COMPILER_MANIFEST_FLOW_H_
#define FEDC_COMPILER_MANIFEST_FLOW_H_

#include "compiler/split/sites.h"
#include "dialects/fed/Fed.h"
#include "proto/manifest.pb.h"

namespace fedc::manifest {

// Fills `made_from` of the leaves of messages sent and of results and client state. The layouts are
// there already. Errs on the side of naming too much: what a loop carries or a branch yields is
// followed value by value, results of any other operation depend on all that it reads.
//
// Fills `failures` with the checks of client phases that depend on the client's data: assertions,
// integer divisors, indices, numbers of steps. Not those of sizes that are not known before.
void add_sources(fed::ProgramOp program, fed::proto::Computation& computation,
                 const fed::proto::Manifest& manifest, const split::SiteTable& sites);

}  // namespace fedc::manifest

#endif  // FEDC_COMPILER_MANIFEST_FLOW_H_
