#include "compiler/inspect/inspect.h"
#include "dialects/local/Local.h"

namespace fedc {

#define GEN_PASS_DEF_LOCALREMOVEDEBUG
#include "compiler/inspect/InspectPasses.h.inc"

namespace {

struct LocalRemoveDebug : impl::LocalRemoveDebugBase<LocalRemoveDebug> {
  void runOnOperation() override {
    getOperation()->walk([](local::DebugOp op) { op.erase(); });
  }
};

}  // namespace
}  // namespace fedc
