/**
 * What the HTTP API answers. The description (openapi.json), the types of the client and what the server lets out
 * all come from here: a property that is not named here is not sent.
 */
import { PURPOSES } from "../../../core/costs.ts";
import { ENDPOINT_STATES } from "../../../ports/chain.ts";
import { LOG_LEVELS } from "../../../ports/log.ts";
import { COUNTERS, DROP_REASONS } from "../../../ports/metrics.ts";
import { JOURNAL_ACTIONS, OUTBOX_STATES } from "../../../ports/store.ts";
import { CLAIM_REASONS } from "../../../settlement/lottery/claim-reasons.ts";
import { choice, flag, hex, list, object, orNull, real, ref, text, units, whole } from "./kinds.ts";
import type { Schema } from "./kinds.ts";

export const STAGES = [
  "opening-database",
  "reaching-chain",
  "reading-chain",
  "finding-relay",
  "starting",
  "running",
  "stopping",
  "stopped",
] as const;

const WINNER_STATES = ["won", "submitted", "redeemed", "rejected", "expired"];
const epoch = whole("number of the epoch");

const health: Readonly<Record<string, Schema>> = {
  Reason: object("why something is not as it should be", {
    name: text("stable name of the reason"),
    says: text("the same as a sentence"),
  }),
  Health: object("the answer to a question of a process supervisor", {
    ok: flag("whether the answer is yes"),
    stage: choice(STAGES, "how far the agent has come"),
    reasons: list(ref("Reason"), "what stands in the way; empty when ok"),
  }),
  Proof: object("what only the agent with the token at this address can answer to the challenge", {
    proof: hex(32, "HMAC-SHA256 under the token, over the address and the challenge"),
  }),
  Problem: object("why a request was not answered", {
    code: text("stable code, as in the agent's list of errors"),
    message: text("what was got, what is allowed, what to do"),
    fix: text("what to do"),
  }),
};

const status: Readonly<Record<string, Schema>> = {
  Alarm: object("something that an operator should look at", {
    name: text("stable name, as in docs/operating.md"),
    says: text("what is wrong"),
    fix: text("what to do"),
  }),
  Network: object("the network that this relay belongs to", {
    chainId: units("id of the chain"),
    registry: hex(20, "the relay registry"),
    channels: hex(20, "the payment channels"),
    token: hex(20, "the token"),
    lottery: orNull(hex(20, "the cover lottery; null in a network without one")),
    free: flag("whether packets cost nothing"),
    epochLength: whole("seconds in an epoch"),
    eraLength: whole("epochs in an era"),
  }),
  ChainState: object("the chain as the agent knows it", {
    headBlock: whole("newest block whose events are known"),
    headTime: whole("its time, in seconds since 1970"),
    ageSeconds: whole("how long ago that was by the machine's clock"),
  }),
  Endpoint: object(
    "one of the chain's endpoints; addresses can hold access keys and are not told",
    {
      place: {
        ...whole("its place in the list of the settings; 1 is the preferred one"),
        minimum: 1,
      },
      state: choice(
        ENDPOINT_STATES,
        "how it does; apart: it tells another history than most of the others",
      ),
      inUse: flag("whether it is the one that is asked first now"),
      headBlock: orNull(whole("newest block that it told of; null before")),
      behind: orNull(whole("blocks that it is behind the newest one that any of them told of")),
      latencyMillis: orNull(whole("how long its latest answers took, smoothed; null before")),
      asked: whole("questions that it was asked since the process started"),
      failed: whole("of these: not answered as they should be"),
    },
  ),
  Endpoints: object("the chain's endpoints, as this agent finds them", {
    endpoints: list(ref("Endpoint"), "in the order of the settings"),
    disputes: list(text("what it is about"), "what they contradict each other about now"),
  }),
  TimeState: object("where the network's clock stands", {
    epoch,
    epochEndsIn: whole("seconds until the epoch ends"),
    era: whole("number of the era"),
    eraEndsIn: whole("seconds until the era ends"),
  }),
  Account: object("the account that pays for the agent's transactions", {
    address: hex(20, "its address"),
    coin: orNull(units("what it holds of the chain's coin; null while the chain does not answer")),
  }),
  Status: object("the essentials", {
    version: text("version of this software"),
    stage: choice(STAGES, "how far the agent has come"),
    ready: flag("whether the relay takes packets"),
    notReady: list(ref("Reason"), "why it does not; empty when it does"),
    uptimeMinutes: whole("whole minutes since the process started"),
    relay: orNull(hex(32, "id of the relay; null until it is known")),
    relayState: orNull(
      choice(["joined", "jailed", "leaving", "withdrawn"], "what the registry says of it"),
    ),
    account: orNull(ref("Account")),
    layer: orNull(whole("its layer in this era, 0 to 2; null while it has none")),
    network: orNull(ref("Network")),
    chain: orNull(ref("ChainState")),
    time: orNull(ref("TimeState")),
    alarms: list(ref("Alarm"), "what an operator should look at now"),
    packetsInMix: whole("packets that wait in the mix, on average over the latest span of figures"),
    channelsMissing: whole("relays of the next layer without a funded channel to them"),
    coverChannelsMissing: whole("relays of the first layer without a funded channel to them"),
    winnersWaiting: whole("winning tickets that are not paid yet"),
    winnersRedeemed: whole("winning tickets that were paid"),
    claimsWaiting: list(
      ref("ClaimsWaiting"),
      "claims of the lottery that have all proofs and are not made yet; none while no relay runs",
    ),
  }),
  ClaimsWaiting: object("claims that wait, for one reason", {
    reason: choice(
      CLAIM_REASONS,
      "their reward is worth less than their gas costs now, the rewards are used up for now, or the lottery does not take them",
    ),
    count: whole("how many"),
  }),
};

