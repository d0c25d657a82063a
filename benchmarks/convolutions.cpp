// Convolutions and their gradients: the compiled ones against oneDNN, in this process. One line a
// layer and operation: sizes, microseconds and GFLOP/s of ours, our speed over the other's, and how
// far the median of either is above its best.
//
// Images are NHWC for both. oneDNN chooses the layout of its filters; what it takes to bring a
// filter, which changes with each step of training, into that layout or a gradient out of it counts
// as its time, as our copies count as ours.
#include <cmath>
#include <dnnl.hpp>
#include <random>

#include "measure.h"
#include "ours.h"

#define LAYER(b, s, c, o, k, p)                                                      \
  extern "C" const fed_program forward_##b##x##s##x##c##x##o##x##k##_client_program, \
      data_##b##x##s##x##c##x##o##x##k##_client_program,                             \
      filter_##b##x##s##x##c##x##o##x##k##_client_program;
#include "layers.inc"
#undef LAYER

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

struct Layer {
  int batch, size, in, out, taps, padding;
};

class Theirs {
 public:
  explicit Theirs(const Layer& l)
      : engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        operand_({{l.batch, l.in, l.size, l.size}, memory::data_type::f32, Tag::nhwc}),
        result_({{l.batch, l.out, l.size, l.size}, memory::data_type::f32, Tag::nhwc}),
        filter_({{l.out, l.in, l.taps, l.taps}, memory::data_type::f32, Tag::hwio}),
        any_({{l.out, l.in, l.taps, l.taps}, memory::data_type::f32, Tag::any}) {
    const memory::dims strides = {1, 1}, padding = {l.padding, l.padding};
    const auto direct = dnnl::algorithm::convolution_direct;
    Forward::desc forward(dnnl::prop_kind::forward_training, direct, operand_, any_, result_,
                          strides, padding, padding);
    Data::desc data(direct, operand_, any_, result_, strides, padding, padding);
    Filter::desc filter(direct, operand_, any_, result_, strides, padding, padding);
    forward_ = {forward, engine_};
    data_ = {data, engine_, forward_};
    filter_pd_ = {filter, engine_, forward_};
    forward_run_ = Forward(forward_);
    data_run_ = Data(data_);
    filter_run_ = Filter(filter_pd_);
    for_forward_ = memory(forward_.weights_desc(), engine_);
    for_data_ = memory(data_.weights_desc(), engine_);
    from_filter_ = memory(filter_pd_.diff_weights_desc(), engine_);
  }

  void forward(float* x, float* w, float* y) {
    memory plain(filter_, engine_, w), used = plain;
    if (forward_.weights_desc() != filter_) move(plain, used = for_forward_);
    forward_run_.execute(stream_, {{DNNL_ARG_SRC, {operand_, engine_, x}},
                                   {DNNL_ARG_WEIGHTS, used},
                                   {DNNL_ARG_DST, {result_, engine_, y}}});
    stream_.wait();
  }
  void data(float* w, float* g, float* d) {
    memory plain(filter_, engine_, w), used = plain;
    if (data_.weights_desc() != filter_) move(plain, used = for_data_);
    data_run_.execute(stream_, {{DNNL_ARG_DIFF_DST, {result_, engine_, g}},
                                {DNNL_ARG_WEIGHTS, used},
                                {DNNL_ARG_DIFF_SRC, {operand_, engine_, d}}});
    stream_.wait();
  }
  void filter(float* x, float* g, float* d) {
    memory plain(filter_, engine_, d), used = plain;
    bool moves = filter_pd_.diff_weights_desc() != filter_;
    if (moves) used = from_filter_;
    filter_run_.execute(stream_, {{DNNL_ARG_SRC, {operand_, engine_, x}},
                                  {DNNL_ARG_DIFF_DST, {result_, engine_, g}},
                                  {DNNL_ARG_DIFF_WEIGHTS, used}});
    if (moves) move(used, plain);
    stream_.wait();
  }

 private:
  using Forward = dnnl::convolution_forward;
  using Data = dnnl::convolution_backward_data;
  using Filter = dnnl::convolution_backward_weights;

  void move(memory& from, memory& to) { dnnl::reorder(from, to).execute(stream_, from, to); }

  dnnl::engine engine_;
  dnnl::stream stream_;
  memory::desc operand_, result_, filter_, any_;
  Forward::primitive_desc forward_;
  Data::primitive_desc data_;
  Filter::primitive_desc filter_pd_;
  Forward forward_run_;
  Data data_run_;
  Filter filter_run_;
  memory for_forward_, for_data_, from_filter_;
};

double logs = 0;
int rows = 0;

void compare(const char* name, const Layer& l, const fed_program& program, size_t results,
             const std::function<void(float*, float*, float*)>& theirs) {
  Ours ours(program, nullptr);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (size_t i = 0; i < ours.input.bytes() / sizeof(float); ++i)
    ours.input.floats()[i] = uniform(random);
  Block other(results * sizeof(float));
  auto t = measure(
      {[&] { ours.call(); }, [&] { theirs(ours.argument(0), ours.argument(1), other.floats()); }},
      101, 200, thread_us);
  for (size_t i = 0; i < results; ++i)
    if (std::abs(ours.output(0)[i] - other.floats()[i]) > 1e-3 * l.taps * l.taps) {
      std::fprintf(stderr, "%s: wrong at %zu\n", name, i);
      std::exit(1);
    }
  double over = t[1].best / t[0].best;
  logs += std::log(over);
  ++rows;
  double products = double(l.batch) * l.size * l.size * l.in * l.out * l.taps * l.taps;
  std::printf("%-8s %2dx%2dx%2dx%2d, %dx%d to %2d %9.1f us %6.0f GFLOP/s  %5.2f  %3.0f%%\n", name,
              l.batch, l.size, l.size, l.in, l.taps, l.taps, l.out, t[0].best,
              2e-3 * products / t[0].best, over, 100 * disturbance(t));
}

void run(const Layer& l, const fed_program& forward, const fed_program& data,
         const fed_program& filter) {
  Theirs theirs(l);
  const size_t pixels = size_t(l.batch) * l.size * l.size;
  compare("forward", l, forward, pixels * l.out,
          [&](float* x, float* w, float* y) { theirs.forward(x, w, y); });
  compare("data", l, data, pixels * l.in,
          [&](float* w, float* g, float* d) { theirs.data(w, g, d); });
  compare("filter", l, filter, size_t(l.taps) * l.taps * l.in * l.out,
          [&](float* x, float* g, float* d) { theirs.filter(x, g, d); });
}

}  // namespace

int main() {
#define LAYER(b, s, c, o, k, p)                                                 \
  run({b, s, c, o, k, p}, forward_##b##x##s##x##c##x##o##x##k##_client_program, \
      data_##b##x##s##x##c##x##o##x##k##_client_program,                        \
      filter_##b##x##s##x##c##x##o##x##k##_client_program);
#include "layers.inc"
  std::printf("geometric mean %43s  %5.2f\n", "", std::exp(logs / rows));
}
