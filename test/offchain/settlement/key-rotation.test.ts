/** A relay changes its packet key by itself, and forgets the old ones. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { readCall } from "../../../offchain/adapters/simulated-chain/calls.ts";
import type {
  SimulatedChain,
  SimulatedChainOptions,
} from "../../../offchain/adapters/simulated-chain/chain.ts";
import { simulatedSigner } from "../../../offchain/adapters/simulated-chain/signer.ts";
import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { createBackend } from "../../../offchain/core/crypto/index.ts";
import { epochAt, inForce, ticketEpochSlack } from "../../../offchain/core/epochs/epochs.ts";
import { deriveKeys } from "../../../offchain/core/keys/derive.ts";
import { createForwardPacket, unwrap } from "../../../offchain/core/sphinx/index.ts";
import { address, epoch, era, nodeId, seconds } from "../../../offchain/core/units.ts";
import type { Hex } from "../../../offchain/core/bytes.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { KEY_GRACE_EPOCHS } from "../../../offchain/relay/limits.ts";
import { PacketKeys } from "../../../offchain/relay/packet-keys.ts";
import { PacketSecrets } from "../../../offchain/relay/packet-secrets.ts";
import { KeyRotation } from "../../../offchain/settlement/key-rotation.ts";
import { Agent } from "./support/agent.ts";
import { Crash, mortal } from "./support/mortal.ts";
import { PARAMS, relayNumber, simulatedChain } from "./support/simulation.ts";

const backend = createBackend();
const KEYS = deriveKeys(Uint8Array.from({ length: 32 }, (_, i) => i + 1));
const SELF = relayNumber(1);
const ACCOUNT = address(`0x${"ab".repeat(20)}`);
const { settlementWindow: WINDOW, epochLength: EPOCH } = PARAMS;

type Execution = ReturnType<SimulatedChainOptions["execute"]>;

/** A registry that keeps to its rules about packet keys; a block is a second. */
class Registry {
  readonly chain: SimulatedChain;
  /** From which epoch on each key is in force. */
  readonly from: number[] = [0];
  #blocks = 0;

  constructor() {
    this.chain = simulatedChain({
      execute: (transaction) => this.#execute(readCall(transaction), transaction.nonce < 0),
    });
    this.mine([
      {
        kind: "relay-joined",
        ...{ relay: SELF, owner: ACCOUNT, agent: ACCOUNT, recipient: ACCOUNT },
        ...{ vrfKey: `0x${"11".repeat(64)}`, activeFrom: era(0) },
      },
      {
        ...{ kind: "packet-key-changed", relay: SELF, effectiveFrom: epoch(0) },
        packetKey: bytesToHex(backend.publicKey(KEYS.packet())),
      },
    ]);
  }

  get epoch(): number {
    return Math.floor(this.#blocks / EPOCH);
  }

  mine(events: Parameters<SimulatedChain["mine"]>[0] = []): void {
    this.#blocks++;
    this.chain.mine(events);
  }

  #execute(call: ReturnType<typeof readCall>, isTried: boolean): Execution {
    const { name, args } = call;
    if (name !== "rotatePacketKey") return { revert: { name: "Unexpected", args: [name] } };
    const last = this.from.at(-1) ?? 0;
    const isFirst = this.from.length === 1;
    if (!isFirst && this.epoch < last + WINDOW)
      return { revert: { name: "RelayRegistry_RotationTooEarly", args: [] } };
    const effectiveFrom = epoch(this.epoch + 2);
    if (!isTried) this.from.push(effectiveFrom);
    const packetKey = args[1] as Hex;
    return { events: [{ kind: "packet-key-changed", relay: SELF, packetKey, effectiveFrom }] };
  }
}

/** One run of the agent's process, on what the one before has left in the store. */
class Process {
  readonly agent: Agent;
  readonly secrets = new PacketSecrets(backend, [KEYS.packet()]);
  readonly keys: PacketKeys;
  readonly rotation: KeyRotation;
  readonly outbox;
  readonly #registry: Registry;

