#include "compiler/driver/large_stack.h"

#include <pthread.h>

#include "compiler/driver/fatal_errors.h"

namespace fedc {
namespace {

struct Call {
  const std::function<bool()>& stage;
  bool result = false;
};

}  // namespace

bool on_large_stack(const std::function<bool()>& stage) {
  // Only what is touched takes memory.
  constexpr size_t kStackBytes = size_t{512} << 20;
  Call call{stage};
  pthread_attr_t attributes;
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    auto* call = static_cast<Call*>(argument);
    call->result = call->stage();
    return nullptr;
  };
  if (pthread_attr_init(&attributes) != 0 ||
      pthread_attr_setstacksize(&attributes, kStackBytes) != 0 ||
      pthread_create(&thread, &attributes, run, &call) != 0)
    end_without_memory();
  pthread_attr_destroy(&attributes);
  pthread_join(thread, nullptr);
  return call.result;
}

}  // namespace fedc
