// libFuzzer's entry: any bytes are the text of a type, as a split program's attributes hold it.
// What is read is printed and read back as the same type.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "compiler/types/type.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fedc::TypeContext context;
  std::string error;
  const fedc::Type* type = fedc::parse_type(
      context, std::string_view(reinterpret_cast<const char*>(data), size), &error);
  if (type == nullptr) {
    if (!error.empty()) return 0;
    std::fprintf(stderr, "violated: what is no type is reported\n");
    std::abort();
  }
  const std::string text = fedc::to_full_string(type);
  if (fedc::parse_type(context, text, &error) == type) return 0;
  std::fprintf(stderr, "violated: `%s` is read back as another type: %s\n", text.c_str(),
               error.c_str());
  std::abort();
}
