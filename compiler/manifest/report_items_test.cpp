#include "compiler/manifest/report_items.h"

#include <gtest/gtest.h>

namespace fedc::manifest {
namespace {

using Texts = std::vector<std::string>;

ReportItem item(const std::string& name, std::vector<std::string> becomes,
                const std::string& place = "a.fed:1:1") {
  return {name, "float32", 4, place, "", std::move(becomes)};
}

std::vector<std::string> lines(const std::vector<ReportItem>& items) {
  std::vector<std::string> texts;
  for (const ReportLine& line : lines_of(items))
    texts.push_back(std::string(2 * line.depth, ' ') + line.text);
  return texts;
}

TEST(ReportItems, OneEntryForAStructOfWhichTheSameIsSaid) {
  EXPECT_EQ(lines({item("r.delta.w", {"computed from data"}), item("r.n", {"computed from data"}),
                   item("r.delta.b", {"computed from data"}), item("r.loss", {"constants"})}),
            (Texts{"r.delta.*: 2 values, 8 bytes, a.fed:1:1", "  w: float32, b: float32",
                   "  computed from data", "r.n: float32, 4 bytes, a.fed:1:1",
                   "  computed from data", "r.loss: float32, 4 bytes, a.fed:1:1", "  constants"}));
}

TEST(ReportItems, TheLargestStruct) {
  EXPECT_EQ(
      lines({item("m.a.w", {}), item("m.a.b", {}), item("m.c", {}), item("n", {"constants"})}),
      (Texts{"m.*: 3 values, 12 bytes, a.fed:1:1", "  a.w: float32, a.b: float32, c: float32",
             "n: float32, 4 bytes, a.fed:1:1", "  constants"}));
}

TEST(ReportItems, LeavesOfTheSameNameInOtherStructs) {
  EXPECT_EQ(lines({item("s.w", {"made of m.w, the sum of r.d.w in phase 1, lr"}),
                   item("s.b", {"made of m.b, lr, the sum of r.d.b in phase 1"})}),
            (Texts{"s.*: 2 values, 8 bytes, a.fed:1:1", "  w: float32, b: float32",
                   "  made of m.*, the sum of r.d.* in phase 1, lr"}));
}

TEST(ReportItems, AWholeList) {
  EXPECT_EQ(lines({item("w", {"made of constants"}), item("a.b", {"made of constants"}),
                   item("c", {"made of constants"})}),
            (Texts{"*: 3 values, 12 bytes, a.fed:1:1", "  w: float32, a.b: float32, c: float32",
                   "  made of constants"}));
  EXPECT_EQ(lines({item("w", {}), item("b", {})}).size(), 2);
}

TEST(ReportItems, WhatDiffersStaysApart) {
  EXPECT_EQ(lines({item("s.w", {"made of m.w"}), item("s.b", {"made of m.w"})}).size(), 4);
  EXPECT_EQ(lines({item("s.w", {"made of m.w"}), item("s.b", {"made of m.bb"})}).size(), 4);
  EXPECT_EQ(
      lines({item("s.w", {"made of a of x, b of y"}), item("s.b", {"made of a of y, b of x"})})
          .size(),
      4);
  EXPECT_EQ(lines({item("s.w", {"through f"}), item("s.b", {"through f"}, "a.fed:2:1")}).size(), 4);
  EXPECT_EQ(lines({item("s.w", {}), item("t.w", {})}).size(), 2);
}

TEST(ReportItems, Collapsed) {
  const Texts all = {"m.a (x)", "m.b (x)", "m.c (x)", "m.a", "m.b", "m.c", "n.o.a",
                     "n.o.b",   "n.o.c",   "n.p",     "c",   "q.a", "q.b"};
  EXPECT_EQ(collapsed({"m.a (x)", "c", "m.b (x)", "m.c (x)"}, all), (Texts{"all 3 of m (x)", "c"}));
  EXPECT_EQ(collapsed({"m.a", "m.b (x)", "m.c", "n.o.b", "n.o.a", "n.o.c", "o.a"}, all),
            (Texts{"m.a", "m.b (x)", "m.c", "all 3 of n.o", "o.a"}));
  EXPECT_EQ(collapsed({"q.a", "q.b"}, all), (Texts{"q.a", "q.b"}));
  EXPECT_EQ(collapsed({}, all), Texts());
}

}  // namespace
}  // namespace fedc::manifest
