// Runs pytest inside Pyodide and ends with pytest's exit code.
// Arguments: the folder of npm's packages, the folder of Python's packages, the checkout, then those of pytest.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, Worker } from "node:worker_threads";

if (isMainThread) {
  // Only a thread can have a larger stack. Python's recursion needs it: some tests read very deep JSON.
  const resourceLimits = { stackSizeMb: 64 };
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), resourceLimits });
  worker.on("exit", (code) => { process.exitCode = code; });
} else {
  // Pyodide reads and writes by the descriptors, which a thread's streams do not have.
  [process.stdin, process.stdout, process.stderr].forEach((stream, fd) => { stream.fd = fd; });
  const [installation, packages, checkout, ...options] = process.argv.slice(2);
  const { loadPyodide } = await import(pathToFileURL(join(installation, "node_modules/pyodide/pyodide.mjs")).href);
  const { HYPOTHESIS_PROFILE = "local" } = process.env;
  const pyodide = await loadPyodide({ env: { HYPOTHESIS_PROFILE } });
  for (const [path, root] of [["/packages", packages], ["/checkout", checkout]]) {
    pyodide.FS.mkdirTree(path);
    pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, path);
  }
  pyodide.globals.set("options", options);
  process.exitCode = pyodide.runPython(`
import os, sys
# Packages come first: the installed wheel is tested, not the checkout.
sys.path[:0] = ["/packages", "/checkout"]
sys.dont_write_bytecode = True
os.chdir("/checkout")

import pytest
print("Python", sys.version, "on", sys.platform, flush=True)
int(pytest.main(list(options)))
`);
}
