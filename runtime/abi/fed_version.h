/* The version of fedc: of the compiler, of its tools, and of the run time that programs are linked
 * with. Not that of the contract (FED_ABI_VERSION), nor of the protocol. */
#ifndef FED_VERSION_H_
#define FED_VERSION_H_

#define FEDC_VERSION "0.1.0"

#endif /* FED_VERSION_H_ */
