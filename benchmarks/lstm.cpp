// A step of training the LSTM of benchmarks/lstm.fed: the compiled one against the same in C++ over
// OpenBLAS, with Eigen's vectorised functions. The inputs' part of all gates is one product over
// all steps, the state's part one product a step, and so are the gradients of the weights: one
// product each, behind the loop.
#include <Eigen/Core>

#include "training.h"

extern "C" const fed_program lstm_10_client_program, lstm_20_client_program;

namespace {

constexpr int kSteps = 80, kInputs = 256, kState = 256, kGates = 4 * kState, kClasses = 10;

using Rows = Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0,
                        Eigen::OuterStride<>>;

class Lstm {
 public:
  explicit Lstm(int batch)
      : z_(room(batch, kGates)),
        dz_(z_),
        tanh_c_(room(batch, kState)),
        h_(size_t(kSteps + 1) * batch * kState),
        c_(h_),
        dh_(size_t(batch) * kState),
        dc_(dh_),
        y_(size_t(batch) * kClasses) {}

  std::vector<Parameter> parameters() {
    std::vector<Parameter> all;
    for (int gate = 0; gate < 4; ++gate) {
      const int at = gate * kState;
      all.push_back({&of_input_[at], kInputs, kState, kGates, kInputs + kState});
      all.push_back({&of_state_[at], kState, kState, kGates, kInputs + kState});
      all.push_back({&bias_[at], 1, kState, kState, 0});
    }
    all.push_back(Parameter::of_weights(out_, kClasses));
    all.push_back(Parameter::of_bias(out_bias_));
    return all;
  }

  void step(const float* x, const int32_t* label, int batch) {
    const int all = kSteps * batch;
    for (int r = 0; r < all; ++r) std::copy(bias_.begin(), bias_.end(), &z_[size_t(r) * kGates]);
    product(false, false, all, kGates, kInputs, 1, x, of_input_.data(), 1, z_.data());
    for (int t = 0; t < kSteps; ++t) forward(t, batch);
    const float* last = &h_[size_t(all) * kState];
    for (int r = 0; r < batch; ++r)
      std::copy(out_bias_.begin(), out_bias_.end(), &y_[r * kClasses]);
    product(false, false, batch, kClasses, kState, 1, last, out_.data(), 1, y_.data());
    softmax_errors(y_.data(), label, batch, kClasses, y_.data());
    product(false, true, batch, kState, kClasses, 1, y_.data(), out_.data(), 0, dh_.data());
    product(true, false, kState, kClasses, batch, -kRate, last, y_.data(), 1, out_.data());
    for (int r = 0; r < batch; ++r)
      for (int j = 0; j < kClasses; ++j) out_bias_[j] -= kRate * y_[r * kClasses + j];
    std::fill(dc_.begin(), dc_.end(), 0.0f);
    for (int t = kSteps - 1; t >= 0; --t) backward(t, batch);
    // The updates are the products' own sums: no passes of their own.
    product(true, false, kInputs, kGates, all, -kRate, x, dz_.data(), 1, of_input_.data());
    product(true, false, kState, kGates, all, -kRate, h_.data(), dz_.data(), 1, of_state_.data());
    Eigen::Map<Eigen::RowVectorXf>(bias_.data(), kGates) -=
        kRate * rows(dz_, 0, all, kGates).matrix().colwise().sum();
  }

 private:
  static std::vector<float> room(int batch, int width) {
    return std::vector<float>(size_t(kSteps) * batch * width);
  }
  static Rows rows(std::vector<float>& of, int from, int count, int width, int part = 0,
                   int stride = 0) {
    stride = stride ? stride : width;
    return Rows(&of[size_t(from) * stride + part], count, width, Eigen::OuterStride<>(stride));
  }
  Rows gate(std::vector<float>& of, int t, int batch, int number) {
    return rows(of, t * batch, batch, kState, number * kState, kGates);
  }

  void forward(int t, int batch) {
    float* z = &z_[size_t(t) * batch * kGates];
    product(false, false, batch, kGates, kState, 1, &h_[size_t(t) * batch * kState],
            of_state_.data(), 1, z);
    Rows gates = rows(z_, t * batch, batch, 3 * kState, 0, kGates), g = gate(z_, t, batch, 3);
    gates = gates.logistic();
    g = g.tanh();
    Rows next = rows(c_, (t + 1) * batch, batch, kState),
         tanh_c = rows(tanh_c_, t * batch, batch, kState);
    next = gate(z_, t, batch, 1) * rows(c_, t * batch, batch, kState) + gate(z_, t, batch, 0) * g;
    tanh_c = next.tanh();
    rows(h_, (t + 1) * batch, batch, kState) = gate(z_, t, batch, 2) * tanh_c;
  }

  void backward(int t, int batch) {
    Rows i = gate(z_, t, batch, 0), f = gate(z_, t, batch, 1), o = gate(z_, t, batch, 2),
         g = gate(z_, t, batch, 3), tanh_c = rows(tanh_c_, t * batch, batch, kState),
         dh = rows(dh_, 0, batch, kState), dc = rows(dc_, 0, batch, kState);
    dc += dh * o * (1 - tanh_c * tanh_c);
    gate(dz_, t, batch, 0) = dc * g * i * (1 - i);
    gate(dz_, t, batch, 1) = dc * rows(c_, t * batch, batch, kState) * f * (1 - f);
    gate(dz_, t, batch, 2) = dh * tanh_c * o * (1 - o);
    gate(dz_, t, batch, 3) = dc * i * (1 - g * g);
    dc *= f;
    if (t > 0)
      product(false, true, batch, kState, kGates, 1, &dz_[size_t(t) * batch * kGates],
              of_state_.data(), 0, dh_.data());
  }

  // The gates side by side: input, forget, output, cell.
  std::vector<float> of_input_ = std::vector<float>(kInputs * kGates),
                     of_state_ = std::vector<float>(kState * kGates),
                     bias_ = std::vector<float>(kGates),
                     out_ = std::vector<float>(kState * kClasses),
                     out_bias_ = std::vector<float>(kClasses);
  std::vector<float> z_, dz_, tanh_c_, h_, c_, dh_, dc_, y_;
};

}  // namespace

int main() {
  // No inputs' gradient, no gradient of the first state.
  const double products = 2.0 * kSteps * kInputs * kGates + (3.0 * kSteps - 1) * kState * kGates +
                          3.0 * kState * kClasses;
  for (int batch : {10, 20})
    compare_training({"LSTM",
                      batch == 10 ? &lstm_10_client_program : &lstm_20_client_program,
                      products * batch,
                      2,
                      batch,
                      {kSteps, batch, kInputs},
                      15,
                      1,
                      1e-3},
                     [&] { return Lstm(batch); });
}
