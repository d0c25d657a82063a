// Compiled aggregation: uploads that are added at once give the same bytes as one after another,
// also where some weigh nothing, and as in any other order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string_view>

#include "compiler/lower/lower.h"
#include "runtime/data/flat.h"
#include "runtime/program/program.h"
#include "tests/generator/harness.h"

namespace fedc::generator {
namespace {

constexpr const char* kProgram = R"(
fn all(
  x: {float32[131]}@CLIENTS, y: {float64[17]}@CLIENTS, z: {float32}@CLIENTS, i: {int32[9]}@CLIENTS,
  n: {int32}@CLIENTS, w: {float32}@CLIENTS
) -> <a=float32[131]@SERVER,b=float64[17]@SERVER,c=float32@SERVER,d=float32[131]@SERVER,
      e=float32[131]@SERVER,f=float64[17]@SERVER,g=int32[9]@SERVER,h=float32@SERVER> {
  (a=federated_mean(x, n), b=federated_mean(y, w), c=federated_mean(z, n), d=federated_mean(x, w),
   e=federated_sum(x), f=federated_max(y), g=federated_sum(i), h=federated_min(z))
}
)";

class AggregationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    compiled_ = compile(kProgram, {}, &error);
    ASSERT_NE(compiled_, nullptr) << error;
    const fedrt::Computation* computation = compiled_->program->find("all");
    ASSERT_NE(computation, nullptr);
    layout_ = &computation->client->phases[0].message_out;
    ASSERT_EQ(computation->server->aggregation_count, 1u);
    aggregation_ = &computation->server->aggregations[0];
  }

  // A weight is 0 here and there; then what it weighs is nothing that one could add.
  fedrt::AlignedBuffer upload() {
    fedrt::AlignedBuffer buffer(layout_->bytes);
    std::memset(buffer.data(), 0, layout_->bytes);
    for (uint64_t l = 0; l < layout_->leaf_count; ++l) {
      const fed_leaf& leaf = layout_->leaves[l];
      auto* at = static_cast<unsigned char*>(buffer.data()) + leaf.offset;
      const std::string_view name = leaf.name;
      const uint64_t size =
          leaf.element_type == FED_FLOAT32 || leaf.element_type == FED_INT32 ? 4 : 8;
      for (uint64_t e = 0; e < leaf.bytes / size; ++e) {
        const double any = std::ldexp(static_cast<double>(rng_() >> 11) * 0x1p-53 - 0.5,
                                      static_cast<int>(rng_() % 160) - 120);
        if (name == "n") {
          put(at, e, static_cast<int64_t>(rng_() % 3 * (rng_() % 1000)));
        } else if (name == "w") {
          put(at, e, rng_() % 3 == 0 ? 0.0 : std::abs(any));
        } else if (leaf.element_type == FED_FLOAT32) {
          put(at, e, static_cast<float>(any));
        } else if (leaf.element_type == FED_FLOAT64) {
          put(at, e, any);
        } else {
          put(at, e, static_cast<int32_t>(rng_()));
        }
      }
    }
    return buffer;
  }

  template <typename T>
  static void put(unsigned char* at, uint64_t element, T value) {
    std::memcpy(at + element * sizeof value, &value, sizeof value);
  }

  fedrt::AlignedBuffer accumulator() {
    fedrt::AlignedBuffer buffer(aggregation_->accumulator_bytes);
    std::memset(buffer.data(), 0, aggregation_->accumulator_bytes);
    aggregation_->zero(buffer.data());
    return buffer;
  }

  bool equal(const fedrt::AlignedBuffer& a, const fedrt::AlignedBuffer& b) {
    return std::memcmp(a.data(), b.data(), aggregation_->accumulator_bytes) == 0;
  }

  std::unique_ptr<Compiled> compiled_;
  const fed_layout* layout_ = nullptr;
  const fed_aggregation* aggregation_ = nullptr;
  std::mt19937_64 rng_{1};
};

