/* What ThreadSanitizer cannot judge: libraries of the system, which are not compiled for it, so
 * that it sees their threads hand memory over but not the locks under which they do; gRPC's headers
 * are a part of that library. */
const char* __tsan_default_suppressions(void);

const char* __tsan_default_suppressions(void) {
  return "race:libgrpc.so\n"
         "race:libgrpc++.so\n"
         "race:libgpr.so\n"
         "race:libcurl.so\n"
         "race:libabsl_\n"
         "race:libprotobuf.so\n"
         "race:libupb.so\n"
         "race:^grpc::\n"
         "thread:libgrpc.so\n"
         "thread:libgpr.so\n"
         "mutex:libgrpc.so\n"
         "deadlock:libgrpc.so\n";
}
