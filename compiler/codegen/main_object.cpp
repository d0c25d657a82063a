#include "compiler/codegen/codegen.h"
#include "compiler/codegen/machine.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace fedc {

std::optional<std::string> main_object(const std::string& program, const CodegenOptions& options,
                                       std::string* error) {
  const Target* target = find_target(options.target);
  *error = "unknown target `" + options.target + "`";
  std::unique_ptr<llvm::TargetMachine> machine;
  if (target) machine = codegen::make_machine(*target, error);
  if (!machine) return std::nullopt;

  const bool server = options.side == Side::kServer;
  const std::string side = server ? "server" : "client", prefix = symbol_prefix(program);
  llvm::LLVMContext context;
  llvm::Module module("main", context);
  module.setDataLayout(machine->createDataLayout());
  module.setTargetTriple(machine->getTargetTriple());
  module.setPICLevel(llvm::PICLevel::BigPIC);

  llvm::Type* int32 = llvm::Type::getInt32Ty(context);
  llvm::Type* int64 = llvm::Type::getInt64Ty(context);
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  const auto external = [&](const std::string& name, llvm::Constant* value) {
    return new llvm::GlobalVariable(module, value ? value->getType() : int32, /*isConstant=*/true,
                                    llvm::GlobalValue::ExternalLinkage, value, name);
  };
  llvm::Constant* descriptor = external(prefix + "_" + side + "_program", nullptr);
  // The server's object has the manifest; the client's has not, as an app has no use for it.
  llvm::Constant* bytes = nullptr;
  if (!server)
    bytes = llvm::ConstantDataArray::getString(context, options.manifest, /*AddNull=*/false);
  llvm::Constant* manifest = external(prefix + "_manifest", bytes);

  auto* entry_type =
      llvm::FunctionType::get(int32, {int32, pointer, pointer, pointer, int64}, false);
  auto* entry = llvm::Function::Create(entry_type, llvm::GlobalValue::ExternalLinkage,
                                       "fed_" + side + "_main", module);
  auto* main = llvm::Function::Create(llvm::FunctionType::get(int32, {int32, pointer}, false),
                                      llvm::GlobalValue::ExternalLinkage, "main", module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", main));
  builder.CreateRet(
      builder.CreateCall(entry, {main->getArg(0), main->getArg(1), descriptor, manifest,
                                 llvm::ConstantInt::get(int64, options.manifest.size())}));
  std::optional<std::string> object = codegen::emit(module, *machine, /*assembly=*/false);
  if (!object) *error = "no machine code can be made for `" + options.target + "`";
  return object;
}

}  // namespace fedc
