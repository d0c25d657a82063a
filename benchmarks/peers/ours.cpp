// The compiled steps as a worker of peers.py: see worker.py for what it reads and answers.
#include "ours.h"

#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <random>
#include <string>

extern "C" const fed_program softmax_client_program, network_client_program, cnn_client_program,
    lstm_10_client_program, lstm_20_client_program;

namespace {

constexpr int kBatches = 10;
constexpr double kSeconds = 0.1;

const fed_program* program_of(const std::string& model, int batch) {
  if (model == "softmax") return &softmax_client_program;
  if (model == "2NN") return &network_client_program;
  if (model == "CNN") return &cnn_client_program;
  if (model == "LSTM" && batch == 10) return &lstm_10_client_program;
  if (model == "LSTM" && batch == 20) return &lstm_20_client_program;
  return nullptr;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main() {
  std::vector<float> x;
  std::vector<int32_t> labels;
  Batches data;
  std::unique_ptr<Ours> ours;
  std::string word;
  while (std::cin >> word) {
    if (word == "go") {
      double start = now();
      int calls = 0;
      for (; now() - start < kSeconds; ++calls) ours->call();
      std::cout << (now() - start) / calls / kBatches * 1e6 << std::endl;
      continue;
    }
    int batch = 0;
    std::cin >> batch;
    const fed_program* program = program_of(word, batch);
    if (!program) return 1;
    std::vector<int64_t> dims = {batch, 784};
    if (word == "LSTM") dims = {80, batch, 256};
    size_t size = 1;
    for (int64_t dim : dims) size *= size_t(dim);
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    x.resize(kBatches * size);
    labels.resize(size_t(kBatches) * batch);
    for (float& value : x) value = std::max(uniform(random), 0.0f);
    for (int32_t& label : labels) label = int32_t(random() % 10);
    data = {kBatches,
            {{x.data(), size * sizeof(float), dims},
             {labels.data(), batch * sizeof(int32_t), {batch}}}};
    ours = std::make_unique<Ours>(*program, &data);
    ours->set_param(0.1f);
    const fed_layout& input = program->computations[0].input;
    for (uint64_t i = 0; i < input.leaf_count; ++i) {
      const fed_leaf& leaf = input.leaves[i];
      if (leaf.rank < 2) continue;  // biases are 0 at first
      int64_t n = 1;
      for (uint32_t d = 0; d < leaf.rank; ++d) n *= leaf.dims[d];
      for (int64_t j = 0; j < n; ++j) ours->argument(int(i))[j] = 0.05f * uniform(random);
    }
    std::cout << "ready" << std::endl;
  }
}
