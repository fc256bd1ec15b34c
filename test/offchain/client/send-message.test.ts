import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";

import type { RecipientAddress } from "../../../offchain/client/address.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { DEFAULT_LIMITS, type AssemblerLimits } from "../../../offchain/client/assembler.ts";
import type { Courier, PacketOutcome } from "../../../offchain/client/courier.ts";
import { decodeMessage, FRAGMENT_DATA } from "../../../offchain/client/messages.ts";
import { MessageReceiver } from "../../../offchain/client/receive-messages.ts";
import {
  sendMessage,
  type SendOptions,
  type SendResult,
} from "../../../offchain/client/send-message.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { hasCode, WaybillError } from "../../../offchain/core/errors.ts";
import { SURB_LENGTH } from "../../../offchain/core/sphinx/index.ts";
import { era, millis, nodeId, relayId } from "../../../offchain/core/units.ts";
import type { Random } from "../../../offchain/ports/random.ts";

const ADDRESS: RecipientAddress = {
  packetKey: new Uint8Array(33).fill(2),
  node: nodeId(`0x${"22".repeat(32)}`),
  untilEra: era(9),
  lastRelays: [relayId(`0x${"33".repeat(32)}`)],
};

/** Of one way through the mix. */
const MOST_DELAY_MS = 40;
/** By which time passes while somebody waits. */
const STEP = millis(100);

/** Small multiplicative generator: repeatable losses, no statistics asked of it. */
function seeded(seed: number): Random & { uniform(): number } {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647);
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
    uniform: () => next() / 2_147_483_647,
  };
}

/** Carries payloads between one sender and one recipient and loses what `lose` says. */
class LossyMix {
  readonly clock = new ManualClock();
  packets = 0;
  /** Messages that the recipient cannot keep before it can. */
  brokenDisk = 0;
  received: Uint8Array[] = [];
  address = (): RecipientAddress => ADDRESS;
  readonly #blocks = new Map<string, (payload: Uint8Array) => void>();
  readonly #random = seeded(99);
  readonly #lose: (payload: Uint8Array) => boolean;
  readonly #receiver: MessageReceiver;

