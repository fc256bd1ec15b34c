/** What the overview of a local network tells: sums of each relay's own API, and nothing that the API does not tell. */

export interface RelayFigures {
  /** As the network calls it, "relay-1". */
  readonly name: string;
  readonly relay: string | null;
  /** 0 to 2; null while it has none. */
  readonly layer: number | null;
  /** Whether its API answered the latest time. */
  readonly answers: boolean;
  readonly ready: boolean;
  readonly alarms: number;
  /** Packets a second over the latest spans. */
  readonly received: number;
  readonly forwarded: number;
  readonly delivered: number;
  readonly dropped: number;
  /** On average over the same spans. */
  readonly inMix: number;
  readonly ticketsWon: number;
}

/** Sums over all relays; amounts are decimal digits, in the smallest unit. */
export interface CoinFigures {
  /** Since the relays' counting began. */
  readonly ticketsWon: number;
  readonly ticketsLost: number;
  /** Winning tickets that are not paid yet, and those that were. */
  readonly waiting: number;
  readonly redeemed: number;
  /** What they brought after the burn share, and the burn share. */
  readonly credited: string;
  readonly burned: string;
  /** The chain's coin that relays spent on gas, and in how many transactions. */
  readonly gas: string;
  readonly transactions: number;
  /** Slots of the lottery that were drawn, and those of them that were paid. */
  readonly drawn: number;
  readonly claimed: number;
  /** For packets of epochs whose rewards are known. */
  readonly rewards: string;
}

export interface Overview {
  readonly epoch: number | null;
  readonly epochEndsIn: number;
  readonly era: number | null;
  readonly eraEndsIn: number;
  /** Whether packets cost nothing, so that there are no tickets. */
  readonly free: boolean;
  /** Seconds over which rates are told. */
  readonly rateSeconds: number;
  readonly relays: readonly RelayFigures[];
  readonly coin: CoinFigures;
}
