"""lit configuration of every golden test: tools of this project and FileCheck are on the PATH."""
import os

import lit.formats

config.name = "fedc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".fed", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.environ["TEST_TMPDIR"]
root = os.environ["TEST_SRCDIR"] + "/" + os.environ["TEST_WORKSPACE"]
tools = [root + "/tools/" + t for t in ("fedc", "fed-opt", "fed-run")] + [root + "/compiler/manifest", root + "/tests/lower"]
config.environment["PATH"] = ":".join(tools + [root + "/external/llvm/bin", os.environ["PATH"]])
config.substitutions.append(("%root", root))
