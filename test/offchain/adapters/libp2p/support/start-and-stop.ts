/** Two nodes meet, talk and stop; the process has to end by itself, which shows that nothing was left behind. */
import { randomBytes } from "node:crypto";
import { libp2pTransport } from "../../../../../offchain/adapters/libp2p/transport.ts";

const make = () =>
  libp2pTransport({ seed: new Uint8Array(randomBytes(32)), listen: ["/ip4/127.0.0.1/tcp/0"] });
const [a, b] = await Promise.all([make(), make()]);
const arrived = Promise.withResolvers<undefined>();
await a.start({});
await b.start({
  frame: () => {
    arrived.resolve(undefined);
  },
});
await a.connect({ peer: b.self, multiaddr: b.addresses()[0] ?? "" });
a.send(b.self, new Uint8Array(100));
await arrived.promise;
await a.stop();
await b.stop();
console.log("stopped");
