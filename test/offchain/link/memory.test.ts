import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { PACKET_LENGTH } from "../../../offchain/core/sphinx/format.ts";
import { amount, millis } from "../../../offchain/core/units.ts";
import { DeliveryFramer } from "../../../offchain/link/delivery-framer.ts";
import { ACK_TIMEOUT, UNRESOLVED_LIMIT } from "../../../offchain/link/limits.ts";
import { OutgoingLink } from "../../../offchain/link/outgoing-link.ts";
import type { LinkFailure, Settle } from "../../../offchain/link/unresolved.ts";
import { peerFor } from "../relay/support/identities.ts";
import { RecordingTransport } from "./support/recording-transport.ts";

const NEIGHBOURS = 250;
/** What a packet may cost while it waits for its acknowledgement: the link's books, with the holder's 32 bytes. */
const BYTES_PER_PACKET = 512;

const NO_CHALLENGE = new Uint8Array(0);

/** As a relay's: one object with its half of the puzzle. */
class Holder implements Settle {
  readonly #failures: Map<LinkFailure, number>;
  readonly #own = new Uint8Array(32);

  constructor(failures: Map<LinkFailure, number>) {
    this.#failures = failures;
  }

  acknowledged(ack: Uint8Array): boolean {
    return ack.length === this.#own.length;
  }

  failed(reason: LinkFailure): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("link: memory", () => {
  it(`threat 43: a million unacknowledged packets cost at most ${BYTES_PER_PACKET} bytes each, and all time out`, async () => {
    const clock = new ManualClock();
    const transport = new RecordingTransport(peerFor("self"));
    transport.forgetful = true;
    const failures = new Map<LinkFailure, number>();
    const links = Array.from(
      { length: NEIGHBOURS },
      (_, i) =>
        new OutgoingLink(peerFor(`${i}`), transport, clock, new DeliveryFramer(), silentLog()),
    );
    const offer = (link: OutgoingLink) => {
      link.offer(packet, NO_CHALLENGE, amount(0n), new Holder(failures));
    };
    const packet = new Uint8Array(PACKET_LENGTH);
    const before = memoryInUse();

    for (const link of links) {
      for (let i = 0; i < UNRESOLVED_LIMIT; i++) offer(link);
      await clock.run(millis(0));
    }
    await clock.run(millis(100));

    const waiting = links.reduce((sum, link) => sum + link.pending, 0);
    expect(waiting)
      .to.equal(NEIGHBOURS * UNRESOLVED_LIMIT)
      .and.to.be.at.least(1_000_000);
    const used = memoryInUse() - before;
    console.log(`      ${(used / waiting).toFixed(0)} bytes a packet`);
    expect(used / waiting).to.be.at.most(BYTES_PER_PACKET);

    for (const link of links) for (let i = 0; i < 100; i++) offer(link);
    expect(failures.get("no-credit")).to.equal(100 * NEIGHBOURS);

    await clock.run(ACK_TIMEOUT);
    for (const link of links) link.expire();
    expect(failures.get("timed-out")).to.equal(waiting);
    expect(links.reduce((sum, link) => sum + link.pending, 0)).to.equal(0);
    expect(memoryInUse() - before).to.be.lessThan(16 * 2 ** 20);
  });
});
