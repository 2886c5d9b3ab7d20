// Runs a sequence of calls on a KV binding inside workerd, in the notation of tests/data/binding.json.

const UNDEFINED = { $undefined: true };
const MAXIMUM_RETRIES = 5;

const forms = {
  $undefined: () => undefined,
  $bytes: (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)),
  $repeat: ([text, times]) => text.repeat(times),
  $range: ([text, count]) => Array.from({ length: count }, (_, index) => text + index),
  $join: (texts) => texts.join(""),
  $now: (offset, now) => now + offset,
  $nan: () => NaN,
  $infinity: (sign) => sign * Infinity,
  $negativeZero: () => -0,
  $bigint: (digits) => BigInt(digits),
  $date: (milliseconds) => new Date(milliseconds),
  $set: (members, now) => new Set(members.map((member) => decode(member, now))),
};

function decode(node, now) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map((member) => decode(member, now));
  const entries = Object.entries(node);
  if (entries.length === 1 && Object.hasOwn(forms, entries[0][0])) return forms[entries[0][0]](entries[0][1], now);
  return Object.fromEntries(entries.map(([name, member]) => [name, decode(member, now)]));
}

function base64(buffer) {
  const bytes = new Uint8Array(buffer);
  let binary = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return { $bytes: btoa(binary) };
}

async function encode(value) {
  if (value === undefined) return UNDEFINED;
  if (typeof value === "number" && Math.abs(value) === Infinity) return { $infinity: Math.sign(value) };
  if (value === null || typeof value !== "object") return value;
  if (value instanceof ArrayBuffer) return base64(value);
  if (value instanceof ReadableStream) return { $stream: base64(await new Response(value).arrayBuffer()) };
  if (value instanceof Map) return { $map: await encode([...value]) };
  if (Array.isArray(value)) return Promise.all(value.map(encode));
  const entries = await Promise.all(Object.entries(value).map(async ([name, member]) => [name, await encode(member)]));
  return Object.fromEntries(entries);
}

// Python's keyword arguments travel as one trailing object.
function argumentsOf(call, now, cursor) {
  const args = call.args.map((argument) => decode(argument, now));
  if (call.kwargs) args.push(decode(call.kwargs, now));
  if (!call.useCursor) return args;
  const options = args.pop();
  return [...args, { ...options, cursor }];
}

async function outcomeOf(namespace, call, args) {
  try {
    return { ok: await encode(await namespace[call.op](...args)) };
  } catch (error) {
    return { error: { name: error.name, message: error.message } };
  }
}

async function wipe(namespace) {
  let page;
  do {
    page = await namespace.list();
    await Promise.all(page.keys.map(({ name }) => namespace.delete(name)));
  } while (page.keys.length > 0);
}

const second = () => Math.floor(Date.now() / 1000);

class Runner {
  constructor(env, timed) {
    this.env = env;
    this.timed = timed;
    this.namespace = timed ? env.TIMED : env.REAL;
    this.cursor = undefined;
  }

  async begin(now) {
    if (this.timed) await this.setClock(now);
    await wipe(this.namespace);
    this.now = this.timed ? now : second();
  }

  async setClock(now) {
    await this.env.CLOCK.fetch("http://clock/", { method: "POST", body: String(now) });
    this.clock = now;
  }

  async run(call) {
    if (call.op === "advance") {
      await this.setClock(this.clock + call.args[0]);
      return { ok: UNDEFINED };
    }
    const outcome = await outcomeOf(this.namespace, call, argumentsOf(call, this.now, this.cursor));
    if (call.op === "list" && outcome.ok) {
      this.cursor = outcome.ok.cursor;
    }
    return outcome;
  }

  get steady() {
    return this.timed || second() === this.now;
  }
}

// A sequence that crossed a second is run again, so that both sides see the same one.
async function runSequence(env, { calls, now, withinOneSecond }) {
  for (let retry = 0; ; retry++) {
    const runner = new Runner(env, now !== undefined);
    await runner.begin(now);
    const outcomes = [];
    for (const call of calls) outcomes.push(await runner.run(call));
    if (runner.steady || !withinOneSecond) return { now: runner.now, outcomes };
    if (retry === MAXIMUM_RETRIES) throw new Error("the sequence does not fit into one second");
  }
}

export default {
  async fetch(request, env) {
    return Response.json(await runSequence(env, await request.json()));
  },
};
