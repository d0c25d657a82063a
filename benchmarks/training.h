// Steps of training: a compiled program that takes a model and batches of x and labels, against the
// same in C++ over OpenBLAS. (Inside benchmarks.)
#ifndef BENCHMARKS_TRAINING_H_
#define BENCHMARKS_TRAINING_H_

#include <cblas.h>

#include <cmath>
#include <random>

#include "measure.h"
#include "ours.h"
#include "peak.h"

constexpr float kRate = 0.1f;  // the step's length, in all of them

// C += or = A B, with either transposed; dense and row-major.
inline void product(bool ta, bool tb, int m, int n, int k, float scale, const float* a,
                    const float* b, float keep, float* c) {
  cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n,
              k, scale, a, ta ? m : k, b, tb ? k : n, keep, c, n);
}

// Of the mean cross entropy of softmax, the gradients `e` by the logits `y`; they may be one.
inline void softmax_errors(const float* y, const int32_t* label, int batch, int classes, float* e) {
  for (int r = 0; r < batch; ++r, y += classes, e += classes) {
    float most = *std::max_element(y, y + classes), sum = 0;
    for (int j = 0; j < classes; ++j) sum += e[j] = std::exp(y[j] - most);
    for (int j = 0; j < classes; ++j)
      e[j] = (e[j] / sum - (j == label[r] ? 1.0f : 0.0f)) / float(batch);
  }
}

// Where the numbers of one leaf of the model are: rows, which may be parts of longer ones.
struct Parameter {
  float* data;
  int rows, columns, stride;
  int inputs;  // of one output; 0 for a bias

  static Parameter of_weights(std::vector<float>& w, int outputs) {
    int inputs = int(w.size()) / outputs;
    return {w.data(), inputs, outputs, outputs, inputs};
  }
  static Parameter of_bias(std::vector<float>& b) {
    return {b.data(), 1, int(b.size()), int(b.size()), 0};
  }
  float& at(int i, int j) const { return data[size_t(i) * stride + j]; }
};

struct Training {
  const char* name;
  const fed_program* program;
  double products;  // of numbers, in the products of matrices and convolutions of a step
  int batches, batch;
  std::vector<int64_t> x_dims;  // of a batch
  int rounds;
  double round_us, tolerance;
};

// A call alone would be over before the core is at its full speed.
constexpr int kPeaks = 50;

// One line: microseconds a step of ours, our speed over the other's; the time that the core needs
// for the step's products at least, as parts of both times, and so how much faster than the other
// anything could be; and how far the median of any is above its best. What `make` makes has
// `parameters()`, in the order of the program's leaves, all 0 at first, and `step(x, labels,
// batch)`.
template <class Make>
void compare_training(const Training& t, Make make) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  size_t size = 1;
  for (int64_t dim : t.x_dims) size *= size_t(dim);
  std::vector<float> x(size * t.batches);
  std::vector<int32_t> labels(size_t(t.batches) * t.batch);
  for (float& value : x) value = std::max(uniform(random), 0.0f);
  for (int32_t& label : labels) label = int32_t(random() % 10);
  Batches data{t.batches,
               {{x.data(), size * sizeof(float), t.x_dims},
                {labels.data(), t.batch * sizeof(int32_t), {t.batch}}}};
  Ours ours(*t.program, &data);
  ours.set_param(kRate);
  auto start = make(), theirs = make();
  std::vector<Parameter> from = start.parameters(), to = theirs.parameters();
  for (size_t leaf = 0; leaf < from.size(); ++leaf) {
    const Parameter& p = from[leaf];
    const float scale = p.inputs ? std::sqrt(6.0f / p.inputs) : 0;
    for (int i = 0; i < p.rows; ++i)
      for (int j = 0; j < p.columns; ++j)
        ours.argument(int(leaf))[size_t(i) * p.columns + j] = p.at(i, j) = scale * uniform(random);
  }
  auto timings =
      measure({[&] { ours.call(); },
               [&] {
                 // Ours begins with a copy, too.
                 for (size_t leaf = 0; leaf < from.size(); ++leaf)
                   for (int i = 0; i < from[leaf].rows; ++i)
                     std::copy_n(&from[leaf].at(i, 0), from[leaf].columns, &to[leaf].at(i, 0));
                 for (int i = 0; i < t.batches; ++i)
                   theirs.step(&x[i * size], &labels[size_t(i) * t.batch], t.batch);
               },
               [] {
                 for (int i = 0; i < kPeaks; ++i) peak();
               }},
              t.rounds, t.round_us, thread_us);
  for (size_t leaf = 0; leaf < to.size(); ++leaf)
    for (int i = 0; i < to[leaf].rows; ++i)
      for (int j = 0; j < to[leaf].columns; ++j)
        if (std::abs(ours.output(int(leaf))[size_t(i) * to[leaf].columns + j] - to[leaf].at(i, j)) >
            t.tolerance) {
          std::fprintf(stderr, "%s: wrong at row %d, column %d of leaf %zu\n", t.name, i, j, leaf);
          std::exit(1);
        }
  const double least = 2 * t.products * timings[2].best / (kPeaks * kPeakOperations),
               our_time = timings[0].best / t.batches, their_time = timings[1].best / t.batches;
  std::printf("%-8s batch %2d %9.1f us a step  %5.2f  %3.0f%% %3.0f%%  %5.2f  %3.0f%%\n", t.name,
              t.batch, our_time, their_time / our_time, 100 * least / our_time,
              100 * least / their_time, their_time / least, 100 * disturbance(timings));
}

#endif  // BENCHMARKS_TRAINING_H_
