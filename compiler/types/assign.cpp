#include "compiler/types/assign.h"

namespace fedc {
namespace {

using Kind = Mismatch::Kind;

class Assigner {
 public:
  Assigner(TypeContext& context, Solver* solver) : context_(context), solver_(solver) {}

  std::optional<Mismatch> run(const Type* from, const Type* to) {
    if (solver_ != nullptr) {
      from = solver_->resolve(from);
      to = solver_->resolve(to);
    }
    if (from == to || from->is_error() || to->is_error()) return std::nullopt;
    if (to->is_variable()) return bind(to, from, from, to);
    if (from->is_variable()) return bind(from, to, from, to);
    if (to->is_federated()) return to_federated(from, to);
    if (from->is_federated()) return mismatch(Kind::kPlaced, from, to);
    if (from->kind() != to->kind()) return mismatch(Kind::kDifferent, from, to);
    switch (to->kind()) {
      case TypeKind::kTensor:
        return tensors(from, to);
      case TypeKind::kSequence:
        return inside("*", from->member(), to->member());
      case TypeKind::kStruct:
        return structs(from, to);
      default:
        return mismatch(Kind::kDifferent, from, to);
    }
  }

 private:
  std::optional<Mismatch> mismatch(Kind kind, const Type* from, const Type* to, int dim = -1) {
    return Mismatch{kind, path_, from, to, dim, ""};
  }

  std::optional<Mismatch> bind(const Type* variable, const Type* value, const Type* from,
                               const Type* to) {
    auto failed =
        solver_ == nullptr ? mismatch(Kind::kDifferent, from, to) : solver_->bind(variable, value);
    if (failed) {
      failed->path = path_ + failed->path;
      failed->from = from;
      failed->to = to;
    }
    return failed;
  }

  std::optional<Mismatch> inside(const std::string& step, const Type* from, const Type* to) {
    size_t length = path_.size();
    path_ += step;
    auto result = run(from, to);
    path_.resize(length);
    return result;
  }

  std::optional<Mismatch> to_federated(const Type* from, const Type* to) {
    if (from->is_struct()) {
      const Type* zip = zipped(context_, from, solver_);
      if (zip == nullptr) {
        return mismatch(from->has_federated() ? Kind::kMixed : Kind::kUnplaced, from, to);
      }
      from = zip;
    }
    if (!from->is_federated()) return mismatch(Kind::kUnplaced, from, to);
    if (from->placement() != to->placement()) return mismatch(Kind::kPlacement, from, to);
    if (to->all_equal() && !from->all_equal()) return mismatch(Kind::kPerClient, from, to);
    return run(from->member(), to->member());
  }

  std::optional<Mismatch> structs(const Type* from, const Type* to) {
    if (from->fields().size() != to->fields().size()) {
      return mismatch(Kind::kFieldCount, from, to);
    }
    for (size_t i = 0; i < to->fields().size(); ++i) {
      const Field& source = from->fields()[i];
      const Field& target = to->fields()[i];
      if (!source.name.empty() && source.name != target.name) {
        return mismatch(Kind::kFieldName, from, to);
      }
      std::string step = "." + (target.name.empty() ? std::to_string(i) : target.name);
      if (auto failed = inside(step, source.type, target.type)) return failed;
    }
    return std::nullopt;
  }

  std::optional<Mismatch> tensors(const Type* from, const Type* to) {
    Element a = from->element_or_variable(), b = to->element_or_variable();
    // A number that has another rank anyway learns no type here.
    if (from->rank() != to->rank() && a.is_variable()) return mismatch(Kind::kRank, from, to);
    if (a.is_variable() || b.is_variable()) {
      if (solver_ == nullptr || !solver_->unify_elements(a, b)) {
        return mismatch(Kind::kDifferent, from, to);
      }
    } else if (a.type != b.type) {
      return mismatch(Kind::kDifferent, from, to);
    }
    if (from->rank() != to->rank()) return mismatch(Kind::kRank, from, to);
    for (size_t i = 0; i < to->rank(); ++i) {
      Dim x = from->dims()[i], y = to->dims()[i];
      std::optional<Kind> failed;
      if (x.is_variable() || y.is_variable()) {
        failed = solver_ == nullptr ? Kind::kDim : solver_->assign_dim(x, y);
      } else {
        failed = assign_dim(x, y);
      }
      if (failed) return mismatch(*failed, from, to, static_cast<int>(i));
    }
    return std::nullopt;
  }

  TypeContext& context_;
  Solver* solver_;
  std::string path_;
};

struct Zip {
  std::optional<Placement> placement;
  bool all_equal = true;
  bool mixed = false;
};

const Type* zip(TypeContext& context, const Type* type, Solver* solver, Zip& state) {
  if (solver != nullptr) type = solver->resolve(type);
  if (type->is_federated()) {
    if (state.placement && *state.placement != type->placement()) state.mixed = true;
    state.placement = type->placement();
    state.all_equal &= type->all_equal();
    return type->member();
  }
  if (!type->is_struct() || !(type->has_federated() || type->fields().empty())) {
    state.mixed = true;
    return type;
  }
  std::vector<Field> fields;
  for (const Field& field : type->fields()) {
    fields.push_back({field.name, zip(context, field.type, solver, state)});
    if (state.mixed) return type;
  }
  return context.structure(std::move(fields));
}

}  // namespace

std::optional<Mismatch::Kind> assign_dim(Dim from, Dim to) {
  if (from == to) return std::nullopt;
  if (to.is_fixed()) return from.is_fixed() ? Kind::kDim : Kind::kUnknownDim;
  if (!to.has_bound()) return std::nullopt;
  if (!from.has_bound()) return Kind::kUnknownDim;
  if (from.bound() > to.bound()) return Kind::kDim;
  return std::nullopt;
}

std::optional<Mismatch> assign(TypeContext& context, const Type* from, const Type* to,
                               Solver* solver) {
  return Assigner(context, solver).run(from, to);
}

const Type* zipped(TypeContext& context, const Type* type, Solver* solver) {
  Zip state;
  const Type* member = zip(context, type, solver, state);
  if (state.mixed || !state.placement) return nullptr;
  return context.federated(member, *state.placement, state.all_equal);
}

}  // namespace fedc
