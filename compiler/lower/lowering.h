// How `local` becomes upstream's dialects: one walk over a region, in order, that builds linalg,
// tensor, arith, scf and memref operations for each operation of `local`. (Inside compiler/lower.)
//
// - A tensor of rank 0 is a scalar SSA value. Others are tensors of signless elements.
// - Sizes that are unknown at compile time are index values that travel beside the tensor; storage
//   is always taken at the bound, so that nothing is ever allocated dynamically.
// - A value that must live across iterations or branches has buffers of its own.
#ifndef COMPILER_LOWER_LOWERING_H_
#define COMPILER_LOWER_LOWERING_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "compiler/lower/tiles.h"
#include "dialects/local/Local.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OpDefinition.h"

namespace fedc::lower {

using Sizes = llvm::SmallVector<mlir::OpFoldResult>;

// What a value of `local` became.
struct Lowered {
  mlir::Value value;                  // a scalar or a tensor; null for a sequence
  Sizes sizes;                        // one a dimension: an index attribute or value
  llvm::SmallVector<int64_t> bounds;  // one a dimension: what storage is sized for
  int64_t sequence = -1;              // a sequence that the host gives: its number

  bool is_scalar() const { return sizes.empty(); }
};

// A pass over a sequence, as code. States are lists of scalars.
class Cursor;
struct Home;

// Elementwise operations behind a contraction that are done to its sums in registers.
struct Epilogue {
  llvm::SmallVector<mlir::Operation*> operations;  // in their order
  // Operations before it that these read: made again in registers, instead of read from memory.
  llvm::SmallPtrSet<mlir::Operation*, 4> inside;
  // What others read: results of the operations, maybe the contraction's own.
  llvm::SmallVector<mlir::Value> results;
};

enum Step : int32_t { kYield = 0, kSkip = 1, kDone = 2 };

// Fails, with an error, where an operation computes in float16 or bfloat16.
mlir::LogicalResult refuse_half(mlir::Operation* op, mlir::Type element);

// `local.threefry` of two i64 scalars.
mlir::Value threefry(mlir::OpBuilder& b, mlir::Location loc, mlir::Value key, mlir::Value counter);

using Values = llvm::SmallVector<mlir::Value>;
using BodyFn = llvm::function_ref<mlir::Value(mlir::OpBuilder&, mlir::Location, mlir::ValueRange)>;

class Lowering {
 public:
  // The number of a place in the source, and of the assertion there where one is given.
  using SiteFn = std::function<uint32_t(mlir::Location, llvm::StringRef assertion)>;

  // Builds at `builder`. `frame` is the fed_frame (!llvm.ptr); `param` reads a parameter of the
  // round (may be empty).
  Lowering(mlir::OpBuilder& builder, mlir::Value frame, SiteFn site,
           std::function<Lowered(Lowering&, local::ParamOp)> param,
           const TileProfile& tiles = tile_profile(""));
  ~Lowering();

  mlir::OpBuilder& b;
  mlir::Value frame;
  const TileProfile& tiles;
  mlir::ModuleOp module;  // bodies under construction have no parent to ask

  void map(mlir::Value from, Lowered to) { values_[from] = std::move(to); }
  const Lowered& get(mlir::Value value) const;

  // Lowers every operation of a block but its terminator. Fails after an error at the user's line.
  mlir::LogicalResult lower_block(mlir::Block& block);

  // Types and sizes ------------------------------------------------------------------------------
  // What an element is in the code: an integer without a sign, and of a 16-bit float its bits.
  // These are for storage, and a target without instructions for them would call a library to move
  // one.
  static mlir::Type signless(mlir::Type element);
  // The bits of a float32 that is rounded to a 16-bit float.
  static mlir::Value narrowed(mlir::OpBuilder& b, mlir::Location loc, mlir::Value x, mlir::Type to);
  mlir::Value constant(mlir::Location loc, mlir::Type scalar, double value);
  mlir::Value index(mlir::Location loc, mlir::OpFoldResult size);
  mlir::Value index_constant(mlir::Location loc, int64_t value);
  // The sizes and bounds that a type alone states, its unknown sizes being `unknown` in order
  // (index values). Fails where an unknown dimension has no bound; `what` begins the message.
  mlir::FailureOr<Lowered> shape_of(mlir::Location loc, mlir::Type type, mlir::ValueRange unknown);
  // The same with sizes given as i64 scalars, which are checked against the bounds and clamped.
  mlir::FailureOr<Lowered> shape_of_sizes(mlir::Location loc, mlir::Type type,
                                          mlir::ValueRange sizes);

