/**
 * What may be told about packets, and when: sums over all peers as of the end of the latest span, never as of now.
 * Whoever watches the links and reads the figures must not see one packet change them (docs/decisions/0042).
 */
import { WaybillError } from "../../core/errors.ts";
import { millis, type Amount, type ChannelId, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Counter, DropReason } from "../../ports/metrics.ts";

/** Sums since the relay started. */
export interface Counted {
  readonly counts: Readonly<Record<Counter, number>>;
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
}

export interface FigureSource {
  counted(): Counted;
  /** Packets in the mix now. */
  readonly mixing: number;
  /** What tickets of each incoming channel may still cost it. */
  outstanding(): ReadonlyMap<ChannelId, Amount>;
}

/** What happened in one span. */
export interface Span extends Counted {
  readonly start: Millis;
  /** On average. */
  readonly mixing: number;
}

export interface FiguresOptions {
  readonly clock: Clock;
  readonly span: Millis;
  readonly source: FigureSource;
}

/** Seconds of a span at the least, outside of local networks. */
export const LEAST_SPAN = 60;
/** Chain ids of chains of one's own. */
const LOCAL_CHAINS: readonly bigint[] = [31337n, 1337n];
const SPANS_KEPT = 1_440;
const SAMPLE_EVERY = millis(500);

export const isLocalChain = (chainId: bigint): boolean => LOCAL_CHAINS.includes(chainId);

/** @throws WaybillError OPTION_INVALID for a span that would tell too much */
export function requireSpan(
  spanSeconds: number,
  chainId: bigint,
  option: "--figures-every" | "--status-every",
): Millis {
  if (spanSeconds < LEAST_SPAN && !isLocalChain(chainId))
    throw new WaybillError("OPTION_INVALID", {
      what: option,
      got: spanSeconds,
      allowed: `≥ ${LEAST_SPAN} seconds; less on local chains only`,
    });
  return millis(spanSeconds * 1_000);
}

export class Figures {
  readonly since: Millis;
  readonly #options: FiguresOptions;
  readonly #spans: Span[] = [];
  #through: Millis;
  #total: Counted;
  #outstanding: ReadonlyMap<ChannelId, Amount>;
  #spanStart: Millis;
  #samples: number[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: FiguresOptions) {
    const { clock, source } = options;
    this.#options = options;
    this.since = clock.now();
    this.#through = this.since;
    this.#total = source.counted();
    this.#outstanding = source.outstanding();
    this.#spanStart = clock.monotonic();
    this.#arm();
  }

  /** End of the latest span that is told. */
  get through(): Millis {
    return this.#through;
  }

  get span(): Millis {
    return this.#options.span;
  }

  /** As of `through`. */
  get total(): Counted {
    return this.#total;
  }

  /** As of `through`. */
  get outstanding(): ReadonlyMap<ChannelId, Amount> {
    return this.#outstanding;
  }

  /** Packets in the mix, on average over the latest span. */
  get mixing(): number {
    return this.#spans.at(-1)?.mixing ?? 0;
  }

  /** The latest `count` spans, oldest first. */
  spans(count: number): readonly Span[] {
    return this.#spans.slice(-count);
  }

  stop(): void {
    this.#cancel?.();
  }

  #arm(): void {
    const { clock, span, source } = this.#options;
    const left = this.#spanStart + span - clock.monotonic();
    this.#cancel = clock.after(millis(Math.max(0, Math.min(left, SAMPLE_EVERY))), () => {
      this.#samples.push(source.mixing);
      if (clock.monotonic() >= this.#spanStart + span) this.#finishSpan();
      this.#arm();
    });
  }

  #finishSpan(): void {
    const { clock, source } = this.#options;
    const total = source.counted();
    const sum = this.#samples.reduce((all, one) => all + one, 0);
    this.#spans.push({
      start: this.#through,
      mixing: Math.round(sum / Math.max(1, this.#samples.length)),
      ...difference(total, this.#total),
    });
    if (this.#spans.length > SPANS_KEPT) this.#spans.shift();
    this.#samples = [];
    this.#total = total;
    this.#outstanding = source.outstanding();
    this.#spanStart = clock.monotonic();
    this.#through = clock.now();
  }
}

function difference(later: Counted, earlier: Counted): Counted {
  const counts = Object.fromEntries(
    Object.entries(later.counts).map(([name, sum]) => [
      name,
      sum - earlier.counts[name as Counter],
    ]),
  ) as Counted["counts"];
  const drops = Object.fromEntries(
    Object.entries(later.drops)
      .map(([reason, sum]): [string, number] => [
        reason,
        sum - (earlier.drops[reason as DropReason] ?? 0),
      ])
      .filter(([, packets]) => packets > 0),
  );
  return { counts, drops };
}