  constructor(
    registry: Registry,
    store: Store,
    options: { every?: number; neededFor?: number } = {},
  ) {
    this.#registry = registry;
    this.agent = new Agent(registry.chain, PARAMS, { store });
    this.outbox = this.agent.outbox(simulatedSigner("agent"));
    this.keys = new PacketKeys(backend, SELF, this.agent.view, this.secrets);
    this.rotation = new KeyRotation({
      relay: SELF,
      view: this.agent.view,
      chain: registry.chain,
      outbox: this.outbox,
      salts: store.salts,
      random: systemRandom(),
      holder: {
        hold: (salt) => this.secrets.add(KEYS.packet(salt)),
        holds: (publicKey) => this.secrets.of(publicKey) !== undefined,
        drop: (publicKey) => {
          this.secrets.forget(publicKey);
        },
      },
      every: options.every ?? WINDOW,
      neededFor: options.neededFor ?? KEY_GRACE_EPOCHS,
    });
  }

  async start(): Promise<this> {
    await this.rotation.restore();
    await this.agent.indexer.step();
    return this;
  }

  /** A second of chain time. */
  async second(): Promise<void> {
    await this.rotation.step();
    await this.outbox.step();
    this.#registry.mine();
    await this.outbox.step();
    await this.agent.indexer.step();
  }

  get registered() {
    return this.agent.view.relay(SELF)?.packetKeys ?? [];
  }

  /** A packet to this relay as a sender makes it whose clock is `off` by so many seconds. */
  packet(off = 0): Uint8Array {
    const at = epochAt(PARAMS, seconds(this.agent.view.chainTime() + off)) ?? epoch(0);
    const packetKey = inForce(this.registered, at)?.key;
    if (packetKey === undefined) throw new Error("a relay has a packet key");
    const random = (length: number): Uint8Array => systemRandom().bytes(length);
    const recipient = { id: nodeId(`0x${"77".repeat(32)}`), packetKey };
    return createForwardPacket({
      ...{ backend, random, sessionKey: random(32), data: new Uint8Array(0) },
      route: {
        relays: [{ id: SELF, packetKey }],
        ...{ recipient, trafficClass: "low-latency", era: era(0) },
      },
    }).packet;
  }
}

/** Names of the folder's files that hold these bytes. */
async function filesWith(folder: string, bytes: Uint8Array): Promise<string[]> {
  const names = await readdir(folder);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return names.filter((_, i) => contents[i]?.includes(Buffer.from(bytes)) === true);
}

