#include "compiler/driver/mlir_diagnostics.h"

#include "compiler/driver/words.h"
#include "dialects/fed/Names.h"
#include "mlir/IR/Location.h"

namespace fedc {
namespace {

// The places of the calls through which an expanded operation came, innermost first.
void call_sites(mlir::Location location, std::vector<mlir::Location>& out) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location)) {
    call_sites(name.getChildLoc(), out);
  } else if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location)) {
    call_sites(call.getCallee(), out);
    out.push_back(call.getCaller());
    call_sites(call.getCaller(), out);
  } else if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location)) {
    if (!fused.getLocations().empty()) call_sites(fused.getLocations().front(), out);
  }
}

}  // namespace

MlirDiagnostics::MlirDiagnostics(mlir::MLIRContext* context, const SourceManager& sources,
                                 DiagnosticEngine& diagnostics)
    : sources_(sources), diagnostics_(diagnostics), handler_(context, [this](mlir::Diagnostic& d) {
        report(d);
        return mlir::success();
      }) {}

SourceRange MlirDiagnostics::range_of(mlir::Location location) const {
  mlir::FileLineColLoc place = fed::position_of(location);
  if (!place) return {};
  // Locations hold a place, not a range: the word or number that stands there is marked.
  return word_at(sources_, place.getFilename().strref(), place.getLine(), place.getColumn());
}

void MlirDiagnostics::report(mlir::Diagnostic& diagnostic) {
  if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return;
  std::string message = diagnostic.str();
  SourceRange range = range_of(diagnostic.getLocation());
  bool defect = !range.valid() || message.rfind("'", 0) == 0;
  std::vector<mlir::Location> sites;
  call_sites(diagnostic.getLocation(), sites);
  // In the standard library it is the caller's, whose text can be changed.
  const SourceRange inside = range;
  const auto in_library = [&](SourceRange at) {
    return at.valid() && sources_.path(at.begin.file).starts_with("<std/");
  };
  for (size_t i = 0; i < sites.size() && in_library(range); ++i) {
    if (const SourceRange site = range_of(sites[i]); site.valid()) range = site;
  }
  Diagnostic& out = diagnostics_.report(DiagnosticKind::CannotCompile, range,
                                        defect ? "internal error: " + message : message);
  if (defect) {
    out.with_hint("this is a defect of the compiler: please report it with the program");
  }
  // What is to be written there is for those who write the library.
  out.in_foreign_text = !(range == inside);
  for (mlir::Diagnostic& note : diagnostic.getNotes()) {
    std::string text = note.str();
    // `hint: ...` is how a pass says what to write instead.
    if (text.rfind("hint: ", 0) == 0) {
      out.with_hint(text.substr(6));
    } else {
      out.with_note(range_of(note.getLocation()), text);
    }
  }
  if (!(range == inside)) out.with_note(inside, "it happens here");
  constexpr size_t kMaxSites = 8;
  for (size_t i = 0; i < sites.size() && i < kMaxSites; ++i) {
    SourceRange site = range_of(sites[i]);
    if (site.valid() && !(site == range)) out.with_note(site, "called from here");
  }
}

}  // namespace fedc
