#include "compiler/link/link.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "compiler/link/installation.h"

namespace fedc {
namespace {

namespace fs = std::filesystem;

constexpr char kArm[] = "aarch64-linux-gnu", kX86[] = "x86_64-linux-gnu";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class Link : public testing::Test {
 protected:
  Link() : folder_(fs::path(testing::TempDir()) / "link") {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "tmp");
    setenv("TMPDIR", (folder_ / "tmp").c_str(), 1);
  }
  ~Link() override { setenv("PATH", path_.c_str(), 1); }

  // An object for `target` of some C.
  LinkInput object(const std::string& code, const std::string& target) {
    const std::string in = folder_ / "in.c", out = folder_ / "in.o";
    std::ofstream(in) << code;
    std::string said;
    EXPECT_EQ(run_tool({"clang-22", "--target=" + target, "-fPIC", "-c", in, "-o", out}, &said), 0)
        << said;
    return {"thing.o", read(out)};
  }

  // A `clang-22` of its own folder, which is all that is on the PATH: the real one, which looks for
  // its linker and its settings there.
  void lone_clang(bool with_linker, const std::string& settings) {
    const fs::path bin = folder_ / "bin";
    fs::create_directories(bin);
    fs::copy_file(fs::canonical("/usr/bin/clang-22"), bin / "clang-22");
    if (with_linker) fs::create_symlink(fs::canonical("/usr/bin/ld.lld-22"), bin / "ld.lld");
    std::ofstream(bin / "clang.cfg") << settings << "\n";
    setenv("PATH", bin.c_str(), 1);
  }

  std::string error_of(const Executable& executable) {
    std::string error;
    EXPECT_FALSE(link_executable(executable, &error));
    EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
    return error;
  }

  fs::path folder_;
  std::string path_ = getenv("PATH");
};

TEST_F(Link, ExecutablesOfBothTargets) {
  for (const std::string target : {kX86, kArm}) {
    Executable executable{"thing", target, {object("int main(void) { return 7; }", target)}};
    std::string error;
    const auto bytes = link_executable(executable, &error);
    ASSERT_TRUE(bytes) << error;
    const std::string path = folder_ / "thing";
    std::ofstream(path, std::ios::binary) << *bytes;
    fs::permissions(path, fs::perms::owner_all);
    std::vector<std::string> command = {path};
    if (target == kArm) command.insert(command.begin(), "qemu-aarch64");
    EXPECT_EQ(run_tool(command, &error), 7) << error;
  }
  EXPECT_TRUE(fs::is_empty(folder_ / "tmp"));
}

TEST_F(Link, SharedObject) {
  std::string error;
  const auto bytes = link_shared(
      {object("int elsewhere(void); int f(void) { return elsewhere(); }", kX86)}, &error);
  ASSERT_TRUE(bytes) << error;
  EXPECT_EQ(bytes->substr(1, 3), "ELF");
}

// The linker's own words, with the objects' names.
TEST_F(Link, UndefinedSymbol) {
  const std::string error =
      error_of({"thing", kX86, {object("int f(void); int main(void) { return f(); }", kX86)}});
  EXPECT_NE(error.find("linking `thing` failed:\n"), std::string::npos) << error;
  EXPECT_NE(error.find("undefined symbol: f"), std::string::npos) << error;
  EXPECT_NE(error.find("thing.o:(main)"), std::string::npos) << error;
}

TEST_F(Link, NoClang) {
  const Executable executable{"thing", kX86, {object("int main(void) { return 0; }", kX86)}};
  setenv("PATH", (folder_ / "tmp").c_str(), 1);
  EXPECT_EQ(error_of(executable),
            "`clang-22` could not be run (No such file or directory): install the packages "
            "`clang-22` and `lld-22`");
}

TEST_F(Link, NoLinker) {
  const Executable executable{"thing", kX86, {object("int main(void) { return 0; }", kX86)}};
  lone_clang(/*with_linker=*/false, "");
  EXPECT_EQ(error_of(executable), "`ld.lld` is missing: install the package `lld-22`");
}

TEST_F(Link, NoLibrariesOfTheTarget) {
  for (const std::string target : {kX86, kArm}) {
    fs::remove_all(folder_ / "bin");
    setenv("PATH", path_.c_str(), 1);
    Executable executable{"thing", target, {object("int main(void) { return 0; }", target)}};
    executable.libraries = {"curl", "z", "stdc++"};
    lone_clang(/*with_linker=*/true, "--sysroot=" + (folder_ / "tmp").string());
    const std::string error = error_of(executable);
    EXPECT_EQ(error.rfind("cannot link `thing`: this machine lacks `-lc`, `-lcurl`, ", 0), 0u)
        << error;
    const std::string packages =
        target == kArm ? "`libcurl4-openssl-dev:arm64`, `libstdc++-12-dev:arm64`, "
                         "`zlib1g-dev:arm64` (after `dpkg --add-architecture arm64` and `apt-get "
                         "update`)"
                       : "`libcurl4-openssl-dev`, `libstdc++-12-dev`, `zlib1g-dev`";
    EXPECT_NE(error.find(" for " + target + ": install the Debian packages " + packages),
              std::string::npos)
        << error;
  }
}

// One library alone is missing.
TEST_F(Link, NoSuchLibrary) {
  Executable executable{"thing", kX86, {object("int main(void) { return 0; }", kX86)}};
  executable.libraries = {"c", "frobnicate"};
  const std::string error = error_of(executable);
  EXPECT_NE(error.find("unable to find library -lfrobnicate"), std::string::npos) << error;
}

TEST_F(Link, Installation) {
  const Installation installation((folder_ / "fedc").string());
  std::string error;
  EXPECT_FALSE(installation.library("libfed_server.so", &error));
  EXPECT_EQ(error,
            "`" + (folder_ / "fedc/lib/fedc/libfed_server.so").string() +
                "` is missing: executables and libraries are linked by the fedc of a whole "
                "installation, which `./dev install PREFIX` makes; `--emit=obj` writes objects "
                "alone");
  fs::create_directories(folder_ / "fedc/lib/fedc");
  std::ofstream(folder_ / "fedc/lib/fedc/libfed_server.so") << "x";
  EXPECT_EQ(installation.library("libfed_server.so", &error),
            (folder_ / "fedc/lib/fedc/libfed_server.so").string());
}

}  // namespace
}  // namespace fedc
