//===- Local.td - what one participant computes alone ---------------------===//
#ifndef LOCAL_TD
#define LOCAL_TD

include "dialects/local/Shape.td"
include "dialects/local/Elementwise.td"
include "dialects/local/Bitwise.td"
include "dialects/local/Contraction.td"
include "dialects/local/Convolution.td"
include "dialects/local/Control.td"
include "dialects/local/Fold.td"
include "dialects/local/Indexing.td"
include "dialects/local/Sequence.td"
include "dialects/local/Window.td"

#endif  // LOCAL_TD
