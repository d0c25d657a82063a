// Runs `step` of a module made from step.c: usage: node step.js MODULE COMPUTATION > OUTPUT
const fs = require('fs');
const exports_ = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2]))).exports;
const status = exports_.step(Number(process.argv[3]));
const view = new DataView(exports_.memory.buffer);
const bytes = view.getUint32(exports_.output_bytes.value, true);
if (status === 0) fs.writeSync(1, new Uint8Array(exports_.memory.buffer, exports_.output.value, bytes));
process.exitCode = status;
