#include "compiler/link/missing.h"

#include <regex>
#include <set>
#include <string_view>
#include <vector>

namespace fedc {
namespace {

#if defined(__aarch64__)
constexpr std::string_view kHostArchitecture = "arm64";
#else
constexpr std::string_view kHostArchitecture = "amd64";
#endif

// The package of a library ("-lz") or start file ("crt1.o"). The C library and GCC's part of it
// come with the C++ library's package.
std::string_view package_of(const std::string& file) {
  if (file == "-lcurl") return "libcurl4-openssl-dev";
  if (file == "-lz") return "zlib1g-dev";
  for (const std::string_view name : {"-lstdc++", "-lm", "-lc", "-lgcc", "-lgcc_s"})
    if (file == name) return "libstdc++-12-dev";
  return file.find("crt") != std::string::npos ? "libstdc++-12-dev" : "";
}

std::string architecture(const std::string& target) {
  return target.rfind("aarch64", 0) == 0 ? "arm64" : "amd64";
}

std::string list(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "`" : "`, `") + word;
  return text + "`";
}

}  // namespace

std::string missing_packages(const std::string& said, const std::string& target) {
  // lld's two forms; clang names a start file that it did not find without a folder.
  static const std::regex form(
      R"(unable to find library (-l[^\s]+)|cannot open (?:[^\s:]*/)?([^\s/:]+\.o): No such file)");
  std::set<std::string> missing, packages;
  const bool foreign = architecture(target) != kHostArchitecture;
  for (std::sregex_iterator found(said.begin(), said.end(), form), end; found != end; ++found) {
    const std::string name = (*found)[1].matched ? (*found)[1].str() : (*found)[2].str();
    const std::string_view package = package_of(name);
    if (package.empty()) continue;
    missing.insert(name);
    packages.insert(std::string(package) + (foreign ? ":" + architecture(target) : ""));
  }
  if (missing.empty()) return "";
  std::string text = "this machine lacks " + list(missing) + " for " + target +
                     ": install the Debian package" + (packages.size() > 1 ? "s " : " ") +
                     list(packages);
  if (foreign)
    text += " (after `dpkg --add-architecture " + architecture(target) + "` and `apt-get update`)";
  return text;
}

}  // namespace fedc