TEST_F(AggregationTest, AtOnceIsOneAfterAnother) {
  for (int round = 0; round < 200; ++round) {
    std::vector<fedrt::AlignedBuffer> uploads;
    for (uint64_t count = 1 + rng_() % FED_AT_ONCE; count > 0; --count) uploads.push_back(upload());
    fedrt::AlignedBuffer one = accumulator(), all = accumulator(), last = accumulator();
    std::vector<const void*> list;
    for (const auto& upload : uploads) {
      ASSERT_EQ(aggregation_->validate(upload.data()), FED_ACCEPT);
      aggregation_->accumulate(one.data(), upload.data());
      list.push_back(upload.data());
    }
    aggregation_->accumulate_all(all.data(), list.data(), list.size());
    ASSERT_TRUE(equal(one, all)) << round << ": " << uploads.size();
    // Some before, some after, and what is merged.
    std::ranges::shuffle(list, rng_);
    fedrt::AlignedBuffer first = accumulator();
    const size_t cut = rng_() % (list.size() + 1);
    if (cut != 0) aggregation_->accumulate_all(first.data(), list.data(), cut);
    if (cut != list.size())
      aggregation_->accumulate_all(last.data(), list.data() + cut, list.size() - cut);
    aggregation_->merge(first.data(), last.data());
    ASSERT_TRUE(equal(one, first)) << round << ": " << cut << " of " << uploads.size();
  }
}

// What has weight 0 is not looked at: these bytes are no numbers. A sum of the same values does.
TEST(WeightZeroTest, ItsValuesDoNotMatter) {
  std::string error;
  const auto compiled = compile(
      "fn mean(x: {float32[5]}@CLIENTS, n: {int64}@CLIENTS) -> float32[5]@SERVER {\n"
      "  federated_mean(x, n)\n}\n",
      {}, &error);
  ASSERT_NE(compiled, nullptr) << error;
  const fedrt::Computation& mean = *compiled->program->find("mean");
  const fed_layout& layout = mean.client->phases[0].message_out;
  const fed_aggregation& aggregation = mean.server->aggregations[0];
  ASSERT_EQ(layout.leaf_count, 2u);
  const auto upload = [&](float value, int64_t weight) {
    fedrt::AlignedBuffer buffer(layout.bytes);
    auto* bytes = static_cast<unsigned char*>(buffer.data());
    for (int e = 0; e < 5; ++e)
      std::memcpy(bytes + layout.leaves[0].offset + 4 * e, &value, sizeof value);
    std::memcpy(bytes + layout.leaves[1].offset, &weight, sizeof weight);
    return buffer;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto good = upload(0.1f, 599), none = upload(nan, 0), bad = upload(nan, 1),
             negative = upload(1, -1), large = upload(1, int64_t{1} << 38),
             most = upload(std::numeric_limits<float>::max(), (int64_t{1} << 38) - 1);
  EXPECT_EQ(aggregation.validate(good.data()), FED_ACCEPT);
  EXPECT_EQ(aggregation.validate(none.data()), FED_ACCEPT);
  EXPECT_EQ(aggregation.validate(most.data()), FED_ACCEPT);
  EXPECT_EQ(aggregation.validate(bad.data()), FED_REJECT_NOT_FINITE);
  EXPECT_EQ(aggregation.validate(negative.data()), FED_REJECT_BAD_WEIGHT);
  EXPECT_EQ(aggregation.validate(large.data()), FED_REJECT_BAD_WEIGHT);
  const auto sum = [&](std::vector<const void*> uploads) {
    fedrt::AlignedBuffer buffer(aggregation.accumulator_bytes);
    std::memset(buffer.data(), 0, aggregation.accumulator_bytes);
    aggregation.zero(buffer.data());
    aggregation.accumulate_all(buffer.data(), uploads.data(), uploads.size());
    return std::vector<unsigned char>(
        static_cast<unsigned char*>(buffer.data()),
        static_cast<unsigned char*>(buffer.data()) + aggregation.accumulator_bytes);
  };
  EXPECT_EQ(sum({good.data(), none.data(), none.data()}), sum({good.data()}));
  EXPECT_EQ(sum({none.data(), good.data(), most.data(), none.data()}),
            sum({most.data(), good.data()}));
}

}  // namespace
}  // namespace fedc::generator
