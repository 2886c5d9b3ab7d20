// Starts Miniflare with one Worker and two KV bindings, and prints where it listens as one line of JSON.
// REAL is KV as it is. TIMED has a clock that the Worker sets (and, in Miniflare, a value limit of 1,024 bytes); it stands
// at half a second, because at the very millisecond of an expiration Miniflare's list still shows what its get does not.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [installation, compatibilityDate] = process.argv.slice(2);
const require = createRequire(installation + "/");
// Miniflare would start the workerd of its own release day, which may be months older than the newest.
process.env.MINIFLARE_WORKERD_PATH = require("workerd").default;
const { Miniflare, Response, _enableControlEndpoints, convertV4MiniflareOptions } = require("miniflare");
const version = (name) => require(name + "/package.json").version;

_enableControlEndpoints();

async function setClock(request) {
  const objects = await miniflare._getInternalDurableObjectNamespace("kv", "kv:ns", "KVNamespaceObject");
  const controlOp = { name: "enableFakeTimers", args: [Number(await request.text()) * 1000 + 500] };
  await objects.get(objects.idFromName("timed")).fetch("http://kv/", { cf: { miniflare: { controlOp } } });
  return new Response();
}

const options = {
  modules: true,
  script: readFileSync(fileURLToPath(new URL("worker.mjs", import.meta.url)), "utf8"),
  compatibilityDate,
  kvNamespaces: { REAL: "real", TIMED: "timed" },
  serviceBindings: { CLOCK: setClock },
};
// Miniflare 5 has options of another shape, and a function that makes them of those of Miniflare 4.
const miniflare = new Miniflare(convertV4MiniflareOptions?.(options) ?? options);

process.stdin.resume().on("end", () => miniflare.dispose().then(() => process.exit()));
const url = await miniflare.ready;
const versions = { node: process.version, miniflare: version("miniflare"), workerd: version("workerd") };
console.log(JSON.stringify({ url: url.href, ...versions }));
