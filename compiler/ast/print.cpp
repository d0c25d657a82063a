#include "compiler/ast/print.h"

namespace fedc::ast {
namespace {

class Printer {
 public:
  explicit Printer(const SourceManager* sources) : sources_(sources) {}

  std::string run(const Module& module) {
    line(SourceRange{{module.file, 0}, 0}, "module");
    Indent indent(*this);
    for (const Decl* decl : module.declarations) declaration(*decl);
    return std::move(out_);
  }

 private:
  // One level deeper, for a scope.
  class Indent {
   public:
    explicit Indent(Printer& printer) : printer_(printer) { ++printer_.depth_; }
    ~Indent() { --printer_.depth_; }

   private:
    Printer& printer_;
  };

  void line(SourceRange range, std::string_view text) {
    out_.append(2 * depth_, ' ');
    out_ += label_;
    label_.clear();
    out_ += text;
    if (sources_ != nullptr && range.valid()) {
      const LineColumn at = sources_->line_column(range.begin);
      out_ += " @" + std::to_string(at.line) + ":" + std::to_string(at.column);
    }
    out_ += "\n";
  }

  static std::string path(const std::vector<Name>& names) {
    std::string text;
    for (const Name& name : names) text += (text.empty() ? "" : ".") + name.text;
    return text;
  }

  static std::string typed(const TypeExpr* type) {
    return type == nullptr ? "" : ": " + to_source(*type);
  }

  void labelled(std::string label, const Expr& e) {
    label_ = std::move(label) + " ";
    expr(e);
  }

  void declaration(const Decl& decl) {
    switch (decl.kind) {
      case DeclKind::Import:
        line(decl.range, "import \"" + as<ImportDecl>(&decl)->path + "\" as " + decl.name.text);
        return;
      case DeclKind::Type: {
        const auto& declared = *as<TypeDecl>(&decl);
        line(decl.range, "type " + decl.name.text + " = " + to_source(*declared.type));
        Indent indent(*this);
        generics(declared.generics);
        return;
      }
      case DeclKind::Constant:
        return constant(*as<ConstantDecl>(&decl));
      case DeclKind::Function:
        return function(*as<FunctionDecl>(&decl));
      case DeclKind::Process: {
        line(decl.range, "process " + decl.name.text);
        Indent indent(*this);
        for (const auto& member : as<ProcessDecl>(&decl)->members) function(*member.function);
        return;
      }
      case DeclKind::Limit: {
        line(decl.range, "limit");
        Indent indent(*this);
        for (const auto& item : as<LimitDecl>(&decl)->items) {
          line(item.range, path(item.subject) + " <= " + std::to_string(item.bytes) + " bytes");
        }
        return;
      }
      case DeclKind::Require: {
        const auto& require = *as<RequireDecl>(&decl);
        line(decl.range, "require " + path(require.entry));
        Indent indent(*this);
        for (const auto& item : require.items) {
          const std::string subject = path(item.subject);
          line(item.range, item.bound == nullptr ? subject + " through " + path(item.through)
                                                 : subject + " " + std::string(spelling(item.op)) +
                                                       " " + to_source(*item.bound));
        }
        return;
      }
    }
  }

  void constant(const ConstantDecl& decl) {
    std::string text = (decl.is_param ? "param " : "const ") + decl.name.text + typed(decl.type);
    if (decl.min != nullptr) {
      text += " in [" + to_source(*decl.min) + ", " + to_source(*decl.max) + "]";
    }
    line(decl.range, text);
    Indent indent(*this);
    expr(*decl.value);
  }

  void function(const FunctionDecl& decl) {
    static constexpr std::string_view kWords[] = {"fn", "op", "intrinsic", "member"};
    std::string text(kWords[static_cast<int>(decl.function_kind)]);
    if (decl.exported) text = "export " + text;
    line(decl.range, text + " " + decl.name.text);
    Indent indent(*this);
    generics(decl.generics);
    for (const Parameter& p : decl.parameters) parameter(p);
    line(decl.result->range, "result " + to_source(*decl.result));
    if (decl.body != nullptr) expr(*decl.body);
  }

  void generics(const std::vector<GenericParameter>& list) {
    for (const GenericParameter& generic : list) {
      line(generic.range, "generic " + generic.name.text + typed(generic.constraint));
    }
  }

