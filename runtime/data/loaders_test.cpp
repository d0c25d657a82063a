#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "runtime/data/csv.h"
#include "runtime/data/idx.h"
#include "runtime/data/npz.h"
#include "runtime/data/record_files.h"
#include "runtime/data/test_types.h"

namespace fedrt {
namespace {

using namespace fed::proto;  // element types

std::string temp(const std::string& name) { return ::testing::TempDir() + "/" + name; }

void put_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

std::string idx_bytes(const std::vector<uint32_t>& dims, const std::string& data, int type = 8) {
  std::string bytes = {0, 0, static_cast<char>(type), static_cast<char>(dims.size())};
  for (uint32_t dim : dims)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(dim >> shift));
  return bytes + data;
}

std::string gzip(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return path;
}

// Ten images of 2 x 3: pixel p of image i is 10 i + p; its label is i.
struct Digits {
  Digits() {
    std::string pixels, digits;
    for (int i = 0; i < 10; ++i) {
      for (int p = 0; p < 6; ++p) pixels.push_back(static_cast<char>(10 * i + p));
      digits.push_back(static_cast<char>(i));
    }
    gzip(images, idx_bytes({10, 2, 3}, pixels));
    put_file(labels, idx_bytes({10}, digits));
  }
  std::string images = temp("images.gz"), labels = temp("labels");
  std::string both = "images=" + images + ",labels=" + labels;
};

LeafType element_of_type(const Type& type) {
  static std::vector<Type> keep;  // LeafType points into the type
  keep.reserve(10000);
  keep.push_back(sequence_type(type));
  LeafType leaf = leaves_of(keep.back())[0];
  leaf.path = "data";
  return leaf;
}

Type batch_type(int64_t bound = -4) {
  return struct_type(
      {{"image", tensor_type(FLOAT32, {bound, 6})}, {"label", tensor_type(INT32, {bound})}});
}

absl::StatusOr<std::shared_ptr<const SequenceSource>> source_of(
    const std::string& text, const Type& type, uint64_t clients,
    std::optional<uint64_t> shuffle = std::nullopt) {
  auto spec = parse_idx_spec(text, shuffle);
  if (!spec.ok()) return spec.status();
  return make_idx_source(*spec, element_of_type(type), clients);
}

// The labels of a client's batches, by batch.
std::vector<std::vector<int32_t>> labels_of(const SequenceSource& source, uint64_t client) {
  std::vector<std::vector<int32_t>> batches;
  const auto reader = source.open(client);
  fed_view views[2];
  while (reader->next(views, 2) == FED_OK) {
    EXPECT_EQ(views[0].dims[0], views[1].dims[0]);
    EXPECT_EQ(views[0].dims[1], 6);
    const int32_t* labels = static_cast<const int32_t*>(views[1].data);
    const float* pixels = static_cast<const float*>(views[0].data);
    batches.emplace_back(labels, labels + views[1].dims[0]);
    for (int64_t e = 0; e < views[0].dims[0]; ++e)
      for (int p = 0; p < 6; ++p)
        EXPECT_EQ(pixels[e * 6 + p], static_cast<float>(10 * labels[e] + p) / 255.0f);
  }
  return batches;
}

using Batches = std::vector<std::vector<int32_t>>;

TEST(IdxTest, BatchesShardsAndEpochs) {
  const Digits digits;
  auto source = source_of(digits.both, batch_type(), 2);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(labels_of(**source, 0), (Batches{{0, 1, 2, 3}, {4}}));
  EXPECT_EQ(labels_of(**source, 1), (Batches{{5, 6, 7, 8}, {9}}));
  source = source_of(digits.both + ",batch=3,epochs=2,limit=4", batch_type(), 1);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(labels_of(**source, 0), (Batches{{0, 1, 2}, {3}, {0, 1, 2}, {3}}));
  source = source_of(digits.both + ",shards=1/3", batch_type(), 3);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(labels_of(**source, 0), (Batches{{3}}));
  EXPECT_EQ(labels_of(**source, 2), (Batches{{5}}));
  source = source_of(digits.both, batch_type(), 20);  // more clients than examples
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(labels_of(**source, 0), Batches{});
  EXPECT_EQ(labels_of(**source, 1), (Batches{{0}}));
}

TEST(IdxTest, ShuffleIsSeededAndLosesNothing) {
  const Digits digits;
  std::map<uint64_t, Batches> orders;
  for (uint64_t seed : {1, 2, 1}) {
    auto source = source_of(digits.both + ",shuffle=" + std::to_string(seed), batch_type(), 1);
    ASSERT_TRUE(source.ok()) << source.status();
    const Batches order = labels_of(**source, 0);
    std::multiset<int32_t> all;
    for (const auto& batch : order) all.insert(batch.begin(), batch.end());
    EXPECT_EQ(all, (std::multiset<int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
    if (orders.count(seed)) EXPECT_EQ(orders[seed], order);
    orders[seed] = order;
  }
  EXPECT_NE(orders[1], orders[2]);
  auto fallback = source_of(digits.both, batch_type(), 1, 2);
  EXPECT_EQ(labels_of(**fallback, 0), orders[2]);
  auto none = source_of(digits.both + ",shuffle=none", batch_type(), 1, 2);
  EXPECT_EQ(labels_of(**none, 0)[0], (std::vector<int32_t>{0, 1, 2, 3}));
}

TEST(IdxTest, EveryPassIsEqualAndRewinds) {
  const Digits digits;
  auto source = source_of(digits.both, batch_type(), 1);
  const auto reader = (*source)->open(0);
  fed_view views[2];
  ASSERT_EQ(reader->next(views, 2), FED_OK);
  ASSERT_EQ(reader->next(views, 2), FED_OK);
  reader->rewind();
  ASSERT_EQ(reader->next(views, 2), FED_OK);
  EXPECT_EQ(static_cast<const int32_t*>(views[1].data)[0], 0);
  EXPECT_EQ(reader->next(views, 3), FED_HOST_ERROR);
}

TEST(IdxTest, FormsOfTheElement) {
  const Digits digits;
  fed_view views[2];
  // One example at a time, rows and columns, raw bytes, the label first and wide.
  auto source = source_of(
      digits.both, struct_type({{"y", tensor_type(INT64)}, {"x", tensor_type(UINT8, {2, 3})}}), 10);
  ASSERT_TRUE(source.ok()) << source.status();
  auto reader = (*source)->open(4);
  ASSERT_EQ(reader->next(views, 2), FED_OK);
  EXPECT_EQ(*static_cast<const int64_t*>(views[0].data), 4);
  EXPECT_EQ(static_cast<const uint8_t*>(views[1].data)[5], 45);
  EXPECT_EQ(views[1].dims[0], 2);
  EXPECT_EQ(views[1].dims[1], 3);
  EXPECT_EQ(reader->next(views, 2), FED_END);
  // Images alone, in double, with a channel.
  source = source_of("images=" + digits.images, tensor_type(FLOAT64, {-2, 2, 3, 1}), 1);
  ASSERT_TRUE(source.ok()) << source.status();
  reader = (*source)->open(0);
  ASSERT_EQ(reader->next(views, 1), FED_OK);
  EXPECT_EQ(static_cast<const double*>(views[0].data)[7], 11 / 255.0);
  EXPECT_EQ(views[0].dims[3], 1);
}

TEST(IdxTest, BytesAreDividedAndRoundedOnce) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  const std::string path = temp("bytes");
  put_file(path, idx_bytes({1, 256}, bytes));
  fed_view view;
  auto source = source_of("images=" + path, tensor_type(FLOAT32, {256}), 1);
  ASSERT_TRUE(source.ok()) << source.status();
  auto reader = (*source)->open(0);
  ASSERT_EQ(reader->next(&view, 1), FED_OK);
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(static_cast<const float*>(view.data)[byte], static_cast<float>(byte) / 255.0f);
  source = source_of("images=" + path, tensor_type(FLOAT64, {256}), 1);
  ASSERT_TRUE(source.ok()) << source.status();
  reader = (*source)->open(0);
  ASSERT_EQ(reader->next(&view, 1), FED_OK);
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(static_cast<const double*>(view.data)[byte], byte / 255.0);
}

TEST(IdxTest, ProgramsThatItDoesNotFit) {
  const Digits digits;
  const auto message = [&](const std::string& more, const Type& type) {
    std::string text(source_of(digits.both + more, type, 1).status().message());
    const std::string prefix = digits.images + ": does not fit `data`, whose elements are ";
    return text.find(prefix) == 0 ? text.substr(prefix.size()) : text;
  };
  EXPECT_EQ(message(",batch=5", batch_type()),
            "float32[?<=4,6],int32[?<=4]: batch=5 is more than the bound 4");
  EXPECT_EQ(message("", batch_type(kUnbounded)),
            "float32[?,6],int32[?]: batch=N is missing, as no bound says it");
  EXPECT_EQ(message("", struct_type({{"x", tensor_type(FLOAT32, {784})}})),
            "float32[784]: a float32[784] is neither an image of 6 pixels nor a label");
  EXPECT_EQ(message("", tensor_type(FLOAT32, {6})), "float32[6]: there is no label in it");
  EXPECT_EQ(message("", tensor_type(INT32, {6})), "int32[6]: images are float32, float64 or uint8");
  EXPECT_EQ(message(",batch=2",
                    struct_type({{"x", tensor_type(FLOAT32, {6})}, {"y", tensor_type(INT8)}})),
            "float32[6],int8: batch=2 of a program that takes single examples");
  EXPECT_EQ(
      message("", struct_type({{"x", tensor_type(FLOAT32, {-4, 6})}, {"y", tensor_type(INT8)}})),
      "float32[?<=4,6],int8: either all of it is a batch or nothing");
}

// Every example belongs to one client, each client's are in the order of the file.
void expect_dealt(const SequenceSource& source, const std::vector<size_t>& sizes) {
  std::multiset<int32_t> all;
  for (uint64_t client = 0; client < sizes.size(); ++client) {
    std::vector<int32_t> own;
    for (const auto& batch : labels_of(source, client))
      own.insert(own.end(), batch.begin(), batch.end());
    EXPECT_EQ(own.size(), sizes[client]);
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(own.begin(), own.end());
  }
  EXPECT_EQ(all, (std::multiset<int32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(IdxTest, Partitions) {
  const Digits digits;
  for (const std::string how : {"iid", "labels:1", "dirichlet:0.1", "dirichlet:100"}) {
    SCOPED_TRACE(how);
    const std::string text = digits.both + ",shuffle=none,partition=" + how;
    auto source = source_of(text, batch_type(), 5, 7);
    ASSERT_TRUE(source.ok()) << source.status();
    expect_dealt(**source, {2, 2, 2, 2, 2});
    // A shard's clients are some of all of them.
    for (uint64_t shard = 0; shard < 5; ++shard) {
      auto one = source_of(absl::StrCat(text, ",shards=", shard, "/5"), batch_type(), 1, 7);
      ASSERT_TRUE(one.ok()) << one.status();
      EXPECT_EQ(labels_of(**one, 0), labels_of(**source, shard));
    }
    source = source_of(text, batch_type(), 20, 7);  // more clients than examples
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_TRUE((*source)->is_empty(0) || how == "labels:1");
  }
  // Other seeds deal otherwise; a shuffle's generator goes on.
  std::set<Batches> dealt;
  for (const std::string more : {",shuffle=none", ",shuffle=1", ",shuffle=2"})
    dealt.insert(
        labels_of(**source_of(digits.both + more + ",partition=labels:2", batch_type(), 2, 3), 0));
  dealt.insert(labels_of(
      **source_of(digits.both + ",shuffle=none,partition=labels:2", batch_type(), 2, 4), 0));
  EXPECT_EQ(dealt.size(), 4u);
  EXPECT_EQ(
      source_of(digits.both + ",partition=labels:3000000", batch_type(), 2).status().message(),
      "partition: 3000000 shards for each of 2 clients are more than 4194304, the most there "
      "can be");
  // No label for the program, but for the partition.
  EXPECT_TRUE(source_of(digits.both + ",partition=labels:1", tensor_type(FLOAT32, {6}), 2).ok());
  const std::string high = temp("high");
  put_file(high, idx_bytes({10}, std::string(9, '\1') + '\xc8'));
  EXPECT_EQ(
      source_of("images=" + digits.images + ",labels=" + high,
                struct_type({{"image", tensor_type(FLOAT32, {6})}, {"label", tensor_type(INT8)}}),
                3)
          .status()
          .message(),
      high + ": record 9, of client 2: label 200 does not fit in int8");
}

TEST(IdxTest, ACorruptRecordNamesItsClient) {
  const Digits digits;
  const std::string path = temp("cut");
  std::string pixels(6 * 7 + 2, 'x');  // the eighth of ten images is cut
  put_file(path, idx_bytes({10, 2, 3}, pixels));
  const auto message = [&](const std::string& more, std::optional<uint64_t> clients) {
    auto spec = parse_idx_spec("images=" + path + ",labels=" + digits.labels + more, std::nullopt);
    const std::string text(
        make_idx_source(*spec, element_of_type(batch_type()), clients).status().message());
    return text.substr(std::min(text.size(), path.size() + 2));
  };
  EXPECT_EQ(message("", 5), "record 7 of 10, of client 3: the file ends in it");
  EXPECT_EQ(message(",shards=3/5", 1), "record 7 of 10, of client 0: the file ends in it");
  EXPECT_EQ(message(",limit=7", 5), "record 7 of 10: the file ends in it");
  EXPECT_EQ(message(",partition=column:label", std::nullopt),
            "record 7 of 10, of client 7: the file ends in it");
  const std::string dealt = message(",shuffle=3,partition=labels:2", 2);
  EXPECT_TRUE(dealt.find("of client 0: ") != std::string::npos ||
              dealt.find("of client 1: ") != std::string::npos)
      << dealt;
  // Who would hold a label is not known before it is.
  put_file(path, idx_bytes({10}, "1234"));
  EXPECT_EQ(source_of("images=" + digits.images + ",labels=" + path + ",partition=labels:1",
                      batch_type(), 2)
                .status()
                .message(),
            path + ": record 4 of 10: the file ends in it");
}

TEST(IdxTest, SpecErrors) {
  const auto message = [](const std::string& text) {
    return std::string(parse_idx_spec(text, std::nullopt).status().message());
  };
  EXPECT_EQ(message("labels=x"), "images=PATH is missing");
  EXPECT_EQ(message("images"), "expected KEY=VALUE, found `images`");
  EXPECT_EQ(message("images=a,images=b"), "`images` stands twice");
  EXPECT_EQ(message("images=a,batch=0"), "batch: expected a whole number from 1 on, found `0`");
  EXPECT_EQ(message("images=a,epochs=2x"), "epochs: expected a whole number from 1 on, found `2x`");
  EXPECT_EQ(message("images=a,shards=3/3"),
            "shards: expected I/N with I from 0 to N-1, found `3/3`");
  EXPECT_EQ(message("images=a,shuffle=x"), "shuffle: expected a seed or `none`, found `x`");
  EXPECT_EQ(message("images=a,size=3"),
            "unknown key `size`; the keys are images, labels, batch, epochs, partition, shards, "
            "limit, shuffle");
  for (const std::string how :
       {"labels", "labels:0", "labels:x", "dirichlet:", "dirichlet:0", "dirichlet:nan",
        "dirichlet:-1", "dirichlet:1e9", "even", "column", "column:"})
    EXPECT_EQ(message("images=a,labels=b,partition=" + how),
              "partition: expected `iid`, `labels:K` (K from 1 on), `dirichlet:ALPHA` (ALPHA "
              "from 0.000001 to 1000000) or `column:NAME`, found `" +
                  how + "`");
  EXPECT_EQ(message("images=a,partition=labels:2"), "partition: labels=PATH is missing");
  EXPECT_EQ(parse_idx_spec("images=a\\,b", std::nullopt)->images, "a,b");
}

TEST(IdxTest, MalformedFilesNameFileAndRecord) {
  const Digits digits;
  const std::string path = temp("bad");
  const auto message = [&](const std::string& bytes) {
    put_file(path, bytes);
    std::string text(read_idx(path).status().message());
    return text.find(path + ": ") == 0 ? text.substr(path.size() + 2) : text;
  };
  EXPECT_EQ(message(""), "too short for an IDX file");
  EXPECT_EQ(message("GIF89a"), "not an IDX file (it begins with 0x47494638)");
  EXPECT_EQ(message(idx_bytes({2}, "abcdefgh", 0x0d)),
            "an IDX file of other elements than unsigned bytes (0x00000d01)");
  EXPECT_EQ(message(idx_bytes({3, 2}, "abcd").substr(0, 9)), "cut short in its header");
  EXPECT_EQ(message(idx_bytes({3, 2}, "abcd")), "record 2 of 3: the file ends in it");
  EXPECT_EQ(message(idx_bytes({3, 2}, "abcdefg")), "more data after its last record, number 2");
  EXPECT_EQ(message(idx_bytes({0x7fffffff, 0xffffffff, 0xffffffff}, "abc")),
            "its header says more data than there can be");
  EXPECT_EQ(message(idx_bytes({0x7fffffff, 784}, "abc")),
            "record 0 of 2147483647: the file ends in it");
  std::string packed = read_file(digits.images);
  EXPECT_EQ(message(packed.substr(0, packed.size() - 12)),
            "record 9 of 10: unexpected end of file");
  packed[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_NE(message(packed).find("incorrect data check"), std::string::npos) << message(packed);
  // Of data that cannot be packed: half the file holds half the records.
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 1000 * 100; ++i) noise.push_back(static_cast<char>(random()));
  packed = read_file(gzip(temp("noise.gz"), idx_bytes({1000, 100}, noise)));
  const std::string cut = message(packed.substr(0, packed.size() / 2));
  int record = 0;
  ASSERT_EQ(std::sscanf(cut.c_str(), "record %d of 1000: unexpected end of file", &record), 1)
      << cut;
  EXPECT_NEAR(record, 500, 20);
  EXPECT_EQ(read_idx(temp("missing")).status().message(),
            temp("missing") + ": cannot be opened: No such file or directory");
  put_file(path, idx_bytes({9}, "123456789"));
  EXPECT_EQ(
      source_of("images=" + digits.images + ",labels=" + path, batch_type(), 1).status().message(),
      path + ": has 9 labels for the 10 images of " + digits.images);
}

// Whatever stands in a file: sources are made and read to their ends, or there is an error.
TEST(RecordFilesTest, DamagedFiles) {
  const Type record =
      struct_type({{"x", tensor_type(FLOAT32, {-3, 2})}, {"y", tensor_type(INT32, {-3})}});
  const std::string path = temp("records");
  std::vector<std::string> files = {
      "{\"x\":[1,2],\"y\":3,\"u\":\"a\"}\n{\"x\":[4,5],\"y\":6,\"u\":\"b\"}\n"
      "{\"u\":\"a\",\"x\":[-1,0.5],\"y\":7}"};
  const std::vector<float> x = {1, 2, 4, 5, -1, 0.5};
  const std::vector<int32_t> y = {3, 6, 7}, u = {-1, 5, -1};
  ASSERT_TRUE(write_npz(path, {{"x", Tensor::of<float>({3, 2}, x)},
                               {"y", Tensor::of<int32_t>({3}, y)},
                               {"u", Tensor::of<int32_t>({3}, u)}})
                  .ok());
  files.push_back(read_file(path));
  std::mt19937 random(1);
  size_t good = 0, bad = 0;
  for (int n = 0; n < 2000; ++n) {
    const bool lines = n % 2 == 0;
    std::string bytes = files[lines ? 0 : 1];
    // The first of each are whole.
    for (int change = 0; n > 1 && change <= n % 3; ++change) {
      const size_t at = random() % bytes.size();
      if (random() % 4 == 0)
        bytes.erase(at, random() % 8);
      else
        bytes[at] = static_cast<char>(random());
      if (bytes.empty()) bytes = "{";
    }
    put_file(path, bytes);
    const char* kHow[] = {",partition=column:u", ",partition=column:y,shuffle=2", ""};
    const int how = n / 2 % 3;
    const auto spec = parse_record_file_spec("records=" + path + kHow[how], std::nullopt);
    ASSERT_TRUE(spec.ok()) << spec.status();
    std::optional<uint64_t> clients;
    if (how == 2) clients = 2;
    const auto source = lines ? make_json_lines_source(*spec, element_of_type(record), clients)
                              : make_npz_source(*spec, element_of_type(record), clients);
    ++(source.ok() ? good : bad);
    if (!source.ok()) {
      EXPECT_EQ(source.status().message().substr(0, path.size()), path);
      continue;
    }
    for (uint64_t client = 0; client < (*source)->clients(); ++client) {
      const auto reader = (*source)->open(client);
      fed_view views[2];
      float sum = 0;
      while (reader->next(views, 2) == FED_OK)
        for (int64_t e = 0; e < views[0].dims[0]; ++e)
          sum += static_cast<const float*>(views[0].data)[2 * e] +
                 static_cast<const float*>(views[0].data)[2 * e + 1] +
                 static_cast<float>(static_cast<const int32_t*>(views[1].data)[e]);
      if (n < 2) EXPECT_EQ(sum, client == 0 ? 12.5f : 15.0f);
    }
  }
  EXPECT_GT(good, 20u);
  EXPECT_GT(bad, 500u);
}

TEST(NpzTest, RoundTrip) {
  NamedTensors tensors;
  for (uint32_t element = FED_BOOL; element <= FED_FLOAT64; ++element) {
    Tensor tensor = Tensor::zeros(static_cast<ElementType>(element), {2, 3});
    for (size_t i = 0; i < tensor.bytes.size(); ++i) tensor.bytes[i] = static_cast<uint8_t>(i % 2);
    tensors.emplace_back("model.t" + std::to_string(element), tensor);
  }
  tensors.emplace_back("scalar", Tensor::scalar(1.5f));
  tensors.emplace_back("empty", Tensor::zeros(ElementType::kFloat32, {0, 4}));
  tensors.emplace_back("vector", Tensor::of<int32_t>({3}, std::vector<int32_t>{1, 2, 3}));
  const std::string path = temp("model.npz");
  ASSERT_TRUE(write_npz(path, tensors).ok());
  const auto back = read_npz(path);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, tensors);
  const std::string once = read_file(path);
  ASSERT_TRUE(write_npz(path, tensors).ok());
  EXPECT_EQ(read_file(path), once);
  EXPECT_FALSE(write_npz("/no/such/folder/model.npz", tensors).ok());
}

// What numpy.savez_compressed(w=numpy.arange(6, dtype='<f4').reshape(2, 3).copy(order='F')) writes,
// made here with zlib alone.
TEST(NpzTest, DeflatedAndInFortransOrder) {
  std::string npy = std::string("\x93NUMPY\x01\x00", 8);
  std::string header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  npy.push_back(static_cast<char>(header.size()));
  npy.push_back(static_cast<char>(header.size() >> 8));
  npy += header;
  for (float v : {0.f, 3.f, 1.f, 4.f, 2.f, 5.f})
    npy.append(reinterpret_cast<const char*>(&v), sizeof v);
  std::string packed(1000, 0);
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(npy.data());
  stream.avail_in = static_cast<uInt>(npy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const auto put = [](uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(i < 8 ? static_cast<char>(value >> (8 * i)) : 0);
    return out;
  };
  const uint32_t crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(npy.data()), static_cast<uInt>(npy.size())));
  const std::string common = put(20, 2) + put(0, 2) + put(8, 2) + put(0, 4) + put(crc, 4) +
                             put(packed.size(), 4) + put(npy.size(), 4) + put(5, 2) + put(0, 2);
  const std::string local = put(0x04034b50, 4) + common + "w.npy" + packed;
  const std::string central = put(0x02014b50, 4) + put(20, 2) + common + put(0, 14) + "w.npy";
  const std::string file = local + central + put(0x06054b50, 4) + put(0, 4) + put(1, 2) +
                           put(1, 2) + put(central.size(), 4) + put(local.size(), 4) + put(0, 2);
  const std::string path = temp("deflated.npz");
  put_file(path, file);
  const auto tensors = read_npz(path);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  ASSERT_EQ(tensors->size(), 1u);
  EXPECT_EQ((*tensors)[0].first, "w");
  EXPECT_EQ((*tensors)[0].second, Tensor::of<float>({2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(NpzTest, DamageIsAnErrorNeverACrash) {
  const std::string path = temp("good.npz"), bad = temp("bad.npz");
  ASSERT_TRUE(write_npz(path, {{"w", Tensor::of<float>({2}, std::vector<float>{1, 2})},
                               {"b", Tensor::scalar(3)}})
                  .ok());
  const std::string good = read_file(path);
  std::string flipped = good;
  flipped[30 + 5 + 64 + 64] ^= 1;  // in the data of w
  put_file(bad, flipped);
  EXPECT_EQ(read_npz(bad).status().message(), bad + ": w.npy: its checksum is wrong");
  put_file(bad, "PK");
  EXPECT_EQ(read_npz(bad).status().message(), bad + ": not a zip archive, or cut short");
  for (size_t i = 0; i < good.size(); ++i) {
    for (int bit : {0, 7}) {
      flipped = good;
      flipped[i] = static_cast<char>(flipped[i] ^ 1 << bit);
      put_file(bad, flipped);
      (void)read_npz(bad);
    }
    if (i % 7 == 0) {
      put_file(bad, good.substr(0, i));
      EXPECT_FALSE(read_npz(bad).ok());
    }
  }
}

TEST(CsvTest, RowsAndQuotes) {
  const std::string path = temp("metrics.csv");
  {
    CsvWriter csv;
    ASSERT_TRUE(csv.open(path).ok());
    ASSERT_TRUE(csv.row({"round", "a,b", "say \"hi\""}).ok());
    ASSERT_TRUE(csv.row({"1", "0.5", ""}).ok());
  }
  EXPECT_EQ(read_file(path), "round,\"a,b\",\"say \"\"hi\"\"\"\n1,0.5,\n");
  CsvWriter none;
  EXPECT_FALSE(none.open("/no/such/folder/x.csv").ok());
}

}  // namespace
}  // namespace fedrt