  // Storage --------------------------------------------------------------------------------------
  mlir::Value buffer(mlir::Location loc, llvm::ArrayRef<int64_t> bounds, mlir::Type element);
  // A tensor to be written whole by an operation.
  mlir::Value destination(mlir::Location loc, const Lowered& shape, mlir::Type element);
  // The part of a buffer (of the shape's bounds) that the sizes fill.
  mlir::Value part(mlir::Location loc, mlir::Value buffer, const Sizes& sizes);
  mlir::Value read(mlir::Location loc, mlir::Value memref, bool writable = false);
  void write(mlir::Location loc, mlir::Value tensor, mlir::Value memref);

  // Memory at a pointer as `bytes` bytes.
  mlir::Value bytes_at(mlir::Location loc, mlir::Value pointer, int64_t bytes);
  // `value` (its sizes and bounds are there) as the packed data at an offset of such memory.
  Lowered load_packed(mlir::Location loc, mlir::Value memory, int64_t offset, const Home& home,
                      Lowered value, mlir::ValueRange unknown);
  mlir::Value is_nonzero(mlir::Location loc, mlir::Value byte);
  // Row `index` of a tensor.
  Lowered row(mlir::Location loc, const Lowered& value, mlir::Value index);

  // Memory for a value of `local` that is needed there (of exactly its size, contiguous) in the end
  // and nowhere else: whoever computes it may do so there. Or in the memory of the value that it
  // takes the place of, once nothing reads that one any more.
  struct Offer {
    mlir::Value memory, replaced, replaced_memory;  // null: none
  };
  void offer(mlir::Value value, const Offer& offer) { offers_[value] = offer; }
  Offer offered(mlir::Value value) const { return offers_.lookup(value); }

  // Contractions ---------------------------------------------------------------------------------
  // What stands behind a contraction; who takes it applies it to all sums and maps the results.
  // Without operations where there are none, or their sizes are yet to be compared at run time.
  Epilogue take_epilogue(mlir::Operation* contraction, const Lowered& result);
  // Whether nothing reads `value` behind the epilogue of the contraction, and in it only elements
  // that are written next. Asked while the contraction is built.
  bool is_last_read(mlir::Value value, const Epilogue& epilogue,
                    mlir::Operation* contraction) const;
  // A contraction has become loops where it stands: what it reads is read there.
  void note_built(mlir::Operation* contraction) { built_.insert(contraction); }
  // What the results of the epilogue are for neighbouring sums, a vector from `place` on.
  Values apply(const Epilogue& epilogue, mlir::Operation* contraction, mlir::Value sums,
               mlir::ValueRange place);

  // `x * y + sum` of floats, as a sum of products adds up: rounded once where the target has an
  // instruction for it, else twice.
  mlir::Value product_and_sum(mlir::OpBuilder& at, mlir::Location loc, mlir::Value x, mlir::Value y,
                              mlir::Value sum) const;

