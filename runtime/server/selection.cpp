#include "runtime/server/selection.h"

#include <algorithm>
#include <cstring>

namespace fedrt {

const fed_selection* find_selection(const ServerCode& code, uint64_t level) {
  for (uint64_t i = 0; i < code.program->selection_count; ++i) {
    const fed_selection& selection = code.program->selections[i];
    if (selection.computation == code.computation && selection.level == level) return &selection;
  }
  return nullptr;
}

void keep_keys(const fed_selection& selection, const void* upload, uint8_t* keys) {
  for (uint64_t i = 0; i < selection.key_count; ++i) {
    const fed_key_leaf& leaf = selection.keys[i];
    std::memcpy(keys + leaf.offset, static_cast<const uint8_t*>(upload) + leaf.upload_offset,
                leaf.bytes);
  }
}

Selector::Selector(const ServerCode& code, const fed_selection& selection, const uint8_t* shared,
                   uint64_t shared_bytes, uint64_t bytes)
    : selection_(selection), kept_(code.kept), room_(code), download_(bytes) {
  std::memcpy(download_.data(), shared, std::min(shared_bytes, bytes));
}

const uint8_t* Selector::make(const uint8_t* keys) {
  fed_frame frame = room_.frame(&error_);
  frame.message_in = keys;
  frame.message_out = download_.data();
  frame.kept = const_cast<uint8_t*>(kept_);  // it only reads
  const int32_t status = selection_.make(&frame);
  if (error_.status == FED_OK) error_.status = status;
  return error_.status == FED_OK ? download_.data() : nullptr;
}

}  // namespace fedrt
