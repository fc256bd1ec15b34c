/** Random histories of the simulated chain: events that could follow each other on a real one. */
import { channelIdOf, relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era,
  generation,
  seconds,
  ticketIndex,
  type ChannelId,
  type Era,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { ChainEvent, ChannelWord } from "../../../../offchain/ports/events.ts";
import { relayNumber } from "./simulation.ts";

const ACCOUNT = address(`0x${"ab".repeat(20)}`);

/** Makes events by small numbers, and keeps what it must know to make only possible ones. */
export class History {
  readonly #joined: number[] = [];
  readonly #jailed: number[] = [];
  readonly #channels = new Map<ChannelId, ChannelWord>();
  readonly #relayOf = new Map<ChannelId, RelayId>();
  #relays = 0;
  #beacons = 0;
  #committed = new Set<number>();

  /** One step, chosen by `choice`; some choose nothing when nothing of the kind is possible. */
  next(choice: number): ChainEvent[] {
    switch (choice % 10) {
      case 0:
        return this.#join();
      case 1:
        return this.#leave(choice);
      case 2:
        this.#committed.clear();
        return [
          { kind: "beacon-final", epoch: epoch(this.#beacons++), value: relayNumber(choice + 1) },
        ];
      case 3:
        return this.#open(choice);
      case 4:
        return this.#jail(choice);
      case 5:
        return this.#return(choice);
      case 6:
        return this.#lottery(choice);
      default:
        return this.#change(choice);
    }
  }

  #era(): Era {
    return era(Math.floor((this.#relays + this.#beacons) / 3));
  }

  #join(): ChainEvent[] {
    const n = (this.#relays += 1);
    this.#joined.push(n);
    const relay = relayNumber(n);
    return [
      {
        kind: "relay-joined",
        relay,
        owner: ACCOUNT,
        agent: ACCOUNT,
        recipient: ACCOUNT,
        vrfKey: `0x${"11".repeat(64)}`,
        activeFrom: this.#era(),
      },
      {
        kind: "packet-key-changed",
        relay,
        packetKey: `0x02${"22".repeat(32)}`,
        effectiveFrom: epoch(0),
      },
      { kind: "relay-announced", relay, multiaddr: `/ip4/127.0.0.1/tcp/${n}/p2p/peer${n}` },
    ];
  }

  /** Out of the set, or out of jail. */
  #leave(choice: number): ChainEvent[] {
    const from = choice % 20 < 10 ? this.#joined : this.#jailed;
    const [n] = from.splice(choice % Math.max(1, from.length), 1);
    if (n === undefined) return [];
    return [
      {
        kind: "relay-left",
        relay: relayNumber(n),
        activeUntil: this.#era(),
        bondFreeEpoch: epoch(99),
      },
    ];
  }

  #jail(choice: number): ChainEvent[] {
    const [n] = this.#joined.splice(choice % Math.max(1, this.#joined.length), 1);
    if (n === undefined) return [];
    this.#jailed.push(n);
    const fromEra = this.#era();
    return [
      { kind: "relay-jailed", relay: relayNumber(n), fromEra },
      { kind: "misses-reported", relay: relayNumber(n), era: fromEra, misses: 2 },
    ];
  }

  #return(choice: number): ChainEvent[] {
    const [n] = this.#jailed.splice(choice % Math.max(1, this.#jailed.length), 1);
    if (n === undefined) return [];
    this.#joined.push(n);
    return [{ kind: "relay-returned", relay: relayNumber(n), fromEra: this.#era() }];
  }

  /** A commitment for the epoch before the latest beacon's, or a claim of the epoch before that. */
  #lottery(choice: number): ChainEvent[] {
    const n = this.#joined[choice % Math.max(1, this.#joined.length)];
    if (n === undefined || this.#beacons < 2) return [];
    const relay = relayNumber(n);
    const latest = this.#beacons - 2;
    if (choice % 20 < 10) {
      const epochs = { epoch: epoch(Math.max(0, latest - 1)), draw: choice % 7 };
      return [{ kind: "draw-claimed", sender: relay, hops: [relay, relay, relay], ...epochs }];
    }
    if (this.#committed.has(n)) return [];
    this.#committed.add(n);
    return [{ kind: "replay-committed", relay, epoch: epoch(latest), root: relayNumber(choice) }];
  }

  #open(choice: number): ChainEvent[] {
    if (this.#relays === 0) return [];
    // Relays that have joined, or strangers who never do.
    const paying = choice % 2 === 0 ? 1_000 + choice : 1 + (Math.floor(choice / 10) % this.#relays);
    const payer = relayPayerId(relayNumber(paying));
    const relay = relayNumber(1 + (choice % this.#relays));
    const channel = channelIdOf(payer, ACCOUNT, relay);
    const before = this.#channels.get(channel);
    if (before !== undefined && before.status !== "closed") return [];
    const word: ChannelWord = {
      channel,
      balance: amount(BigInt(choice)),
      nextIndex: ticketIndex(1),
      generation: before?.generation ?? generation(0),
      status: "open",
      closableAt: seconds(0),
    };
    this.#channels.set(channel, word);
    this.#relayOf.set(channel, relay);
    return [{ kind: "channel-opened", payer, ticketSigner: ACCOUNT, relay, ...word }];
  }

  #change(choice: number): ChainEvent[] {
    const words = [...this.#channels.values()].filter(({ status }) => status !== "closed");
    const word = words[choice % Math.max(1, words.length)];
    if (word === undefined) return [];
    const [after, event] = step(word, choice);
    this.#channels.set(word.channel, after);
    const relay = this.#relayOf.get(word.channel);
    if (event.kind !== "tickets-redeemed" || relay === undefined) return [event];
    const { paid } = event;
    const batch = { relay, epoch: epoch(choice % 3), credited: paid, burned: amount(0n) };
    return [event, { kind: "batch-redeemed", ...batch }];
  }
}

function step(word: ChannelWord, choice: number): [ChannelWord, ChainEvent] {
  const part = amount(word.balance / 2n);
  switch (choice % 4) {
    case 0: {
      const after = { ...word, balance: amount(word.balance + 10n) };
      return [after, { kind: "channel-funded", added: amount(10n), ...after }];
    }
    case 1: {
      const nextIndex = ticketIndex(word.nextIndex + 5);
      const after = { ...word, balance: amount(word.balance - part), nextIndex };
      return [
        after,
        { kind: "tickets-redeemed", tickets: 2, paid: part, unpaid: amount(0n), ...after },
      ];
    }
    case 2: {
      const after = { ...word, status: "closing", closableAt: seconds(5_000) } as const;
      return [after, { kind: "channel-closing", ...after }];
    }
    default: {
      const after = {
        ...word,
        balance: amount(0n),
        generation: generation(word.generation + 1),
        status: "closed",
        closableAt: seconds(0),
      } as const;
      return [after, { kind: "channel-closed", returned: word.balance, ...after }];
    }
  }
}