  constructor(lose: (payload: Uint8Array) => boolean, limits?: AssemblerLimits) {
    this.#lose = lose;
    this.#receiver = new MessageReceiver(
      this.courier(),
      this.clock,
      (message) => {
        if (this.brokenDisk-- > 0) return false;
        this.received.push(message.bytes);
        return true;
      },
      limits,
    );
  }

  courier(): Courier {
    return {
      send: (_to, payload) =>
        this.#carry(payload, () => {
          this.#receiver.handle(payload);
        }),
      reply: (surb, payload) => {
        const deliver = this.#blocks.get(bytesToHex(surb));
        this.#blocks.delete(bytesToHex(surb));
        return this.#carry(payload, () => deliver?.(payload));
      },
      createReplyBlock: (onReply) => {
        const surb = this.#random.bytes(SURB_LENGTH);
        this.#blocks.set(bytesToHex(surb), onReply);
        return { surb, forget: () => this.#blocks.delete(bytesToHex(surb)) };
      },
      era: () => ADDRESS.untilEra,
      reaches: () => true,
      address: () => this.address(),
    };
  }

  #carry(payload: Uint8Array, deliver: () => void): Promise<PacketOutcome> {
    this.packets += 1;
    const delay = millis(Math.floor(this.#random.uniform() * MOST_DELAY_MS));
    if (!this.#lose(payload)) this.clock.after(delay, deliver);
    return Promise.resolve("acknowledged");
  }
}

/** Sends while time passes. */
async function send(
  mix: LossyMix,
  seed: number,
  bytes: Uint8Array,
  options: SendOptions,
  courier = mix.courier(),
): Promise<SendResult> {
  const sending = sendMessage(
    { courier, clock: mix.clock, random: seeded(seed) },
    ADDRESS,
    bytes,
    options,
  );
  const passing = new AbortController();
  const end = (): void => {
    passing.abort();
  };
  sending.then(end, end);
  while (!passing.signal.aborted) await mix.clock.run(STEP);
  return sending;
}

const options: SendOptions = {
  packetsPerSecond: 2_000,
  settle: millis(8_000),
  answerTimeout: millis(25_000),
  maxRounds: 12,
};

const file = Uint8Array.from(
  { length: 60 * FRAGMENT_DATA + 17 },
  (_, i) => (i * 7 + (i >> 9)) & 255,
);

describe("sending a message", () => {
  it("arrives whole when a fifth of all packets is lost, and repeats only what was lost", async () => {
    const losses = seeded(5);
    const mix = new LossyMix(() => losses.uniform() < 0.2);
    const result = await send(mix, 1, file, options);
    expect(mix.received.map((bytes) => bytesToHex(sha256(bytes)))).to.deep.equal([result.sha256]);
    expect(result.fragments).to.equal(61);
    expect(result.repeats).to.be.greaterThan(0).and.at.most(40);
    expect(result.rounds).to.be.greaterThan(1);
  });

  it("survives the loss of every first question", async () => {
    let questions = 0;
    const mix = new LossyMix((payload) => payload[0] === 2 && ++questions <= 2);
    const result = await send(mix, 2, file.subarray(0, 5_000), {
      ...options,
      answerTimeout: millis(5_000),
    });
    expect(result).to.include({ fragments: 3, repeats: 0, rounds: 3 });
  });

  it("gets a fresh address when the era of its own is over, and goes on with it", async () => {
    const mix = new LossyMix(() => false);
    const tried: { era: number; untilEra: number }[] = [];
    const now = () => era(tried.length < 20 ? 9 : 10);
    mix.address = () => ({ ...ADDRESS, untilEra: now() });
    const courier = mix.courier();
    const changing: Courier = {
      ...courier,
      era: now,
      send: (to, payload) => {
        tried.push({ era: now(), untilEra: to.untilEra });
        return courier.send(to, payload);
      },
    };
    const result = await send(mix, 6, file, { ...options, packetsPerSecond: 200 }, changing);
    expect(result).to.include({ repeats: 0, rounds: 1 });
    const stale = tried.filter((packet) => packet.untilEra < packet.era);
    expect(stale.length).to.be.greaterThan(0).and.lessThan(20);
    expect(tried.at(-1)).to.deep.equal({ era: 10, untilEra: 10 });
  });

  it("waits while there is no way to the recipient, and repeats nothing for it", async () => {
    const mix = new LossyMix(() => false);
    let looks = 0;
    const result = await send(mix, 7, file.subarray(0, 5_000), options, {
      ...mix.courier(),
      reaches: () => ++looks > 150,
    });
    expect(result).to.include({ fragments: 3, repeats: 0, rounds: 1 });
  });

  it("gives up with a clear error when no way comes back", async () => {
    const mix = new LossyMix(() => false);
    const courier: Courier = { ...mix.courier(), reaches: () => false };
    const limits = { ...options, answerTimeout: millis(1_000), maxRounds: 2 };
    await send(mix, 8, file, limits, courier).then(
      () => expect.fail("resolved"),
      (error: unknown) => {
        expect(hasCode(error, "SEND_INCOMPLETE"), String(error)).to.equal(true);
      },
    );
  });

  it("a recipient that cannot be reached at the moment still answers, and the sender keeps its address", async () => {
    const mix = new LossyMix(() => false);
    mix.address = () => {
      throw new WaybillError("ERA_WITHOUT_LAYERS");
    };
    const result = await send(mix, 9, file.subarray(0, 5_000), options);
    expect(result).to.include({ fragments: 3, repeats: 0, rounds: 1 });
  });

  it("gives up after the stated rounds with a clear error when nothing arrives", async () => {
    const mix = new LossyMix(() => true);
    try {
      await send(mix, 3, file.subarray(0, 100), {
        ...options,
        answerTimeout: millis(3_000),
        maxRounds: 3,
      });
      expect.fail("resolved");
    } catch (error) {
      expect(hasCode(error, "SEND_INCOMPLETE"), String(error)).to.equal(true);
      expect(String(error)).to.match(/0 of 1 fragments reported after 3 rounds/);
    }
  });

  it("a message that the recipient cannot keep is not confirmed, but sent again", async () => {
    const mix = new LossyMix(() => false);
    mix.brokenDisk = 1;
    const result = await send(mix, 10, file.subarray(0, 5_000), options);
    expect(result).to.include({ fragments: 3, repeats: 3, rounds: 2 });
    expect(mix.received).to.deep.equal([file.slice(0, 5_000)]);
  });

  it("a message larger than the recipient takes is refused in the first round", async () => {
    const mix = new LossyMix(() => false, { ...DEFAULT_LIMITS, maxMessageBytes: FRAGMENT_DATA });
    await send(mix, 11, file.subarray(0, 5_000), options).then(
      () => expect.fail("resolved"),
      (error: unknown) => {
        expect(hasCode(error, "SEND_REFUSED"), String(error)).to.equal(true);
      },
    );
    expect(mix.packets).to.be.at.most(6);
  });

  it("does not believe a recipient that holds other bytes", async () => {
    const mix = new LossyMix(() => false);
    const honest = mix.courier();
    const corrupting: Courier = {
      ...honest,
      send: (to, payload) => {
        const bytes = payload.slice();
        if (decodeMessage(payload)?.kind === "fragment")
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        return honest.send(to, bytes);
      },
    };
    try {
      await send(mix, 4, file.subarray(0, 3_000), options, corrupting);
      expect.fail("resolved");
    } catch (error) {
      expect(hasCode(error, "SEND_HASH_MISMATCH"), String(error)).to.equal(true);
    }
  });

  it("questions beyond the stated rate are left unanswered", () => {
    const mix = new LossyMix(() => false);
    const receiver = new MessageReceiver(mix.courier(), mix.clock, () => true);
    const question = new Uint8Array(18 + SURB_LENGTH);
    question[0] = 2;
    question[17] = 1;
    for (let i = 0; i < 1_000; i++) receiver.handle(question);
    expect(receiver.counts.answers).to.equal(240);
    expect(receiver.counts.unanswered).to.equal(760);
  });
});
