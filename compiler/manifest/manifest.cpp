#include "compiler/manifest/manifest.h"

#include <algorithm>
#include <map>

#include "compiler/manifest/flow.h"
#include "compiler/manifest/types.h"
#include "compiler/split/layout.h"
#include "compiler/split/sites.h"
#include "compiler/types/type.h"
#include "dialects/fed/Fed.h"
#include "dialects/fed/Names.h"
#include "dialects/local/Local.h"
#include "google/protobuf/text_format.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "runtime/data/value.h"

namespace fedc::manifest {
namespace {

namespace proto = fed::proto;
using fed::Placement;
using fed::Space;
using mlir::LogicalResult;
using mlir::Value;

double number(mlir::TypedAttr attribute) {
  if (auto real = llvm::dyn_cast_or_null<mlir::FloatAttr>(attribute))
    return real.getValueAsDouble();
  if (auto whole = llvm::dyn_cast_or_null<mlir::IntegerAttr>(attribute)) {
    if (whole.getType().isUnsignedInteger() || whole.getType().isInteger(1)) {
      return static_cast<double>(whole.getValue().getZExtValue());
    }
    return static_cast<double>(whole.getValue().getSExtValue());
  }
  return 0;
}

// Sets the offsets of a layout's leaves; false where it is too large or a dimension has no bound.
bool place(proto::Layout& layout) {
  std::vector<split::LeafType> types;
  for (const proto::Leaf& leaf : layout.leaves()) {
    std::optional<split::LeafType> type = to_leaf(leaf.type());
    if (!type) return false;
    types.push_back(*type);
  }
  std::optional<split::Layout> places = split::lay_out(types);
  if (!places) return false;
  layout.set_bytes(places->bytes);
  for (size_t i = 0; i < types.size(); ++i) {
    proto::Leaf* leaf = layout.mutable_leaves(static_cast<int>(i));
    leaf->set_dims_offset(places->leaves[i].dims_offset);
    leaf->set_offset(places->leaves[i].offset);
    leaf->set_bytes(places->leaves[i].bytes);
  }
  return true;
}

// One `fed.program`.
class ComputationBuilder {
 public:
  ComputationBuilder(fed::ProgramOp program, const split::SiteTable& sites,
                     proto::Computation& computation)
      : program_(program), sites_(sites), computation_(computation) {}

  LogicalResult build() {
    computation_.set_name(program_.getSymName().str());
    computation_.set_process(program_.getEntry().getProcess().str());
    computation_.set_role(
        static_cast<proto::Role>(static_cast<int>(program_.getEntry().getRole()) + 1));
    if (mlir::failed(add_signature())) return mlir::failure();
    for (mlir::Operation& op : program_.getBody().front()) {
      if (auto phase = llvm::dyn_cast<fed::PhaseOp>(op)) {
        if (mlir::failed(add_phase(phase))) return mlir::failure();
      } else if (auto aggregation = llvm::dyn_cast<fed::AggregationOp>(op)) {
        add_aggregation(aggregation);
      } else if (auto fold = llvm::dyn_cast<fed::FoldOp>(op)) {
        add_fold(fold);
      } else if (auto selection = llvm::dyn_cast<fed::SelectionOp>(op)) {
        add_selection(selection);
      }
    }
    add_missing_sites();
    bool all_placed = true;
    for (proto::Aggregation& aggregation : *computation_.mutable_aggregations())
      for (proto::Fold& fold : *aggregation.mutable_folds())
        all_placed = all_placed && place(*fold.mutable_accumulator());
    for (proto::Selection& selection : *computation_.mutable_selections())
      all_placed = all_placed && place(*selection.mutable_keys());
    for (proto::Side* side : {computation_.mutable_client(), computation_.mutable_server()}) {
      bool placed = all_placed && place(*side->mutable_input()) && place(*side->mutable_kept()) &&
                    place(*side->mutable_result()) && place(*side->mutable_state());
      for (proto::Phase& phase : *side->mutable_phases()) {
        placed =
            placed && place(*phase.mutable_message_in()) && place(*phase.mutable_message_out());
      }
      if (!placed) {
        return program_.emitError(
            "a value takes more memory than a layout can have, or has an "
            "unknown dimension without a bound");
      }
    }
    return mlir::success();
  }

 private:
  proto::Side* side(Placement placement) {
    return placement == Placement::Clients ? computation_.mutable_client()
                                           : computation_.mutable_server();
  }

