#include "tools/fedc/output.h"

#include <filesystem>
#include <system_error>

#include "runtime/data/file.h"

namespace fedc {

Output::Output(const Options& options)
    : folder_(options.output), stem_(std::filesystem::path(options.file).stem().string()) {}

bool Output::write(const std::string& name, std::string_view bytes, int mode, std::string* error) {
  const std::filesystem::path folder = folder_.empty() ? "." : folder_;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    *error = "the folder `" + folder.string() + "` cannot be made: " + failed.message();
    return false;
  }
  const absl::Status status = fedrt::write_file((folder / name).string(), bytes, mode);
  *error = std::string(status.message());
  return status.ok();
}

bool Output::file(std::string_view suffix, std::string_view bytes, std::string* error) {
  return named("", suffix, bytes, error);
}

bool Output::named(std::string_view prefix, std::string_view suffix, std::string_view bytes,
                   std::string* error) {
  return write(std::string(prefix) + stem_ + std::string(suffix), bytes, 0666, error);
}

bool Output::program(std::string_view suffix, std::string_view bytes, std::string* error) {
  return write(stem_ + std::string(suffix), bytes, 0777, error);
}

bool Output::text(std::string_view suffix, std::string_view text, std::string* error) {
  if (!folder_.empty()) return file(suffix, text, error);
  const absl::Status status = fedrt::write_standard_output(text);
  *error = std::string(status.message());
  return status.ok();
}

}  // namespace fedc
