// Bytes of images as the numbers from 0 to 1 that they stand for.
#ifndef RUNTIME_DATA_PIXELS_H_
#define RUNTIME_DATA_PIXELS_H_

#include <cstddef>
#include <cstdint>

namespace fedrt {

// out[p] = in[p] / 255, rounded once, as a program of its own would scale.
void pixels_of_bytes(const uint8_t* in, size_t count, float* out);
void pixels_of_bytes(const uint8_t* in, size_t count, double* out);

}  // namespace fedrt

#endif  // RUNTIME_DATA_PIXELS_H_
