/** Types of the HTTP API. Written by `npm run api:generate` out of openapi.json; not to be edited. */
export interface paths {
  "/startedz": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the relay has started */
    get: operations["started"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/readyz": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the relay takes packets now */
    get: operations["ready"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/healthyz": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process works; if not, it should be started anew */
    get: operations["healthy"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/proof": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Shows that this is the agent with that token, before the token is sent */
    get: operations["proof"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/metrics": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Figures for Prometheus; docs/metrics.md lists them */
    get: operations["metrics"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/status": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The essentials */
    get: operations["status"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/endpoints": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The chain's endpoints: which is used, how far they are, how often they failed */
    get: operations["endpoints"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/traffic": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Packets, and why some went no further */
    get: operations["traffic"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/mix": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The mix */
    get: operations["mix"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/channels": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Payment channels in and out */
    get: operations["channels"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/tickets": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Winning tickets by state and epoch */
    get: operations["tickets"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/epochs": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The latest epochs: running, committed, drawn, claimed, redeemed */
    get: operations["epochs"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/lottery": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Cover, draws and rewards; 404 in a network without a lottery */
    get: operations["lottery"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/reliability": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What drawn packets say about other relays */
    get: operations["reliability"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/earnings": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the relay earned and paid, by epoch */
    get: operations["earnings"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/journal": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the agent did with money by itself, and why */
    get: operations["journal"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/transactions": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The latest transactions: what they are for, how far they are, what they cost */
    get: operations["transactions"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/settings": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The settings that the agent runs with, and where they come from */
    get: operations["settings"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/log-levels": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How much each part of the agent logs */
    get: operations["logLevels"];
    /** Changes how much one part logs, until the process ends */
    put: operations["setLogLevel"];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/events": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The status every few seconds, as server-sent events named `status` */
    get: operations["events"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description why something is not as it should be */
    Reason: {
      /** @description stable name of the reason */
      name: string;
      /** @description the same as a sentence */
      says: string;
    };
    /** @description the answer to a question of a process supervisor */
    Health: {
      /** @description whether the answer is yes */
      ok: boolean;
      /**
       * @description how far the agent has come
       * @enum {string}
       */
      stage:
        | "opening-database"
        | "reaching-chain"
        | "reading-chain"
        | "finding-relay"
        | "starting"
        | "running"
        | "stopping"
        | "stopped";
      /** @description what stands in the way; empty when ok */
      reasons: components["schemas"]["Reason"][];
    };
    /** @description what only the agent with the token at this address can answer to the challenge */
    Proof: {
      /** @description HMAC-SHA256 under the token, over the address and the challenge */
      proof: string;
    };
    /** @description why a request was not answered */
    Problem: {
      /** @description stable code, as in the agent's list of errors */
      code: string;
      /** @description what was got, what is allowed, what to do */
      message: string;
      /** @description what to do */
      fix: string;
    };
    /** @description something that an operator should look at */
    Alarm: {
      /** @description stable name, as in docs/operating.md */
      name: string;
      /** @description what is wrong */
      says: string;
      /** @description what to do */
      fix: string;
    };
    /** @description the network that this relay belongs to */
    Network: {
      /** @description id of the chain; decimal digits, in the smallest unit */
      chainId: string;
      /** @description the relay registry */
      registry: string;
      /** @description the payment channels */
      channels: string;
      /** @description the token */
      token: string;
      /** @description the cover lottery; null in a network without one */
      lottery: string | null;
      /** @description whether packets cost nothing */
      free: boolean;
      /** @description seconds in an epoch */
      epochLength: number;
      /** @description epochs in an era */
      eraLength: number;
    };
    /** @description the chain as the agent knows it */
    ChainState: {
      /** @description newest block whose events are known */
      headBlock: number;
      /** @description its time, in seconds since 1970 */
      headTime: number;
      /** @description how long ago that was by the machine's clock */
      ageSeconds: number;
    };
    /** @description one of the chain's endpoints; addresses can hold access keys and are not told */
    Endpoint: {
      /** @description its place in the list of the settings; 1 is the preferred one */
      place: number;
      /**
       * @description how it does; apart: it tells another history than most of the others
       * @enum {string}
       */
      state: "well" | "down" | "lagging" | "wrong-chain" | "apart";
      /** @description whether it is the one that is asked first now */
      inUse: boolean;
      /** @description newest block that it told of; null before */
      headBlock: number | null;
      /** @description blocks that it is behind the newest one that any of them told of */
      behind: number | null;
      /** @description how long its latest answers took, smoothed; null before */
      latencyMillis: number | null;
      /** @description questions that it was asked since the process started */
      asked: number;
      /** @description of these: not answered as they should be */
      failed: number;
    };
    /** @description the chain's endpoints, as this agent finds them */
    Endpoints: {
      /** @description in the order of the settings */
      endpoints: components["schemas"]["Endpoint"][];
      /** @description what they contradict each other about now */
      disputes: string[];
    };
    /** @description where the network's clock stands */
    TimeState: {
      /** @description number of the epoch */
      epoch: number;
      /** @description seconds until the epoch ends */
      epochEndsIn: number;
      /** @description number of the era */
      era: number;
      /** @description seconds until the era ends */
      eraEndsIn: number;
    };
    /** @description the account that pays for the agent's transactions */
    Account: {
      /** @description its address */
      address: string;
      /** @description what it holds of the chain's coin; null while the chain does not answer; decimal digits, in the smallest unit */
      coin: string | null;
    };
    /** @description the essentials */
    Status: {
      /** @description version of this software */
      version: string;
      /**
       * @description how far the agent has come
       * @enum {string}
       */
      stage:
        | "opening-database"
        | "reaching-chain"
        | "reading-chain"
        | "finding-relay"
        | "starting"
        | "running"
        | "stopping"
        | "stopped";
      /** @description whether the relay takes packets */
      ready: boolean;
      /** @description why it does not; empty when it does */
      notReady: components["schemas"]["Reason"][];
      /** @description whole minutes since the process started */
      uptimeMinutes: number;
      /** @description id of the relay; null until it is known */
      relay: string | null;
      /**
       * @description what the registry says of it
       * @enum {string|null}
       */
      relayState: "joined" | "jailed" | "leaving" | "withdrawn" | null;
      account: components["schemas"]["Account"] | null;
      /** @description its layer in this era, 0 to 2; null while it has none */
      layer: number | null;
      network: components["schemas"]["Network"] | null;
      chain: components["schemas"]["ChainState"] | null;
      time: components["schemas"]["TimeState"] | null;
      /** @description what an operator should look at now */
      alarms: components["schemas"]["Alarm"][];
      /** @description packets that wait in the mix, on average over the latest span of figures */
      packetsInMix: number;
      /** @description relays of the next layer without a funded channel to them */
      channelsMissing: number;
      /** @description relays of the first layer without a funded channel to them */
      coverChannelsMissing: number;
      /** @description winning tickets that are not paid yet */
      winnersWaiting: number;
      /** @description winning tickets that were paid */
      winnersRedeemed: number;
      /** @description claims of the lottery that have all proofs and are not made yet; none while no relay runs */
      claimsWaiting: components["schemas"]["ClaimsWaiting"][];
    };
    /** @description claims that wait, for one reason */
    ClaimsWaiting: {
      /**
       * @description their reward is worth less than their gas costs now, the rewards are used up for now, or the lottery does not take them
       * @enum {string}
       */
      reason: "not-worth-gas" | "rewards-short" | "refused";
      /** @description how many */
      count: number;
    };
    /** @description packets and tickets by what became of them; cover of the relay's own is in none of them */
    Counts: {
      /** @description packets received */
      "packets-received": number;
      /** @description packets accepted */
      "packets-accepted": number;
      /** @description packets forwarded */
      "packets-forwarded": number;
      /** @description packets delivered */
      "packets-delivered": number;
      /** @description acks unexpected */
      "acks-unexpected": number;
      /** @description tickets unresolved */
      "tickets-unresolved": number;
      /** @description tickets won */
      "tickets-won": number;
      /** @description tickets lost */
      "tickets-lost": number;
      /** @description links ended */
      "links-ended": number;
    };
    /** @description packets that went no further, for one reason */
    Drop: {
      /**
       * @description why
       * @enum {string}
       */
      reason:
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
        | "index-spent"
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
      packets: number;
    };
    /** @description what happened in one span of time */
    Span: {
      /** @description when the span began, in seconds since 1970 */
      start: number;
      counts: components["schemas"]["Counts"];
      /** @description only reasons that happened */
      drops: components["schemas"]["Drop"][];
      /** @description packets in the mix on average */
      packetsInMix: number;
    };
    /** @description what went through, as sums over all peers (docs/decisions/0042) */
    Traffic: {
      /** @description length of a span; no figure about packets changes more often */
      spanSeconds: number;
      /** @description when the counting began, in seconds since 1970 */
      since: number;
      /** @description end of the latest span that is told */
      through: number;
      counts: components["schemas"]["Counts"];
      /** @description only reasons that happened */
      drops: components["schemas"]["Drop"][];
      /** @description the latest spans, oldest first */
      spans: components["schemas"]["Span"][];
    };
    /** @description the mix */
    Mix: {
      /** @description packets in it, on average over the latest span */
      packets: number;
      /** @description packets that fit */
      limit: number;
      /** @description mean delay of the low-latency class at each hop, in milliseconds */
      meanDelayMillis: number;
      /** @description end of the latest span that is told, in seconds since 1970 */
      through: number;
    };
    /** @description who is at the other end of a channel */
    Party: {
      /**
       * @description what it is; an account is known by a hash
       * @enum {string}
       */
      kind: "relay" | "account";
      /** @description its id */
      id: string;
    };
    /** @description a payment channel of this relay */
    Channel: {
      /** @description the channel's id */
      id: string;
      other: components["schemas"]["Party"];
      /**
       * @description what the chain says
       * @enum {string}
       */
      status: "open" | "closing" | "closed";
      /** @description what lies in it; decimal digits, in the smallest unit */
      balance: string;
      /** @description what accepted tickets may still cost it, as of `through`; null on channels out; decimal digits, in the smallest unit */
      outstanding: string | null;
      /** @description seconds until it can be closed; null unless it is closing */
      closableIn: number | null;
    };
    /** @description the channels of this relay */
    Channels: {
      /** @description those that pay this relay */
      in: components["schemas"]["Channel"][];
      /** @description those that this relay pays from */
      out: components["schemas"]["Channel"][];
      /** @description sum of the balances of channels in; decimal digits, in the smallest unit */
      balanceIn: string;
      /** @description sum of the balances of channels out; decimal digits, in the smallest unit */
      balanceOut: string;
      /** @description sum of what is outstanding; decimal digits, in the smallest unit */
      outstanding: string;
      /** @description relays of the next layer without a funded channel to them */
      missing: string[];
      /** @description the same for the first layer, which cover needs */
      missingForCover: string[];
      /** @description when `outstanding` was counted, in seconds since 1970 */
      through: number;
    };
    /** @description winning tickets in one state */
    TicketSum: {
      /**
       * @description the state
       * @enum {string}
       */
      state: "won" | "submitted" | "redeemed" | "rejected" | "expired";
      /** @description how many */
      count: number;
      /** @description what they are worth together; decimal digits, in the smallest unit */
      amount: string;
    };
    /** @description why winning tickets are in a state */
    TicketReason: {
      /**
       * @description the state
       * @enum {string}
       */
      state: "won" | "submitted" | "redeemed" | "rejected" | "expired";
      /** @description the reason */
      reason: string;
      /** @description how many */
      count: number;
    };
    /** @description winning tickets of one epoch */
    EpochTickets: {
      /** @description number of the epoch */
      epoch: number;
      /** @description by state; only states that there are */
      sums: components["schemas"]["TicketSum"][];
    };
    /** @description winning tickets */
    Tickets: {
      /** @description all of them, by state */
      sums: components["schemas"]["TicketSum"][];
      /** @description reasons that were given */
      reasons: components["schemas"]["TicketReason"][];
      /** @description the latest epochs with winners, oldest first */
      epochs: components["schemas"]["EpochTickets"][];
    };
    /** @description what this node's transactions for one purpose cost */
    GasCost: {
      /**
       * @description what they were for
       * @enum {string}
       */
      purpose:
        | "redeem"
        | "commit"
        | "claim"
        | "collect"
        | "beacon"
        | "misses"
        | "channels"
        | "announce"
        | "packet-key"
        | "membership"
        | "other";
      /** @description how many, those that failed in their block included */
      transactions: number;
      /** @description units of gas that they used; decimal digits, in the smallest unit */
      gas: string;
      /** @description what they cost, in the chain's coin; decimal digits, in the smallest unit */
      coin: string;
    };
    /** @description what one epoch brought and cost */
    EpochEarnings: {
      /** @description number of the epoch */
      epoch: number;
      /** @description out of tickets of that epoch, after the burn share; decimal digits, in the smallest unit */
      redeemed: string;
      /** @description the burn share; decimal digits, in the smallest unit */
      burned: string;
      /** @description out of the lottery, for packets of that epoch; see `rewardsFrom`; decimal digits, in the smallest unit */
      rewards: string;
      /** @description to other relays, out of this relay's channels, for tickets of that epoch; decimal digits, in the smallest unit */
      paid: string;
      /** @description for gas of transactions in that epoch's blocks, in the chain's coin; decimal digits, in the smallest unit */
      coin: string;
      /** @description the same by purpose; only purposes that there were */
      gas: components["schemas"]["GasCost"][];
    };
    /** @description what this relay earned and paid, as the chain and its transactions tell */
    Earnings: {
      /** @description epochs in which there was any, oldest first */
      epochs: components["schemas"]["EpochEarnings"][];
      /** @description sum over all epochs, after the burn share; decimal digits, in the smallest unit */
      redeemed: string;
      /** @description sum over all epochs; decimal digits, in the smallest unit */
      burned: string;
      /** @description sum over all epochs; decimal digits, in the smallest unit */
      paid: string;
      /** @description rewards that became earnings or went into channels; decimal digits, in the smallest unit */
      collected: string;
      /** @description what went to the recipient of earnings; decimal digits, in the smallest unit */
      withdrawn: string;
      /** @description what all transactions sent with this database cost for gas, in the chain's coin; decimal digits, in the smallest unit */
      coin: string;
      /** @description the same by purpose, the dearest first */
      gas: components["schemas"]["GasCost"][];
      /** @description oldest epoch whose rewards are known; null in a network without a lottery */
      rewardsFrom: number | null;
    };
    /** @description an epoch's way from running to paid */
    EpochRow: {
      /** @description number of the epoch */
      epoch: number;
      /** @description in seconds since 1970 */
      starts: number;
      /** @description in seconds since 1970 */
      ends: number;
      /** @description whether it still runs */
      running: boolean;
      /**
       * @description what became of the commitment to its packets
       * @enum {string}
       */
      commitment: "committed" | "due" | "missed" | "not-owed";
      /** @description slots of this relay that were drawn; null before the draw */
      drawn: number | null;
      /** @description of these: paid */
      claimed: number;
      /** @description of these: lost for good */
      forfeited: number;
      /** @description of these: neither yet */
      open: number;
      /** @description packets of others that were paid with this relay on their way */
      carried: number;
      /** @description for the packets claimed and carried; decimal digits, in the smallest unit */
      reward: string;
      /** @description winning tickets that wait for redemption */
      won: number;
      /** @description winning tickets that were paid */
      redeemed: number;
      /** @description what those are worth, before the burn share; decimal digits, in the smallest unit */
      redeemedAmount: string;
      /** @description winning tickets that will not be paid */
      lost: number;
    };
    /** @description the latest epochs */
    Epochs: {
      /** @description oldest first */
      epochs: components["schemas"]["EpochRow"][];
    };
    /** @description slots without a packet */
    Unsent: {
      /** @description why */
      reason: string;
      /** @description how many */
      count: number;
    };
    /** @description this relay's own cover of one epoch */
    Cover: {
      /** @description number of the epoch */
      epoch: number;
      /** @description packets that left */
      sent: number;
      /** @description packets that came back */
      returned: number;
      /** @description slots without a packet */
      unsent: components["schemas"]["Unsent"][];
    };
    /** @description this relay's part in the lottery; only of epochs whose draw is known */
    Lottery: {
      /** @description latest epoch that the figures take in; null when there is none */
      through: number | null;
      /** @description own packets that left */
      coverSent: number;
      /** @description own packets that came back */
      coverReturned: number;
      /** @description own slots that were drawn */
      draws: number;
      /** @description of these: paid */
      claims: number;
      /** @description of these: lost for good */
      forfeits: number;
      /** @description of these: neither yet */
      open: number;
      /** @description by epoch, oldest first */
      cover: components["schemas"]["Cover"][];
      /** @description what can be collected; null while the chain does not answer; decimal digits, in the smallest unit */
      rewards: string | null;
      /** @description what new claims could be paid from; null likewise; decimal digits, in the smallest unit */
      available: string | null;
    };
    /** @description what drawn packets say about the links into one relay */
    Peer: {
      /** @description the relay */
      relay: string;
      /** @description drawn packets that the figures rest on */
      samples: number;
      /** @description share of packets that come through, 0 to 1 */
      mean: number;
      /** @description the share lies above this with probability 97.5 % */
      low: number;
      /** @description the share lies below this with probability 97.5 % */
      high: number;
    };
    /** @description counted packets; of those that were not drawn, nobody knows where they were lost */
    Tally: {
      /** @description packets that came through */
      survived: number;
      /** @description packets that did not */
      lost: number;
    };
    /** @description how reliable other relays are, as far as drawn packets tell */
    Reliability: {
      /** @description latest epoch that the figures take in; null when there is none */
      through: number | null;
      /** @description the least reliable first */
      peers: components["schemas"]["Peer"][];
      /** @description drawn packets on the links into layer 0, 1, 2, and on the way back */
      stages: components["schemas"]["Tally"][];
      undrawn: components["schemas"]["Tally"];
    };
    /** @description something that the agent did with money by itself, or left undone */
    JournalEntry: {
      /** @description time of the chain, in seconds since 1970 */
      at: number;
      /**
       * @description what it did
       * @enum {string}
       */
      action:
        | "open-channel"
        | "fund-channel"
        | "close-channel"
        | "finalise-channel"
        | "approve-tokens"
        | "wait";
      /** @description the other relay, where there is one */
      relay: string | null;
      /** @description what moved; decimal digits, in the smallest unit */
      amount: string;
      /** @description the reason, as a sentence */
      why: string;
    };
    /** @description what the agent did with money by itself, and why */
    Journal: {
      /** @description the newest ones first */
      entries: components["schemas"]["JournalEntry"][];
    };
    /** @description a transaction of this node, from its intent to its end */
    Transaction: {
      /**
       * @description what it is for
       * @enum {string}
       */
      purpose:
        | "redeem"
        | "commit"
        | "claim"
        | "collect"
        | "beacon"
        | "misses"
        | "channels"
        | "announce"
        | "packet-key"
        | "membership"
        | "other";
      /** @description the same more exactly, a word */
      action: string;
      /**
       * @description intended: not sent yet; sent: in no block yet, or not deep enough; confirmed; failed
       * @enum {string}
       */
      state: "intended" | "sent" | "confirmed" | "failed";
      /** @description how often it was signed; each time after the first with a higher fee */
      offers: number;
      /** @description of the version that is in the chain; null while there is none */
      hash: string | null;
      /** @description when it ended, in seconds since 1970; null before */
      at: number | null;
      /** @description units of gas that it used; null unless it is in a block; decimal digits, in the smallest unit */
      gas: string | null;
      /** @description what they cost, in the chain's coin; null likewise; decimal digits, in the smallest unit */
      coin: string | null;
      /** @description name of the contracts' error; undecided: the chain's node did not say whether it works, and it was not sent; null unless it failed */
      failure: string | null;
    };
    /** @description what the agent and commands sent, or mean to send */
    Transactions: {
      /** @description those that were intended last, the newest first; of the last 30 days */
      transactions: components["schemas"]["Transaction"][];
    };
    /** @description a setting and where its value comes from */
    Setting: {
      /** @description its name, as in a settings file */
      name: string;
      /** @description its value as one would write it; null when there is none */
      value: string | null;
      /** @description flag, environment, file, preset or default */
      origin: string;
    };
    /** @description the settings that the agent runs with; secrets are not among them */
    Settings: {
      /** @description in the order of the command's help */
      settings: components["schemas"]["Setting"][];
    };
    /** @description the least important lines that one part of the agent writes */
    LogLevel: {
      /** @description the part; empty for all that have no level of their own */
      subsystem: string;
      /**
       * @description the level
       * @enum {string}
       */
      level: "error" | "warn" | "info" | "debug";
    };
    /** @description how much the agent logs */
    LogLevels: {
      /** @description the first one is everything else's */
      levels: components["schemas"]["LogLevel"][];
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
  started: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  ready: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  healthy: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Health"];
        };
      };
    };
  };
  proof: {
    parameters: {
      query?: {
        /** @description chosen at random by whoever asks */
        challenge?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Proof"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  metrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "text/plain": string;
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  status: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Status"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  endpoints: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Endpoints"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  traffic: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        spans?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Traffic"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  mix: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Mix"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  channels: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Channels"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  tickets: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        epochs?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Tickets"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  epochs: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        epochs?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Epochs"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  lottery: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Lottery"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  reliability: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Reliability"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  earnings: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        epochs?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Earnings"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  journal: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        entries?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Journal"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  transactions: {
    parameters: {
      query?: {
        /** @description how many, the latest ones */
        entries?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Transactions"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  settings: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Settings"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  logLevels: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["LogLevels"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  setLogLevel: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["LogLevel"];
      };
    };
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["LogLevels"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
  events: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the answer */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "text/event-stream": components["schemas"]["Status"];
        };
      };
      /** @description the request is malformed */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description no token, or a wrong one */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description the Host or Origin header is not this server's own */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
      /** @description not yet: the agent has not come so far, or serves as many clients as it can */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Problem"];
        };
      };
    };
  };
}
