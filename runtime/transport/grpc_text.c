#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/transport/grpc_call.h"

/* The bytes of the well-formed UTF-8 sequence at `s`, 0 if there is none; of code points that a
 * terminal does not obey. */
static size_t sequence_bytes(const unsigned char* s) {
  size_t length, i;
  uint32_t code;
  if (s[0] < 0x80) return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
  if (s[0] >= 0xc2 && s[0] <= 0xdf) {
    length = 2;
    code = s[0] & 0x1fu;
  } else if ((s[0] & 0xf0) == 0xe0) {
    length = 3;
    code = s[0] & 0x0fu;
  } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
    length = 4;
    code = s[0] & 0x07u;
  } else {
    return 0;
  }
  for (i = 1; i < length; ++i) {
    if ((s[i] & 0xc0) != 0x80) return 0; /* also at the end of the text */
    code = code << 6 | (s[i] & 0x3fu);
  }
  if (code < 0xa0 || (length == 3 && code < 0x800) || (length == 4 && code < 0x10000) ||
      (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    return 0;
  /* Marks that turn the direction of writing could make a text read as another one. */
  if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) return 0;
  return length;
}

void grpc_clean_text(char* text) {
  unsigned char* s = (unsigned char*)text;
  while (*s != 0) {
    const size_t length = sequence_bytes(s);
    if (length == 0 && *s != '\n') *s = *s == '\t' || *s == '\r' ? ' ' : '?';
    s += length != 0 ? length : 1;
  }
}

int32_t grpc_end(fed_rpc* rpc, int32_t status, const char* format, ...) {
  va_list arguments;
  rpc->status = status;
  rpc->from_server = 0;
  va_start(arguments, format);
  vsnprintf(rpc->text, sizeof rpc->text, format, arguments);
  va_end(arguments);
  grpc_clean_text(rpc->text);
  return status;
}
