// `fedc --report=privacy`: what leaves the device, for a privacy engineer to read.
#ifndef FEDC_COMPILER_MANIFEST_REPORT_H_
#define FEDC_COMPILER_MANIFEST_REPORT_H_

#include <string>

#include "proto/manifest.pb.h"

namespace fedc::manifest {

// Plain text, stable between runs and machines: for each computation and phase what is uploaded
// (name, type, bytes, line, through which aggregation, made from what), what is downloaded, what
// stays on the device, and what each result at the server is made of.
std::string privacy_report(const fed::proto::Manifest& manifest);

}  // namespace fedc::manifest

#endif  // FEDC_COMPILER_MANIFEST_REPORT_H_