  // Arguments, results, state and sequences: from the types as the user wrote them, so that leaves
  // which nothing reads are there too.
  LogicalResult add_signature() {
    TypeContext context;
    std::string error;
    llvm::StringRef text = program_.getSignature();
    const Type* type = parse_type(context, std::string_view(text.data(), text.size()), &error);
    if (!type || !type->is_function()) {
      return program_.emitError() << "the signature `" << text << "` is no function type " << error;
    }
    proto::Type& argument = *computation_.mutable_argument();
    argument.mutable_struct_();
    if (type->parameter()) argument = to_proto(type->parameter());
    *computation_.mutable_result() = to_proto(type->result());
    if (auto state = program_->getAttrOfType<mlir::IntegerAttr>("fed.client_state")) {
      computation_.set_state_argument(static_cast<uint32_t>(state.getInt()));
      int field = type->result()->is_struct() ? type->result()->field_index("client_state") : -1;
      if (field >= 0) computation_.set_state_result(static_cast<uint32_t>(field));
    }
    add_origins();
    for (int i = 0; i < argument.struct_().fields_size(); ++i) {
      bool is_state = computation_.has_state_argument() &&
                      computation_.state_argument() == static_cast<uint32_t>(i);
      std::string name = fedrt::field_name(argument.struct_(), i);
      for (const fedrt::LeafType& leaf : fedrt::leaves_of(argument.struct_().fields(i).type())) {
        add_argument(leaf, fedrt::join_path(name, leaf.path), is_state,
                     fedrt::origin_of(computation_, i));
      }
    }
    const proto::Type& result = computation_.result();
    bool all_state = computation_.role() == proto::CLIENT_STATE;
    if (result.kind_case() != proto::Type::kStruct) {
      for (const fedrt::LeafType& leaf : fedrt::leaves_of(result)) {
        add_result(leaf, leaf.path.empty() ? "result" : leaf.path, all_state);
      }
      return mlir::success();
    }
    for (int i = 0; i < result.struct_().fields_size(); ++i) {
      bool is_state = all_state || (computation_.has_state_result() &&
                                    computation_.state_result() == static_cast<uint32_t>(i));
      std::string name = fedrt::field_name(result.struct_(), i);
      for (const fedrt::LeafType& leaf : fedrt::leaves_of(result.struct_().fields(i).type())) {
        add_result(leaf, fedrt::join_path(name, leaf.path), is_state);
      }
    }
    return mlir::success();
  }

  void add_origins() {
    auto origins = program_->getAttrOfType<mlir::ArrayAttr>("fed.origins");
    if (!origins) return;
    for (auto text : origins.getAsRange<mlir::StringAttr>())
      computation_.add_origins(llvm::StringSwitch<proto::Origin>(text.getValue())
                                   .Case("host", proto::FROM_HOST)
                                   .Case("key", proto::FROM_KEY)
                                   .Case("private_key", proto::FROM_ENTROPY)
                                   .Default(proto::FROM_ARGUMENT));
  }

  void add_argument(const fedrt::LeafType& leaf, const std::string& name, bool is_state,
                    proto::Origin origin) {
    proto::Side* tables = leaf.placement == proto::CLIENTS ? computation_.mutable_client()
                                                           : computation_.mutable_server();
    if (leaf.sequence) {
      proto::Sequence* sequence = tables->add_sequences();
      sequence->set_name(name);
      for (auto [type, path] : llvm::zip(leaf.tensors, leaf.element_paths)) {
        proto::Leaf* element = sequence->mutable_element()->add_leaves();
        element->set_name(path);
        *element->mutable_type() = *type;
        // Sizes at the bounds, where there are any; elements have no offsets.
        if (std::optional<split::LeafType> known = to_leaf(*type)) {
          element->set_bytes(split::leaf_bytes(*known).value_or(0));
        }
      }
      return;
    }
    proto::Leaf* out = (is_state ? tables->mutable_state() : tables->mutable_input())->add_leaves();
    out->set_name(name);
    out->set_origin(origin);
    *out->mutable_type() = *leaf.tensors.front();
  }

  void add_result(const fedrt::LeafType& leaf, const std::string& name, bool is_state) {
    if (is_state) {
      // Its leaves are there already, from the argument, but for the entry that makes the first
      // one.
      if (computation_.role() != proto::CLIENT_STATE) return;
      proto::Leaf* out = computation_.mutable_client()->mutable_state()->add_leaves();
      out->set_name(name);
      *out->mutable_type() = *leaf.tensors.front();
      return;
    }
    proto::Side* tables = leaf.placement == proto::CLIENTS ? computation_.mutable_client()
                                                           : computation_.mutable_server();
    proto::Leaf* out = tables->mutable_result()->add_leaves();
    out->set_name(name);
    *out->mutable_type() = *leaf.tensors.front();
  }

