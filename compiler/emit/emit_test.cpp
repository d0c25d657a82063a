// Emission of trees that .fed files cannot easily show: very deep and very large ones. What each
// construct becomes is in tests/emit.
#include "compiler/emit/emit.h"

#include <gtest/gtest.h>

#include <sstream>

#include "compiler/stdlib/stdlib.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"

namespace fedc {
namespace {

class EmitTest : public testing::Test {
 protected:
  EmitTest() {
    file_ = sources_.add_file("test.fed", "fn average(x) { x }\nsecond line\n");
    program_.name = "test";
    program_.types = std::make_shared<TypeContext>();
    f32_ = types().scalar(ElementType::kFloat32);
    range_ = {{file_, 3}, 7};
  }
  TypeContext& types() { return *program_.types; }

  core::Function* function(std::string name, std::vector<const core::Var*> params,
                           core::Expr* body) {
    core::Function* result = program_.make_function();
    result->name = std::move(name);
    result->params = std::move(params);
    result->body = body;
    result->result = body->type;
    result->range = range_;
    program_.functions.push_back(result);
    return result;
  }
  core::Expr* op(const Type* type, std::string name, std::vector<core::Expr*> args) {
    auto* result = program_.make<core::Op>(type, range_, std::move(name));
    result->args = std::move(args);
    return result;
  }
  core::Expr* ref(const core::Var* var) { return program_.make<core::Ref>(range_, var); }
  void entry(core::Function* function) {
    program_.entries.push_back({function->name, function, "", core::Role::kOneShot});
  }

  // The module as text, or the diagnostics.
  std::string emitted() {
    mlir::MLIRContext context;
    context.disableMultithreading();
    mlir::OwningOpRef<mlir::ModuleOp> module = emit(program_, sources_, diagnostics_, context);
    if (!module) return diagnostics_.to_string(sources_);
    std::string text;
    llvm::raw_string_ostream out(text);
    mlir::OpPrintingFlags flags;
    flags.enableDebugInfo();
    module->print(out, flags);
    return text;
  }

  SourceManager sources_;
  DiagnosticEngine diagnostics_;
  core::Program program_;
  FileId file_;
  const Type* f32_;
  SourceRange range_;
};

TEST_F(EmitTest, LongChain) {
  core::Var* x = program_.make_var("x", f32_, range_);
  core::Expr* sum = ref(x);
  for (int i = 0; i < 100000; ++i) sum = op(f32_, "add", {sum, ref(x)});
  function("chain", {x}, sum);
  EXPECT_NE(emitted().find("local.add"), std::string::npos);
}

TEST_F(EmitTest, ManyBindings) {
  core::Var* x = program_.make_var("x", f32_, range_);
  std::vector<core::Var*> vars = {x};
  for (int i = 0; i < 100000; ++i) vars.push_back(program_.make_var("v", f32_, range_));
  core::Expr* body = ref(vars.back());
  for (size_t i = vars.size(); i-- > 1;) {
    body = program_.make<core::Let>(range_, vars[i], op(f32_, "negate", {ref(vars[i - 1])}), body);
  }
  function("bindings", {x}, body);
  EXPECT_NE(emitted().find("local.negate"), std::string::npos);
}

TEST_F(EmitTest, DoublingCallsAreRefused) {
  core::Var* x = program_.make_var("x", f32_, range_);
  core::Function* last = function("f0", {x}, op(f32_, "negate", {ref(x)}));
  for (int i = 1; i < 60; ++i) {
    core::Var* y = program_.make_var("y", f32_, range_);
    core::Expr* a = program_.make<core::Call>(f32_, range_, last, std::vector<core::Expr*>{ref(y)});
    core::Expr* b = program_.make<core::Call>(f32_, range_, last, std::vector<core::Expr*>{ref(y)});
    last = function("f" + std::to_string(i), {y}, op(f32_, "add", {a, b}));
  }
  EXPECT_NE(emitted().find("too large to compile"), std::string::npos) << emitted();
}

TEST_F(EmitTest, DoublingTypesAreRefused) {
  const Type* type = f32_;
  for (int i = 0; i < 60; ++i) type = types().structure({{"a", type}, {"b", type}});
  core::Var* x = program_.make_var("x", type, range_);
  function("wide", {x}, ref(x));
  EXPECT_NE(emitted().find("too many fields"), std::string::npos);
}

// Whatever the prelude declares, emission knows.
TEST_F(EmitTest, EveryOperationOfThePrelude) {
  size_t declarations = 0;
  for (const StdlibFile& file : stdlib_files()) {
    std::istringstream lines{std::string(file.text)};
    for (std::string line; std::getline(lines, line);) {
      for (std::string word : {"op ", "intrinsic "}) {
        if (line.rfind(word, 0) != 0) continue;
        std::string name = line.substr(word.size());
        name.resize(name.find_first_of("<("));
        // The checker writes them out.
        if (name == "map_fields" || name == "zip_fields" || name == "federated_eval") continue;
        EXPECT_TRUE(emits_operation(name)) << name;
        ++declarations;
      }
    }
  }
  EXPECT_GT(declarations, 50u);
}

TEST_F(EmitTest, NamesAndPlaces) {
  const Type* clients = types().federated(f32_, Placement::kClients, false);
  const Type* server = types().federated(f32_, Placement::kServer, true);
  core::Var* readings = program_.make_var("readings", clients, range_);
  core::Expr* mean = op(server, "federated_mean", {ref(readings), nullptr, nullptr});
  entry(function("average", {readings}, mean));
  std::string text = emitted();
  EXPECT_NE(text.find("\"test.fed\":1:4"), std::string::npos) << text;
  EXPECT_NE(text.find("loc(\"readings\""), std::string::npos) << text;
  EXPECT_NE(text.find("({float32}@CLIENTS -> "), 0u);
  EXPECT_NE(text.find("(<readings={float32}@CLIENTS> -> float32@SERVER)"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace fedc
