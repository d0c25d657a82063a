// Whole steps of training: the compiled ones against the same written in C++ over OpenBLAS, in this
// process. One line a model and batch: microseconds a step of ours, our speed over the other's, and
// how far the median of either is above its best.
#include <cblas.h>

#include <cmath>
#include <random>

#include "measure.h"
#include "ours.h"

extern "C" const fed_program softmax_client_program, network_client_program;

namespace {

constexpr float kRate = 0.1f;
constexpr int kBatches = 10;

// Dense layers with ReLU between them and softmax cross entropy behind the last, row-major.
class Network {
 public:
  explicit Network(std::vector<int> sizes) : sizes_(std::move(sizes)) {
    for (size_t i = 0; i + 1 < sizes_.size(); ++i) {
      weights.emplace_back(size_t(sizes_[i]) * sizes_[i + 1]);
      bias.emplace_back(sizes_[i + 1]);
      gradient_.emplace_back(weights.back().size());
    }
    for (int size : sizes_) {
      values_.emplace_back(20 * size);
      errors_.emplace_back(20 * size);
    }
  }

  void step(const float* image, const int32_t* label, int batch) {
    int layers = int(weights.size());
    for (int i = 0; i < layers; ++i) {
      int in = sizes_[i], out = sizes_[i + 1];
      float* y = values_[i + 1].data();
      for (int r = 0; r < batch; ++r) std::copy_n(bias[i].data(), out, y + r * out);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, out, in, 1,
                  i ? values_[i].data() : image, in, weights[i].data(), out, 1, y, out);
      if (i + 1 < layers)
        for (int j = 0; j < batch * out; ++j) y[j] = std::max(y[j], 0.0f);
    }
    softmax(label, batch);
    for (int i = layers - 1; i >= 0; --i) {
      int in = sizes_[i], out = sizes_[i + 1];
      const float* error = errors_[i + 1].data();
      const float* x = i ? values_[i].data() : image;
      if (i) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, in, out, 1, error, out,
                    weights[i].data(), out, 0, errors_[i].data(), in);
        for (int j = 0; j < batch * in; ++j) errors_[i][j] = x[j] > 0 ? errors_[i][j] : 0;
      }
      // The update is the product's own sum: no pass of its own.
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, out, batch, -kRate, x, in, error,
                  out, 1, weights[i].data(), out);
      for (int r = 0; r < batch; ++r)
        for (int j = 0; j < out; ++j) bias[i][j] -= kRate * error[r * out + j];
    }
  }

  std::vector<std::vector<float>> weights, bias;

 private:
  void softmax(const int32_t* label, int batch) {
    int classes = sizes_.back();
    for (int r = 0; r < batch; ++r) {
      const float* y = values_.back().data() + r * classes;
      float* e = errors_.back().data() + r * classes;
      float most = *std::max_element(y, y + classes), sum = 0;
      for (int j = 0; j < classes; ++j) sum += e[j] = std::exp(y[j] - most);
      for (int j = 0; j < classes; ++j)
        e[j] = (e[j] / sum - (j == label[r] ? 1.0f : 0.0f)) / float(batch);
    }
  }

  std::vector<int> sizes_;
  std::vector<std::vector<float>> gradient_, values_, errors_;
};

void run(const char* name, const fed_program& program, const std::vector<int>& sizes, int batch) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Batches data{kBatches, batch, std::vector<float>(kBatches * batch * 784),
               std::vector<int32_t>(kBatches * batch)};
  for (float& x : data.images) x = std::max(uniform(random), 0.0f);
  for (int32_t& y : data.labels) y = int32_t(random() % 10);
  Network start(sizes);
  Ours ours(program, &data);
  ours.set_param(kRate);
  for (size_t i = 0; i < start.weights.size(); ++i) {
    for (float& w : start.weights[i]) w = 0.05f * uniform(random);
    std::copy(start.weights[i].begin(), start.weights[i].end(), ours.argument(int(2 * i)));
  }
  Network theirs = start;
  auto t = measure({[&] { ours.call(); },
                    [&] {
                      theirs.weights = start.weights;  // ours begins with a copy, too
                      theirs.bias = start.bias;
                      for (int i = 0; i < kBatches; ++i)
                        theirs.step(&data.images[i * batch * 784], &data.labels[i * batch], batch);
                    }},
                   101, 200);
  for (size_t i = 0; i < start.weights.size(); ++i)
    for (size_t j = 0; j < start.weights[i].size(); ++j)
      if (std::abs(ours.output(int(2 * i))[j] - theirs.weights[i][j]) > 1e-3) {
        std::fprintf(stderr, "%s: wrong at weight %zu of layer %zu\n", name, j, i);
        std::exit(1);
      }
  std::printf("%-8s batch %2d %9.1f us a step  %5.2f  %3.0f%%\n", name, batch, t[0].best / kBatches,
              t[1].best / t[0].best, 100 * disturbance(t));
}

}  // namespace

int main() {
  for (int batch : {10, 20}) {
    run("softmax", softmax_client_program, {784, 10}, batch);
    run("2NN", network_client_program, {784, 200, 200, 10}, batch);
  }
}
