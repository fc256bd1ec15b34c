/** Types of the HTTP API. Written by `npm run api:generate` out of openapi.json; not to be edited. */
export interface paths {
  readonly "/startedz": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Whether the relay has started */
    readonly get: operations["started"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/readyz": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Whether the relay takes packets now */
    readonly get: operations["ready"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/healthyz": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Whether the process works; if not, it should be started anew */
    readonly get: operations["healthy"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/metrics": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Figures for Prometheus; docs/metrics.md lists them */
    readonly get: operations["metrics"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/status": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The essentials */
    readonly get: operations["status"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/traffic": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Packets, and why some went no further */
    readonly get: operations["traffic"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/mix": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The mix */
    readonly get: operations["mix"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/channels": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Payment channels in and out */
    readonly get: operations["channels"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/tickets": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Winning tickets by state and epoch */
    readonly get: operations["tickets"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/epochs": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The latest epochs: running, committed, drawn, claimed, redeemed */
    readonly get: operations["epochs"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/lottery": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** Cover, draws and rewards; 404 in a network without a lottery */
    readonly get: operations["lottery"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/reliability": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** What drawn packets say about other relays */
    readonly get: operations["reliability"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/earnings": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** What the relay earned and paid, by epoch */
    readonly get: operations["earnings"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/journal": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** What the agent did with money by itself, and why */
    readonly get: operations["journal"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/log-levels": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** How much each part of the agent logs */
    readonly get: operations["logLevels"];
    /** Changes how much one part logs, until the process ends */
    readonly put: operations["setLogLevel"];
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
  readonly "/v1/events": {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    /** The status every few seconds, as server-sent events named `status` */
    readonly get: operations["events"];
    readonly put?: never;
    readonly post?: never;
    readonly delete?: never;
    readonly options?: never;
    readonly head?: never;
    readonly patch?: never;
    readonly trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description why something is not as it should be */
    readonly Reason: {
      /** @description stable name of the reason */
      readonly name: string;
      /** @description the same as a sentence */
      readonly says: string;
    };
    /** @description the answer to a question of a process supervisor */
    readonly Health: {
      /** @description whether the answer is yes */
      readonly ok: boolean;
      /**
       * @description how far the agent has come
       * @enum {string}
       */
      readonly stage:
        | "opening-database"
        | "reaching-chain"
        | "reading-chain"
        | "finding-relay"
        | "starting"
        | "running"
        | "stopping";
      /** @description what stands in the way; empty when ok */
      readonly reasons: readonly components["schemas"]["Reason"][];
    };
    /** @description why a request was not answered */
    readonly Problem: {
      /** @description stable code, as in the agent's list of errors */
      readonly code: string;
      /** @description what was got, what is allowed, what to do */
      readonly message: string;
      /** @description what to do */
      readonly fix: string;
    };
    /** @description something that an operator should look at */
    readonly Alarm: {
      /** @description stable name, as in docs/operating.md */
      readonly name: string;
      /** @description what is wrong */
      readonly says: string;
      /** @description what to do */
      readonly fix: string;
    };
    /** @description the network that this relay belongs to */
    readonly Network: {
      /** @description id of the chain; decimal digits, in the smallest unit */
      readonly chainId: string;
      /** @description the relay registry */
      readonly registry: string;
      /** @description the payment channels */
      readonly channels: string;
      /** @description the token */
      readonly token: string;
      /** @description the cover lottery; null in a network without one */
      readonly lottery: string | null;
      /** @description whether packets cost nothing */
      readonly free: boolean;
      /** @description seconds in an epoch */
      readonly epochLength: number;
      /** @description epochs in an era */
      readonly eraLength: number;
    };
    /** @description the chain as the agent knows it */
    readonly ChainState: {
      /** @description newest block whose events are known */
      readonly headBlock: number;
      /** @description its time, in seconds since 1970 */
      readonly headTime: number;
      /** @description how long ago that was by the machine's clock */
      readonly ageSeconds: number;
    };
    /** @description where the network's clock stands */
    readonly TimeState: {
      /** @description number of the epoch */
      readonly epoch: number;
      /** @description seconds until the epoch ends */
      readonly epochEndsIn: number;
      /** @description number of the era */
      readonly era: number;
      /** @description seconds until the era ends */
      readonly eraEndsIn: number;
    };
    /** @description the essentials */
    readonly Status: {
      /** @description version of this software */
      readonly version: string;
      /**
       * @description how far the agent has come
       * @enum {string}
       */
      readonly stage:
        | "opening-database"
        | "reaching-chain"
        | "reading-chain"
        | "finding-relay"
        | "starting"
        | "running"
        | "stopping";
      /** @description whether the relay takes packets */
      readonly ready: boolean;
      /** @description why it does not; empty when it does */
      readonly notReady: readonly components["schemas"]["Reason"][];
      /** @description whole minutes since the process started */
      readonly uptimeMinutes: number;
      /** @description id of the relay; null until it is known */
      readonly relay: string | null;
      /**
       * @description what the registry says of it
       * @enum {string|null}
       */
      readonly relayState: "joined" | "jailed" | "leaving" | "withdrawn" | null;
      /** @description its layer in this era, 0 to 2; null while it has none */
      readonly layer: number | null;
      readonly network: components["schemas"]["Network"] | null;
      readonly chain: components["schemas"]["ChainState"] | null;
      readonly time: components["schemas"]["TimeState"] | null;
      /** @description what an operator should look at now */
      readonly alarms: readonly components["schemas"]["Alarm"][];
      /** @description packets that wait in the mix, on average over the latest span of figures */
      readonly packetsInMix: number;
      /** @description relays of the next layer without a funded channel to them */
      readonly channelsMissing: number;
      /** @description relays of the first layer without a funded channel to them */
      readonly coverChannelsMissing: number;
      /** @description winning tickets that are not paid yet */
      readonly winnersWaiting: number;
      /** @description winning tickets that were paid */
      readonly winnersRedeemed: number;
    };
    /** @description packets and tickets by what became of them; cover of the relay's own is in none of them */
    readonly Counts: {
      /** @description packets received */
      readonly "packets-received": number;
      /** @description packets accepted */
      readonly "packets-accepted": number;
      /** @description packets forwarded */
      readonly "packets-forwarded": number;
      /** @description packets delivered */
      readonly "packets-delivered": number;
      /** @description acks unexpected */
      readonly "acks-unexpected": number;
      /** @description tickets unresolved */
      readonly "tickets-unresolved": number;
      /** @description tickets won */
      readonly "tickets-won": number;
      /** @description tickets lost */
      readonly "tickets-lost": number;
      /** @description links ended */
      readonly "links-ended": number;
    };
    /** @description packets that went no further, for one reason */
    readonly Drop: {
      /**
       * @description why
       * @enum {string}
       */
      readonly reason:
        | "malformed-frame"
        | "unexpected-frame"
        | "stopping"
        | "rate"
        | "credit"
        | "mix-full"
        | "no-layers"
        | "topology"
        | "amount"
        | "win-prob"
        | "epoch"
        | "channel-unknown"
        | "channel-closing"
        | "channel-generation"
        | "channel-shut"
        | "index-jump"
        | "signature"
        | "channel-exhausted"
        | "mac"
        | "hop-data"
        | "era"
        | "challenge"
        | "unpaid"
        | "store"
        | "disk-full"
        | "replay"
        | "index-order"
        | "not-own-loop"
        | "not-next-layer"
        | "no-recipient"
        | "no-channel"
        | "not-connected"
        | "no-credit"
        | "throttled"
        | "peer-full"
        | "no-index"
        | "stopped";
      /** @description how many */
      readonly packets: number;
    };
    /** @description what happened in one span of time */
    readonly Span: {
      /** @description when the span began, in seconds since 1970 */
      readonly start: number;
      readonly counts: components["schemas"]["Counts"];
      /** @description only reasons that happened */
      readonly drops: readonly components["schemas"]["Drop"][];
      /** @description packets in the mix on average */
      readonly packetsInMix: number;
    };
    /** @description what went through, as sums over all peers (docs/decisions/0042) */
    readonly Traffic: {
      /** @description length of a span; no figure about packets changes more often */
      readonly spanSeconds: number;
      /** @description when the counting began, in seconds since 1970 */
      readonly since: number;
      /** @description end of the latest span that is told */
      readonly through: number;
      readonly counts: components["schemas"]["Counts"];
      /** @description only reasons that happened */
      readonly drops: readonly components["schemas"]["Drop"][];
      /** @description the latest spans, oldest first */
      readonly spans: readonly components["schemas"]["Span"][];
    };
    /** @description the mix */
    readonly Mix: {
      /** @description packets in it, on average over the latest span */
      readonly packets: number;
      /** @description packets that fit */
      readonly limit: number;
      /** @description mean delay of the low-latency class at each hop, in milliseconds */
      readonly meanDelayMillis: number;
      /** @description end of the latest span that is told, in seconds since 1970 */
      readonly through: number;
    };
    /** @description who is at the other end of a channel */
    readonly Party: {
      /**
       * @description what it is; an account is known by a hash
       * @enum {string}
       */
      readonly kind: "relay" | "account";
      /** @description its id */
      readonly id: string;
    };
    /** @description a payment channel of this relay */
    readonly Channel: {
      /** @description the channel's id */
      readonly id: string;
      readonly other: components["schemas"]["Party"];
      /**
       * @description what the chain says
       * @enum {string}
       */
      readonly status: "open" | "closing" | "closed";
      /** @description what lies in it; decimal digits, in the smallest unit */
      readonly balance: string;
      /** @description what accepted tickets may still cost it, as of `through`; null on channels out; decimal digits, in the smallest unit */
      readonly outstanding: string | null;
      /** @description seconds until it can be closed; null unless it is closing */
      readonly closableIn: number | null;
    };
    /** @description the channels of this relay */
    readonly Channels: {
      /** @description those that pay this relay */
      readonly in: readonly components["schemas"]["Channel"][];
      /** @description those that this relay pays from */
      readonly out: readonly components["schemas"]["Channel"][];
      /** @description sum of the balances of channels in; decimal digits, in the smallest unit */
      readonly balanceIn: string;
      /** @description sum of the balances of channels out; decimal digits, in the smallest unit */
      readonly balanceOut: string;
      /** @description sum of what is outstanding; decimal digits, in the smallest unit */
      readonly outstanding: string;
      /** @description relays of the next layer without a funded channel to them */
      readonly missing: readonly string[];
      /** @description the same for the first layer, which cover needs */
      readonly missingForCover: readonly string[];
      /** @description when `outstanding` was counted, in seconds since 1970 */
      readonly through: number;
    };
    /** @description winning tickets in one state */
    readonly TicketSum: {
      /**
       * @description the state
       * @enum {string}
       */
      readonly state: "won" | "submitted" | "redeemed" | "rejected" | "expired";
      /** @description how many */
      readonly count: number;
      /** @description what they are worth together; decimal digits, in the smallest unit */
      readonly amount: string;
    };
    /** @description why winning tickets are in a state */
    readonly TicketReason: {
      /**
       * @description the state
       * @enum {string}
       */
      readonly state: "won" | "submitted" | "redeemed" | "rejected" | "expired";
      /** @description the reason */
      readonly reason: string;
      /** @description how many */
      readonly count: number;
    };
    /** @description winning tickets of one epoch */
    readonly EpochTickets: {
      /** @description number of the epoch */
      readonly epoch: number;
      /** @description by state; only states that there are */
      readonly sums: readonly components["schemas"]["TicketSum"][];
    };
    /** @description winning tickets */
    readonly Tickets: {
      /** @description all of them, by state */
      readonly sums: readonly components["schemas"]["TicketSum"][];
      /** @description reasons that were given */
      readonly reasons: readonly components["schemas"]["TicketReason"][];
      /** @description the latest epochs with winners, oldest first */
      readonly epochs: readonly components["schemas"]["EpochTickets"][];
    };
    /** @description what one epoch brought and cost */
    readonly EpochEarnings: {
      /** @description number of the epoch */
      readonly epoch: number;
      /** @description out of tickets of that epoch, after the burn share; decimal digits, in the smallest unit */
      readonly redeemed: string;
      /** @description the burn share; decimal digits, in the smallest unit */
      readonly burned: string;
      /** @description out of the lottery, for packets of that epoch; see `rewardsFrom`; decimal digits, in the smallest unit */
      readonly rewards: string;
      /** @description to other relays, out of this relay's channels, for tickets of that epoch; decimal digits, in the smallest unit */
      readonly paid: string;
    };
    /** @description what the chain says about this relay's money */
    readonly Earnings: {
      /** @description epochs in which there was any, oldest first */
      readonly epochs: readonly components["schemas"]["EpochEarnings"][];
      /** @description sum over all epochs, after the burn share; decimal digits, in the smallest unit */
      readonly redeemed: string;
      /** @description sum over all epochs; decimal digits, in the smallest unit */
      readonly burned: string;
      /** @description sum over all epochs; decimal digits, in the smallest unit */
      readonly paid: string;
      /** @description rewards that became earnings or went into channels; decimal digits, in the smallest unit */
      readonly collected: string;
      /** @description what went to the recipient of earnings; decimal digits, in the smallest unit */
      readonly withdrawn: string;
      /** @description oldest epoch whose rewards are known; null in a network without a lottery */
      readonly rewardsFrom: number | null;
    };
    /** @description an epoch's way from running to paid */
    readonly EpochRow: {
      /** @description number of the epoch */
      readonly epoch: number;
      /** @description in seconds since 1970 */
      readonly starts: number;
      /** @description in seconds since 1970 */
      readonly ends: number;
      /** @description whether it still runs */
      readonly running: boolean;
      /**
       * @description what became of the commitment to its packets
       * @enum {string}
       */
      readonly commitment: "committed" | "due" | "missed" | "not-owed";
      /** @description slots of this relay that were drawn; null before the draw */
      readonly drawn: number | null;
      /** @description of these: paid */
      readonly claimed: number;
      /** @description of these: lost for good */
      readonly forfeited: number;
      /** @description of these: neither yet */
      readonly open: number;
      /** @description packets of others that were paid with this relay on their way */
      readonly carried: number;
      /** @description for the packets claimed and carried; decimal digits, in the smallest unit */
      readonly reward: string;
      /** @description winning tickets that wait for redemption */
      readonly won: number;
      /** @description winning tickets that were paid */
      readonly redeemed: number;
      /** @description what those are worth, before the burn share; decimal digits, in the smallest unit */
      readonly redeemedAmount: string;
      /** @description winning tickets that will not be paid */
      readonly lost: number;
    };
    /** @description the latest epochs */
    readonly Epochs: {
      /** @description oldest first */
      readonly epochs: readonly components["schemas"]["EpochRow"][];
    };
    /** @description slots without a packet */
    readonly Unsent: {
      /** @description why */
      readonly reason: string;
      /** @description how many */
      readonly count: number;
    };
    /** @description this relay's own cover of one epoch */
    readonly Cover: {
      /** @description number of the epoch */
      readonly epoch: number;
      /** @description packets that left */
      readonly sent: number;
      /** @description packets that came back */
      readonly returned: number;
      /** @description slots without a packet */
      readonly unsent: readonly components["schemas"]["Unsent"][];
    };
    /** @description this relay's part in the lottery; only of epochs whose draw is known */
    readonly Lottery: {
      /** @description latest epoch that the figures take in; null when there is none */
      readonly through: number | null;
      /** @description own packets that left */
      readonly coverSent: number;
      /** @description own packets that came back */
      readonly coverReturned: number;
      /** @description own slots that were drawn */
      readonly draws: number;
      /** @description of these: paid */
      readonly claims: number;
      /** @description of these: lost for good */
      readonly forfeits: number;
      /** @description of these: neither yet */
      readonly open: number;
      /** @description by epoch, oldest first */
      readonly cover: readonly components["schemas"]["Cover"][];
      /** @description what can be collected; null while the chain does not answer; decimal digits, in the smallest unit */
      readonly rewards: string | null;
      /** @description what new claims could be paid from; null likewise; decimal digits, in the smallest unit */
      readonly available: string | null;
    };
    /** @description what drawn packets say about the links into one relay */
    readonly Peer: {
      /** @description the relay */
      readonly relay: string;
      /** @description drawn packets that the figures rest on */
      readonly samples: number;
      /** @description share of packets that come through, 0 to 1 */
      readonly mean: number;
      /** @description the share lies above this with probability 97.5 % */
      readonly low: number;
      /** @description the share lies below this with probability 97.5 % */
      readonly high: number;
    };
    /** @description how reliable other relays are, as far as drawn packets tell */
    readonly Reliability: {
      /** @description latest epoch that the figures take in; null when there is none */
      readonly through: number | null;
      /** @description the least reliable first */
      readonly peers: readonly components["schemas"]["Peer"][];
    };
    /** @description something that the agent did with money by itself, or left undone */
    readonly JournalEntry: {
      /** @description time of the chain, in seconds since 1970 */
      readonly at: number;
      /**
       * @description what it did
       * @enum {string}
       */
      readonly action:
        | "open-channel"
        | "fund-channel"
        | "close-channel"
        | "finalise-channel"
        | "approve-tokens"
        | "wait";
      /** @description the other relay, where there is one */
      readonly relay: string | null;
      /** @description what moved; decimal digits, in the smallest unit */
      readonly amount: string;
      /** @description the reason, as a sentence */
      readonly why: string;
    };
    /** @description what the agent did with money by itself, and why */
    readonly Journal: {
      /** @description the newest ones first */
      readonly entries: readonly components["schemas"]["JournalEntry"][];
    };
    /** @description the least important lines that one part of the agent writes */
    readonly LogLevel: {
      /** @description the part; empty for all that have no level of their own */
      readonly subsystem: string;
      /**
       * @description the level
       * @enum {string}
       */
      readonly level: "error" | "warn" | "info" | "debug";
    };
    /** @description how much the agent logs */
    readonly LogLevels: {
      /** @description the first one is everything else's */
      readonly levels: readonly components["schemas"]["LogLevel"][];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  readonly started: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  readonly ready: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  readonly healthy: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  readonly metrics: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "text/plain": string;
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly status: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Status"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly traffic: {
    readonly parameters: {
      readonly query?: {
        /** @description how many, the latest ones */
        readonly spans?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Traffic"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly mix: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Mix"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly channels: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Channels"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly tickets: {
    readonly parameters: {
      readonly query?: {
        /** @description how many, the latest ones */
        readonly epochs?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Tickets"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly epochs: {
    readonly parameters: {
      readonly query?: {
        /** @description how many, the latest ones */
        readonly epochs?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Epochs"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly lottery: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Lottery"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      readonly 404: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly reliability: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Reliability"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly earnings: {
    readonly parameters: {
      readonly query?: {
        /** @description how many, the latest ones */
        readonly epochs?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Earnings"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly journal: {
    readonly parameters: {
      readonly query?: {
        /** @description how many, the latest ones */
        readonly entries?: number;
      };
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Journal"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly logLevels: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["LogLevels"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly setLogLevel: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody: {
      readonly content: {
        readonly "application/json": components["schemas"]["LogLevel"];
      };
    };
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["LogLevels"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  readonly events: {
    readonly parameters: {
      readonly query?: never;
      readonly header?: never;
      readonly path?: never;
      readonly cookie?: never;
    };
    readonly requestBody?: never;
    readonly responses: {
      /** @description the answer */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "text/event-stream": components["schemas"]["Status"];
        };
      };
      /** @description the request is malformed */
      readonly 400: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      readonly 401: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      readonly 403: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      readonly 503: {
        headers: {
          readonly [name: string]: unknown;
        };
        content: {
          readonly "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
}
