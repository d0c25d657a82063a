#include "compiler/link/archive.h"

#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/Binary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace fedc {

std::optional<std::string> make_archive(const LinkInput& object,
                                        const std::vector<std::string>& symbols,
                                        std::string* error) {
  const auto failed = [&](llvm::Error why) {
    *error = "`" + object.name + "` cannot go into a library: " + toString(std::move(why));
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

  std::vector<llvm::NewArchiveMember> members;
  members.emplace_back(llvm::MemoryBufferRef(kept, object.name));
  auto archive = llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NormalSymtab,
                                            llvm::object::Archive::K_GNU,
                                            /*Deterministic=*/true, /*Thin=*/false);
  if (!archive) return failed(archive.takeError());
  return (*archive)->getBuffer().str();
}

}  // namespace fedc