  // Building -------------------------------------------------------------------------------------
  // A tensor of the shape whose elements `body` computes from the inputs' (scalars are passed as
  // they are; a tensor goes by its map, the identity when `maps` is empty).
  Lowered generic(mlir::Location loc, const Lowered& shape, mlir::Type element,
                  llvm::ArrayRef<Lowered> inputs, llvm::ArrayRef<mlir::AffineMap> maps,
                  BodyFn body);
  mlir::Value element_at(mlir::Location loc, const Lowered& tensor, mlir::ValueRange indices);
  // A tensor filled with one scalar.
  Lowered fill(mlir::Location loc, const Lowered& shape, mlir::Value scalar);
  // Reports an error where `condition` holds. The details are i64, or null for 0.
  void fail_if(mlir::Location loc, mlir::Value condition, int32_t status, mlir::Value detail0 = {},
               mlir::Value detail1 = {});
  // An assertion says which one of those at its place it is.
  void fail_if(mlir::OpBuilder& builder, mlir::Location loc, mlir::Value condition, int32_t status,
               mlir::Value detail0 = {}, mlir::Value detail1 = {}, llvm::StringRef assertion = {});
  // FED_BEYOND of an i64, as the second detail.
  mlir::Value beyond(mlir::Location loc, mlir::Value limit);
  // The operands with equal sizes, checked at run time where that is open.
  llvm::SmallVector<Lowered> conform(mlir::Location loc, llvm::ArrayRef<Lowered> operands);
  // The value with one dimension's size made `size` (a static one, or what it was checked for).
  Lowered resize(mlir::Location loc, const Lowered& value, const Sizes& sizes,
                 llvm::ArrayRef<int64_t> bounds);
  // The least size that two dimensions agree on; reports an error where they differ.
  mlir::OpFoldResult agree(mlir::Location loc, mlir::OpFoldResult a, mlir::OpFoldResult b);
  // The same where it needs no check, or no second one; else null.
  mlir::OpFoldResult agreed(mlir::OpFoldResult a, mlir::OpFoldResult b);
  uint32_t site(mlir::Location loc, llvm::StringRef assertion = {}) const {
    return site_(loc, assertion);
  }
  mlir::Value call(mlir::OpBuilder& builder, mlir::Location loc, llvm::StringRef name,
                   mlir::ValueRange arguments, mlir::Type result);

  // Sequences ------------------------------------------------------------------------------------
  mlir::FailureOr<std::unique_ptr<Cursor>> cursor(mlir::Value sequence);
  // The most passes open at once, by sequence.
  llvm::SmallVector<uint32_t> cursors;
  llvm::SmallVector<uint32_t> open_cursors;

  // A scalar of an elementwise operation from its operands' scalars.
  mlir::Value scalar(mlir::OpBuilder& builder, mlir::Operation* op, mlir::ValueRange operands);

 private:
  mlir::LogicalResult lower(mlir::Operation* op);
  mlir::LogicalResult lower_with_epilogue(mlir::Operation* contraction);
  // What an elementwise operation makes of vectors.
  mlir::Value on_registers(mlir::Operation* op, mlir::ValueRange operands);
  // Neighbouring elements of a value that an epilogue reads, from `place` of its result on.
  mlir::Value remake(const Epilogue& epilogue, mlir::Value value, mlir::VectorType type,
                     mlir::ValueRange place, llvm::DenseMap<mlir::Value, mlir::Value>& made);
  mlir::LogicalResult lower_elementwise(mlir::Operation* op);
  mlir::LogicalResult lower_select(local::SelectOp op);
  mlir::LogicalResult lower_constant(local::ConstantOp op);
  mlir::LogicalResult lower_dimension(local::GetDimensionSizeOp op);
  mlir::LogicalResult lower_iota(local::IotaOp op);
  mlir::LogicalResult lower_broadcast(local::BroadcastInDimOp op);
  mlir::LogicalResult lower_reshape(local::ReshapeOp op);
  mlir::LogicalResult lower_transpose(local::TransposeOp op);
  mlir::LogicalResult lower_slice(local::SliceOp op);
  mlir::LogicalResult lower_pad(local::PadOp op);
  mlir::LogicalResult lower_concatenate(local::ConcatenateOp op);
  mlir::LogicalResult lower_cast(local::CastOp op);
  mlir::LogicalResult lower_dot(local::DotGeneralOp op);
  // Before a loop: copies of what each step would turn anew for a product.
  void turn_right_sides(mlir::Block& step);
  mlir::LogicalResult lower_reduce(local::ReduceOp op);
  Lowered reduce_truths(local::ReduceOp op, const Lowered& operand, llvm::ArrayRef<int64_t> reduced,
                        llvm::ArrayRef<mlir::Value> sizes, const Lowered& shape);
  mlir::LogicalResult lower_arg_reduce(local::ArgReduceOp op);
  mlir::LogicalResult lower_reverse(local::ReverseOp op);
  mlir::LogicalResult lower_dynamic_slice(local::DynamicSliceOp op);
  mlir::LogicalResult lower_dynamic_update_slice(local::DynamicUpdateSliceOp op);
  mlir::LogicalResult lower_take(local::TakeOp op);
  mlir::LogicalResult lower_scatter_add(local::ScatterAddOp op);
  mlir::LogicalResult lower_argsort(local::ArgsortOp op);
  mlir::LogicalResult lower_cumulative_sum(local::CumulativeSumOp op);
  // The places of boxes, as index values, after checking that the boxes are inside.
  Values checked_start(mlir::Location loc, mlir::ValueRange start, mlir::RankedTensorType in,
                       llvm::ArrayRef<int64_t> sizes);
  // The same indices as i64, after checking each: those of an error are 0.
  Lowered checked_indices(mlir::Location loc, mlir::Value indices, mlir::Value size);
  // Code for each index of a shape, row-major; helpers of this class build in the body.
  void for_each(mlir::Location loc, const Sizes& sizes,
                llvm::function_ref<void(mlir::Location, mlir::ValueRange)> body);
  mlir::LogicalResult lower_convolution(local::ConvolutionOp op);
  mlir::LogicalResult lower_convolution_data(local::ConvolutionDataOp op);
  mlir::LogicalResult lower_convolution_filter(local::ConvolutionFilterOp op);
  mlir::LogicalResult lower_reduce_window(local::ReduceWindowOp op);
  mlir::LogicalResult lower_select_and_scatter(local::SelectAndScatterOp op);
  mlir::LogicalResult lower_select_and_gather(local::SelectAndGatherOp op);
  mlir::LogicalResult lower_if(local::IfOp op);
  mlir::LogicalResult lower_fold(local::FoldOp op);
  mlir::LogicalResult lower_assert(local::AssertOp op);
  mlir::LogicalResult lower_debug(local::DebugOp op);
  mlir::LogicalResult lower_sequence_reduce(local::SequenceReduceOp op);

