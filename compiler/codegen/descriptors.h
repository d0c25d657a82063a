// The descriptor tables of runtime/abi/fed_abi.h as LLVM constants, and the aggregation functions.
// (Inside compiler/codegen.)
#ifndef COMPILER_CODEGEN_DESCRIPTORS_H_
#define COMPILER_CODEGEN_DESCRIPTORS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/codegen/codegen.h"
#include "llvm/IR/Module.h"
#include "proto/manifest.pb.h"

namespace fedc::codegen {

struct DescriptorInput {
  const fed::proto::Manifest& manifest;
  Side side;
  std::string prefix;  // NAME of NAME_client_program
  std::string name;    // of the program
  std::string hash;    // 32 bytes
  uint64_t arena_bytes = 0;
  uint64_t stack_bytes = 0;
  std::vector<std::vector<uint32_t>> cursors;        // a computation: one a sequence
  std::vector<std::vector<llvm::Function*>> phases;  // a computation: in order
};

// Adds the program's descriptor, the only symbol with external linkage beside the manifest's.
void add_descriptor(llvm::Module& module, const DescriptorInput& input);

// Writes input.stack_bytes into the descriptor that is there; false where it is not.
bool state_stack(llvm::Module& module, const DescriptorInput& input);

// The functions of one level's aggregation, and the bytes of its accumulator.
struct AggregationFunctions {
  uint64_t level = 0, accumulator_bytes = 0;
  llvm::Function *validate, *zero, *accumulate, *merge, *report, *accumulate_all;
};
AggregationFunctions add_aggregation(llvm::Module& module, const std::string& name,
                                     const fed::proto::Aggregation& aggregation,
                                     const fed::proto::Layout& upload,
                                     const fed::proto::Layout& result);

}  // namespace fedc::codegen

#endif  // COMPILER_CODEGEN_DESCRIPTORS_H_
