// Products of matrices: the compiled ones against OpenBLAS and Eigen, in this process. One line a
// shape: name, microseconds and GFLOP/s of ours, our speed over OpenBLAS's and over Eigen's, and
// the spread (quartiles over median, the largest of the three).
#include <cblas.h>

#include <Eigen/Core>
#include <cmath>
#include <random>

#include "measure.h"
#include "ours.h"

#define SHAPE(kind, m, k, n) extern "C" const fed_program kind##_##m##x##k##x##n##_client_program;
#include "shapes.inc"
#undef SHAPE

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;

double log_blas = 0, log_eigen = 0;
int shapes = 0;

void run(const char* kind, const fed_program& program, int m, int k, int n) {
  bool ta = kind[0] == 't', tb = kind[1] == 't';
  Ours ours(program, nullptr);
  float *a = ours.argument(0), *b = ours.argument(1);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (int i = 0; i < m * k; ++i) a[i] = uniform(random);
  for (int i = 0; i < k * n; ++i) b[i] = uniform(random);
  Block c(sizeof(float) * m * n), d(sizeof(float) * m * n);
  auto blas = [&] {
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n,
                k, 1, a, ta ? m : k, b, tb ? k : n, 0, c.floats(), n);
  };
  Map ma(a, ta ? k : m, ta ? m : k), mb(b, tb ? n : k, tb ? k : n), md(d.floats(), m, n);
  auto eigen = [&] {
    if (ta)
      md.noalias() = ma.transpose() * mb;
    else if (tb)
      md.noalias() = ma * mb.transpose();
    else
      md.noalias() = ma * mb;
  };
  auto t = measure({[&] { ours.call(); }, blas, eigen});
  for (int i = 0; i < m * n; ++i) {
    if (std::abs(ours.output(0)[i] - c.floats()[i]) > 1e-3) {
      std::fprintf(stderr, "%s %dx%dx%d: wrong at %d\n", kind, m, k, n, i);
      std::exit(1);
    }
  }
  double spread = 0;
  for (const Timing& x : t) spread = std::max(spread, (x.high - x.low) / x.median);
  double over_blas = t[1].median / t[0].median, over_eigen = t[2].median / t[0].median;
  log_blas += std::log(over_blas);
  log_eigen += std::log(over_eigen);
  ++shapes;
  std::printf("%s %4dx%4dx%4d  %9.1f us %6.0f GFLOP/s  %5.2f %5.2f  %3.0f%%\n", kind, m, k, n,
              t[0].median, 2e-3 * m * k * n / t[0].median, over_blas, over_eigen, 100 * spread);
}

}  // namespace

int main() {
#define SHAPE(kind, m, k, n) run(#kind, kind##_##m##x##k##x##n##_client_program, m, k, n);
#include "shapes.inc"
  std::printf("geometric mean %35s  %5.2f %5.2f\n", "", std::exp(log_blas / shapes),
              std::exp(log_eigen / shapes));
}
