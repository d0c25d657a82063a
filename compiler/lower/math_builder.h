// Arithmetic for the expansions of elementary functions. (Inside compiler/lower.)
#ifndef COMPILER_LOWER_MATH_BUILDER_H_
#define COMPILER_LOWER_MATH_BUILDER_H_

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace fedc::lower {

// Builds arithmetic on values of one float type, scalar or vector.
class MathBuilder {
 public:
  MathBuilder(mlir::OpBuilder& b, mlir::Location loc, mlir::Type type)
      : b_(b), loc_(loc), type_(type) {
    single_ = mlir::getElementTypeOrSelf(type).isF32();
  }

  bool single() const { return single_; }
  int mantissa() const { return single_ ? 23 : 52; }
  int bias() const { return single_ ? 127 : 1023; }

  mlir::Value c(double value) {
    mlir::Type element = mlir::getElementTypeOrSelf(type_);
    return splat(b_.getFloatAttr(element, value), type_);
  }
  mlir::Value ci(int64_t value) {
    return splat(b_.getIntegerAttr(mlir::getElementTypeOrSelf(integers()), value), integers());
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return mlir::arith::AddFOp::create(b_, loc_, x, y);
  }
  mlir::Value sub(mlir::Value x, mlir::Value y) {
    return mlir::arith::SubFOp::create(b_, loc_, x, y);
  }
  mlir::Value mul(mlir::Value x, mlir::Value y) {
    return mlir::arith::MulFOp::create(b_, loc_, x, y);
  }
  mlir::Value div(mlir::Value x, mlir::Value y) {
    return mlir::arith::DivFOp::create(b_, loc_, x, y);
  }
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z) {
    return mlir::math::FmaOp::create(b_, loc_, x, y, z);
  }
  mlir::Value neg(mlir::Value x) { return mlir::arith::NegFOp::create(b_, loc_, x); }
  mlir::Value abs(mlir::Value x) { return mlir::math::AbsFOp::create(b_, loc_, x); }
  mlir::Value floor(mlir::Value x) { return mlir::math::FloorOp::create(b_, loc_, x); }
  mlir::Value round(mlir::Value x) { return mlir::math::RoundEvenOp::create(b_, loc_, x); }
  mlir::Value copysign(mlir::Value x, mlir::Value s) {
    return mlir::math::CopySignOp::create(b_, loc_, x, s);
  }
  mlir::Value cmp(mlir::arith::CmpFPredicate p, mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpFOp::create(b_, loc_, p, x, y);
  }
  mlir::Value lt(mlir::Value x, mlir::Value y) {
    return cmp(mlir::arith::CmpFPredicate::OLT, x, y);
  }
  mlir::Value gt(mlir::Value x, mlir::Value y) {
    return cmp(mlir::arith::CmpFPredicate::OGT, x, y);
  }
  mlir::Value eq(mlir::Value x, mlir::Value y) {
    return cmp(mlir::arith::CmpFPredicate::OEQ, x, y);
  }
  mlir::Value nan(mlir::Value x) { return cmp(mlir::arith::CmpFPredicate::UNO, x, x); }
  mlir::Value both(mlir::Value x, mlir::Value y) {
    return mlir::arith::AndIOp::create(b_, loc_, x, y);
  }
  mlir::Value either(mlir::Value x, mlir::Value y) {
    return mlir::arith::OrIOp::create(b_, loc_, x, y);
  }
  mlir::Value differ(mlir::Value x, mlir::Value y) {
    return mlir::arith::XOrIOp::create(b_, loc_, x, y);
  }
  mlir::Value pick(mlir::Value cond, mlir::Value x, mlir::Value y) {
    return mlir::arith::SelectOp::create(b_, loc_, cond, x, y);
  }
  mlir::Value bits(mlir::Value x) {
    return mlir::arith::BitcastOp::create(b_, loc_, integers(), x);
  }
  mlir::Value from_bits(mlir::Value x) {
    return mlir::arith::BitcastOp::create(b_, loc_, type_, x);
  }
  mlir::Value to_int(mlir::Value x) {
    return mlir::arith::FPToSIOp::create(b_, loc_, integers(), x);
  }
  mlir::Value to_float(mlir::Value x) { return mlir::arith::SIToFPOp::create(b_, loc_, type_, x); }
  mlir::Value addi(mlir::Value x, mlir::Value y) {
    return mlir::arith::AddIOp::create(b_, loc_, x, y);
  }
  mlir::Value subi(mlir::Value x, mlir::Value y) {
    return mlir::arith::SubIOp::create(b_, loc_, x, y);
  }
  mlir::Value shl(mlir::Value x, int64_t n) {
    return mlir::arith::ShLIOp::create(b_, loc_, x, ci(n));
  }
  mlir::Value sar(mlir::Value x, int64_t n) {
    return mlir::arith::ShRSIOp::create(b_, loc_, x, ci(n));
  }
  // c[0] + x c[1] + x^2 c[2] ...
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<double> coefficients) {
    mlir::Value sum = c(coefficients.back());
    for (double k : llvm::reverse(coefficients.drop_back())) sum = fma(x, sum, c(k));
    return sum;
  }
  // 2^k for integers k within the normal range.
  mlir::Value power_of_two(mlir::Value k) {
    return from_bits(shl(addi(k, ci(bias())), mantissa()));
  }

 private:
  mlir::Type integers() {
    mlir::Type element = b_.getIntegerType(single_ ? 32 : 64);
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type_)) return vector.clone(element);
    return element;
  }
  mlir::Value splat(mlir::TypedAttr attribute, mlir::Type type) {
    if (auto vector = mlir::dyn_cast<mlir::VectorType>(type))
      return mlir::arith::ConstantOp::create(
          b_, loc_,
          mlir::cast<mlir::TypedAttr>(mlir::Attribute(mlir::DenseElementsAttr::get(
              mlir::cast<mlir::ShapedType>(vector), mlir::Attribute(attribute)))));
    return mlir::arith::ConstantOp::create(b_, loc_, attribute);
  }

  mlir::OpBuilder& b_;
  mlir::Location loc_;
  mlir::Type type_;
  bool single_;
};

// The sine or cosine of a float32 or float64 scalar: within 1 ulp for every finite number, NaN for
// the others.
mlir::Value expand_sine(mlir::OpBuilder& b, mlir::Location loc, mlir::Value x, bool cosine);

}  // namespace fedc::lower

#endif  // COMPILER_LOWER_MATH_BUILDER_H_
