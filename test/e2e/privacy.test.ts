/**
 * What a network's processes say while packets cross it, at the most talkative log level, held against what
 * really crossed it: recorders between some relays and their transports know every packet on those links.
 */
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inspect } from "node:util";

import { peerIdOfSeed } from "../../offchain/adapters/libp2p/identity.ts";
import { FRAGMENT_DATA } from "../../offchain/client/messages.ts";
import { hexToBytes } from "../../offchain/core/bytes.ts";
import { createBackend } from "../../offchain/core/crypto/index.ts";
import { deriveKeys } from "../../offchain/core/keys/derive.ts";
import { HEADER_LENGTH, unwrap } from "../../offchain/core/sphinx/index.ts";
import { nodeIdOfPeer } from "../../offchain/core/wire/node-id.ts";
import { LocalNetwork, type NodeFiles } from "../../scripts/local-network/network.ts";
import { ApiEar } from "./support/api-ear.ts";
import { commandLines } from "./support/processes.ts";
import { framesOf, Recorder } from "./support/recorder.ts";
import { Traces } from "./support/traces.ts";
import { Traffic } from "./support/traffic.ts";

const MINUTE = 60_000;
const PACKETS = 300;
const RATE = 50;
/** Relays with a recorder; the others are `waybill run` as it is. */
const RECORDED = 3;
const RECORDING_RELAY = resolve(import.meta.dirname, "support/recording-relay.ts");
/** Log lines a packet that a process may write while packets cross it. */
const LINES_A_PACKET = 0.1;

