// Federated averaging of a network of two hidden layers of 200 on MNIST, written down plainly in
// float64: what examples/papers/mcmahan2017/two_nn.fed is compared with. Shares no code with the
// compiler or the runtime; who has which examples and who takes part in a round follow
// docs/fed-run.md.
//
// usage: reference TRAIN_IMAGES TRAIN_LABELS TEST_IMAGES TEST_LABELS MODEL NAME=VALUE...
// MODEL is a file of float32: weights and bias of each layer, in order, that training begins with.
// The names are clients, cohort, rounds, batch, limit (0: all examples), labels (shards a client,
// 0: evenly), seed, rate. Prints "round,accuracy" and a line a round; the last model goes to
// MODEL.out, as float64.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kPixels = 784, kHidden = 200, kClasses = 10, kLayers = 3;
constexpr int kSizes[kLayers + 1] = {kPixels, kHidden, kHidden, kClasses};

using Numbers = std::vector<double>;
using Places = std::vector<size_t>;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "reference: %s\n", what.c_str());
  std::exit(1);
}

// ---- Digits.

struct Digits {
  Numbers images;  // [n, kPixels], each pixel in [0, 1]
  std::vector<int> labels;
  size_t size() const { return labels.size(); }
};

std::vector<uint8_t> read_body(const char* path, size_t header) {
  gzFile file = gzopen(path, "rb");
  if (file == nullptr) fail(std::string("cannot read ") + path);
  std::vector<uint8_t> bytes;
  uint8_t buffer[1 << 16];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;)
    bytes.insert(bytes.end(), buffer, buffer + n);
  gzclose(file);
  if (bytes.size() < header) fail(std::string("cut short: ") + path);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return bytes;
}

Digits read_digits(const char* images, const char* labels) {
  Digits digits;
  for (uint8_t pixel : read_body(images, 16)) digits.images.push_back(pixel / 255.0);
  for (uint8_t label : read_body(labels, 8)) digits.labels.push_back(label);
  return digits;
}

// ---- Who has what, and who takes part.

void permute(std::mt19937_64* rng, Places* order) {
  for (size_t i = order->size(); i > 1; --i) {
    const auto r = static_cast<__uint128_t>((*rng)());
    std::swap((*order)[i - 1], (*order)[static_cast<size_t>(r * i >> 64)]);
  }
}

Places counted(size_t n) {
  Places places(n);
  std::iota(places.begin(), places.end(), 0);
  return places;
}

// Each client's examples, of the first `limit` in the order of the seed.
std::vector<Places> deal(const Digits& digits, size_t clients, size_t limit, size_t labels,
                         uint64_t seed) {
  std::mt19937_64 rng(seed);
  Places order = counted(digits.size());
  permute(&rng, &order);
  if (limit > 0) order.resize(std::min(limit, order.size()));
  const size_t n = order.size();
  std::vector<Places> places(clients);  // in `order`
  if (labels == 0) {
    for (size_t c = 0; c < clients; ++c)
      for (size_t i = n * c / clients; i < n * (c + 1) / clients; ++i) places[c].push_back(i);
  } else {
    Places by_label = counted(n);
    std::sort(by_label.begin(), by_label.end(), [&](size_t a, size_t b) {
      return std::pair(digits.labels[order[a]], a) < std::pair(digits.labels[order[b]], b);
    });
    const size_t shards = clients * labels;
    Places shard_order = counted(shards);
    permute(&rng, &shard_order);
    for (size_t s = 0; s < shards; ++s) {
      const size_t shard = shard_order[s];
      for (size_t i = n * shard / shards; i < n * (shard + 1) / shards; ++i)
        places[s / labels].push_back(by_label[i]);
    }
    for (Places& mine : places) std::sort(mine.begin(), mine.end());
  }
  for (Places& mine : places)
    for (size_t& place : mine) place = order[place];
  return places;
}