const traffic: Readonly<Record<string, Schema>> = {
  Counts: object(
    "packets and tickets by what became of them; cover of the relay's own is in none of them",
    Object.fromEntries(COUNTERS.map((name) => [name, whole(name.replaceAll("-", " "))])),
  ),
  Drop: object("packets that went no further, for one reason", {
    reason: choice(DROP_REASONS, "why"),
    packets: whole("how many"),
  }),
  Span: object("what happened in one span of time", {
    start: whole("when the span began, in seconds since 1970"),
    counts: ref("Counts"),
    drops: list(ref("Drop"), "only reasons that happened"),
    packetsInMix: whole("packets in the mix on average"),
  }),
  Traffic: object("what went through, as sums over all peers (docs/decisions/0042)", {
    spanSeconds: whole("length of a span; no figure about packets changes more often"),
    since: whole("when the counting began, in seconds since 1970"),
    through: whole("end of the latest span that is told"),
    counts: ref("Counts"),
    drops: list(ref("Drop"), "only reasons that happened"),
    spans: list(ref("Span"), "the latest spans, oldest first"),
  }),
  Mix: object("the mix", {
    packets: whole("packets in it, on average over the latest span"),
    limit: whole("packets that fit"),
    meanDelayMillis: real("mean delay of the low-latency class at each hop, in milliseconds"),
    through: whole("end of the latest span that is told, in seconds since 1970"),
  }),
};