describe("packet keys change by themselves (protocol §1, §7)", () => {
  it("threat 48: around every change old and new keys open packets, over restarts on a real store; then they are gone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-keys-"));
    const path = join(folder, "a.db");
    const registry = new Registry();
    const slack = ticketEpochSlack(EPOCH);
    const salts = new Map<string, Uint8Array>();
    const old: { readonly packet: Uint8Array; readonly at: number }[] = [];
    let store = await openSqliteStore({ path, commitWindow: 1 });
    let process = await new Process(registry, store).start();
    for (let second = 1; second <= 21 * EPOCH + 5; second++) {
      await process.second();
      for (const off of [1 - slack, 0, slack - 1]) {
        expect(process.keys.unwrap(process.packet(off)).kind, `second ${second}`).to.equal(
          "deliver",
        );
      }
      old.push({ packet: process.packet(), at: registry.epoch });
      for (const salt of await store.salts.list()) salts.set(bytesToHex(salt), salt);
      if (second % 13 !== 0) continue;
      await store.close();
      store = await openSqliteStore({ path, commitWindow: 1 });
      process = await new Process(registry, store).start();
    }
    // The first key is changed at once, the others as soon as the registry allows.
    expect(registry.from).to.deep.equal([0, 2, 2 + 6, 2 + 12, 2 + 18]);
    expect(salts.size).to.equal(4);

    const kept = await store.salts.list();
    expect(kept.length).to.equal(2);
    await store.close();
    for (const [key, salt] of salts) {
      const isKept = kept.some((one) => bytesToHex(one) === key);
      expect((await filesWith(folder, salt)).length > 0).to.equal(isKept);
    }
    // Whoever takes disk and secret now opens what came since the last key but one, and nothing older.
    const loot = kept.map((salt) => KEYS.packet(salt));
    for (const { packet, at } of old) {
      const opened = loot.some((secret) => unwrap(backend, secret, packet).kind !== "drop");
      expect(opened, `of epoch ${at}`).to.equal(at >= 14);
    }
    await rm(folder, { recursive: true });
  });

  it("a process that dies at any effect never registers a key whose salt is not stored", async () => {
    let effects = 0;
    for (let fatal = 0; fatal <= effects; fatal++) {
      const registry = new Registry();
      const store = memoryStore();
      let left = fatal;
      const strike = (): void => {
        effects = fatal === 0 ? effects + 1 : effects;
        if (fatal > 0 && left-- === 1) throw new Crash();
      };
      const dying: Store = {
        ...store,
        salts: mortal(store.salts, strike),
        outbox: mortal(store.outbox, strike),
      };
      let process = await new Process(registry, fatal === 0 ? dying : store).start();
      process = await new Process(registry, dying).start().catch(() => process);
      for (let second = 0; second < 12; second++) {
        try {
          await process.second();
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          process = await new Process(registry, store).start();
        }
        const stored = (await store.salts.list()).map((salt) => KEYS.packet(salt));
        const known = [KEYS.packet(), ...stored].map((key) => bytesToHex(backend.publicKey(key)));
        for (const { key } of process.registered) expect(known).to.include(bytesToHex(key));
      }
      expect(registry.from.length, `death at effect ${fatal}`).to.equal(2);
      expect((await store.salts.list()).length, `death at effect ${fatal}`).to.equal(1);
    }
    expect(effects).to.be.greaterThan(20);
  });

  it("changes the key as rarely as it is told, never more often than the registry allows, and not at all on zero", async () => {
    for (const [every, expected] of [
      [0, [0]],
      [1, [0, 2, 8, 14]],
      [7, [0, 2, 11]],
    ] as const) {
      const registry = new Registry();
      const process = await new Process(registry, memoryStore(), { every }).start();
      for (let second = 0; second < 17 * EPOCH; second++) await process.second();
      expect(registry.from).to.deep.equal(expected);
      expect(await process.agent.store.outbox.list(["failed"])).to.deep.equal([]);
    }
  });

  it("keeps a key as long as it is told, and no longer", async () => {
    const registry = new Registry();
    const process = await new Process(registry, memoryStore(), { neededFor: 5 }).start();
    const { salts } = process.agent.store;
    const [replaced, forgotten] = [8, 8 + 5];
    while (registry.epoch < forgotten) {
      const before = await salts.list();
      await process.second();
      if (registry.epoch === replaced) expect(before.length).to.equal(2);
    }
    await process.second();
    const [first] = process.registered.slice(1).map(({ key }) => key);
    expect(process.secrets.of(first ?? new Uint8Array(33))).to.equal(undefined);
    expect((await salts.list()).length).to.equal(2);
  });

  it("gets a new key as soon as the registry allows when the database with the salt is lost", async () => {
    const registry = new Registry();
    const first = await new Process(registry, memoryStore(), { every: 100 }).start();
    for (let second = 0; second < 3 * EPOCH; second++) await first.second();
    expect(first.keys.isMissing).to.equal(false);
    const second = await new Process(registry, memoryStore(), { every: 100 }).start();
    expect(second.keys.isMissing).to.equal(true);
    while (registry.epoch < 2 + WINDOW + 2) await second.second();
    expect(registry.from).to.deep.equal([0, 2, 2 + WINDOW + 2]);
    expect(second.keys.isMissing).to.equal(false);
    expect(second.keys.unwrap(second.packet()).kind).to.equal("deliver");
  });
});