// Threefry-2x32 with 20 rounds, of words whose first half is the upper one.
uint64_t threefry(uint64_t key, uint64_t counter) {
  const int rotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t k[3] = {
      static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key),
      0x1BD11BDA ^ static_cast<uint32_t>(key >> 32) ^ static_cast<uint32_t>(key)};
  uint32_t x = static_cast<uint32_t>(counter >> 32) + k[0];
  uint32_t y = static_cast<uint32_t>(counter) + k[1];
  for (uint32_t round = 0; round < 20; ++round) {
    const int by = rotations[round % 8];
    x += y;
    y = (y << by | y >> (32 - by)) ^ x;
    if (round % 4 != 3) continue;
    const uint32_t group = round / 4 + 1;
    x += k[group % 3];
    y += k[(group + 1) % 3] + group;
  }
  return static_cast<uint64_t>(x) << 32 | y;
}

Places cohort(uint64_t seed, uint64_t round, size_t size, size_t clients) {
  const uint64_t key = threefry(threefry(seed, ~uint64_t{0}), round);
  Places places = counted(clients);
  for (size_t i = 0; i < size; ++i) {
    const auto r = static_cast<__uint128_t>(threefry(key, i));
    std::swap(places[i], places[i + static_cast<size_t>(r * (clients - i) >> 64)]);
  }
  places.resize(size);
  return places;
}

// ---- The network.

struct Layer {
  Numbers weights, bias;  // [in, out], [out]
};
using Model = std::vector<Layer>;

// What goes into each layer, and the logits.
using Activations = std::vector<Numbers>;

void forward(const Model& model, const double* image, Activations* a) {
  a->assign(kLayers + 1, {});
  (*a)[0].assign(image, image + kPixels);
  for (int l = 0; l < kLayers; ++l) {
    Numbers& out = (*a)[l + 1] = model[l].bias;
    for (int i = 0; i < kSizes[l]; ++i) {
      const double x = (*a)[l][i];
      if (x == 0) continue;
      const double* row = &model[l].weights[static_cast<size_t>(i) * kSizes[l + 1]];
      for (int j = 0; j < kSizes[l + 1]; ++j) out[j] += x * row[j];
    }
    if (l + 1 < kLayers)
      for (double& x : out) x = std::max(x, 0.0);
  }
}

// The gradients of the mean loss over the batch by what each layer adds up, for each example.
void step(Model* model, const Digits& digits, const size_t* batch, size_t size, double rate) {
  std::vector<Activations> inputs(size), slopes(size, Activations(kLayers));
  for (size_t e = 0; e < size; ++e) {
    forward(*model, &digits.images[batch[e] * kPixels], &inputs[e]);
    Numbers& logits = inputs[e][kLayers];
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (double z : logits) sum += std::exp(z - top);
    for (int c = 0; c < kClasses; ++c)
      slopes[e][kLayers - 1].push_back(
          (std::exp(logits[c] - top) / sum - (c == digits.labels[batch[e]] ? 1 : 0)) /
          static_cast<double>(size));
    for (int l = kLayers - 1; l > 0; --l)
      for (int i = 0; i < kSizes[l]; ++i) {
        const double* row = &(*model)[l].weights[static_cast<size_t>(i) * kSizes[l + 1]];
        double slope = 0;
        if (inputs[e][l][i] > 0)
          for (int j = 0; j < kSizes[l + 1]; ++j) slope += row[j] * slopes[e][l][j];
        slopes[e][l - 1].push_back(slope);
      }
  }
  for (size_t e = 0; e < size; ++e)
    for (int l = 0; l < kLayers; ++l) {
      const Numbers& slope = slopes[e][l];
      for (int j = 0; j < kSizes[l + 1]; ++j) (*model)[l].bias[j] -= rate * slope[j];
      for (int i = 0; i < kSizes[l]; ++i) {
        const double x = rate * inputs[e][l][i];
        if (x == 0) continue;
        double* row = &(*model)[l].weights[static_cast<size_t>(i) * kSizes[l + 1]];
        for (int j = 0; j < kSizes[l + 1]; ++j) row[j] -= x * slope[j];
      }
    }
}