const money: Readonly<Record<string, Schema>> = {
  Party: object("who is at the other end of a channel", {
    kind: choice(["relay", "account"], "what it is; an account is known by a hash"),
    id: hex(32, "its id"),
  }),
  Channel: object("a payment channel of this relay", {
    id: hex(32, "the channel's id"),
    other: ref("Party"),
    status: choice(["open", "closing", "closed"], "what the chain says"),
    balance: units("what lies in it"),
    outstanding: orNull(
      units("what accepted tickets may still cost it, as of `through`; null on channels out"),
    ),
    closableIn: orNull(whole("seconds until it can be closed; null unless it is closing")),
  }),
  Channels: object("the channels of this relay", {
    in: list(ref("Channel"), "those that pay this relay"),
    out: list(ref("Channel"), "those that this relay pays from"),
    balanceIn: units("sum of the balances of channels in"),
    balanceOut: units("sum of the balances of channels out"),
    outstanding: units("sum of what is outstanding"),
    missing: list(hex(32, "a relay"), "relays of the next layer without a funded channel to them"),
    missingForCover: list(hex(32, "a relay"), "the same for the first layer, which cover needs"),
    through: whole("when `outstanding` was counted, in seconds since 1970"),
  }),
  TicketSum: object("winning tickets in one state", {
    state: choice(WINNER_STATES, "the state"),
    count: whole("how many"),
    amount: units("what they are worth together"),
  }),
  TicketReason: object("why winning tickets are in a state", {
    state: choice(WINNER_STATES, "the state"),
    reason: text("the reason"),
    count: whole("how many"),
  }),
  EpochTickets: object("winning tickets of one epoch", {
    epoch,
    sums: list(ref("TicketSum"), "by state; only states that there are"),
  }),
  Tickets: object("winning tickets", {
    sums: list(ref("TicketSum"), "all of them, by state"),
    reasons: list(ref("TicketReason"), "reasons that were given"),
    epochs: list(ref("EpochTickets"), "the latest epochs with winners, oldest first"),
  }),
  GasCost: object("what this node's transactions for one purpose cost", {
    purpose: choice(PURPOSES, "what they were for"),
    transactions: whole("how many, those that failed in their block included"),
    gas: units("units of gas that they used"),
    coin: units("what they cost, in the chain's coin"),
  }),
  EpochEarnings: object("what one epoch brought and cost", {
    epoch,
    redeemed: units("out of tickets of that epoch, after the burn share"),
    burned: units("the burn share"),
    rewards: units("out of the lottery, for packets of that epoch; see `rewardsFrom`"),
    paid: units("to other relays, out of this relay's channels, for tickets of that epoch"),
    coin: units("for gas of transactions in that epoch's blocks, in the chain's coin"),
    gas: list(ref("GasCost"), "the same by purpose; only purposes that there were"),
  }),
  Earnings: object("what this relay earned and paid, as the chain and its transactions tell", {
    epochs: list(ref("EpochEarnings"), "epochs in which there was any, oldest first"),
    redeemed: units("sum over all epochs, after the burn share"),
    burned: units("sum over all epochs"),
    paid: units("sum over all epochs"),
    collected: units("rewards that became earnings or went into channels"),
    withdrawn: units("what went to the recipient of earnings"),
    coin: units("what all transactions sent with this database cost for gas, in the chain's coin"),
    gas: list(ref("GasCost"), "the same by purpose, the dearest first"),
    rewardsFrom: orNull(
      whole("oldest epoch whose rewards are known; null in a network without a lottery"),
    ),
  }),
};

const lottery: Readonly<Record<string, Schema>> = {
  EpochRow: object("an epoch's way from running to paid", {
    epoch,
    starts: whole("in seconds since 1970"),
    ends: whole("in seconds since 1970"),
    running: flag("whether it still runs"),
    commitment: choice(
      ["committed", "due", "missed", "not-owed"],
      "what became of the commitment to its packets",
    ),
    drawn: orNull(whole("slots of this relay that were drawn; null before the draw")),
    claimed: whole("of these: paid"),
    forfeited: whole("of these: lost for good"),
    open: whole("of these: neither yet"),
    carried: whole("packets of others that were paid with this relay on their way"),
    reward: units("for the packets claimed and carried"),
    won: whole("winning tickets that wait for redemption"),
    redeemed: whole("winning tickets that were paid"),
    redeemedAmount: units("what those are worth, before the burn share"),
    lost: whole("winning tickets that will not be paid"),
  }),
  Epochs: object("the latest epochs", { epochs: list(ref("EpochRow"), "oldest first") }),
  Unsent: object("slots without a packet", {
    reason: text("why"),
    count: whole("how many"),
  }),
  Cover: object("this relay's own cover of one epoch", {
    epoch,
    sent: whole("packets that left"),
    returned: whole("packets that came back"),
    unsent: list(ref("Unsent"), "slots without a packet"),
  }),
  Lottery: object("this relay's part in the lottery; only of epochs whose draw is known", {
    through: orNull(whole("latest epoch that the figures take in; null when there is none")),
    coverSent: whole("own packets that left"),
    coverReturned: whole("own packets that came back"),
    draws: whole("own slots that were drawn"),
    claims: whole("of these: paid"),
    forfeits: whole("of these: lost for good"),
    open: whole("of these: neither yet"),
    cover: list(ref("Cover"), "by epoch, oldest first"),
    rewards: orNull(units("what can be collected; null while the chain does not answer")),
    available: orNull(units("what new claims could be paid from; null likewise")),
  }),
  Peer: object("what drawn packets say about the links into one relay", {
    relay: hex(32, "the relay"),
    samples: whole("drawn packets that the figures rest on"),
    mean: real("share of packets that come through, 0 to 1"),
    low: real("the share lies above this with probability 97.5 %"),
    high: real("the share lies below this with probability 97.5 %"),
  }),
  Tally: object(
    "counted packets; of those that were not drawn, nobody knows where they were lost",
    {
      survived: whole("packets that came through"),
      lost: whole("packets that did not"),
    },
  ),
  Reliability: object("how reliable other relays are, as far as drawn packets tell", {
    through: orNull(whole("latest epoch that the figures take in; null when there is none")),
    peers: list(ref("Peer"), "the least reliable first"),
    stages: list(
      ref("Tally"),
      "drawn packets on the links into layer 0, 1, 2, and on the way back",
    ),
    undrawn: ref("Tally"),
  }),
};

