/* What code of accumulators is compiled for: what every program that fedc compiles for this machine
 * needs, too. */
#ifndef RUNTIME_SERVER_ACCUMULATORS_MACHINE_H_
#define RUNTIME_SERVER_ACCUMULATORS_MACHINE_H_

#if defined(__x86_64__)
#define MACHINE __attribute__((target("arch=x86-64-v3")))
#else
#define MACHINE
#endif
#define INLINE static inline __attribute__((always_inline)) MACHINE

#endif /* RUNTIME_SERVER_ACCUMULATORS_MACHINE_H_ */
