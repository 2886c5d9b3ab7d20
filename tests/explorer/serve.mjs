// Starts Miniflare's local explorer with the KV bindings of the second argument, and prints where it listens as one line of
// JSON. It answers below /cdn-cgi/local/explorer/api.

import { createRequire } from "node:module";

const [installation, kvNamespaces] = process.argv.slice(2);
const require = createRequire(installation + "/");
const { Miniflare, convertV4MiniflareOptions } = require("miniflare");
const version = (name) => require(name + "/package.json").version;

const options = {
  modules: true,
  script: "export default { fetch: () => new Response() };",
  compatibilityDate: "2025-05-01",
  kvNamespaces: JSON.parse(kvNamespaces),
  unsafeLocalExplorer: true,
};
const miniflare = new Miniflare(convertV4MiniflareOptions(options));

process.stdin.resume().on("end", () => miniflare.dispose().then(() => process.exit()));
const url = await miniflare.ready;
const versions = { node: process.version, miniflare: version("miniflare"), workerd: version("workerd") };
console.log(JSON.stringify({ url: url.href, ...versions }));
