#include "runtime/simulator/debug.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "runtime/data/json.h"
#include "runtime/program/describe.h"

namespace fedrt {

thread_local std::string* collected_debug = nullptr;

namespace {

constexpr int64_t kWhole = 16;  // elements of a tensor that is shown whole
constexpr int64_t kFirst = 8;   // of one that is not

double number(const Tensor& tensor, int64_t i) {
  switch (tensor.element) {
    case ElementType::kBool:
    case ElementType::kUint8:
      return tensor.as<uint8_t>()[i];
    case ElementType::kInt8:
      return tensor.as<int8_t>()[i];
    case ElementType::kInt16:
      return tensor.as<int16_t>()[i];
    case ElementType::kInt32:
      return tensor.as<int32_t>()[i];
    case ElementType::kInt64:
      return static_cast<double>(tensor.as<int64_t>()[i]);
    case ElementType::kUint16:
      return tensor.as<uint16_t>()[i];
    case ElementType::kUint32:
      return tensor.as<uint32_t>()[i];
    case ElementType::kUint64:
      return static_cast<double>(tensor.as<uint64_t>()[i]);
    case ElementType::kFloat16:
      return float16_to_float(tensor.as<uint16_t>()[i]);
    case ElementType::kBfloat16:
      return bfloat16_to_float(tensor.as<uint16_t>()[i]);
    case ElementType::kFloat32:
      return tensor.as<float>()[i];
    case ElementType::kFloat64:
      return tensor.as<double>()[i];
  }
  return 0;
}

// The elements from `*next` on, as lists of lists.
std::string nested(const Tensor& tensor, size_t dim, size_t* next) {
  if (dim == tensor.dims.size()) return print_element(tensor, (*next)++);
  std::string text = "[";
  for (int64_t i = 0; i < tensor.dims[dim]; ++i)
    absl::StrAppend(&text, i ? "," : "", nested(tensor, dim + 1, next));
  return text + "]";
}

std::string type_text(const Tensor& tensor) {
  std::string text(element_name(tensor.element));
  for (size_t d = 0; d < tensor.dims.size(); ++d)
    absl::StrAppend(&text, d ? "," : "[", tensor.dims[d]);
  return text + (tensor.dims.empty() ? "" : "]");
}

std::string who(const Computation& computation, const Arguments& arguments,
                std::optional<uint64_t> client) {
  const std::string where = client ? absl::StrCat("client ", *client, ": ") : "server: ";
  switch (computation.manifest->role()) {
    case proto::EXPORT:  // runs by itself, without clients
      return "";
    case proto::INITIALIZE:
      return "initialize, " + where;
    case proto::CLIENT_STATE:
      return "client_state, " + where;
    case proto::NEXT:
      return absl::StrCat("round ", arguments.round, ", ", where);
    case proto::EVALUATE:
      return absl::StrCat("evaluation after round ", arguments.round, ", ", where);
    default:
      return where;
  }
}

}  // namespace

Tensor shown_tensor(ElementType element, uint32_t rank, const fed_view& value,
                    const int64_t* bounds) {
  Tensor tensor = Tensor::zeros(element, {value.dims, value.dims + rank});
  const size_t bytes = element_size(element);
  const uint8_t* data = static_cast<const uint8_t*>(value.data);
  std::vector<int64_t> at(rank);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    int64_t place = 0;
    for (uint32_t d = 0; d < rank; ++d) place = place * bounds[d] + at[d];
    std::memcpy(&tensor.bytes[i * bytes], data + place * bytes, bytes);
    for (uint32_t d = rank; d-- > 0 && ++at[d] == tensor.dims[d];) at[d] = 0;
  }
  return tensor;
}

std::string tensor_text(const Tensor& tensor) {
  const int64_t size = tensor.size();
  if (size == 0) return type_text(tensor) + ", no elements";
  size_t next = 0;
  if (size <= kWhole) return nested(tensor, 0, &next);
  double least = INFINITY, most = -INFINITY, sum = 0;
  int64_t nan = 0;
  for (int64_t i = 0; i < size; ++i) {
    const double x = number(tensor, i);
    if (std::isnan(x)) {
      ++nan;
      continue;
    }
    least = std::min(least, x);
    most = std::max(most, x);
    sum += x;
  }
  std::string text = type_text(tensor);
  if (nan < size)
    absl::StrAppend(&text, ", min ", least, ", max ", most, ", mean ",
                    sum / static_cast<double>(size - nan));
  if (nan > 0) absl::StrAppend(&text, ", ", nan, " NaN");
  for (int64_t i = 0; i < kFirst; ++i)
    absl::StrAppend(&text, i ? ", " : ": ", print_element(tensor, i));
  return text + ", ...";
}

std::string debug_line(const Computation& computation, const Arguments& arguments,
                       std::optional<uint64_t> client, uint32_t site, const Tensor& value,
                       const proto::Manifest& manifest) {
  const proto::Site at = site < static_cast<uint32_t>(manifest.sites_size())
                             ? manifest.sites(static_cast<int>(site))
                             : proto::Site();
  return absl::StrCat(
      at.line() != 0 ? absl::StrCat(at.file(), ":", at.line(), ":", at.column(), ": ") : "",
      "debug: ", who(computation, arguments, client), at.text(), " = ", tensor_text(value));
}

void DebugQueue::hand_in(uint64_t index, std::string text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  early_.emplace(index, std::move(text));
  for (auto it = early_.begin(); it != early_.end() && it->first == next_; ++next_) {
    if (!it->second.empty()) write_(it->first, it->second);
    it = early_.erase(it);
  }
}

}  // namespace fedrt