  LogicalResult add_phase(fed::PhaseOp phase) {
    proto::Phase* tables = side(phase.getSide())->add_phases();
    mlir::Block& body = phase.getBody().front();
    for (auto [slot, value] :
         llvm::zip(phase.getIns().getAsRange<fed::SlotAttr>(), body.getArguments())) {
      if (mlir::failed(bind(phase, slot, value, tables->mutable_message_in()))) {
        return mlir::failure();
      }
      if (slot.getSpace() == Space::Input)
        tables->add_inputs(static_cast<uint32_t>(slot.getIndex()));
    }
    std::sort(tables->mutable_inputs()->begin(), tables->mutable_inputs()->end());
    for (auto [slot, value] : llvm::zip(phase.getOuts().getAsRange<fed::SlotAttr>(),
                                        body.getTerminator()->getOperands())) {
      if (mlir::failed(bind(phase, slot, value, tables->mutable_message_out()))) {
        return mlir::failure();
      }
    }
    return mlir::success();
  }

  // Checks a slot against the table that has its leaf, or puts it there.
  LogicalResult bind(fed::PhaseOp phase, fed::SlotAttr slot, Value value, proto::Layout* message) {
    proto::Side* tables = side(phase.getSide());
    int index = static_cast<int>(slot.getIndex());
    if (slot.getSpace() == Space::Sequence) {
      if (index >= tables->sequences_size()) {
        return phase.emitError() << "the signature has no sequence " << index << " on this side";
      }
      proto::Sequence* sequence = tables->mutable_sequences(index);
      if (sequence->site() == 0) sequence->set_site(sites_.index(value.getLoc()));
      return mlir::success();
    }
    std::optional<split::LeafType> type = split::leaf_type(value.getType());
    if (!type) return phase.emitError() << "`" << slot.getName() << "` has no fixed size";
    bool collected = slot.getSpace() == Space::Message || slot.getSpace() == Space::Kept;
    proto::Layout* layout = message;
    if (slot.getSpace() == Space::Kept) layout = tables->mutable_kept();
    if (slot.getSpace() == Space::Input) layout = tables->mutable_input();
    if (slot.getSpace() == Space::State) layout = tables->mutable_state();
    if (slot.getSpace() == Space::Result) layout = tables->mutable_result();
    if (!collected && index >= layout->leaves_size()) {
      return phase.emitError() << "the signature has no leaf for slot `" << slot.getName() << "`";
    }
    while (layout->leaves_size() <= index) layout->add_leaves();
    proto::Leaf* leaf = layout->mutable_leaves(index);
    if (collected && !leaf->has_type()) {
      leaf->set_name(slot.getName().str());
      *leaf->mutable_type() = to_proto(*type);
    } else if (to_leaf(leaf->type()) != type) {
      return phase.emitError() << "slot `" << slot.getName()
                               << "` has another type than its leaf, `"
                               << fedrt::to_string(leaf->type()) << "`";
    }
    if (leaf->site() == 0) leaf->set_site(sites_.index(value.getLoc()));
    return mlir::success();
  }

  void add_aggregation(fed::AggregationOp aggregation) {
    proto::Aggregation* out = computation_.add_aggregations();
    out->set_level(static_cast<uint32_t>(aggregation.getLevel()));
    for (auto reduction : aggregation.getReductions().getAsRange<fed::ReductionAttr>()) {
      proto::Reduction* one = out->add_reductions();
      one->set_kind(static_cast<proto::ReductionKind>(static_cast<int>(reduction.getKind()) + 1));
      if (reduction.getValue() >= 0) one->set_value(static_cast<uint32_t>(reduction.getValue()));
      if (reduction.getWeight() >= 0) one->set_weight(static_cast<uint32_t>(reduction.getWeight()));
      if (reduction.getResult() >= 0) one->set_result(static_cast<uint32_t>(reduction.getResult()));
      switch (reduction.getKind()) {
        case fed::ReductionKind::SecureSum:
        case fed::ReductionKind::SecureModularSum:
        case fed::ReductionKind::Select:
          one->set_limit(reduction.getLimit());
          break;
        default:
          break;
      }
      one->set_site(sites_.index(llvm::cast<mlir::LocationAttr>(reduction.getLoc())));
      one->set_intrinsic(reduction.getIntrinsic().str());
    }
  }

  void add_fold(fed::FoldOp fold) {
    proto::Aggregation& aggregation =
        *computation_.mutable_aggregations(computation_.aggregations_size() - 1);
    proto::Fold* out = aggregation.add_folds();
    out->set_site(sites_.index(fold.getLoc()));
    for (Value value : fold.getZero().front().getTerminator()->getOperands())
      *out->mutable_accumulator()->add_leaves()->mutable_type() =
          to_proto(*split::leaf_type(value.getType()));
  }

