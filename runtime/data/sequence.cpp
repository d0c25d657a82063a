#include "runtime/data/sequence.h"

#include <algorithm>
#include <utility>

namespace fedrt {
namespace {

class ValueReader : public SequenceReader {
 public:
  explicit ValueReader(const std::vector<Element>* elements) : elements_(elements) {}

  int32_t next(fed_view* leaves, uint32_t count) override {
    if (next_ == elements_->size()) return FED_END;
    const Element& element = (*elements_)[next_++];
    if (element.size() != count) return FED_HOST_ERROR;
    for (uint32_t i = 0; i < count; ++i) {
      if (element[i].dims.size() > FED_MAX_RANK) return FED_HOST_ERROR;
      leaves[i].data = element[i].bytes.data();
      std::copy(element[i].dims.begin(), element[i].dims.end(), leaves[i].dims);
    }
    return FED_OK;
  }
  void rewind() override { next_ = 0; }

 private:
  const std::vector<Element>* elements_;
  size_t next_ = 0;
};

class ValueSource : public SequenceSource {
 public:
  explicit ValueSource(Leaf leaf) : leaf_(std::move(leaf)) {}
  uint64_t clients() const override { return leaf_.members.size(); }
  std::unique_ptr<SequenceReader> open(uint64_t client) const override {
    return std::make_unique<ValueReader>(&elements(client));
  }
  bool is_empty(uint64_t client) const override { return elements(client).empty(); }

 private:
  const std::vector<Element>& elements(uint64_t client) const {
    return leaf_.members[std::min<size_t>(client, leaf_.members.size() - 1)].elements;
  }

  Leaf leaf_;
};

}  // namespace

std::shared_ptr<const SequenceSource> make_value_source(Leaf leaf) {
  return std::make_shared<ValueSource>(std::move(leaf));
}

}  // namespace fedrt
