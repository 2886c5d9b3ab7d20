// For each line of input calls one method of one client, and prints what came of it as one line of JSON.
// {"$file": base64} is a file in an argument, {"$bytes": base64} are bytes in an argument and in the result.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/");
const { Cloudflare } = require("cloudflare");
const { createStorage } = require("unstorage");
const driver = require("unstorage/drivers/cloudflare-kv-http");

const clients = {
  cloudflare: (options) => new Cloudflare(options).kv.namespaces,
  unstorage: (options) => createStorage({ driver: driver(options) }),
};

function decoded(argument) {
  if (Array.isArray(argument)) return argument.map(decoded);
  if (typeof argument !== "object" || argument === null) return argument;
  if ("$bytes" in argument) return Buffer.from(argument.$bytes, "base64");
  if ("$file" in argument) return new File([Buffer.from(argument.$file, "base64")], "file");
  return Object.fromEntries(Object.entries(argument).map(([name, member]) => [name, decoded(member)]));
}

async function encoded(result) {
  // A list of the SDK is read with a loop, which asks for the next page.
  if (result?.[Symbol.asyncIterator]) return await Array.fromAsync(result);
  const answer = await result;
  const bytes = answer instanceof Response ? await answer.arrayBuffer() : answer;
  const isBytes = bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes);
  return isBytes ? { $bytes: Buffer.from(bytes).toString("base64") } : (answer ?? null);
}

async function outcome({ env, client, options, method, given }) {
  Object.assign(process.env, env);
  try {
    const path = method.split(".");
    const name = path.pop();
    const owner = path.reduce((parent, member) => parent[member], clients[client](options));
    return { ok: await encoded(owner[name](...decoded(given))) };
  } catch (error) {
    const codes = (error.errors ?? error.data?.errors ?? []).map(({ code }) => code);
    const { message, status = null } = error;
    return { error: { name: error.constructor.name, message, status, codes } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await outcome(JSON.parse(line))));
}