const journal: Readonly<Record<string, Schema>> = {
  JournalEntry: object("something that the agent did with money by itself, or left undone", {
    at: whole("time of the chain, in seconds since 1970"),
    action: choice(JOURNAL_ACTIONS, "what it did"),
    relay: orNull(hex(32, "the other relay, where there is one")),
    amount: units("what moved"),
    why: text("the reason, as a sentence"),
  }),
  Journal: object("what the agent did with money by itself, and why", {
    entries: list(ref("JournalEntry"), "the newest ones first"),
  }),
};

const transactions: Readonly<Record<string, Schema>> = {
  Transaction: object("a transaction of this node, from its intent to its end", {
    purpose: choice(PURPOSES, "what it is for"),
    action: text("the same more exactly, a word"),
    state: choice(
      OUTBOX_STATES,
      "intended: not sent yet; sent: in no block yet, or not deep enough; confirmed; failed",
    ),
    offers: whole("how often it was signed; each time after the first with a higher fee"),
    hash: orNull(hex(32, "of the version that is in the chain; null while there is none")),
    at: orNull(whole("when it ended, in seconds since 1970; null before")),
    gas: orNull(units("units of gas that it used; null unless it is in a block")),
    coin: orNull(units("what they cost, in the chain's coin; null likewise")),
    failure: orNull(
      text(
        "name of the contracts' error; undecided: the chain's node did not say whether it works, and it was not sent; null unless it failed",
      ),
    ),
  }),
  Transactions: object("what the agent and commands sent, or mean to send", {
    transactions: list(
      ref("Transaction"),
      "those that were intended last, the newest first; of the last 30 days",
    ),
  }),
};

const agent: Readonly<Record<string, Schema>> = {
  Setting: object("a setting and where its value comes from", {
    name: text("its name, as in a settings file"),
    value: orNull(text("its value as one would write it; null when there is none")),
    origin: text("flag, environment, file, preset or default"),
  }),
  Settings: object("the settings that the agent runs with; secrets are not among them", {
    settings: list(ref("Setting"), "in the order of the command's help"),
  }),
};

const logs: Readonly<Record<string, Schema>> = {
  LogLevel: object("the least important lines that one part of the agent writes", {
    subsystem: text("the part; empty for all that have no level of their own"),
    level: choice(LOG_LEVELS, "the level"),
  }),
  LogLevels: object("how much the agent logs", {
    levels: list(ref("LogLevel"), "the first one is everything else's"),
  }),
};

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  ...health,
  ...status,
  ...traffic,
  ...money,
  ...lottery,
  ...journal,
  ...transactions,
  ...agent,
  ...logs,
};