  SiteFn site_;
  std::function<Lowered(Lowering&, local::ParamOp)> param_;
  llvm::DenseMap<mlir::Value, Lowered> values_;
  llvm::DenseMap<mlir::Operation*, Epilogue> epilogues_;  // of contractions that wait for theirs
  llvm::DenseSet<mlir::Operation*> built_;
  llvm::DenseMap<mlir::Value, Offer> offers_;
  // Right sides of products in loops, as they are in every step, with what is contracted first.
  llvm::DenseMap<mlir::Operation*, Lowered> turned_;
  llvm::DenseMap<mlir::Value, int64_t> scalar_bounds_;  // of i64 scalars that are sizes
  // Sizes that were checked for equality, and the lesser of the two.
  llvm::DenseMap<std::pair<mlir::Value, mlir::Value>, mlir::Value> agreed_;
};

// A place that keeps a value across iterations or branches: scalars as they are, tensors in a
// buffer with their unknown sizes beside it.
struct Home {
  mlir::Type element;                // signless
  llvm::SmallVector<int64_t> shape;  // static sizes or kDynamic
  llvm::SmallVector<int64_t> bounds;

  static mlir::FailureOr<Home> of(Lowering& lowering, mlir::Location loc, mlir::Type type);
  bool is_scalar() const { return shape.empty(); }
  int64_t unknown() const { return llvm::count(shape, mlir::ShapedType::kDynamic); }
  mlir::MemRefType memref() const { return mlir::MemRefType::get(bounds, element); }
  // `value` with exactly this shape, checked at run time; appends the unknown sizes.
  Lowered fit(Lowering& lowering, mlir::Location loc, const Lowered& value, Values& unknown) const;
  // Writes `value` into `buffer`; gives the unknown sizes.
  Values store(Lowering& lowering, mlir::Location loc, const Lowered& value,
               mlir::Value buffer) const;
  Lowered load(Lowering& lowering, mlir::Location loc, mlir::Value buffer,
               mlir::ValueRange sizes) const;
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual Values open(Lowering& lowering) = 0;
  // The state of a new pass from the first element.
  virtual Values rewind(Lowering& lowering, mlir::ValueRange state) = 0;
  // Advances; gives a Step as i32 and replaces `state`.
  virtual mlir::Value step(Lowering& lowering, Values& state) = 0;
  // The leaves of the current element, where the last step was kYield, before the next one.
  virtual mlir::FailureOr<llvm::SmallVector<Lowered>> element(Lowering& lowering,
                                                              mlir::ValueRange state) = 0;
  // Whether element() is code that works, which one does not want twice.
  virtual bool computes() const { return false; }
  virtual void close(Lowering& lowering) = 0;

  mlir::Location loc;
  explicit Cursor(mlir::Location loc) : loc(loc) {}
};

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_LOWERING_H_
