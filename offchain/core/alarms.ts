/**
 * The closed registry of alarms: what a running agent asks its operator to look at. Each says what is the matter
 * and what to do. An alarm stays while its cause does and ends by itself; it names no packet and no peer.
 */
interface AlarmEntry {
  readonly says: string;
  readonly fix: string;
}

const entries = {
  "loops-missing": {
    says: "More of this relay's own loop packets do not come back than an honest network explains",
    fix: "Look whether this machine drops traffic. If it does not, a neighbour may be holding packets back: compare with other operators.",
  },
  "packet-key-missing": {
    says: "The packet key in force is not one that this agent can open packets with",
    fix: "Start the agent on the data folder and secret that published the key, or wait until the key that it publishes now takes effect.",
  },
  "relay-jailed": {
    says: "The relay missed too many commitments and is in jail: it is in no layer, and earns nothing",
    fix: "Find out why in the log and the other alarms, keep the agent running, and run `waybill relay return`; `waybill doctor` tells what else is wrong.",
  },
  "agent-replaced": {
    says: "The registry names another account as this relay's agent, so this agent can do nothing for it",
    fix: "If the owner did that, stop this agent. If not, `waybill doctor` shows the command with which the owner takes it back.",
  },
  "tickets-waiting": {
    says: "The database came out of a backup, and on some channels no ticket can be signed yet",
    fix: "Nothing, if the relays at their other ends are only away: they are asked again. Packets to them are dropped meanwhile.",
  },
  "chain-down": {
    says: "No endpoint of the chain answers",
    fix: "Check the network and the endpoints of --rpc-url. The agent keeps asking; it redeems nothing meanwhile, and winners expire when their window ends.",
  },
  "chain-endpoint-down": {
    says: "One of the chain's endpoints does not answer, lags behind or serves another chain",
    fix: "Check the endpoint of that number in --rpc-url, or replace it. The others are used meanwhile.",
  },
  "chain-endpoints-disagree": {
    says: "The chain's endpoints tell different histories",
    fix: "Find out which one is wrong, for instance with a block explorer, and take it out of --rpc-url. Until they agree nothing is sent, and nothing is given up.",
  },
  "coin-low": {
    says: "The agent's account holds little of the chain's coin, which pays for its transactions",
    fix: "Send coin to the agent's account; `waybill status` shows its address and balance.",
  },
  "transaction-stuck": {
    says: "A transaction has been waiting for a block for a long time",
    fix: "Nothing, if fees are high: its fee rises by itself up to --max-fee. If they are not, check that the endpoints pass transactions on.",
  },
  "transaction-set-aside": {
    says: "A transaction cannot be prepared: the chain's node answers neither that it works nor that it fails",
    fix: "Nothing at first: others go ahead, and it is tried again. If the alarm stays, read the node's words in the log, and try another endpoint in --rpc-url.",
  },
  "fee-cap-reached": {
    says: "The chain asks for higher fees than --max-fee allows, so transactions wait",
    fix: "Wait until fees fall, or raise --max-fee. Winners and claims expire at the end of their windows.",
  },
  "chain-stale": {
    says: "No new block of the chain has come for minutes",
    fix: "Check that the endpoints of --rpc-url are in sync. Nothing settles meanwhile, and winners expire when their window ends.",
  },
  "closing-unpaid": {
    says: "A channel to this relay is closing, less than half of its notice period is left, and winners on it are not redeemed yet",
    fix: "Look at the other alarms and at `waybill tickets list`, which says what keeps the winners back. After the notice period the payer may take what is left in the channel.",
  },
  "clock-off": {
    says: "This machine's clock and the chain's time are more than ten minutes apart",
    fix: "Set the clock, best by NTP. Money goes by the chain's time whatever the clock says; log lines and certificates go by the clock.",
  },
  "disk-low": {
    says: "The disk of the data folder is nearly full",
    fix: "Free space on it: when only the reserve is left, no more packets are taken.",
  },
  "disk-full": {
    says: "The disk of the data folder is full but for the reserve, so no packets are taken; redeeming goes on",
    fix: "Free space on it. Packets are then taken again by themselves.",
  },
  "store-refuses": {
    says: "Packets cannot be made durable, so none are taken",
    fix: "Read the errors that were logged with it, and check the disk of the data folder.",
  },
  "slow-crypto": {
    says: "The native secp256k1 binding has no binary for this machine, so packets cost more than ten times the work",
    fix: "Run on linux-x64, darwin-arm64 or win32-x64.",
  },
} as const satisfies Record<string, AlarmEntry>;

export type Alarm = keyof typeof entries;

export const ALARMS: Readonly<Record<Alarm, AlarmEntry>> = entries;
