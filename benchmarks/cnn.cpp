// A step of training the CNN of benchmarks/cnn.fed: the compiled one against the same in C++, each
// convolution a product of im2col's matrix by OpenBLAS. One line a batch: microseconds a step of
// ours, our speed over the other's, and how far the median of either is above its best.
#include "training.h"

extern "C" const fed_program cnn_client_program;

namespace {

constexpr int kMost = 20, kTaps = 5;

struct Layer {
  std::vector<float> w, b;
  Layer(size_t inputs, size_t outputs) : w(inputs * outputs), b(outputs) {}

  // Rows of inputs to rows of outputs.
  void forward(const float* x, int rows, bool relu, float* y) const {
    int out = int(b.size()), in = int(w.size()) / out;
    for (int r = 0; r < rows; ++r) std::copy(b.begin(), b.end(), y + size_t(r) * out);
    product(false, false, rows, out, in, 1, x, w.data(), 1, y);
    if (relu)
      for (size_t i = 0; i < size_t(rows) * out; ++i) y[i] = std::max(y[i], 0.0f);
  }
  void to_inputs(const float* g, int rows, float* d) const {
    int out = int(b.size()), in = int(w.size()) / out;
    product(false, true, rows, in, out, 1, g, w.data(), 0, d);
  }
  // The update is the product's own sum: no pass of its own.
  void update(const float* x, const float* g, int rows) {
    int out = int(b.size()), in = int(w.size()) / out;
    product(true, false, in, out, rows, -kRate, x, g, 1, w.data());
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < out; ++j) b[j] -= kRate * g[size_t(r) * out + j];
  }
};

// Windows of 5 by 5 around each pixel as rows, and back.
void columns(const float* x, int batch, int size, int channels, float* rows) {
  for (int n = 0; n < batch; ++n)
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j)
        for (int a = 0; a < kTaps; ++a)
          for (int b = 0; b < kTaps; ++b, rows += channels) {
            int h = i + a - 2, w = j + b - 2;
            if (h < 0 || h >= size || w < 0 || w >= size)
              std::fill_n(rows, channels, 0.0f);
            else
              std::copy_n(x + (size_t(n * size + h) * size + w) * channels, channels, rows);
          }
}
void from_columns(const float* rows, int batch, int size, int channels, float* x) {
  std::fill_n(x, size_t(batch) * size * size * channels, 0.0f);
  for (int n = 0; n < batch; ++n)
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j)
        for (int a = 0; a < kTaps; ++a)
          for (int b = 0; b < kTaps; ++b, rows += channels) {
            int h = i + a - 2, w = j + b - 2;
            if (h < 0 || h >= size || w < 0 || w >= size) continue;
            float* to = x + (size_t(n * size + h) * size + w) * channels;
            for (int c = 0; c < channels; ++c) to[c] += rows[c];
          }
}

// The largest of 2 by 2, and what goes back to it through the ReLU before.
void pool(const float* x, int batch, int size, int channels, float* y) {
  for (int n = 0; n < batch; ++n)
    for (int i = 0; i < size; i += 2)
      for (int j = 0; j < size; j += 2) {
        const float* a = x + (size_t(n * size + i) * size + j) * channels;
        const float* b = a + size_t(size) * channels;
        for (int c = 0; c < channels; ++c, ++y)
          *y = std::max(std::max(a[c], a[c + channels]), std::max(b[c], b[c + channels]));
      }
}
void from_pool(const float* x, const float* g, int batch, int size, int channels, float* d) {
  for (int n = 0; n < batch; ++n)
    for (int i = 0; i < size; i += 2)
      for (int j = 0; j < size; j += 2) {
        size_t at = (size_t(n * size + i) * size + j) * channels, below = size_t(size) * channels;
        const size_t places[] = {at, at + channels, at + below, at + below + channels};
        for (int c = 0; c < channels; ++c, ++g) {
          int best = 0;
          for (int k = 1; k < 4; ++k)
            if (x[places[k] + c] > x[places[best] + c]) best = k;
          for (int k = 0; k < 4; ++k) d[places[k] + c] = k == best && x[places[k] + c] > 0 ? *g : 0;
        }
      }
}

class Network {
 public:
  void step(const float* image, const int32_t* label, int batch) {
    const int big = 784 * batch, small = 196 * batch;
    columns(image, batch, 28, 1, x1.data());
    layers[0].forward(x1.data(), big, true, y1.data());
    pool(y1.data(), batch, 28, 32, p1.data());
    columns(p1.data(), batch, 14, 32, x2.data());
    layers[1].forward(x2.data(), small, true, y2.data());
    pool(y2.data(), batch, 14, 64, p2.data());
    layers[2].forward(p2.data(), batch, true, y3.data());
    layers[3].forward(y3.data(), batch, false, y4.data());
    softmax_errors(y4.data(), label, batch, 10, y4.data());
    layers[3].to_inputs(y4.data(), batch, g3.data());
    layers[3].update(y3.data(), y4.data(), batch);
    for (int i = 0; i < 512 * batch; ++i) g3[i] = y3[i] > 0 ? g3[i] : 0;
    layers[2].to_inputs(g3.data(), batch, gp2.data());
    layers[2].update(p2.data(), g3.data(), batch);
    from_pool(y2.data(), gp2.data(), batch, 14, 64, g2.data());
    layers[1].to_inputs(g2.data(), small, gx2.data());
    layers[1].update(x2.data(), g2.data(), small);
    from_columns(gx2.data(), batch, 14, 32, gp1.data());
    from_pool(y1.data(), gp1.data(), batch, 28, 32, g1.data());
    layers[0].update(x1.data(), g1.data(), big);
  }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> all;
    for (Layer& layer : layers) {
      all.push_back(Parameter::of_weights(layer.w, int(layer.b.size())));
      all.push_back(Parameter::of_bias(layer.b));
    }
    return all;
  }

 private:
  std::vector<Layer> layers = {{25, 32}, {800, 64}, {3136, 512}, {512, 10}};

  static std::vector<float> room(int a_image) {
    return std::vector<float>(size_t(a_image) * kMost);
  }
  std::vector<float> x1 = room(784 * 25), y1 = room(784 * 32), g1 = y1, p1 = room(196 * 32),
                     gp1 = p1, x2 = room(196 * 800), gx2 = x2, y2 = room(196 * 64), g2 = y2,
                     p2 = room(3136), gp2 = p2, y3 = room(512), g3 = y3, y4 = room(10);
};

}  // namespace

int main() {
  // Of a convolution without the taps in the padding: 6 of the 5 at each place, along a side.
  auto convolution = [](int side, double in, double out) {
    return (5.0 * side - 6) * (5.0 * side - 6) * in * out;
  };
  const double products =
      2 * convolution(28, 1, 32) + 3 * convolution(14, 32, 64) + 3.0 * 3136 * 512 + 3.0 * 512 * 10;
  for (int batch : {10, 20})
    compare_training(
        {"CNN", &cnn_client_program, products * batch, 4, batch, {batch, 784}, 31, 1, 1e-2},
        [] { return Network(); });
}