  void parameter(const Parameter& p) {
    std::string text = "parameter " + p.name.text;
    if (p.optional) text += "?";
    if (p.type != nullptr) {
      text += p.is_static ? ": static " + to_source(*p.type) : typed(p.type);
    }
    if (p.from_host) text += " from host";
    line(p.range, text);
    if (p.value == nullptr) return;
    Indent indent(*this);
    expr(*p.value);
  }

  void arguments(const std::vector<Argument>& list) {
    for (const Argument& argument : list) {
      if (argument.name) label_ = argument.name->text + "= ";
      expr(*argument.value);
    }
  }

  void expr(const Expr& e) {
    switch (e.kind) {
      case ExprKind::Error:
        return line(e.range, "error");
      case ExprKind::Number:
        return line(e.range, "number " + to_source(e));
      case ExprKind::Bool:
        return line(e.range, "bool " + to_source(e));
      case ExprKind::String:
        return line(e.range, "string " + to_source(e));
      case ExprKind::NameRef:
        return line(e.range, "name " + as<NameRef>(&e)->name);
      case ExprKind::PlacementRef:
        return line(e.range, "placement " + to_source(e));
      case ExprKind::Struct: {
        const Expr* base = as<Struct>(&e)->base;
        line(e.range, base != nullptr ? "update" : "struct");
        Indent indent(*this);
        if (base != nullptr) expr(*base);
        return arguments(as<Struct>(&e)->fields);
      }
      case ExprKind::Field: {
        line(e.range, "field " + as<Field>(&e)->name.text);
        Indent indent(*this);
        return expr(*as<Field>(&e)->base);
      }
      case ExprKind::Index: {
        line(e.range, "index " + std::to_string(as<Index>(&e)->index));
        Indent indent(*this);
        return expr(*as<Index>(&e)->base);
      }
      case ExprKind::TypeApply: {
        const auto& apply = *as<TypeApply>(&e);
        line(e.range, "type_apply");
        Indent indent(*this);
        expr(*apply.function);
        for (const TypeArgument& argument : apply.arguments) {
          if (argument.type != nullptr) {
            line(argument.range, "type " + to_source(*argument.type));
          } else {
            labelled("dim", *argument.dim);
          }
        }
        return;
      }
      case ExprKind::Call: {
        line(e.range, "call");
        Indent indent(*this);
        expr(*as<Call>(&e)->callee);
        return arguments(as<Call>(&e)->arguments);
      }
      case ExprKind::Unary: {
        line(e.range, "unary " + std::string(spelling(as<Unary>(&e)->op)));
        Indent indent(*this);
        return expr(*as<Unary>(&e)->operand);
      }
      case ExprKind::Binary: {
        const auto& chain = *as<Binary>(&e);
        line(e.range, "binary");
        Indent indent(*this);
        expr(*chain.first);
        for (const Binary::Link& link : chain.rest) {
          labelled(std::string(spelling(link.op)), *link.operand);
        }
        return;
      }
      case ExprKind::If: {
        const auto& node = *as<If>(&e);
        line(e.range, "if");
        Indent indent(*this);
        expr(*node.condition);
        expr(*node.then);
        return expr(*node.otherwise);
      }
      case ExprKind::Match: {
        const auto& node = *as<Match>(&e);
        line(e.range, "match");
        Indent indent(*this);
        expr(*node.subject);
        for (const Match::Arm& arm : node.arms) {
          if (arm.constant == nullptr) {
            line(arm.range, "arm _");
          } else {
            labelled("arm", *arm.constant);
          }
          expr(*arm.value);
        }
        return;
      }
      case ExprKind::Lambda: {
        const auto& lambda = *as<Lambda>(&e);
        line(e.range, "lambda");
        Indent indent(*this);
        for (const Parameter& p : lambda.parameters) parameter(p);
        if (lambda.result != nullptr) {
          line(lambda.result->range, "result " + to_source(*lambda.result));
        }
        return expr(*lambda.body);
      }
      case ExprKind::Block: {
        const auto& block = *as<Block>(&e);
        line(e.range, "block");
        Indent indent(*this);
        for (const Let& let : block.lets) {
          line(let.range, "let " + to_source(*let.pattern) + typed(let.type));
          Indent inner(*this);
          expr(*let.value);
        }
        return expr(*block.value);
      }
    }
  }

  const SourceManager* sources_;
  std::string out_;
  std::string label_;  // goes in front of the next line
  size_t depth_ = 0;
};

}  // namespace

std::string to_string(const Module& module, const SourceManager* sources) {
  return Printer(sources).run(module);
}

}  // namespace fedc::ast
