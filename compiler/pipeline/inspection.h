#ifndef FEDC_COMPILER_PIPELINE_INSPECTION_H_
#define FEDC_COMPILER_PIPELINE_INSPECTION_H_

namespace fedc {

// What a simulation shows of a program beside its results. It changes none of these.
struct Inspection {
  bool debug = false;         // `debug` shows its values
  bool check_finite = false;  // the first operation that makes NaN or an infinity is an error
};

}  // namespace fedc

#endif  // FEDC_COMPILER_PIPELINE_INSPECTION_H_
