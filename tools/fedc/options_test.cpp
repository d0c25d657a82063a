#include "tools/fedc/options.h"

#include <gtest/gtest.h>

#include "compiler/codegen/targets.h"

namespace fedc {
namespace {

Options parsed(const std::vector<std::string>& arguments) {
  Options options;
  std::string error;
  EXPECT_TRUE(parse_options(arguments, &options, &error)) << error;
  return options;
}

std::string refused(const std::vector<std::string>& arguments) {
  Options options;
  std::string error;
  EXPECT_FALSE(parse_options(arguments, &options, &error));
  return error;
}

TEST(Options, Forms) {
  EXPECT_EQ(parsed({"a.fed"}).file, "a.fed");
  EXPECT_EQ(parsed({"a.fed", "-o", "out"}).output, "out");
  EXPECT_EQ(parsed({"-oout", "a.fed"}).output, "out");
  EXPECT_EQ(parsed({"--output=out", "a.fed"}).output, "out");
  EXPECT_EQ(parsed({"--output", "out", "a.fed"}).output, "out");
  EXPECT_EQ(parsed({"--", "-a.fed"}).file, "-a.fed");
  EXPECT_EQ(parsed({"a.fed", "--emit=split"}).emit, Emit::kSplit);
  EXPECT_EQ(parsed({"a.fed", "--target=aarch64-linux-gnu"}).target, "aarch64-linux-gnu");
  EXPECT_EQ(parsed({"a.fed", "--cpu=x86-64-v4"}).cpu, "x86-64-v4");
  EXPECT_EQ(parsed({"--cpu=armv8-a", "a.fed", "--target=aarch64-linux-gnu"}).cpu, "armv8-a");
  EXPECT_EQ(parsed({"a.fed", "--target=arm64-apple-macosx", "--emit=obj"}).target,
            "arm64-apple-macosx");
  EXPECT_EQ(parsed({"a.fed", "--target=arm64-apple-macosx", "--report=cost"}).report,
            Report::kCost);
  EXPECT_EQ(parsed({"a.fed", "--report=privacy"}).report, Report::kPrivacy);
  EXPECT_EQ(parsed({"a.fed", "-D", "n=3", "-Dm=a=b"}).defines,
            (std::map<std::string, std::string>{{"n", "3"}, {"m", "a=b"}}));
  EXPECT_EQ(parsed({"a.fed", "-I", "x", "-Iy"}).import_path, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(parsed({"--help"}).help);
  EXPECT_TRUE(parsed({"a.fed", "--diagnostics=json"}).json_diagnostics);
  EXPECT_EQ(parsed({"--explain", "F0226"}).explain, "F0226");
}

TEST(Options, Refused) {
  EXPECT_EQ(refused({}), "no file is given");
  EXPECT_EQ(refused({""}), "the name of the file is empty");
  EXPECT_EQ(refused({"a.fed", "b.fed"}), "one file at a time: `a.fed` and `b.fed` are given");
  EXPECT_EQ(refused({"a.fed", "--emti=fed"}), "unknown option `--emti`; did you mean `--emit`?");
  EXPECT_EQ(refused({"a.fed", "--frobnicate"}), "unknown option `--frobnicate`");
  EXPECT_EQ(refused({"a.fed", "--rounds=2"}),
            "`--rounds` is for running a program: fed-run, or the server that fedc makes");
  EXPECT_EQ(refused({"a.fed", "-x"}), "unknown option `-x`");
  EXPECT_EQ(refused({"a.fed", "--emit"}), "`--emit` needs a value");
  EXPECT_EQ(refused({"a.fed", "--emit="}), "`--emit` needs a value");
  EXPECT_EQ(refused({"a.fed", "--emit=splt"}), "there is no `--emit=splt`; did you mean `split`?");
  EXPECT_EQ(
      refused({"a.fed", "--emit=binary"}),
      "there is no `--emit=binary`; it can be ast, core, fed, split, llvm, asm, obj, exe, lib");
  EXPECT_EQ(refused({"a.fed", "--target=sparc"}),
            "unknown target `sparc`; it can be " + known_targets());
  EXPECT_EQ(refused({"a.fed", "--cpu=armv8-a"}),
            "`x86_64-linux-gnu` has no processors `armv8-a`; it can be x86-64-v3, x86-64-v4");
  EXPECT_EQ(refused({"a.fed", "--target=arm64-apple-macosx"}),
            "executables are made for Linux alone: write `--emit=lib` to get the library and its "
            "header for `arm64-apple-macosx`, which go into an app");
  EXPECT_EQ(refused({"a.fed", "--report=size"}),
            "there is no `--report=size`; it can be privacy, memory, cost, cost-json");
  EXPECT_EQ(refused({"a.fed", "--diagnostics=xml"}),
            "there is no `--diagnostics=xml`; it can be text, json");
  EXPECT_EQ(refused({"a.fed", "-o", "x", "-o", "y"}), "`-o` is given twice");
  EXPECT_EQ(refused({"a.fed", "--report=cost", "--report=memory"}),
            "`--report` is given twice: one report at a time");
  EXPECT_EQ(refused({"a.fed", "--emit=fed", "--emit=fed"}), "`--emit` is given twice");
  EXPECT_EQ(refused({"a.fed", "-Dn"}), "`--define` takes NAME=VALUE, not `n`");
}

}  // namespace
}  // namespace fedc
