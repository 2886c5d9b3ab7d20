// Sends Python values through Cloudflare's own wrapper in Pyodide, and says what JavaScript gets; and the reverse.
// Cases come as JSON on standard input, the outcomes go to standard output.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [installation, wrapper] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(installation, "node_modules/pyodide/pyodide.mjs")).href);

function told(of) {
  try {
    return of();
  } catch (error) {
    return { throws: `${error.name}: ${error.message}` };
  }
}

const bytes = (view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];

// What KV makes of an argument: its text as a key, its number as an option, its JSON as metadata, its bytes as a value.
const described = (value) => ({
  text: told(() => String(value)),
  number: told(() => String(+value)),
  json: told(() => JSON.stringify(value) ?? null),
  bytes: ArrayBuffer.isView(value) ? bytes(value) : null,
});

class KvNamespace {
  async get(text) { return JSON.parse(text); }
  async put(...args) { return JSON.stringify(args); }
  async delete(value) { return JSON.stringify(described(value)); }
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
import json, sys

sys.path.insert(0, "/sdk")
import js
from pyodide.ffi import JsProxy
from workers.rpc import _BindingWrapper

kv = _BindingWrapper(js.namespace)
data = json.loads(given)
names = {"__name__": "__main__"}
exec("\\n".join(data["prelude"]), names)


async def outcome(call):
    try:
        return {"ok": await call()}
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {error}"}


def shown(value):
    if isinstance(value, JsProxy | _BindingWrapper):
        return "JsProxy"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name!r}: {shown(member)}' for name, member in value.items())}}}"
    return repr(value)


async def sent(source):
    return json.loads(await kv.delete(eval(source, names)))


async def received(text):
    return shown(await kv.get(text))


async def called(source):
    return json.loads(await eval(source, {**names, "kv": kv}))


async def outcomes(kind, ask):
    return [await outcome(lambda: ask(case["given"])) for case in data[kind]]


json.dumps(
    {
        "sent": await outcomes("sent", sent),
        "received": await outcomes("received", received),
        "called": await outcomes("called", called),
        "python": sys.version.split()[0],
    }
)
`));