describe("what a network says of its packets", function () {
  this.timeout(8 * MINUTE);

  let network: LocalNetwork;
  let traffic: Traffic;
  let everyone: readonly NodeFiles[];
  let seen: readonly string[];
  let content: Buffer;
  let ears: ReadonlyMap<NodeFiles, ApiEar>;
  let logsBefore: ReadonlyMap<NodeFiles, number>;

  const recordsOf = (node: NodeFiles): string => join(network.folder, `${node.name}.frames`);
  const said = (node: NodeFiles): string =>
    readFileSync(join(network.folder, `${node.name}.log`), "utf8");
  const logged = (node: NodeFiles): string[] =>
    said(node)
      .split("\n")
      .filter((line) => line.includes('"level":'));

  before(async () => {
    network = new LocalNetwork({
      relays: 6,
      parameters: "test/e2e/support/no-lottery.json5",
      genesisAgo: 12,
      logLevel: "debug",
    });
    traffic = await Traffic.start(network, (node, onLine) =>
      network.relays.indexOf(node) < RECORDED
        ? network.startRelay(node, onLine, RECORDING_RELAY, {
            RECORD_FILE: recordsOf(node),
            WAYBILL_LOG_LEVEL: "debug",
          })
        : network.startRelay(node, onLine),
    );
    everyone = [...network.relays, traffic.sender, traffic.recipient];
    logsBefore = new Map(everyone.map((node) => [node, logged(node).length]));
    const path = traffic.writeFile(PACKETS);
    content = readFileSync(path);
    ears = new Map(
      await Promise.all(
        network.relays.map(async (node) => [node, await ApiEar.at(node.data)] as const),
      ),
    );
    for (const ear of ears.values()) ear.start();
    const watch: string[] = [];
    const timer = setInterval(() => watch.push(...commandLines()), 500);
    await traffic.send(path, RATE).finally(() => {
      clearInterval(timer);
    });
    seen = watch;
    await traffic.settle();
    await Promise.all([...ears.values()].map((ear) => ear.stop()));
    await traffic.stop();
  });

  after(() => network.stop(3_000));

  it("the search finds bytes in every form in which they are printed", () => {
    const [value, other] = [randomBytes(32), randomBytes(32)];
    const traces = new Traces();
    traces.add("value", value);
    const forms = [
      value.toString("hex"),
      value.toString("hex").toUpperCase(),
      value.toString("base64"),
      value.toString("base64url"),
      JSON.stringify(value),
      JSON.stringify(Uint8Array.from(value)),
      inspect(value),
      inspect(Uint8Array.from(value)),
      String(Uint8Array.from(value)),
    ];
    for (const form of forms) expect(traces.in(`{"x":${form}}`), form).to.deep.equal(["value"]);
    for (const form of [other.toString("hex"), JSON.stringify(other), inspect(other)])
      expect(traces.in(form), form).to.deep.equal([]);
  });

  /** All that a relay's API told, as one text. */
  const told = (ear: ApiEar): string => [...ear.heard.values()].flat().join("\n");

  it("names no tag, challenge, acknowledgement, signature or byte of a packet", () => {
    const traces = new Traces();
    const backend = createBackend();
    const keys = everyone.map(({ secret }) => deriveKeys(hexToBytes(secret)).packet());
    let opened = 0;
    let sample: Uint8Array = new Uint8Array(0);
    for (const node of network.relays.slice(0, RECORDED)) {
      const recorded = new Recorder(recordsOf(node)).read();
      for (const frame of [...framesOf(recorded, "in"), ...framesOf(recorded, "out")]) {
        if (frame.kind === "acknowledgements") {
          for (const ack of frame.acks) traces.add("acknowledgement", ack);
          continue;
        }
        if (frame.kind === "packets") {
          traces.add("signature", frame.signature);
          for (const challenge of frame.challenges) traces.add("challenge", challenge);
        }
        for (const packet of frame.packets) {
          traces.add("ephemeral key", packet.subarray(2));
          traces.add("header", packet.subarray(HEADER_LENGTH - 32));
          traces.add("payload", packet.subarray(HEADER_LENGTH));
          for (const key of keys) {
            const step = unwrap(backend, key, packet);
            if (step.kind === "drop") continue;
            opened += 1;
            traces.add("tag", step.tag);
            sample = step.tag;
            traces.add("acknowledgement", step.ack);
            if ("own" in step) traces.add("own half", step.own);
            if (step.kind === "reply") traces.add("reply id", step.replyId);
          }
        }
      }
    }
    for (let at = 0; at < content.length; at += FRAGMENT_DATA)
      traces.add("the file", content.subarray(at));
    expect(opened, "packets opened").to.be.greaterThan(PACKETS);
    expect(traces.size).to.be.greaterThan(10 * PACKETS);
    for (const node of everyone) expect(traces.in(said(node)), node.name).to.deep.equal([]);
    for (const [{ name }, ear] of ears) {
      expect(ear.heard.size, name).to.be.greaterThan(12);
      expect(traces.in(told(ear)), name).to.deep.equal([]);
      // The same search finds one of these values in an answer that has it.
      for (const [path, answers] of ear.heard) {
        const leaking = `${answers.at(-1) ?? ""}{"tag":"${Buffer.from(sample).toString("hex")}"}`;
        expect(traces.in(leaking), `${name} ${path}`).to.not.deep.equal([]);
      }
    }
  });

  it("its API tells no peer, and other relays and channels only where the chain does", async () => {
    const peers = new Set<string>();
    for (const { secret } of everyone)
      peers.add(await peerIdOfSeed(deriveKeys(hexToBytes(secret)).network));
    const relays = (await network.books()).relays.map(({ id }): string => id);
    /** Answers that may name others: what they tell of them is on chain, or as old as an epoch. */
    const naming = ["/v1/channels", "/v1/reliability", "/v1/journal"];
    const leaks = (path: string, text: string, own: string): string[] => [
      ...[...peers].filter((peer) => text.includes(peer)),
      ...relays.filter((id) => id !== own && text.includes(id) && !naming.includes(path)),
    ];
    let named = 0;
    for (const [node, ear] of ears) {
      const [status = ""] = ear.heard.get("/v1/status")?.slice(-1) ?? [];
      const own = (JSON.parse(status) as { relay: string }).relay;
      for (const [path, answers] of ear.heard)
        for (const text of answers) {
          expect(leaks(path, text, own), `${node.name} ${path}`).to.deep.equal([]);
          if (relays.some((id) => id !== own && text.includes(id))) named += 1;
        }
      const [peer = ""] = peers;
      const other = relays.find((id) => id !== own) ?? "";
      expect(leaks("/v1/channels", `${status}${peer}`, own), "a planted peer").to.deep.equal([
        peer,
      ]);
      expect(leaks("/v1/traffic", `${status}${other}`, own), "a planted relay").to.deep.equal([
        other,
      ]);
    }
    expect(named, "answers that name others, as they may").to.be.greaterThan(0);
  });

  it("its API's figures about packets stand still between the ends of spans", () => {
    for (const [{ name }, ear] of ears) {
      const states = new Map<number, string>();
      const answers = ear.heard.get("/v1/traffic") ?? [];
      for (const text of answers) {
        const { through, counts, drops } = JSON.parse(text) as {
          readonly through: number;
          readonly counts: object;
          readonly drops: object;
        };
        const state = JSON.stringify([counts, drops]);
        expect(states.get(through) ?? state, name).to.equal(state);
        states.set(through, state);
      }
      expect(answers.length, name).to.be.greaterThan(2);
    }
  });

  it("logs no peer, no relay and no node, so that none has a time", async () => {
    const names = new Set<string>();
    for (const { secret } of everyone) {
      const peer = await peerIdOfSeed(deriveKeys(hexToBytes(secret)).network);
      names.add(peer).add(nodeIdOfPeer(peer));
    }
    for (const { id } of (await network.books()).relays) names.add(id);
    expect(names.size).to.equal(2 * everyone.length + network.relays.length);
    for (const node of everyone)
      for (const line of logged(node))
        for (const name of names) expect(line, node.name).to.not.include(name);
  });

  it("has no line for each packet", () => {
    expect(everyone.flatMap(logged).length, "lines at all").to.be.greaterThan(everyone.length);
    for (const node of everyone) {
      const lines = logged(node).length - (logsBefore.get(node) ?? 0);
      expect(lines, node.name).to.be.lessThan(LINES_A_PACKET * PACKETS);
    }
  });

  it("threat 54: nobody's secrets are in what anyone says, nor in the process list", () => {
    const traces = new Traces();
    for (const { name, secret, owner } of everyone) {
      const keys = deriveKeys(hexToBytes(secret));
      const { agent, vrf, ticket, network: identity } = keys;
      traces.add(`master secret of ${name}`, hexToBytes(secret));
      if (owner !== undefined) traces.add(`owner key of ${name}`, hexToBytes(owner.secret));
      for (const key of [agent, vrf, ticket, identity, keys.packet()])
        traces.add(`key of ${name}`, key);
    }
    for (const [{ name }, { token }] of ears)
      traces.add(`token of ${name}`, Buffer.from(token, "hex"));
    for (const node of everyone) expect(traces.in(said(node)), node.name).to.deep.equal([]);
    for (const [{ name }, ear] of ears) expect(traces.in(told(ear)), name).to.deep.equal([]);
    const [ear] = ears.values();
    expect(traces.in(`{"x":"${ear?.token ?? ""}"}`), "a planted token").to.have.length(1);
    expect(seen.some((line) => line.includes(`${network.waybill} run`))).to.equal(true);
    expect(traces.in([...new Set(seen)].join("\n"))).to.deep.equal([]);
  });
});
