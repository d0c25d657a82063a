#include "runtime/data/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/data/test_types.h"

namespace fedrt {
namespace {

using namespace fed::proto;  // element types

// The text that `text` prints as after it is read.
std::string round_trip(const std::string& text, const Type& type) {
  absl::StatusOr<Value> value = parse_json(text, type, "--args");
  return value.ok() ? print_json(*value, type) : std::string(value.status().message());
}

TEST(JsonTest, TensorsOfEveryElementType) {
  EXPECT_EQ(round_trip("true", tensor_type(BOOL)), "true");
  EXPECT_EQ(round_trip("[-128,127]", tensor_type(INT8, {2})), "[-128,127]");
  EXPECT_EQ(round_trip("-32768", tensor_type(INT16)), "-32768");
  EXPECT_EQ(round_trip("2147483647", tensor_type(INT32)), "2147483647");
  EXPECT_EQ(round_trip("-9223372036854775808", tensor_type(INT64)), "-9223372036854775808");
  EXPECT_EQ(round_trip("255", tensor_type(UINT8)), "255");
  EXPECT_EQ(round_trip("65535", tensor_type(UINT16)), "65535");
  EXPECT_EQ(round_trip("4294967295", tensor_type(UINT32)), "4294967295");
  EXPECT_EQ(round_trip("18446744073709551615", tensor_type(UINT64)), "18446744073709551615");
  EXPECT_EQ(round_trip("[0.1,65504,6e-8]", tensor_type(FLOAT16, {3})), "[0.1,65504,6e-08]");
  EXPECT_EQ(round_trip("[0.1,1e38]", tensor_type(BFLOAT16, {2})), "[0.1,1e+38]");
  EXPECT_EQ(round_trip("0.1", tensor_type(FLOAT64)), "0.1");
}

TEST(JsonTest, Float32PrintsAsFloat32) {
  EXPECT_EQ(round_trip("69.53333333333333", tensor_type(FLOAT32)), "69.53333");
  EXPECT_EQ(round_trip("16777217", tensor_type(FLOAT32)), "16777216");
  // Halfway between two floats as a double, above it as written: rounded once.
  EXPECT_EQ(round_trip("1.00000005960464477540", tensor_type(FLOAT32)), "1.0000001");
}

TEST(JsonTest, FloatsReadBackAsThemselves) {
  std::mt19937 rng(1);
  for (int i = 0; i < 20000; ++i) {
    const uint32_t bits = rng();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const Tensor tensor = Tensor::scalar(value);
    const auto back = parse_json(print_element(tensor, 0), tensor_type(FLOAT32), "x");
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(back->tensor, tensor) << print_element(tensor, 0);
    const uint16_t half = static_cast<uint16_t>(bits);
    if (std::isfinite(float16_to_float(half))) {
      const Tensor narrow{ElementType::kFloat16, {}, {uint8_t(half), uint8_t(half >> 8)}};
      const auto again = parse_json(print_element(narrow, 0), tensor_type(FLOAT16), "x");
      ASSERT_TRUE(again.ok()) << again.status();
      ASSERT_EQ(again->tensor, narrow) << print_element(narrow, 0);
    }
  }
}

TEST(JsonTest, NotFiniteAreStrings) {
  EXPECT_EQ(round_trip(R"(["NaN","Infinity","-Infinity"])", tensor_type(FLOAT32, {3})),
            R"(["NaN","Infinity","-Infinity"])");
  EXPECT_EQ(round_trip(R"("nan")", tensor_type(FLOAT32)),
            R"(--args: expected a number, found "nan")");
}

TEST(JsonTest, StructsSequencesAndClients) {
  const Type type = struct_type(
      {{"data", at_clients(sequence_type(
                    struct_type({{"x", tensor_type(FLOAT32, {2})}, {"y", tensor_type(INT32)}})))},
       {"pair", at_server(struct_type({{"", tensor_type(BOOL)}, {"", tensor_type(INT8)}}))},
       {"none", struct_type({})}});
  EXPECT_EQ(
      round_trip(
          R"({"pair": [true, 3], "none": {}, "data": [[{"x":[1,2],"y":3}], [], [{"y":6,"x":[4,5]}]]})",
          type),
      R"({"data":[[{"x":[1,2],"y":3}],[],[{"x":[4,5],"y":6}]],"pair":[true,3],"none":[]})");
}

TEST(JsonTest, UnknownDimensions) {
  EXPECT_EQ(round_trip("[[1,2],[3,4]]", tensor_type(INT32, {-3, 2})), "[[1,2],[3,4]]");
  EXPECT_EQ(round_trip("[]", tensor_type(INT32, {-3, 2})), "[]");
  EXPECT_EQ(round_trip("[[1],[2],[3],[4]]", tensor_type(INT32, {-3, 1})),
            "--args: expected at most 3 entries, found a list of 4");
  EXPECT_EQ(round_trip("[[1,2],[3]]", tensor_type(INT32, {kUnbounded, kUnbounded})),
            "--args: [1]: expected a list of 2 (as long as the first), found a list of 1");
}

TEST(JsonTest, BrokenTextNamesTheClientAndTheRecord) {
  const Type data = struct_type(
      {{"data", at_clients(sequence_type(struct_type({{"x", tensor_type(FLOAT32, {2})}})))}});
  EXPECT_EQ(
      round_trip(R"({"data":[[],[{"x":[1,2]},{"x":[1,2}]]})", data),
      "--args: line 1, column 35: unexpected '}'; expected ']' (in data[1][1].x[2], client 1, "
      "record 1)");
  EXPECT_EQ(round_trip(R"({"data":[[{"x":[1,2],"x":[1,2]}]]})", data),
            "--args: field `x` stands twice in an object (in data[0][0], client 0, record 0)");
  EXPECT_EQ(
      round_trip(R"({"data":[[)", data),
      "--args: line 1, column 11: unexpected end of input; expected '[', '{', or a literal (in "
      "data[0][0], client 0, record 0)");
  EXPECT_NE(round_trip(R"({"other":[{)", data).find(" (in other)"), std::string::npos);
}

TEST(JsonTest, ErrorsNameThePathAndWhatWasExpected) {
  const Type readings = struct_type({{"readings", at_clients(tensor_type(FLOAT32))}});
  EXPECT_EQ(round_trip(R"({"readings":[1,2,3,"x"]})", readings),
            R"(--args: readings[3]: expected a number, found "x" (client 3))");
  EXPECT_EQ(round_trip(R"({"readings":[1,[2]]})", readings),
            "--args: readings[1]: expected a number, found a list of 1 (client 1)");
  EXPECT_EQ(round_trip(R"({"readings":5})", readings),
            "--args: readings: expected a list with one entry a client, found 5");
  EXPECT_EQ(round_trip("[1]", readings),
            "--args: expected an object with `readings`, found a list of 1");
  EXPECT_EQ(round_trip("{}", readings),
            "--args: field `readings` of type {float32}@CLIENTS is missing");
  EXPECT_EQ(round_trip(R"({"reading":[]})", readings),
            "--args: unknown field `reading`; the fields are `readings`");
  EXPECT_EQ(round_trip(R"({"readings":[],"readings":[]})", readings),
            "--args: field `readings` stands twice in an object");
  EXPECT_EQ(round_trip(R"({"readings":[1e39]})", readings),
            "--args: readings[0]: expected a number that fits in float32, found 1e39 (client 0)");
  EXPECT_EQ(round_trip("300", tensor_type(INT8)),
            "--args: expected an integer from -128 to 127 (int8), found 300");
  EXPECT_EQ(round_trip("-1", tensor_type(UINT64)),
            "--args: expected an integer from 0 to 18446744073709551615 (uint64), found -1");
  EXPECT_EQ(round_trip("1.5", tensor_type(INT32)),
            "--args: expected an integer from -2147483648 to 2147483647 (int32), found 1.5");
  EXPECT_EQ(round_trip("1", tensor_type(BOOL)), "--args: expected true or false, found 1");
  EXPECT_EQ(round_trip("[1,2]", tensor_type(INT32, {3})),
            "--args: expected a list of 3, found a list of 2");
}

TEST(JsonTest, SyntaxErrorsHaveAPosition) {
  const Type type = tensor_type(INT32, {kUnbounded});
  const std::string message = round_trip("[1,\n 2,,3]", type);
  EXPECT_EQ(message.find("--args: line 2, column 4: "), 0u) << message;
  EXPECT_NE(round_trip("", type).find("unexpected end of input"), std::string::npos);
  EXPECT_NE(round_trip("[1] 2", type).find("line 1, column 5"), std::string::npos);
  EXPECT_NE(round_trip("[1e999]", type).find("line 1"), std::string::npos);
}

TEST(JsonTest, HostileTextIsAnErrorNotACrash) {
  const Type type = tensor_type(INT32, {kUnbounded});
  EXPECT_EQ(round_trip(std::string(1000000, '['), type),
            "--args: nested deeper than 256 levels (in [0])");
  EXPECT_NE(round_trip("[\"\xff\xfe\"]", type).find("--args: line 1"), std::string::npos);
}

TEST(ValueTest, FlattenAndBack) {
  const Type type = struct_type(
      {{"model",
        at_server(struct_type({{"w", tensor_type(FLOAT32, {2})}, {"b", tensor_type(BOOL)}}))},
       {"data", at_clients(struct_type(
                    {{"", tensor_type(INT32)},
                     {"s", sequence_type(struct_type(
                               {{"x", tensor_type(INT8)}, {"y", tensor_type(INT8, {-2})}}))}}))}});
  const auto leaves = leaves_of(type);
  ASSERT_EQ(leaves.size(), 4u);
  EXPECT_EQ(leaves[0].path, "model.w");
  EXPECT_EQ(leaves[2].path, "data.0");
  EXPECT_EQ(leaves[3].path, "data.s");
  EXPECT_TRUE(leaves[3].sequence);
  EXPECT_EQ(leaves[3].element_paths, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(leaves[3].per_client());
  EXPECT_FALSE(leaves[0].per_client());

  Value value;
  const Value model = Value::make(Value::Kind::kStruct,
                                  {Value::of(Tensor::of<float>({2}, std::vector<float>{1, 2})),
                                   Value::of(Tensor::scalar(true))});
  const Value element = Value::make(Value::Kind::kStruct,
                                    {Value::of(Tensor::scalar<int8_t>(5)),
                                     Value::of(Tensor::of<int8_t>({1}, std::vector<int8_t>{6}))});
  std::vector<Value> clients;
  for (int32_t i = 0; i < 3; ++i)
    clients.push_back(Value::make(
        Value::Kind::kStruct, {Value::of(Tensor::scalar(i)),
                               Value::make(Value::Kind::kSequence,
                                           std::vector<Value>(static_cast<size_t>(i), element))}));
  value.items = {model, Value::make(Value::Kind::kClients, clients)};

  auto flat = flatten(value, type);
  ASSERT_TRUE(flat.ok()) << flat.status();
  EXPECT_EQ((*flat)[0].members.size(), 1u);
  ASSERT_EQ((*flat)[2].members.size(), 3u);
  EXPECT_EQ((*flat)[2].members[2].tensor, Tensor::scalar<int32_t>(2));
  EXPECT_EQ((*flat)[3].members[2].elements.size(), 2u);
  EXPECT_EQ(*client_count(value, type), 3);
  auto back = unflatten(*flat, type, 3);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, value);
  EXPECT_FALSE(unflatten(*flat, type, 2).ok());
  value.items[1].items[1].items[1].items[0].items[1].tensor.dims = {3};
  EXPECT_EQ(flatten(value, type).status().message(),
            "data[1].s[0].y: expected int8[?<=2], found int8[3]");
}

TEST(ValueTest, ClientCountsMustAgree) {
  const Type type =
      struct_type({{"a", at_clients(tensor_type(INT32))}, {"b", at_clients(tensor_type(INT32))}});
  const auto value = parse_json(R"({"a":[1,2],"b":[1]})", type, "x");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(client_count(*value, type).status().message(), "b: has 1 clients, but a has 2");
}

TEST(ValueTest, CompactNotation) {
  EXPECT_EQ(
      to_string(at_clients(sequence_type(struct_type(
          {{"image", tensor_type(FLOAT32, {-32, 784})}, {"", tensor_type(BOOL, {kUnbounded})}})))),
      "{<image=float32[?<=32,784],bool[?]>*}@CLIENTS");
  EXPECT_EQ(to_string(at_server(tensor_type(INT64))), "int64@SERVER");
}

TEST(TensorTest, SixteenBitFloats) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const uint16_t h = static_cast<uint16_t>(bits);
    const float f = float16_to_float(h);
    if (!std::isnan(f)) ASSERT_EQ(float_to_float16(f), h);
    if (!std::isnan(bfloat16_to_float(h))) ASSERT_EQ(float_to_bfloat16(bfloat16_to_float(h)), h);
    // Halfway to the next one goes to the even one; a little more goes up.
    if ((h & 0x7fff) < 0x7bff) {
      const float next = float16_to_float(h + 1);
      const float middle = (f + next) / 2;
      ASSERT_EQ(float_to_float16(middle), h & 1 ? h + 1 : h);
      ASSERT_EQ(float_to_float16(std::nextafter(middle, next)), h + 1);
    }
  }
  EXPECT_EQ(float_to_float16(65520), 0x7c00);
  EXPECT_EQ(float_to_float16(65519), 0x7bff);
}

}  // namespace
}  // namespace fedrt
