// Whole steps of training: the compiled ones against the same written in C++ over OpenBLAS, in this
// process. One line a model and batch (training.h).
#include "training.h"

extern "C" const fed_program softmax_client_program, network_client_program;

namespace {

// Dense layers with ReLU between them and softmax cross entropy behind the last, row-major.
class Network {
 public:
  explicit Network(std::vector<int> sizes) : sizes_(std::move(sizes)) {
    for (size_t i = 0; i + 1 < sizes_.size(); ++i) {
      weights.emplace_back(size_t(sizes_[i]) * sizes_[i + 1]);
      bias.emplace_back(sizes_[i + 1]);
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
    softmax_errors(values_.back().data(), label, batch, sizes_.back(), errors_.back().data());
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

  std::vector<Parameter> parameters() {
    std::vector<Parameter> all;
    for (size_t i = 0; i < weights.size(); ++i) {
      all.push_back(Parameter::of_weights(weights[i], sizes_[i + 1]));
      all.push_back(Parameter::of_bias(bias[i]));
    }
    return all;
  }

 private:
  std::vector<std::vector<float>> weights, bias;
  std::vector<int> sizes_;
  std::vector<std::vector<float>> values_, errors_;
};

void run(const char* name, const fed_program& program, const std::vector<int>& sizes, int batch) {
  double products = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i)
    products +=
        (i ? 3.0 : 2.0) * batch * sizes[i] * sizes[i + 1];  // nothing wants the images' gradient
  compare_training({name, &program, products, 10, batch, {batch, sizes.front()}, 101, 200, 1e-3},
                   [&] { return Network(sizes); });
}

}  // namespace

int main() {
  for (int batch : {10, 20}) {
    run("softmax", softmax_client_program, {784, 10}, batch);
    run("2NN", network_client_program, {784, 200, 200, 10}, batch);
  }
}
