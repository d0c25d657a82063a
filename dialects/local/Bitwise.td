//===- Bitwise.td - integers as words of bits -----------------------------===//
#ifndef LOCAL_BITWISE_TD
#define LOCAL_BITWISE_TD

include "dialects/local/Elementwise.td"

// Signed integers are two's complement.
class Local_BitUnary<string mnemonic, string sum> : Local_Unary<mnemonic, Local_IntegerTensor, "i32", sum, "", []>;
def Local_BitwiseNotOp : Local_BitUnary<"bitwise_not", "each bit of x inverted">;
def Local_PopcntOp : Local_BitUnary<"popcnt", "the number of bits of x that are 1">;
def Local_CountLeadingZerosOp : Local_BitUnary<"count_leading_zeros", "the number of zero bits above the highest 1; of 0 the width">;

class Local_BitBinary<string mnemonic, string element, string sum, string desc = "", list<Trait> traits = [Commutative]>
    : Local_Binary<mnemonic, Local_IntegerTensor, element, sum, desc, traits>;
def Local_BitwiseAndOp : Local_BitBinary<"bitwise_and", "i32", "bits that both have">;
def Local_BitwiseOrOp : Local_BitBinary<"bitwise_or", "ui8", "bits that either has">;
def Local_BitwiseXorOp : Local_BitBinary<"bitwise_xor", "i64", "bits that one of both has">;
def Local_ShiftLeftOp : Local_BitBinary<"shift_left", "i32", "x * 2^y; wraps",
    "0 where y is negative or at least the width of x.", []>;
def Local_ShiftRightOp : Local_BitBinary<"shift_right", "ui32", "x / 2^y, rounded down",
    "Signed integers keep their sign. Where y is negative or at least the width of x, all bits are the sign's, those of an unsigned x 0.", []>;

def Local_ThreefryOp : Local_Binary<"threefry", Local_WordTensor, "ui64", "64 random bits of a key x and a counter y",
    [{Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011); key, counter and
    result are two 32-bit words each, the first in the upper half. What keys are made of and what is drawn from them
    is `std/random`.}], []>;

#endif  // LOCAL_BITWISE_TD
