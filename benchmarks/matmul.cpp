// Products of matrices: the compiled ones against OpenBLAS, Eigen and (with HAVE_ONEDNN) oneDNN, in
// this process. One line a shape: name, microseconds and GFLOP/s of ours, how much that is of what
// the core can do at most, our speed over each of theirs and over the best's, and how far the
// median of any is above its best.
#include <cblas.h>

#include <Eigen/Core>
#include <cmath>
#include <random>

#ifdef HAVE_ONEDNN
#include <dnnl.h>
#endif

#include "measure.h"
#include "ours.h"
#include "peak.h"

#define SHAPE(kind, m, k, n) extern "C" const fed_program kind##_##m##x##k##x##n##_client_program;
#include "shapes.inc"
#undef SHAPE

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;

double logs[4] = {};  // of our speed over OpenBLAS's, Eigen's, oneDNN's, the best's
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
  std::vector<std::function<void()>> contenders = {[&] { ours.call(); }, blas, eigen};
#ifdef HAVE_ONEDNN
  contenders.push_back([&] {
    dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0,
               d.floats(), n);
  });
#endif
  contenders.push_back(peak);
  auto t = measure(contenders, 101, 200, thread_us);
  const Timing most = t.back();
  t.pop_back();
  for (int i = 0; i < m * n; ++i) {
    if (std::abs(ours.output(0)[i] - c.floats()[i]) > 1e-3) {
      std::fprintf(stderr, "%s %dx%dx%d: wrong at %d\n", kind, m, k, n, i);
      std::exit(1);
    }
  }
  const double operations = 2.0 * m * k * n;
  std::printf("%s %4dx%4dx%4d  %9.1f us %6.0f GFLOP/s %3.0f%% ", kind, m, k, n, t[0].best,
              1e-3 * operations / t[0].best,
              100 * (operations / t[0].best) / (kPeakOperations / most.best));
  double best = 1e30;
  for (size_t i = 1; i < t.size(); ++i) {
    double over = t[i].best / t[0].best;
    best = std::min(best, over);
    logs[i - 1] += std::log(over);
    std::printf(" %5.2f", over);
  }
  logs[3] += std::log(best);
  ++shapes;
  std::printf("  %5.2f  %3.0f%%\n", best, 100 * disturbance(t));
}

}  // namespace

int main() {
#define SHAPE(kind, m, k, n) run(#kind, kind##_##m##x##k##x##n##_client_program, m, k, n);
#include "shapes.inc"
  std::printf("geometric mean %38s ", "");
  for (double sum : logs)
    if (sum != 0) std::printf(" %5.2f", std::exp(sum / shapes));
  std::printf("\n");
}
