#include "runtime/server/fold.h"

#include <utility>

namespace fedrt {

Folder::Folder(const ServerCode& code, uint64_t level) : room_(code) {
  for (uint64_t i = 0; i < code.program->fold_count; ++i) {
    const fed_fold& fold = code.program->folds[i];
    if (fold.computation != code.computation || fold.level != level) continue;
    folds_.push_back(&fold);
    spare_.emplace_back(fold.accumulator_bytes);
  }
}

void Folder::step(size_t f, fed_phase_fn function, const void* arriving, Folded::One* one) {
  if (one->error.status != FED_OK) return;
  AlignedBuffer& next = spare_[f];
  fed_frame frame = room_.frame(&one->error);
  frame.state_in = one->accumulator.data();
  frame.message_in = arriving;
  frame.state_out = next.data();
  const int32_t status = function(&frame);
  if (one->error.status == FED_OK) one->error.status = status;
  std::swap(one->accumulator, next);
}

Folded Folder::zero() {
  Folded result;
  for (size_t f = 0; f < folds_.size(); ++f) {
    result.folds.push_back({AlignedBuffer(folds_[f]->accumulator_bytes), {}});
    step(f, folds_[f]->zero, nullptr, &result.folds.back());
  }
  return result;
}

Folded Folder::of(const void* upload) {
  Folded result = zero();
  for (size_t f = 0; f < folds_.size(); ++f)
    step(f, folds_[f]->accumulate, upload, &result.folds[f]);
  return result;
}

void Folder::merge(Folded* earlier, const Folded& later) {
  for (size_t f = 0; f < folds_.size(); ++f) {
    if (earlier->folds[f].error.status == FED_OK && later.folds[f].error.status != FED_OK)
      earlier->folds[f].error = later.folds[f].error;
    step(f, folds_[f]->merge, later.folds[f].accumulator.data(), &earlier->folds[f]);
  }
}

fed_error Folder::report(const Folded* whole, void* message_in) {
  Folded none;
  if (whole == nullptr) {
    none = zero();
    whole = &none;
  }
  fed_error error{sizeof(fed_error), FED_ABI_VERSION, FED_OK, 0, {0, 0}};
  for (size_t f = 0; f < folds_.size(); ++f) {
    if (whole->folds[f].error.status != FED_OK) return whole->folds[f].error;
    fed_frame frame = room_.frame(&error);
    frame.state_in = whole->folds[f].accumulator.data();
    frame.message_out = message_in;
    const int32_t status = folds_[f]->report(&frame);
    if (error.status == FED_OK) error.status = status;
    if (error.status != FED_OK) return error;
  }
  return error;
}

}  // namespace fedrt