  // What no phase reads or writes at a place of its own is of the computation's.
  void add_missing_sites() {
    const uint32_t whole = sites_.index(program_.getLoc());
    for (proto::Side* side : {computation_.mutable_client(), computation_.mutable_server()}) {
      for (proto::Layout* layout : {side->mutable_input(), side->mutable_kept(),
                                    side->mutable_result(), side->mutable_state()}) {
        for (proto::Leaf& leaf : *layout->mutable_leaves())
          if (leaf.site() == 0) leaf.set_site(whole);
      }
      for (proto::Sequence& sequence : *side->mutable_sequences())
        if (sequence.site() == 0) sequence.set_site(whole);
      for (proto::Phase& phase : *side->mutable_phases()) {
        for (proto::Layout* message : {phase.mutable_message_in(), phase.mutable_message_out()}) {
          for (proto::Leaf& leaf : *message->mutable_leaves())
            if (leaf.site() == 0) leaf.set_site(whole);
        }
      }
    }
  }

  // The selections of one level are one: keys that several of them use are kept once.
  void add_selection(fed::SelectionOp selection) {
    auto level = static_cast<uint32_t>(selection.getLevel());
    auto& all = *computation_.mutable_selections();
    proto::Selection* out = !all.empty() && all.rbegin()->level() == level
                                ? &*all.rbegin()
                                : computation_.add_selections();
    out->set_level(level);
    const proto::Layout& upload =
        computation_.client().phases(static_cast<int>(level) - 1).message_out();
    for (auto slot : selection.getIns().getAsRange<fed::SlotAttr>()) {
      auto leaf = static_cast<uint32_t>(slot.getIndex());
      if (slot.getSpace() != Space::Message || llvm::is_contained(out->upload_leaves(), leaf))
        continue;
      out->add_upload_leaves(leaf);
      proto::Leaf* key = out->mutable_keys()->add_leaves();
      key->set_name(upload.leaves(static_cast<int>(leaf)).name());
      *key->mutable_type() = upload.leaves(static_cast<int>(leaf)).type();
    }
  }

  fed::ProgramOp program_;
  const split::SiteTable& sites_;
  proto::Computation& computation_;
};

LogicalResult add_param(fed::ParamOp param, const split::SiteTable& sites,
                        proto::Manifest& manifest) {
  std::optional<split::LeafType> type = split::leaf_type(param.getType());
  if (!type) return param.emitError("a parameter is a tensor of fixed size");
  proto::Param* out = manifest.add_params();
  out->set_name(param.getSymName().str());
  *out->mutable_type() = to_proto(*type);
  out->set_default_value(number(param.getDefaultValue()));
  if (param.getMinimumAttr()) out->set_minimum(number(param.getMinimumAttr()));
  if (param.getMaximumAttr()) out->set_maximum(number(param.getMaximumAttr()));
  out->set_site(sites.index(param.getLoc()));
  proto::Leaf* leaf = manifest.mutable_param_layout()->add_leaves();
  leaf->set_name(out->name());
  *leaf->mutable_type() = out->type();
  leaf->set_site(out->site());
  return mlir::success();
}

}  // namespace

mlir::FailureOr<proto::Manifest> build_manifest(mlir::ModuleOp split_module) {
  static_assert(static_cast<int>(fed::Role::Export) + 1 == proto::EXPORT);
  static_assert(static_cast<int>(fed::ReductionKind::Select) + 1 == proto::SELECT);
  proto::Manifest manifest;
  manifest.set_version(1);
  manifest.set_name(split_module.getSymName().value_or("program").str());
  if (auto hash = split_module->getAttrOfType<mlir::StringAttr>("fed.hash")) {
    manifest.set_hash(llvm::fromHex(hash.getValue()));
  }
  split::SiteTable sites(split_module);
  for (auto param : split_module.getOps<fed::ParamOp>()) {
    if (mlir::failed(add_param(param, sites, manifest))) return mlir::failure();
  }
  place(*manifest.mutable_param_layout());
  for (auto program : split_module.getOps<fed::ProgramOp>()) {
    proto::Computation* computation = manifest.add_computations();
    if (mlir::failed(ComputationBuilder(program, sites, *computation).build())) {
      return mlir::failure();
    }
    add_sources(program, *computation, manifest, sites);
  }
  for (const split::Site& site : sites.sites()) {
    proto::Site* out = manifest.add_sites();
    out->set_file(site.file);
    out->set_line(site.line);
    out->set_column(site.column);
    out->set_text(site.text);
    out->set_caller(site.caller);
  }
  return manifest;
}

std::string manifest_text(const proto::Manifest& manifest) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(manifest, &text);
  return text;
}

}  // namespace fedc::manifest
