// Stages recurse over trees; their depth is limited, but a default stack is not made for it.
#ifndef FEDC_COMPILER_DRIVER_LARGE_STACK_H_
#define FEDC_COMPILER_DRIVER_LARGE_STACK_H_

#include <functional>

namespace fedc {

// Runs `stage` on a thread with a large stack and gives its result.
bool on_large_stack(const std::function<bool()>& stage);

}  // namespace fedc

#endif  // FEDC_COMPILER_DRIVER_LARGE_STACK_H_
