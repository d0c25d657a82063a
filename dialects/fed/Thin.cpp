#include "dialects/fed/Fed.h"
using namespace mlir;
namespace fed {
LogicalResult ParamOp::verify() { return success(); }
LogicalResult ValueOp::verify() { return success(); }
LogicalResult BroadcastOp::verify() { return success(); }
LogicalResult MapOp::verify() { return success(); }
LogicalResult MinOp::verify() { return success(); }
LogicalResult MaxOp::verify() { return success(); }
LogicalResult SumOp::verify() { return success(); }
LogicalResult MeanOp::verify() { return success(); }
LogicalResult AggregateOp::verify() { return success(); }
LogicalResult SelectOp::verify() { return success(); }
LogicalResult ProgramOp::verify() { return success(); }
LogicalResult PhaseOp::verify() { return success(); }
LogicalResult AggregationOp::verify() { return success(); }
}  // namespace fed
