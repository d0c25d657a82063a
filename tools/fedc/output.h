// Where fedc's results go.
#ifndef FEDC_TOOLS_FEDC_OUTPUT_H_
#define FEDC_TOOLS_FEDC_OUTPUT_H_

#include <string>
#include <string_view>

#include "tools/fedc/options.h"

namespace fedc {

// Standard output, or files of the output folder (made when it is wanted first; the current one if
// none is given). Files are written whole or not at all. Methods answer false with a message for
// the user in `*error`.
class Output {
 public:
  explicit Output(const Options& options);

  // `suffix` makes the file's name: `_client.o` gives out/average_client.o.
  bool file(std::string_view suffix, std::string_view bytes, std::string* error);
  // `lib` and `_client.a` give out/libaverage_client.a.
  bool named(std::string_view prefix, std::string_view suffix, std::string_view bytes,
             std::string* error);
  bool program(std::string_view suffix, std::string_view bytes, std::string* error);
  // Into a file if a folder is given, else to standard output.
  bool text(std::string_view suffix, std::string_view text, std::string* error);

 private:
  bool write(const std::string& name, std::string_view bytes, int mode, std::string* error);

  std::string folder_, stem_;
};

}  // namespace fedc

#endif  // FEDC_TOOLS_FEDC_OUTPUT_H_
