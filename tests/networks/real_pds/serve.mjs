// A real PDS with its directory of identities, on loopback only. Usage: node serve.mjs FOLDER PDS_PORT PLC_PORT
// (FOLDER holds node_modules). Prints one JSON line when it is up; ends when its standard input closes.
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, pdsPort, plcPort] = process.argv.slice(2);

// The servers would listen on every interface: whatever they ask for, they get 127.0.0.1.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === "number") {
    if (typeof args[1] === "string") args[1] = "127.0.0.1";
    else args.splice(1, 0, "127.0.0.1");
  } else if (args[0] && typeof args[0] === "object" && "port" in args[0]) {
    args[0] = { ...args[0], host: "127.0.0.1" };
  }
  return listen.apply(this, args);
};

const entry = path.join(path.resolve(folder), "node_modules/@atproto/dev-env/dist/index.js");
const { TestNetworkNoAppView } = await import(pathToFileURL(entry));
const network = await TestNetworkNoAppView.create({
  pds: { port: Number(pdsPort), hostname: "localhost", rateLimitsEnabled: true },
  plc: { port: Number(plcPort) },
});
console.log(JSON.stringify({ ready: true, pds: network.pds.url, node: process.version }));
process.stdin.resume();
process.stdin.on("end", async () => {
  await network.close();
  process.exit(0);
});
