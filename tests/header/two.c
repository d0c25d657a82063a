/* Two programs in one application: nothing of one library is visible to the other. */
#include <stdio.h>

#include "exports_client.h"
#include "names_client.h"

static unsigned char memory[EXPORTS_CLIENT_BYTES + NAMES_CLIENT_BYTES + 64 + 64];

int main(void) {
  static const float x[3] = {1, 2, 3};
  unsigned char* first = memory + (64 - (uintptr_t)memory % 64) % 64;
  unsigned char* second = first + (EXPORTS_CLIENT_BYTES + 63) / 64 * 64;
  exports_host exports = {sizeof exports, NULL, NULL};
  names_host names = {sizeof names, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL};
  exports_client* a = exports_open(first, EXPORTS_CLIENT_BYTES, &exports);
  names_client* b = names_open(second, NAMES_CLIENT_BYTES, &names);
  float dot;
  int32_t version;
  if (exports_dot(a, x, x, &dot) != FED_OK || names_version(b, &version) != FED_OK) return 1;
  printf("%g %d\n", (double)dot, (int)version);
  return 0;
}
