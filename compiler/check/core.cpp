#include "compiler/check/core.h"

#include <cstdio>
#include <map>
#include <set>

namespace fedc::core {

Var* Program::make_var(std::string name, const Type* type, SourceRange range) {
  vars_.push_back(std::make_unique<Var>(Var{std::move(name), type, range}));
  return vars_.back().get();
}

const CallSite* Program::make_call_site(SourceRange range, std::string callee,
                                        SourceRange declared) {
  call_sites_.push_back(
      std::make_unique<CallSite>(CallSite{range, std::move(callee), declared, call_site}));
  return call_sites_.back().get();
}

Lambda* Program::make_lambda() {
  lambdas_.push_back(std::make_unique<Lambda>());
  return lambdas_.back().get();
}

Function* Program::make_function() {
  function_store_.push_back(std::make_unique<Function>());
  return function_store_.back().get();
}

namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.17g", value);
  for (int digits = 1; digits < 17; ++digits) {
    char shorter[40];
    std::snprintf(shorter, sizeof(shorter), "%.*g", digits, value);
    if (std::stod(shorter) == value) return shorter;
  }
  return text;
}

std::string quoted(const std::string& bytes) {
  std::string out = "\"";
  for (unsigned char c : bytes) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c > 0x7e) {
      char hex[8];
      std::snprintf(hex, sizeof(hex), "\\%02x", c);
      out += hex;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + '"';
}

