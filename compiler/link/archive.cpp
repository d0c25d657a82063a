#include "compiler/link/archive.h"

#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/Binary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace fedc {
namespace {

std::string failure(const std::string& name, llvm::Error why) {
  return "`" + name + "` cannot go into a library: " + toString(std::move(why));
}

}  // namespace

std::optional<std::string> keep_global(const LinkInput& object,
                                       const std::vector<std::string>& symbols,
                                       std::string* error) {
  const auto failed = [&](llvm::Error why) {
    *error = failure(object.name, std::move(why));
    return std::nullopt;
  };
  auto binary = llvm::object::createBinary(llvm::MemoryBufferRef(object.bytes, object.name));
  if (!binary) return failed(binary.takeError());

  llvm::objcopy::ConfigManager config;
  llvm::objcopy::CommonConfig& common = config.Common;
  common.InputFilename = common.OutputFilename = object.name;
  for (const std::string& symbol : symbols) {
    auto name = llvm::objcopy::NameOrPattern::create(symbol, llvm::objcopy::MatchStyle::Literal,
                                                     [](llvm::Error e) { return e; });
    if (!name) return failed(name.takeError());
    if (llvm::Error e = common.SymbolsToKeepGlobal.addMatcher(std::move(name)))
      return failed(std::move(e));
  }
  llvm::SmallString<0> kept;
  llvm::raw_svector_ostream out(kept);
  if (llvm::Error e = llvm::objcopy::executeObjcopyOnBinary(config, **binary, out))
    return failed(std::move(e));
  return std::string(kept);
}

std::optional<std::string> make_archive(const std::vector<LinkInput>& objects, std::string* error) {
  auto kind = llvm::object::Archive::K_GNU;
  std::vector<llvm::NewArchiveMember> members;
  for (const LinkInput& object : objects) {
    const llvm::MemoryBufferRef bytes(object.bytes, object.name);
    auto binary = llvm::object::createBinary(bytes);
    if (!binary) return *error = failure(object.name, binary.takeError()), std::nullopt;
    if ((*binary)->isMachO()) kind = llvm::object::Archive::K_DARWIN;
    members.emplace_back(bytes);
  }
  auto archive = llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NormalSymtab, kind,
                                            /*Deterministic=*/true, /*Thin=*/false);
  if (!archive) return *error = failure("the code", archive.takeError()), std::nullopt;
  return (*archive)->getBuffer().str();
}

}  // namespace fedc
