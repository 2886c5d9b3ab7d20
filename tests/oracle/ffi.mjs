// Evaluates expressions of Python in Pyodide, beside Cloudflare's own wrapper of a binding, and says what came of each.
// The data come as JSON on standard input, the cases with their outcomes go to standard output.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [installation, wrapper] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(installation, "node_modules/pyodide/pyodide.mjs")).href);

// What KV reads of the arguments of a call.
class KvNamespace {
  async put(...args) { return JSON.stringify(args); }
}
globalThis.namespace = new KvNamespace();

const pyodide = await loadPyodide();
pyodide.FS.mkdirTree("/sdk/workers");
for (const name of readdirSync(wrapper).filter((name) => /\.(py|js)$/.test(name))) {
  pyodide.FS.writeFile(`/sdk/workers/${name}`, readFileSync(join(wrapper, name)));
}
pyodide.registerJsModule("_pyodide_entrypoint_helper", {});
pyodide.registerJsModule("_cloudflare_compat_flags", {});
pyodide.globals.set("given", readFileSync(0, "utf8"));

console.log(await pyodide.runPythonAsync(`
import inspect, json, sys

sys.path.insert(0, "/sdk")
import js
from workers.rpc import _BindingWrapper

data = json.loads(given)
names = {"kv": _BindingWrapper(js.namespace)}
exec("\\n".join(data["prelude"]), names)


async def outcome(source):
    try:
        value = eval(source, names)
        if inspect.isawaitable(value):
            value = await value
        return {"given": source, "ok": f"{type(value).__name__} {value!r}"}
    except Exception as error:
        return {"given": source, "raises": f"{type(error).__name__}: {error}"}


json.dumps([await outcome(case["given"]) for case in data["cases"]])
`));
