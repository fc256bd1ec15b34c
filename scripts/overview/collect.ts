/** What the relays of a local network tell, summed up for the overview. */
import type {
  CoinFigures,
  Overview,
  RelayFigures,
} from "../../offchain/app/dashboard/overview/overview.ts";
import { apiClient, type ApiClient } from "../../offchain/app/api/client.ts";
import type { components } from "../../offchain/app/api/types.ts";

type Schemas = components["schemas"];

export interface KnownRelay {
  readonly name: string;
  readonly url: string;
  readonly token: string;
}

/** Seconds over which rates are told: long enough to be steady, short enough to be watched. */
const RATE_SECONDS = 5;
const ANSWER_WITHIN_MS = 10_000;

/** All that one relay told, or nothing. */
interface Told {
  readonly status: Schemas["Status"];
  readonly traffic: Schemas["Traffic"];
  readonly tickets: Schemas["Tickets"];
  readonly earnings: Schemas["Earnings"];
  readonly lottery: Schemas["Lottery"] | undefined;
}

export class Collector {
  readonly #relays: readonly { readonly name: string; readonly client: ApiClient }[];
  /** What each relay told last: sums over all stay true while one does not answer. */
  readonly #last = new Map<string, Told>();
  #reading: Promise<Overview> | undefined;

  constructor(relays: readonly KnownRelay[]) {
    this.#relays = relays.map(({ name, url, token }) => ({ name, client: apiClient(url, token) }));
  }

  /** Whoever asks while the relays are being asked gets the same answer. */
  overview(): Promise<Overview> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Overview> {
    const relays = await Promise.all(
      this.#relays.map(async ({ name, client }) => {
        const told = await ask(client).catch(() => undefined);
        if (told !== undefined) this.#last.set(name, told);
        return figuresOf(name, told, this.#last.get(name));
      }),
    );
    const all = [...this.#last.values()];
    const { time, network } = all[0]?.status ?? {};
    return {
      epoch: time?.epoch ?? null,
      epochEndsIn: time?.epochEndsIn ?? 0,
      era: time?.era ?? null,
      eraEndsIn: time?.eraEndsIn ?? 0,
      free: network?.free ?? false,
      rateSeconds: RATE_SECONDS,
      relays,
      coin: coinOf(all),
    };
  }
}

/** Undefined when one of the answers is missing. */
async function ask(client: ApiClient): Promise<Told | undefined> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const query = { spans: RATE_SECONDS };
  const [status, traffic, tickets, earnings, lottery] = await Promise.all([
    client.GET("/v1/status", { signal }),
    client.GET("/v1/traffic", { signal, params: { query } }),
    client.GET("/v1/tickets", { signal }),
    client.GET("/v1/earnings", { signal }),
    client.GET("/v1/lottery", { signal }),
  ]);
  const answers = {
    ...{ status: status.data, traffic: traffic.data, tickets: tickets.data },
    ...{ earnings: earnings.data, lottery: lottery.data },
  } as { readonly [Name in keyof Told]: Told[Name] | undefined };
  const { status: known, traffic: flow, tickets: winners, earnings: money } = answers;
  if (!known || !flow || !winners || !money) return undefined;
  return {
    ...{ status: known, traffic: flow, tickets: winners, earnings: money },
    lottery: answers.lottery,
  };
}

function figuresOf(name: string, now: Told | undefined, last: Told | undefined): RelayFigures {
  const spans = now?.traffic.spans ?? [];
  const seconds = Math.max(1, spans.length * (now?.traffic.spanSeconds ?? 1));
  const rate = (of: (span: Schemas["Span"]) => number): number =>
    spans.reduce((sum, span) => sum + of(span), 0) / seconds;
  return {
    name,
    relay: last?.status.relay ?? null,
    layer: last?.status.layer ?? null,
    answers: now !== undefined,
    ready: now?.status.ready ?? false,
    alarms: now?.status.alarms.length ?? 0,
    received: rate(({ counts }) => counts["packets-received"]),
    forwarded: rate(({ counts }) => counts["packets-forwarded"]),
    delivered: rate(({ counts }) => counts["packets-delivered"]),
    dropped: rate(({ drops }) => drops.reduce((sum, { packets }) => sum + packets, 0)),
    inMix:
      spans.reduce((sum, { packetsInMix }) => sum + packetsInMix, 0) / Math.max(1, spans.length),
    ticketsWon: last?.traffic.counts["tickets-won"] ?? 0,
  };
}

function coinOf(all: readonly Told[]): CoinFigures {
  const count = (of: (told: Told) => number): number =>
    all.reduce((sum, told) => sum + of(told), 0);
  const amount = (of: (told: Told) => readonly string[]): string =>
    all
      .flatMap(of)
      .reduce((sum, units) => sum + BigInt(units), 0n)
      .toString();
  const winners = (told: Told, ...states: readonly Schemas["TicketSum"]["state"][]): number =>
    told.tickets.sums
      .filter(({ state }) => states.includes(state))
      .reduce((sum, tickets) => sum + tickets.count, 0);
  return {
    ticketsWon: count(({ traffic }) => traffic.counts["tickets-won"]),
    ticketsLost: count(({ traffic }) => traffic.counts["tickets-lost"]),
    waiting: count((told) => winners(told, "won", "submitted")),
    redeemed: count((told) => winners(told, "redeemed")),
    credited: amount(({ earnings }) => [earnings.redeemed]),
    burned: amount(({ earnings }) => [earnings.burned]),
    gas: amount(({ earnings }) => [earnings.coin]),
    transactions: count(({ earnings }) =>
      earnings.gas.reduce((sum, { transactions }) => sum + transactions, 0),
    ),
    drawn: count(({ lottery }) => lottery?.draws ?? 0),
    claimed: count(({ lottery }) => lottery?.claims ?? 0),
    rewards: amount(({ earnings }) => earnings.epochs.map(({ rewards }) => rewards)),
  };
}
