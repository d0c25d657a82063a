#include "compiler/driver/mlir_diagnostics.h"

#include <cctype>

#include "dialects/fed/Names.h"
#include "mlir/IR/Location.h"

namespace fedc {
namespace {

// Locations hold a place, not a range: mark the word or number that stands there.
uint32_t word_length(std::string_view text, uint32_t offset) {
  uint32_t end = offset;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
    ++end;
  }
  return end > offset ? end - offset : 1;
}

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
  FileId file = sources_.find(place.getFilename().strref());
  if (file == 0 || place.getLine() == 0 || place.getLine() > sources_.line_count(file)) return {};
  uint32_t begin = sources_.line_begin(file, place.getLine());
  std::string_view line = sources_.line_text(file, place.getLine());
  uint32_t offset = 0;
  for (uint32_t column = 1; column < place.getColumn() && offset < line.size(); ++column) {
    bool valid;
    offset += code_point_size(line.substr(offset), &valid);
  }
  return {{file, begin + offset}, word_length(line, offset)};
}

void MlirDiagnostics::report(mlir::Diagnostic& diagnostic) {
  if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return;
  std::string message = diagnostic.str();
  SourceRange range = range_of(diagnostic.getLocation());
  bool defect = !range.valid() || message.rfind("'", 0) == 0;
  Diagnostic& out = diagnostics_.report(DiagnosticKind::CannotCompile, range,
                                        defect ? "internal error: " + message : message);
  if (defect) {
    out.with_hint("this is a defect of the compiler: please report it with the program");
  }
  for (mlir::Diagnostic& note : diagnostic.getNotes()) {
    std::string text = note.str();
    // `hint: ...` is how a pass says what to write instead.
    if (text.rfind("hint: ", 0) == 0) {
      out.with_hint(text.substr(6));
    } else {
      out.with_note(range_of(note.getLocation()), text);
    }
  }
  std::vector<mlir::Location> sites;
  call_sites(diagnostic.getLocation(), sites);
  constexpr size_t kMaxSites = 8;
  for (size_t i = 0; i < sites.size() && i < kMaxSites; ++i) {
    SourceRange site = range_of(sites[i]);
    if (site.valid()) out.with_note(site, "called from here");
  }
}

}  // namespace fedc
