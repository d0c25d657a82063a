// Where the runtime's parts are that executables are linked from.
#ifndef COMPILER_LINK_INSTALLATION_H_
#define COMPILER_LINK_INSTALLATION_H_

#include <optional>
#include <string>

namespace fedc {

// An installation is a folder with bin/, where this program is, and lib/fedc/ beside it, wherever
// the folder is and whatever it is called.
class Installation {
 public:
  // The one that the running program is part of, by its real path.
  static Installation of_this_program();
  explicit Installation(std::string root) : root_(std::move(root)) {}

  // lib/fedc
  std::string libraries() const { return root_ + "/lib/fedc"; }

  // include/fedc
  std::string headers() const { return root_ + "/include/fedc"; }

  // The path of a file below lib/fedc, or of one of include/fedc; nothing and `*error`, which names
  // the file, where it is not there.
  std::optional<std::string> library(const std::string& name, std::string* error) const;
  std::optional<std::string> header(const std::string& name, std::string* error) const;

 private:
  std::string root_;
};

}  // namespace fedc

#endif  // COMPILER_LINK_INSTALLATION_H_