std::string text(const Constant::Value& value) {
  if (const bool* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  if (const int64_t* i = std::get_if<int64_t>(&value)) return std::to_string(*i);
  if (const uint64_t* u = std::get_if<uint64_t>(&value)) return std::to_string(*u);
  if (const double* d = std::get_if<double>(&value)) return number(*d);
  return quoted(std::get<std::string>(value));
}

class Printer {
 public:
  std::string out;

  void function(const Function& f) {
    names_.clear();
    taken_.clear();
    numbers_.clear();
    out += "fn " + f.name + "(";
    parameters(f.params);
    out += ") -> " + to_string(f.result) + " ";
    block(f.body, 1);
    out += "\n";
  }

  void expr(const Expr* e, int indent) {
    if (e == nullptr) {
      out += "none";
      return;
    }
    switch (e->kind) {
      case ExprKind::kConstant:
        out += text(as<Constant>(e)->value) + ":" + to_string(e->type);
        return;
      case ExprKind::kParam:
        out += "param " + as<Param>(e)->name;
        return;
      case ExprKind::kRef:
        out += name(as<Ref>(e)->var);
        return;
      case ExprKind::kLet:
        block(e, indent + 1);
        return;
      case ExprKind::kStruct: {
        const auto* s = as<Struct>(e);
        out += '(';
        for (size_t i = 0; i < s->fields.size(); ++i) {
          if (i != 0) out += ", ";
          if (e->type->is_struct() && !e->type->fields()[i].name.empty()) {
            out += e->type->fields()[i].name + "=";
          }
          expr(s->fields[i], indent);
        }
        out += s->fields.size() == 1 ? ",)" : ")";
        return;
      }
      case ExprKind::kSelect: {
        const auto* s = as<Select>(e);
        expr(s->base, indent);
        const Type* base = s->base->type->is_federated() ? s->base->type->member() : s->base->type;
        bool named = base->is_struct() && !base->fields()[s->index].name.empty();
        out += "." + (named ? base->fields()[s->index].name : std::to_string(s->index));
        return;
      }
      case ExprKind::kIf: {
        const auto* i = as<If>(e);
        out += "if ";
        expr(i->condition, indent);
        out += ' ';
        block(i->then, indent + 1);
        out += " else ";
        block(i->otherwise, indent + 1);
        return;
      }
      case ExprKind::kCall: {
        const auto* c = as<Call>(e);
        out += c->function->name + "(";
        arguments(c->arguments, indent);
        out += ')';
        return;
      }
      case ExprKind::kOp:
        op(as<Op>(e), indent);
        return;
      case ExprKind::kCoerce:
        out += "coerce<" + to_string(e->type) + ">(";
        expr(as<Coerce>(e)->value, indent);
        out += ')';
        return;
    }
  }

 private:
  std::string name(const Var* var) {
    auto [it, inserted] = names_.try_emplace(var);
    if (inserted) {
      std::string candidate = var->name;
      // Thousands may have one name, so numbers that are taken are not tried again.
      for (int& n = numbers_[var->name]; !taken_.insert(candidate).second;) {
        candidate = var->name + "'" + std::to_string(++n);
      }
      it->second = candidate;
    }
    return it->second;
  }

  void parameters(const std::vector<const Var*>& vars) {
    for (size_t i = 0; i < vars.size(); ++i) {
      if (i != 0) out += ", ";
      out += name(vars[i]) + ": " + to_string(vars[i]->type);
    }
  }

  void arguments(const std::vector<Expr*>& args, int indent) {
    for (size_t i = 0; i < args.size(); ++i) {
      if (i != 0) out += ", ";
      expr(args[i], indent);
    }
  }

  void op(const Op* o, int indent) {
    out += o->name;
    if (!o->statics.empty()) {
      out += '{';
      bool first = true;
      for (const auto& [key, value] : o->statics) {
        if (!first) out += ", ";
        first = false;
        out += key + "=";
        if (const auto* ints = std::get_if<std::vector<int64_t>>(&value)) {
          for (size_t i = 0; i < ints->size(); ++i) {
            out += (i == 0 ? "" : ",") + std::to_string((*ints)[i]);
          }
        } else if (const double* d = std::get_if<double>(&value)) {
          out += number(*d);
        } else if (const auto* s = std::get_if<std::string>(&value)) {
          out += quoted(*s);
        } else {
          out += to_string(std::get<const Type*>(value));
        }
      }
      out += '}';
    }
    out += '(';
    for (size_t i = 0; i < o->lambdas.size(); ++i) {
      if (i != 0) out += ", ";
      out += "fn(";
      parameters(o->lambdas[i]->params);
      out += ") ";
      block(o->lambdas[i]->body, indent + 1);
    }
    if (!o->lambdas.empty() && !o->args.empty()) out += ", ";
    arguments(o->args, indent);
    out += "):" + to_string(o->type);
  }

  void line(int indent) {
    out += '\n';
    out.append(static_cast<size_t>(indent) * 2, ' ');
  }

  void block(const Expr* e, int indent) {
    out += '{';
    while (const Let* let = as<Let>(e)) {
      line(indent);
      out += "let ";
      // The value first: the binding is not in scope there, so its name must not be taken yet.
      std::string before;
      before.swap(out);
      expr(let->value, indent);
      before.swap(out);
      out += name(let->var) + ": " + to_string(let->var->type) + " = " + before + ";";
      e = let->body;
    }
    line(indent);
    expr(e, indent);
    line(indent - 1);
    out += '}';
  }

  std::map<const Var*, std::string> names_;
  std::set<std::string> taken_;
  std::map<std::string, int> numbers_;  // the last one given behind each name
};

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kOneShot:
      return "one_shot";
    case Role::kInitialize:
      return "initialize";
    case Role::kNext:
      return "next";
    case Role::kEvaluate:
      return "evaluate";
    case Role::kClientState:
      return "client_state";
    case Role::kExport:
      return "export";
  }
  return "";
}

}  // namespace

std::string print(const Function& function) {
  Printer printer;
  printer.function(function);
  return printer.out;
}

std::string print(const Program& program) {
  std::string out = "program " + program.name + "\n";
  for (const auto& param : program.params) {
    out += "param " + param->name + ": " + to_string(param->type);
    if (param->min) out += " in [" + text(*param->min) + ", " + text(*param->max) + "]";
    out += " = " + text(param->default_value) + "\n";
  }
  for (const Function* function : program.functions) out += print(*function);
  for (const Entry& entry : program.entries) {
    out += "entry " + entry.name + " " + std::string(role_name(entry.role));
    if (entry.client_state_param >= 0) {
      out += " client_state=" + std::to_string(entry.client_state_param);
    }
    out += "\n";
  }
  return out;
}

}  // namespace fedc::core
