#include <gtest/gtest.h>
#include <sys/resource.h>

#include <new>

#include "compiler/driver/code.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/fatal_errors.h"
#include "compiler/driver/mlir_diagnostics.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/manifest.pb.h"

namespace fedc {
namespace {

constexpr char kAverage[] =
    "fn average(readings: {float32}@CLIENTS) -> float32@SERVER { federated_mean(readings) }\n";

TEST(Compilation, Stages) {
  Compilation compilation;
  ASSERT_TRUE(compilation.parse_text("average.fed", kAverage));
  ASSERT_TRUE(compilation.check());
  ASSERT_TRUE(compilation.emit());
  EXPECT_NE(compilation.module_text(/*locations=*/false).find("fed.mean"), std::string::npos);
  EXPECT_NE(compilation.module_text(/*locations=*/true).find("\"average.fed\":1:61"),
            std::string::npos);
  ASSERT_TRUE(compilation.optimise());
  ASSERT_TRUE(compilation.split());
  EXPECT_NE(compilation.module_text(/*locations=*/false).find("fed.phase"), std::string::npos);
  ASSERT_TRUE(compilation.describe());
  EXPECT_EQ(compilation.manifest().computations_size(), 1);
  std::optional<std::string> object = client_code(compilation, CodeForm::kObject);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->substr(0, 4),
            "\x7f"
            "ELF");
  EXPECT_EQ(symbol_prefix_of(compilation), "average");
  EXPECT_FALSE(compilation.diagnostics().has_errors());
}

TEST(Compilation, ReadErrors) {
  Compilation compilation;
  std::string error;
  EXPECT_FALSE(compilation.parse_file("/nowhere/average.fed", &error));
  EXPECT_EQ(error, "No such file or directory");
  EXPECT_FALSE(compilation.diagnostics().has_errors());
}

// Errors stop at the stage that found them; every stage before has found all of its own.
TEST(Compilation, Errors) {
  Compilation compilation;
  EXPECT_TRUE(compilation.parse_text("a.fed", "fn f(x: float32) -> float32 { y + z }\n"));
  EXPECT_FALSE(compilation.check());
  EXPECT_EQ(compilation.diagnostics().error_count(), 2u);
}

// What LLVM ends the process for is said of the user's function, and is no crash.
TEST(FatalErrorsDeathTest, AreInternalErrors) {
  const auto give_up = [](const char* pass, const char* stage) {
    const FatalErrors errors;
    const std::string path = "average.fed";
    const Compiling work(path, stage);
    llvm::PrettyStackTraceString outer(
        "Running pass 'Function Pass Manager' on module 'average'.\n");
    llvm::PrettyStackTraceString inner(pass);
    llvm::report_fatal_error("cannot select it");
  };
  const std::string hint =
      "hint: this is a defect of the compiler: please report it with the program\n$";
  EXPECT_EXIT(give_up("Running pass 'Instruction Selection' on function '@t.next.client.1'\n",
                      "client's code"),
              testing::ExitedWithCode(1),
              "^average.fed: error: internal error: cannot select it\n"
              "note: in the compilation of `t.next` \\(a client's phase 1\\): client's code, "
              "Instruction Selection\n" +
                  hint);
  EXPECT_EXIT(give_up("Running pass \"instcombine\" on function \"fed.poll\"\n", "server's code"),
              testing::ExitedWithCode(1),
              "note: in the compilation of `fed.poll`: server's code, instcombine\n" + hint);
  EXPECT_EXIT(
      {
        const FatalErrors errors;
        llvm::report_fatal_error("nowhere");
      },
      testing::ExitedWithCode(1), "^error: internal error: nowhere\n" + hint);
}

TEST(FatalErrorsDeathTest, WithoutMemory) {
  const std::string said = "^error: there is not enough memory to compile this\n$";
  EXPECT_EXIT(
      {
        Compilation compilation;
        (void)::operator new(~size_t{0} >> 8);
      },
      testing::ExitedWithCode(1), said);
  // No thread for a stage.
  EXPECT_EXIT(
      {
        rlimit limit;
        limit.rlim_cur = limit.rlim_max = size_t{256} << 20;
        Compilation compilation;
        setrlimit(RLIMIT_AS, &limit);
        compilation.parse_text("average.fed", kAverage);
      },
      testing::ExitedWithCode(1), said);
  {
    const Compilation compilation;
  }
  EXPECT_THROW((void)::operator new(~size_t{0} >> 8), std::bad_alloc);
}

class MlirDiagnosticsTest : public testing::Test {
 protected:
  MlirDiagnosticsTest() {
    sources_.add_file("a.fed", "one two three\n\u00e4\u00f6\u00fc four five\n");
  }
  mlir::Location at(unsigned line, unsigned column) {
    return mlir::FileLineColLoc::get(&context_, "a.fed", line, column);
  }
  std::string text() { return diagnostics_.to_string(sources_); }

  mlir::MLIRContext context_;
  SourceManager sources_;
  DiagnosticEngine diagnostics_;
  MlirDiagnostics handler_{&context_, sources_, diagnostics_};
};

TEST_F(MlirDiagnosticsTest, PlaceIsMarkedByWord) {
  mlir::emitError(at(2, 5)) << "this is wrong";  // columns count code points
  EXPECT_EQ(diagnostics_.sorted().size(), 1u);
  EXPECT_EQ(sources_.text(diagnostics_.sorted()[0]->range), "four");
  EXPECT_NE(text().find("a.fed:2:5: error: this is wrong [F0401 cannot-compile]"),
            std::string::npos);
}

TEST_F(MlirDiagnosticsTest, CallsAndNotes) {
  mlir::Location call = mlir::CallSiteLoc::get(at(1, 1), at(1, 9));
  mlir::InFlightDiagnostic error = mlir::emitError(call) << "not possible";
  error.attachNote(at(1, 5)) << "because of this";
  error.attachNote() << "hint: do that";
  error.report();
  const Diagnostic& diagnostic = *diagnostics_.sorted()[0];
  EXPECT_EQ(sources_.text(diagnostic.range), "one");
  EXPECT_EQ(diagnostic.hint, "do that");
  ASSERT_EQ(diagnostic.notes.size(), 2u);
  EXPECT_EQ(diagnostic.notes[0].text, "because of this");
  EXPECT_EQ(diagnostic.notes[1].text, "called from here");
  EXPECT_EQ(sources_.text(diagnostic.notes[1].range), "three");
}

TEST_F(MlirDiagnosticsTest, DefectsSaySo) {
  mlir::emitError(at(1, 1)) << "'local.add' op has no sense";
  mlir::emitError(mlir::UnknownLoc::get(&context_)) << "nowhere";
  mlir::emitError(at(99, 1)) << "beyond the file";
  EXPECT_EQ(diagnostics_.error_count(), 3u);
  for (const Diagnostic* diagnostic : diagnostics_.sorted()) {
    EXPECT_EQ(diagnostic->message.rfind("internal error: ", 0), 0u) << diagnostic->message;
    EXPECT_NE(diagnostic->hint.find("please report"), std::string::npos);
  }
}

TEST_F(MlirDiagnosticsTest, OnlyErrors) {
  mlir::emitWarning(at(1, 1)) << "hm";
  mlir::emitRemark(at(1, 1)) << "aha";
  EXPECT_TRUE(diagnostics_.sorted().empty());
}

}  // namespace
}  // namespace fedc
