// Federated averaging of softmax regression on MNIST, written down plainly in float64: what
// examples/mnist/mnist.fed is compared with. Shares no code with the compiler or the runtime; how
// examples are dealt to clients follows docs/fed-run.md.
//
// usage: reference TRAIN_IMAGES TRAIN_LABELS TEST_IMAGES TEST_LABELS CLIENTS ROUNDS EPOCHS BATCH
//                  LEARNING_RATE SHUFFLE_SEED
// Prints "round,loss,accuracy" and a line a round.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

namespace {

constexpr int kPixels = 784, kClasses = 10;

struct Digits {
  std::vector<double> images;  // [n, kPixels], each pixel in [0, 1]
  std::vector<int> labels;
  size_t size() const { return labels.size(); }
};

std::vector<uint8_t> read_body(const char* path, size_t header) {
  gzFile file = gzopen(path, "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot read %s\n", path);
    std::exit(1);
  }
  std::vector<uint8_t> bytes;
  uint8_t buffer[1 << 16];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;)
    bytes.insert(bytes.end(), buffer, buffer + n);
  gzclose(file);
  bytes.erase(bytes.begin(), bytes.begin() + header);
  return bytes;
}

Digits read_digits(const char* images, const char* labels) {
  Digits digits;
  for (uint8_t pixel : read_body(images, 16)) digits.images.push_back(pixel / 255.0);
  for (uint8_t label : read_body(labels, 8)) digits.labels.push_back(label);
  return digits;
}

struct Model {
  std::vector<double> weights = std::vector<double>(kPixels * kClasses);  // [kPixels, kClasses]
  std::vector<double> bias = std::vector<double>(kClasses);
};

void logits(const Model& model, const double* image, double* out) {
  std::copy(model.bias.begin(), model.bias.end(), out);
  for (int p = 0; p < kPixels; ++p)
    for (int c = 0; c < kClasses; ++c) out[c] += image[p] * model.weights[p * kClasses + c];
}

// One step of gradient descent on a batch; returns the batch's mean loss before the step.
double step(Model* model, const Digits& digits, const std::vector<size_t>& batch, double lr) {
  Model gradient;
  double loss = 0;
  for (size_t i : batch) {
    const double* image = &digits.images[i * kPixels];
    double z[kClasses];
    logits(*model, image, z);
    const double top = *std::max_element(z, z + kClasses);
    double sum = 0;
    for (double v : z) sum += std::exp(v - top);
    loss += top + std::log(sum) - z[digits.labels[i]];
    for (int c = 0; c < kClasses; ++c) {
      const double g = std::exp(z[c] - top) / sum - (c == digits.labels[i] ? 1 : 0);
      gradient.bias[c] += g;
      for (int p = 0; p < kPixels; ++p) gradient.weights[p * kClasses + c] += g * image[p];
    }
  }
  const double n = static_cast<double>(batch.size());
  for (size_t k = 0; k < model->weights.size(); ++k)
    model->weights[k] -= lr * gradient.weights[k] / n;
  for (int c = 0; c < kClasses; ++c) model->bias[c] -= lr * gradient.bias[c] / n;
  return loss / n;
}

// The examples in the order of the seed: Fisher and Yates over a 64-bit Mersenne Twister.
std::vector<size_t> shuffled(size_t n, uint64_t seed) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 rng(seed);
  for (size_t i = n; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<size_t>(static_cast<__uint128_t>(rng()) * i >> 64)]);
  return order;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 11) {
    std::fprintf(stderr, "usage: see the head of reference.cpp\n");
    return 2;
  }
  const Digits train = read_digits(argv[1], argv[2]), test = read_digits(argv[3], argv[4]);
  const size_t clients = std::strtoul(argv[5], nullptr, 10);
  const int rounds = std::atoi(argv[6]), epochs = std::atoi(argv[7]);
  const size_t batch_size = std::strtoul(argv[8], nullptr, 10);
  // The compiled program holds its learning rate as a float32.
  const double lr = std::strtof(argv[9], nullptr);
  const std::vector<size_t> order = shuffled(train.size(), std::strtoull(argv[10], nullptr, 10));

  Model model;
  std::puts("round,loss,accuracy");
  for (int round = 1; round <= rounds; ++round) {
    Model sum;
    double total = 0, total_loss = 0;
    for (size_t client = 0; client < clients; ++client) {
      const size_t begin = train.size() * client / clients;
      const size_t end = train.size() * (client + 1) / clients;
      Model local = model;
      double loss = 0, examples = 0;
      for (int epoch = 0; epoch < epochs; ++epoch) {
        for (size_t i = begin; i < end; i += batch_size) {
          const std::vector<size_t> batch(order.begin() + i,
                                          order.begin() + std::min(i + batch_size, end));
          const double n = static_cast<double>(batch.size());
          loss += step(&local, train, batch, lr) * n;
          examples += n;
        }
      }
      for (size_t k = 0; k < sum.weights.size(); ++k)
        sum.weights[k] += examples * (local.weights[k] - model.weights[k]);
      for (int c = 0; c < kClasses; ++c) sum.bias[c] += examples * (local.bias[c] - model.bias[c]);
      total += examples;
      total_loss += loss;
    }
    for (size_t k = 0; k < sum.weights.size(); ++k) model.weights[k] += sum.weights[k] / total;
    for (int c = 0; c < kClasses; ++c) model.bias[c] += sum.bias[c] / total;
    size_t right = 0;
    for (size_t i = 0; i < test.size(); ++i) {
      double z[kClasses];
      logits(model, &test.images[i * kPixels], z);
      right += std::max_element(z, z + kClasses) - z == test.labels[i];
    }
    std::printf("%d,%.9f,%.6f\n", round, total_loss / total,
                static_cast<double>(right) / static_cast<double>(test.size()));
    std::fflush(stdout);
  }
}
