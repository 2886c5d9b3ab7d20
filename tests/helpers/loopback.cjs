// Required by every Node process of a test: no name is looked up, and each that was wanted is noted.

const dns = require("node:dns");
const { appendFileSync } = require("node:fs");

dns.lookup = (hostname, options, callback = options) => {
  appendFileSync(process.env.NAMES_ASKED_FOR, hostname + "\n");
  const error = Object.assign(new Error(`loopback only: ${hostname}`), { code: "ENOTFOUND", hostname });
  process.nextTick(callback, error);
};