double accuracy(const Model& model, const Digits& digits) {
  size_t right = 0;
  Activations a;
  for (size_t i = 0; i < digits.size(); ++i) {
    forward(model, &digits.images[i * kPixels], &a);
    const Numbers& z = a[kLayers];
    right += std::max_element(z.begin(), z.end()) - z.begin() == digits.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(digits.size());
}

void each_vector(Model* model, const auto& f) {
  for (Layer& layer : *model) {
    f(&layer.weights);
    f(&layer.bias);
  }
}

Model read_model(const std::string& path) {
  Model model(kLayers);
  FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) fail("cannot read " + path);
  for (int l = 0; l < kLayers; ++l) {
    model[l].weights.resize(static_cast<size_t>(kSizes[l]) * kSizes[l + 1]);
    model[l].bias.resize(kSizes[l + 1]);
  }
  each_vector(&model, [&](Numbers* numbers) {
    std::vector<float> narrow(numbers->size());
    if (std::fread(narrow.data(), sizeof(float), narrow.size(), file) != narrow.size())
      fail("cut short: " + path);
    numbers->assign(narrow.begin(), narrow.end());
  });
  std::fclose(file);
  return model;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) fail("usage: see the head of reference.cpp");
  std::map<std::string, std::string> given;
  for (int i = 6; i < argc; ++i) {
    const std::string text = argv[i];
    given[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const auto number = [&](const char* name) -> uint64_t {
    if (given.count(name) == 0) fail(std::string(name) + "=VALUE is missing");
    return std::strtoull(given[name].c_str(), nullptr, 10);
  };
  const Digits train = read_digits(argv[1], argv[2]), test = read_digits(argv[3], argv[4]);
  const uint64_t seed = number("seed"), rounds = number("rounds");
  const size_t clients = number("clients"), cohort_size = number("cohort"), size = number("batch");
  // The compiled program holds its learning rate as a float32.
  const double rate = std::strtof(given["rate"].c_str(), nullptr);
  const std::vector<Places> data = deal(train, clients, number("limit"), number("labels"), seed);

  std::mt19937_64 shuffles(~seed);
  Model model = read_model(argv[5]);
  std::puts("round,accuracy");
  for (uint64_t round = 1; round <= rounds; ++round) {
    Model sum = model;
    each_vector(&sum, [](Numbers* numbers) { std::fill(numbers->begin(), numbers->end(), 0.0); });
    double total = 0;
    for (size_t client : cohort(seed, round, cohort_size, clients)) {
      Model local = model;
      Places mine = data[client];
      if (number("shuffle") != 0) permute(&shuffles, &mine);
      for (size_t i = 0; i < mine.size(); i += size)
        step(&local, train, &mine[i], std::min(size, mine.size() - i), rate);
      const double weight = static_cast<double>(mine.size());
      total += weight;
      for (int l = 0; l < kLayers; ++l) {
        for (size_t i = 0; i < sum[l].weights.size(); ++i)
          sum[l].weights[i] += weight * local[l].weights[i];
        for (size_t i = 0; i < sum[l].bias.size(); ++i) sum[l].bias[i] += weight * local[l].bias[i];
      }
    }
    each_vector(&sum, [&](Numbers* numbers) {
      for (double& x : *numbers) x /= total;
    });
    model = sum;
    std::printf("%llu,%.6f\n", static_cast<unsigned long long>(round), accuracy(model, test));
    std::fflush(stdout);
  }
  FILE* out = std::fopen((std::string(argv[5]) + ".out").c_str(), "wb");
  if (out == nullptr) fail("cannot write the last model");
  each_vector(&model, [&](Numbers* numbers) {
    std::fwrite(numbers->data(), sizeof(double), numbers->size(), out);
  });
  if (std::fclose(out) != 0) fail("cannot write the last model");
}
