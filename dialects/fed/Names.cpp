#include "dialects/fed/Names.h"

#include "llvm/ADT/STLExtras.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace fed {

std::string name_of(mlir::Value value) {
  auto result = llvm::dyn_cast<mlir::OpResult>(value);
  return name_of(value.getLoc(), result ? result.getResultNumber() : 0);
}

std::string name_of(mlir::Location loc, size_t index) {
  while (true) {
    if (auto name = llvm::dyn_cast<mlir::NameLoc>(loc)) return name.getName().str();
    if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(loc)) {
      loc = call.getCallee();
      continue;
    }
    auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc);
    if (!fused) return "";
    if (auto names = llvm::dyn_cast_or_null<mlir::ArrayAttr>(fused.getMetadata())) {
      if (index >= names.size()) return "";
      auto name = llvm::dyn_cast<mlir::StringAttr>(names[index]);
      return name ? name.str() : "";
    }
    if (fused.getLocations().empty()) return "";
    loc = fused.getLocations().front();
  }
}

mlir::Location named_location(mlir::Location where, llvm::ArrayRef<std::string> names) {
  mlir::MLIRContext* context = where.getContext();
  if (llvm::all_of(names, [](const std::string& name) { return name.empty(); })) return where;
  if (names.size() == 1) {
    return mlir::NameLoc::get(mlir::StringAttr::get(context, names.front()), where);
  }
  llvm::SmallVector<mlir::Attribute> attributes;
  for (const std::string& name : names) {
    attributes.push_back(mlir::StringAttr::get(context, name));
  }
  return mlir::FusedLoc::get({where}, mlir::ArrayAttr::get(context, attributes), context);
}

mlir::Location call_location(mlir::Location where, llvm::StringRef callee,
                             mlir::Location declared) {
  mlir::MLIRContext* context = where.getContext();
  if (mlir::FileLineColLoc place = position_of(declared)) declared = place;
  auto name = mlir::NameLoc::get(mlir::StringAttr::get(context, callee), declared);
  return mlir::FusedLoc::get({where}, name, context);
}

// The function that a call's location is of.
static mlir::NameLoc callee_of(mlir::Location call) {
  while (true) {
    if (auto outer = llvm::dyn_cast<mlir::CallSiteLoc>(call)) {
      call = outer.getCallee();
    } else if (auto name = llvm::dyn_cast<mlir::NameLoc>(call)) {
      call = name.getChildLoc();
    } else if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(call)) {
      auto callee = llvm::dyn_cast_or_null<mlir::NameLoc>(fused.getMetadata());
      if (callee && position_of(callee)) return callee;
      if (fused.getLocations().empty()) return {};
      call = fused.getLocations().front();
    } else {
      return {};
    }
  }
}

llvm::SmallVector<Frame> frames_of(mlir::Location location) {
  if (auto file = llvm::dyn_cast<mlir::FileLineColLoc>(location)) return {Frame{file, {}}};
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location)) return frames_of(name.getChildLoc());
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location)) {
    for (mlir::Location part : fused.getLocations()) {
      llvm::SmallVector<Frame> frames = frames_of(part);
      if (!frames.empty()) return frames;
    }
    return {};
  }
  auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location);
  if (!call) return {};
  llvm::SmallVector<Frame> frames = frames_of(call.getCallee());
  mlir::NameLoc callee = callee_of(call.getCaller());
  if (!frames.empty() && !callee) return frames;
  if (!frames.empty()) frames.back().callee = callee;
  frames.append(frames_of(call.getCaller()));
  return frames;
}

mlir::FileLineColLoc position_of(mlir::Location location) {
  mlir::Location loc = location;
  while (true) {
    if (auto file = llvm::dyn_cast<mlir::FileLineColLoc>(loc)) return file;
    if (auto name = llvm::dyn_cast<mlir::NameLoc>(loc)) {
      loc = name.getChildLoc();
    } else if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(loc)) {
      loc = call.getCallee();
    } else if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc)) {
      // Bounded by what fusing passes nest; the first part with a place wins.
      for (mlir::Location part : fused.getLocations()) {
        if (mlir::FileLineColLoc found = position_of(part)) return found;
      }
      return {};
    } else {
      return {};
    }
  }
}

mlir::Location without_names(mlir::Location location) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location)) return without_names(name.getChildLoc());
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location)) {
    return mlir::CallSiteLoc::get(without_names(call.getCallee()), call.getCaller());
  }
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location)) {
    if (fused.getLocations().size() == 1) return without_names(fused.getLocations().front());
  }
  return location;
}

}  // namespace fed
