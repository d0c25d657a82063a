#include <gtest/gtest.h>

#include "compiler/types/assign.h"
#include "compiler/types/type.h"

namespace fedc {
namespace {

class TypesTest : public ::testing::Test {
 protected:
  const Type* type(const std::string& text) {
    std::string error;
    const Type* result = parse_type(context, text, &error);
    EXPECT_NE(result, nullptr) << text << ": " << error;
    return result == nullptr ? context.error() : result;
  }
  std::string mismatch(const std::string& from, const std::string& to) {
    auto failed = assign(context, type(from), type(to));
    if (!failed) return "";
    return failed->path + " " + to_string(failed->from) + " / " + to_string(failed->to) +
           (failed->dim < 0 ? "" : " dim " + std::to_string(failed->dim));
  }
  TypeContext context;
};

TEST_F(TypesTest, PrintsWhatItParses) {
  for (const char* text :
       {"float32", "float32[784,10]", "int32[?]", "float32[?<=32,784]", "uint8[0]", "bool*",
        "int32[?]**", "<>", "<int8>", "<int8,<x=bool,y=float64>>", "(int32 -> bool)",
        "( -> <int32,int32>)", "((int32 -> bool) -> int32)", "float32@SERVER", "float32@CLIENTS",
        "{<image=float32[?<=32,784],label=int32[?<=32]>*}@CLIENTS",
        "(<model=<w=float32[2]>@SERVER,data={float32*}@CLIENTS> -> <state=float32@SERVER>)"}) {
    EXPECT_EQ(to_string(type(text)), text);
  }
}

TEST_F(TypesTest, EqualTypesAreTheSame) {
  EXPECT_EQ(type("<x=float32[2],y=int32*>"), type("< x = float32[ 2 ] , y = int32 * >"));
  EXPECT_NE(type("<x=float32>"), type("<y=float32>"));
  EXPECT_NE(type("float32@CLIENTS"), type("{float32}@CLIENTS"));
  EXPECT_NE(type("float32[4]"), type("float32[?<=4]"));
}

TEST_F(TypesTest, RefusesWhatIsNotAType) {
  for (const std::string& text :
       {std::string(""), std::string("float31"), std::string("float32["), std::string("float32[]"),
        std::string("<int32"), std::string("<x=int32,x=int32>"), std::string("(int32)"),
        std::string("{int32}"), std::string("{int32}@SERVER"), std::string("int32@HERE"),
        std::string("int32 int32"), std::string("int32[99999999999999999999]"),
        std::string(10000, '<'), std::string(10000, '('), "int32" + std::string(10000, '*')}) {
    std::string error;
    EXPECT_EQ(parse_type(context, text, &error), nullptr) << text;
    EXPECT_NE(error, "") << text;
  }
}

TEST_F(TypesTest, AssignForgetsDimensions) {
  EXPECT_EQ(mismatch("float32[10]", "float32[?]"), "");
  EXPECT_EQ(mismatch("float32[10]", "float32[?<=10]"), "");
  EXPECT_EQ(mismatch("float32[?<=5]", "float32[?<=10]"), "");
  EXPECT_EQ(mismatch("<a=float32[10]>*", "<a=float32[?]>*"), "");
  EXPECT_EQ(mismatch("float32[?]", "float32[10]"), " float32[?] / float32[10] dim 0");
  EXPECT_EQ(mismatch("float32[2,11]", "float32[2,?<=10]"),
            " float32[2,11] / float32[2,?<=10] dim 1");
  EXPECT_EQ(mismatch("float32[?]", "float32[?<=10]"), " float32[?] / float32[?<=10] dim 0");
}

TEST_F(TypesTest, AssignNamesTheFieldThatDisagrees) {
  EXPECT_EQ(mismatch("<x=<y=float32>*>", "<x=<y=float64>*>"), ".x*.y float32 / float64");
  EXPECT_EQ(mismatch("<x=float32>", "<y=float32>"), " <x=float32> / <y=float32>");
  EXPECT_EQ(mismatch("<float32,int32>", "<x=float32,y=int32>"), "");
  EXPECT_EQ(mismatch("<x=float32>", "<float32>"), " <x=float32> / <float32>");
  EXPECT_EQ(mismatch("float32", "float32[1]"), " float32 / float32[1]");
}

TEST_F(TypesTest, AssignFederated) {
  EXPECT_EQ(mismatch("float32@CLIENTS", "{float32}@CLIENTS"), "");
  EXPECT_NE(mismatch("{float32}@CLIENTS", "float32@CLIENTS"), "");
  EXPECT_NE(mismatch("float32@SERVER", "float32@CLIENTS"), "");
  EXPECT_NE(mismatch("float32", "float32@SERVER"), "");
  EXPECT_NE(mismatch("float32@SERVER", "float32"), "");
  EXPECT_EQ(mismatch("<float32@CLIENTS,<{int32}@CLIENTS>>", "{<x=float32,y=<int32>>}@CLIENTS"), "");
  EXPECT_NE(mismatch("<float32@CLIENTS,int32>", "{<float32,int32>}@CLIENTS"), "");
  EXPECT_NE(mismatch("<float32@CLIENTS,int32@SERVER>", "{<float32,int32>}@CLIENTS"), "");
}

TEST_F(TypesTest, ErrorAbsorbs) {
  EXPECT_FALSE(assign(context, context.error(), type("float32")));
  EXPECT_FALSE(assign(context, type("<float32>"), context.error()));
}

TEST_F(TypesTest, SharedTypesOfEnormousTextPrintQuickly) {
  const Type* t = type("float32");
  for (int i = 0; i < 100; ++i) t = context.structure({{"", t}, {"", t}});
  EXPECT_LT(to_string(t).size(), 10000u);
  EXPECT_EQ(t->depth(), 101u);
}

TEST_F(TypesTest, FullStringsAreNeverCut) {
  std::string text = "<";
  for (int i = 0; i < 1000; ++i) text += (i == 0 ? "x" : ",x") + std::to_string(i) + "=float32";
  text += ">";
  EXPECT_NE(to_string(type(text)), text);
  EXPECT_EQ(to_full_string(type(text)), text);
}

TEST_F(TypesTest, PartsAreShownByTheirNames) {
  const TypeNames names = {{type("<x=float32>"), "Point"}, {type("<int32>"), ""}};
  EXPECT_EQ(to_string(type("<a={<x=float32>*}@CLIENTS,b=<int32>>"), names),
            "<a={Point*}@CLIENTS,b=<int32>>");
  EXPECT_EQ(to_string(type("<x=float32>"), names), "Point");
  EXPECT_EQ(to_string(type("<x=float32>")), "<x=float32>");
}

}  // namespace
}  // namespace fedc
