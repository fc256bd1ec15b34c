/**
 * The closed registry of errors. Every error the agent can raise has a code here, a sentence, and what
 * to do about it; call sites add what was got and what was allowed. Nothing else is thrown on purpose.
 */

interface ErrorEntry {
  readonly says: string;
  readonly fix: string;
}

const entries = {
  UNIT_OUT_OF_RANGE: {
    says: "A value is outside the range of its unit",
    fix: "Pass a value inside the allowed range.",
  },

  // Layers and routes.
  ROUTE_NONE: {
    says: "No route crosses all layers",
    fix: "Wait for the next era or for more relays to come back; a network needs three active relays at least.",
  },

  // Tickets and their Merkle trees.
  MERKLE_BAD_LEAVES: {
    says: "A Merkle tree cannot be built over these leaves",
    fix: "Pass at least one leaf, each a hash of 32 bytes.",
  },
  MERKLE_NO_SUCH_LEAF: {
    says: "The Merkle tree has no leaf at that position",
    fix: "Pass a position inside the list of leaves.",
  },
  CLAIMS_MALFORMED: {
    says: "The contract would refuse these claims",
    fix: "Pass tickets as the winner store holds them, split by splitClaims.",
  },

  // Cover.
  COVER_TOO_FEW_RELAYS: {
    says: "The era has too few relays for cover packets",
    fix: "Send no cover in this era.",
  },
  COVER_CLAIM_MALFORMED: {
    says: "The contract could not read this claim",
    fix: "Pass keys, points and proofs as core/cover and the hops give them.",
  },
  REPLAY_ENTRIES_MALFORMED: {
    says: "No replay tree can be built over these entries",
    fix: "Pass tags of 16 bytes in ascending order, each once.",
  },

  // Secrets.
  SECRET_MISSING: {
    says: "A secret is needed and none was given",
    fix: "Run `waybill init` to make a keystore; or set the variable to 64 hex digits, or its _FILE twin to a private file that holds them.",
  },
  SECRET_FILE_UNREADABLE: {
    says: "The file with the secret cannot be opened",
    fix: "Check the path, and that this user owns the file.",
  },
  SECRET_FILE_OPEN: {
    says: "Others can read the file with the secret",
    fix: "Run chmod 600 on it; if others may have read it, make a new secret.",
  },
  SECRET_INVALID: {
    says: "This cannot be a secret",
    fix: "Use 32 bytes as 64 hex digits.",
  },
  SECRET_FILE_EXISTS: {
    says: "There is a file already where the secret would go",
    fix: "Use that one, or choose another place; nothing was changed.",
  },
  SECRET_FILE_UNWRITABLE: {
    says: "The file for the secret cannot be written",
    fix: "Check that its folder exists, that this user may write there, and that the disk has room; nothing was left behind.",
  },
  KEYSTORE_INVALID: {
    says: "This is not a keystore that can be read",
    fix: "Use the file as `waybill init` wrote it, or its newest copy; do not edit it.",
  },
  KEYSTORE_PASSPHRASE_WRONG: {
    says: "The passphrase does not open the keystore",
    fix: "Try again; without the passphrase nobody can open it, so use another copy whose passphrase you have.",
  },
  PASSPHRASE_MISSING: {
    says: "A passphrase is needed, and there is no terminal to ask at",
    fix: "Set the variable, or its _FILE twin to a private file that holds the passphrase.",
  },
  PASSPHRASE_SHORT: {
    says: "The passphrase is too short for what it protects",
    fix: "Use a longer one: several words that do not belong together.",
  },
  IDENTITY_AMBIGUOUS: {
    says: "Two secrets are given, and this node has one",
    fix: "Unset WAYBILL_SECRET and WAYBILL_SECRET_FILE to use the keystore, or move the keystore away.",
  },

  // Backups.
  BACKUP_FOREIGN: {
    says: "This file is no backup that this version can read",
    fix: "Name a file that `waybill backup export` wrote, with this version or an earlier one.",
  },
  BACKUP_UNOPENED: {
    says: "The backup does not open: the passphrase is another one, or the file was changed or cut short",
    fix: "Check the passphrase, then try another copy of the file.",
  },
  BACKUP_UNREADABLE: {
    says: "The backup cannot be read or written there",
    fix: "Check the path, its permissions and the room on its disk.",
  },
  BACKUP_IN_THE_WAY: {
    says: "Something is there already, and a backup never overwrites anything",
    fix: "Name a path that is not there, or move away what is.",
  },
  BACKUP_UNFINISHED: {
    says: "A restoration into this folder was interrupted, and what is in it does not count",
    fix: "Run `waybill backup restore` with this folder again; it begins anew.",
  },
  BACKUP_STOPPED: {
    says: "The restoration was stopped before the folder was complete",
    fix: "Run it again; nothing of it was left.",
  },
  BACKUP_OTHER_KIND: {
    says: "The backup is of another kind than this command takes",
    fix: "`backup restore` takes a full export, `watch` one that was made with --watch-only.",
  },
  BACKUP_AGENT_RUNS: {
    says: "The node is running and has its database open",
    fix: "Start it with --backup-folder, and it makes backups by itself; or stop it and run the command again.",
  },
  BACKUP_INCOMPLETE: {
    says: "A part that belongs into a backup is missing, or one is there that does not",
    fix: "Make the export again.",
  },

  // Command line and settings.
  OPTION_INVALID: {
    says: "An option has a value that it cannot have",
    fix: "Run the command with --help to see what it takes.",
  },
  PROMPT_ABANDONED: {
    says: "A question was left without an answer",
    fix: "Run the command again; nothing was done that it had not told.",
  },
  INIT_INCOMPLETE: {
    says: "There is not enough to set up a node",
    fix: "Give all of it as flags or in the environment, or run `waybill init` at a terminal, which asks.",
  },
  NODE_UNWELL: {
    says: "This node cannot work as it is",
    fix: "Do what stands beside each problem, from the first one on, and run `waybill doctor` again.",
  },
  SETTING_UNKNOWN: {
    says: "There is no such setting",
    fix: "Correct the name or remove it; `waybill config print` lists what there is.",
  },
  CONFIG_FILE_INVALID: {
    says: "The settings file cannot be read",
    fix: "Write it as TOML: a key, =, and a value, with text in double quotes.",
  },
  SECRET_IN_CONFIG: {
    says: "The settings file holds what looks like a secret",
    fix: "Remove the line, take the secret as exposed if others could read the file, and give it in the environment, a private file or the keystore.",
  },
  NETWORK_UNKNOWN: {
    says: "No network of this name comes with this software",
    fix: "Use a name from the list, or the path of a deployment file with a slash in it.",
  },
  RUN_STOPPED: {
    says: "The agent was asked to stop before it had started",
    fix: "None is needed.",
  },
  STOP_TOO_SLOW: {
    says: "Stopping took longer than it may, so the process ends by force",
    fix: "Start it again: what it confirmed is on disk. Report this with the lines that it logged before.",
  },
  AGENT_FAULT: {
    says: "Something failed that the agent does not know how to live with, so it stops",
    fix: "Start it again: what it confirmed is on disk. Report this with the lines that it logged before.",
  },
  NOT_REGISTERED: {
    says: "No relay is registered under this node's VRF key",
    fix: "Run `waybill relay join` with the same secret first.",
  },
  ENDPOINT_NOT_READY: {
    says: "This node is not connected as it needs to be",
    fix: "Check that relays are running, and that channels are open and funded (`waybill channels open`).",
  },
  RELAY_NOT_JAILED: {
    says: "The relay is not in jail, so it cannot return from there",
    fix: "Run `waybill lottery status` to see what it is.",
  },
  RELAY_GONE: {
    says: "The relay has left for good",
    fix: "A relay that is to come back joins anew, with a new secret.",
  },
  RELAY_NO_PROPOSAL: {
    says: "Nobody is proposed as the recipient of the relay's earnings",
    fix: "The owner proposes an account with `waybill relay set-recipient` first.",
  },
  BOND_BOUND: {
    says: "The relay's bond is not free yet",
    fix: "Run `waybill relay leave` first if you have not, and the command again once it is.",
  },
  JAIL_RUNNING: {
    says: "A jailed relay is out for a whole era at least",
    fix: "Run the command again in that epoch.",
  },
  LOTTERY_NONE: {
    says: "This network has no lottery",
    fix: "Use the deployment file of a network that has one.",
  },
  LOTTERY_OTHER: {
    says: "The registry knows another lottery than the deployment file names",
    fix: "Check that endpoint and deployment file belong to the same network, and that its deployment was finished.",
  },
  NETWORK_OTHER: {
    says: "The contracts on the chain are not those that the network's file names",
    fix: "Check that endpoint and file belong to the same network; a file of an earlier deployment to a local chain does not fit the next one.",
  },
  CHANNEL_NOT_THERE: {
    says: "There is no such channel of this node in the needed state",
    fix: "Open one with `waybill channels open`, or name another relay.",
  },
  CHANNEL_POLICY_INVALID: {
    says: "The channel policy says something that it cannot say",
    fix: "See docs/operating.md, Channels by policy, for what there is.",
  },
  CHANNEL_NEEDLESS: {
    says: "This network is free: nothing is ever paid out of a channel",
    fix: "Send without one.",
  },
  CHANNEL_NOTICE_RUNNING: {
    says: "The notice period of the closing channel is not over",
    fix: "Run the command again after that time.",
  },
  CHAIN_WRONG_ID: {
    says: "The endpoint serves another chain than the deployment file names",
    fix: "Check --rpc-url and --deployment.",
  },
  ACCOUNT_SHORT: {
    says: "The account does not hold enough",
    fix: "Send it what is missing and run the command again.",
  },
  PLAN_WOULD_FAIL: {
    says: "The contracts would refuse this, so nothing was sent",
    fix: "The custom error says which rule it breaks; mend that and run the command again.",
  },
  CONFIRMATION_MISSING: {
    says: "This costs money, and nobody can be asked here",
    fix: "Look at it with --dry-run, then run the command with --yes, or in a terminal.",
  },
  CONFIRMATION_REFUSED: {
    says: "Nothing was sent, as answered",
    fix: "Run the command again if you change your mind.",
  },

  // The HTTP API.
  API_LISTEN_FAILED: {
    says: "The HTTP API cannot listen on its address",
    fix: "Choose another port with --api-listen, 127.0.0.1:0 for any free one, or run with --no-api.",
  },
  API_HOST_REFUSED: {
    says: "The request is addressed to a name that is not this server's",
    fix: "Use http://127.0.0.1 and the API's port; --api-host allows further names.",
  },
  API_ORIGIN_REFUSED: {
    says: "The request comes from a page that this server did not serve",
    fix: "Use the page that the agent serves itself, or a program.",
  },
  API_UNAUTHORISED: {
    says: "The request carries no token, or a wrong one",
    fix: "Send the header `Authorization: Bearer …` with the content of api-token in the relay's data folder.",
  },
  API_NOT_FOUND: {
    says: "The API has no such thing",
    fix: "See offchain/app/api/openapi.json for what there is.",
  },
  API_REQUEST_INVALID: {
    says: "The request is malformed",
    fix: "See offchain/app/api/openapi.json for its form.",
  },
  API_NOT_READY: {
    says: "The agent has not come so far yet",
    fix: "Ask again later; /readyz says what it waits for.",
  },
  API_BUSY: {
    says: "The API serves as many listeners as it can",
    fix: "Close one, or ask for single answers.",
  },
  API_FAILED: {
    says: "The agent could not make up the answer",
    fix: "Look at its log; report this when it says UNEXPECTED.",
  },
  METRIC_UNKNOWN: {
    says: "A metric has labels that the list of metrics does not have",
    fix: "Report this: offchain/adapters/prometheus/table.ts names all that there are.",
  },
  API_REFUSED: {
    says: "The running agent did not answer the question",
    fix: "Read the reason that it gives.",
  },
  API_UNREACHABLE: {
    says: "No running agent answers",
    fix: "Check that `waybill run` runs with this data folder and without --no-api.",
  },

  // Deployment.
  DEPLOYMENT_PARAMETERS_MALFORMED: {
    says: "The parameter file is not what a deployment needs",
    fix: "Compare it with deploy/parameters/local.json5 and deploy/parameters.ts.",
  },
  DEPLOYMENT_PARAMETERS_REFUSED: {
    says: "A network with these parameters would not work",
    fix: "Change the parameters until every rule holds; docs/protocol.md says why each is there.",
  },
  DEPLOYMENT_NOT_LOCAL: {
    says: "The block hash beacon must not run on a chain whose blocks others build",
    fix: "Deploy to a local chain, or with rounds of drand, as deploy/parameters/production.json5 does.",
  },
  DEPLOYMENT_KEY_INVALID: {
    says: "The deployer's key is no secret key",
    fix: "Set WAYBILL_DEPLOYER_KEY to 0x and 64 hex digits.",
  },
  DEPLOYMENT_CHAIN_UNREACHABLE: {
    says: "No chain answers at the RPC endpoint",
    fix: "Start the node, or check the URL.",
  },
  DEPLOYMENT_FAILED: {
    says: "The contracts were not deployed",
    fix: "Read the cause; a run with the same deployment id goes on where this one stopped.",
  },
  DEPLOYMENT_FILE_INVALID: {
    says: "This is not a deployment file",
    fix: "Write it again with scripts/deploy.ts.",
  },

  // Client: addresses, messages, sending.
  ERA_WITHOUT_LAYERS: {
    says: "The era has no layers yet, so there is no route",
    fix: "Wait until its beacon has come; if it does not, ask whether any relay drives the beacon.",
  },
  ADDRESS_INVALID: {
    says: "This is not a recipient's address",
    fix: "Ask the recipient for its address again and copy it whole.",
  },
  MESSAGE_TOO_LONG: {
    says: "A message between sender and recipient does not fit one packet",
    fix: "Send fewer bytes or fewer reply blocks in one packet.",
  },
  FILE_NAME_INVALID: {
    says: "The file's name cannot travel with it",
    fix: "Rename the file, or send it without a name.",
  },
  SEND_INCOMPLETE: {
    says: "The recipient did not confirm the whole message",
    fix: "Send it again; if this repeats, check that the recipient is connected and that your channels are funded.",
  },
  SEND_REFUSED: {
    says: "The recipient refused the message",
    fix: "Send a smaller file, or ask the recipient to raise its limit.",
  },
  SEND_HASH_MISMATCH: {
    says: "The recipient holds other bytes than were sent",
    fix: "Send the file again and report this: it should be impossible.",
  },
  STORE_BAD_INPUT: {
    says: "The store was given a malformed value",
    fix: "Pass a value of the stated shape; nothing was stored.",
  },
  STORE_CANNOT_OPEN: {
    says: "The database file cannot be opened",
    fix: "Check that its folder exists and that this account may write there.",
  },
  STORE_CLOSED: {
    says: "The store is closed",
    fix: "Open it again before using it.",
  },
  STORE_CONFLICT: {
    says: "An event differs from the one already stored at its place in the chain",
    fix: "Roll back to the block before it, then append again.",
  },
  STORE_CORRUPT: {
    says: "The database file is damaged",
    fix: "Stop the agent, keep the file for inspection and restore the newest copy.",
  },
  STORE_FULL: {
    says: "There is no room left on the disk for the database",
    fix: "Free space on its disk; what was refused can then be tried again.",
  },
  STORE_INDEXES_EXHAUSTED: {
    says: "The channel has no ticket indexes left",
    fix: "Close the channel and open one with a new ticket signer.",
  },
  STORE_IO: {
    says: "The disk failed to make data durable",
    fix: "Check the disk, then restart the agent; until then the store refuses to write.",
  },
  STORE_LOCKED: {
    says: "Another process or store object has this database open",
    fix: "Stop the other one, or point this one at a data folder of its own.",
  },
  STORE_READ_ONLY: {
    says: "The database file cannot be written",
    fix: "Give this account write access to the file and its folder.",
  },
  STORE_ROLLED_BACK: {
    says: "The database is older than what this agent has already made durable",
    fix: "Restore the newest copy of the database together with its witness file. With an old copy the agent would accept old packets and sign old ticket indexes again.",
  },
  STORE_SEALED: {
    says: "The store takes no more packets of this epoch: the relay commits to those that it has",
    fix: "None is needed: they came late, or the chain's time went back by a few seconds and will catch up.",
  },
  STORE_INDEXES_UNRECONCILED: {
    says: "The database came out of a backup, and it is not known yet which tickets of this channel were issued since",
    fix: "Nothing: the agent asks the relay at the channel's other end, and goes on when it answers. Until then it signs no ticket there.",
  },
  STORE_TOO_NEW: {
    says: "The database was written by a newer version of this software",
    fix: "Run that version or a later one.",
  },
  STORE_UNKNOWN_ENTRY: {
    says: "The store has no such entry",
    fix: "Record the intent before updating it.",
  },
  STORE_WORKER_DIED: {
    says: "The thread that owns the database ended unexpectedly",
    fix: "Restart the agent; only what was confirmed before is durable.",
  },
  STORE_WRONG_DEPLOYMENT: {
    says: "The database belongs to another deployment of the contracts",
    fix: "Use a data folder of its own for each deployment.",
  },
  TRANSPORT_BAD_ADDRESS: {
    says: "The address cannot be dialled",
    fix: "Use a TCP multiaddr that ends in /p2p/ and the peer id of the node meant.",
  },
  TRANSPORT_BAD_FRAME: {
    says: "The frame to send has a length that the link does not carry",
    fix: "Send at least one byte and at most the maximum frame length.",
  },
  TRANSPORT_BAD_OPTION: {
    says: "An option of the transport is outside its range",
    fix: "Use a value inside the allowed range.",
  },
  TRANSPORT_BUSY: {
    says: "As many requests are under way as this node makes at once",
    fix: "Ask again when one of them has ended.",
  },
  TRANSPORT_DIAL_FAILED: {
    says: "The peer could not be reached",
    fix: "Check that it runs and that its announced address is right; try again later.",
  },
  TRANSPORT_LISTEN_FAILED: {
    says: "The node cannot listen on its address",
    fix: "Choose an address of this machine and a port that is free, or port 0.",
  },
  TRANSPORT_NO_ANSWER: {
    says: "The peer did not answer a request",
    fix: "Ask again later: it may be busy, or another version.",
  },
  TRANSPORT_NOT_STARTED: {
    says: "The transport is not running",
    fix: "Start it first; a stopped transport is not started again.",
  },
  TRANSPORT_TIMEOUT: {
    says: "The peer did not answer a request in time",
    fix: "Ask again later.",
  },

  // VRF.
  VRF_BAD_KEY: {
    says: "A VRF key is not one that the network can use",
    fix: "Use a 32-byte secp256k1 secret key, or its public key as 64 bytes x ‖ y.",
  },
  VRF_BAD_PROOF: {
    says: "A VRF proof does not hold for this key and input",
    fix: "Make the proof with the relay's own VRF key over exactly this input.",
  },
  VRF_NO_POINT: {
    says: "A VRF input hashes to no usable point",
    fix: "This happens once in 2^127 inputs; check that the hash function is intact.",
  },

  // The drand beacon.
  DRAND_CHAIN_INVALID: {
    says: "This describes no drand chain",
    fix: "Give the genesis time, the period of at least one second and the public key of 96 bytes that the chain itself publishes.",
  },
  DRAND_ROUND_INVALID: {
    says: "This is not the drand chain's signature of that round",
    fix: "Ask another endpoint for the round; if all agree, compare the configured public key with the chain's.",
  },
  DRAND_URL_INVALID: {
    says: "A drand endpoint's address is none",
    fix: "Give at least one --drand-url, such as https://api.drand.sh.",
  },
  DRAND_UNREACHABLE: {
    says: "No drand endpoint has given the round",
    fix: "Check the network, or name further endpoints with --drand-url; the agent keeps trying by itself.",
  },

  // Settlement: the chain and transactions.
  CHAIN_UNREACHABLE: {
    says: "The chain's endpoint does not answer",
    fix: "Check that the node runs and that the RPC address is right; the agent keeps trying by itself.",
  },
  CHAIN_STALE: {
    says: "The chain's newest block is old, and no newer one comes",
    fix: "Check that the endpoint is in sync. The agent forwards nothing meanwhile, and starts by itself when blocks come.",
  },
  CHAIN_REVERTED: {
    says: "The contracts refuse this call",
    fix: "The custom error says which rule it breaks; see the contract's interface for the rule.",
  },
  CHAIN_CALL_FAILED: {
    says: "The chain's node answers neither that this call works nor that the contracts refuse it",
    fix: "Try again later or with another endpoint of --rpc-url; the agent tries again by itself.",
  },
  CHAIN_UNDECIDED: {
    says: "The chain's node answers neither that a transaction works nor that the contracts refuse it, so it was not sent",
    fix: "Run the command again later, or with another endpoint of --rpc-url.",
  },
  CHAIN_HISTORY_GAP: {
    says: "An event cannot follow the ones before it, so the chain's endpoint left some out",
    fix: "The agent reads the chain again from the start; if this repeats, use another endpoint.",
  },
  CHAIN_NO_CONTRACTS: {
    says: "There is no channels contract at this address",
    fix: "Check that the endpoint and the deployment file belong to the same chain.",
  },
  CHAIN_ABI_MISMATCH: {
    says: "The contracts answer in another form than this version knows",
    fix: "Use the version of this software that the contracts were deployed with.",
  },
  CHAIN_STORE_DAMAGED: {
    says: "A stored event cannot be read back",
    fix: "Restore the data folder, or remove the chain's part of it: it is read again from the chain.",
  },
  CHAIN_OTHER_NETWORK: {
    says: "The data folder belongs to another deployment",
    fix: "Use the deployment file and endpoint it was made with, or another data folder.",
  },
  OUTBOX_DAMAGED: {
    says: "A sent transaction has no stored bytes",
    fix: "Restore the data folder; do not remove the entry, or the transaction could happen twice.",
  },
  // Packets: curve and cipher, onion, reply blocks.
  CRYPTO_BAD_INPUT: {
    says: "A point is not on secp256k1, a scalar is not in 1 … n − 1, or a length is wrong",
    fix: "Check where the value comes from; drop it when it came from the network.",
  },
  CRYPTO_NATIVE_UNAVAILABLE: {
    says: "The native secp256k1 binding has no binary for this machine",
    fix: 'Ask for the "noble" backend, or run on linux-x64, darwin-arm64 or win32-x64.',
  },
  SPHINX_BAD_ROUTE: {
    says: "A packet cannot take this route",
    fix: "Give one to three relays and a recipient, each with its current packet key.",
  },
  SPHINX_DATA_TOO_LONG: {
    says: "The data does not fit into one packet",
    fix: "Split it into fragments.",
  },
  SPHINX_BAD_SURB: {
    says: "A reply block has the wrong length",
    fix: "Use the bytes exactly as the other side sent them, once.",
  },

  // Links and relay.
  WIRE_BAD_FRAME: {
    says: "A frame between neighbours cannot be written like this",
    fix: "Report this: the sender of a frame must keep to its format.",
  },
  PEER_ID_INVALID: {
    says: "This is not a libp2p peer id in its base58 form",
    fix: "Use the text behind /p2p/ in the node's address.",
  },
  RELAY_NOT_REGISTERED: {
    says: "The registry knows no relay of this id",
    fix: "Join the network first, or wait until the joining transaction is known.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** The name of an error: programs may compare it, and it does not change. */
export type ErrorCode = keyof typeof entries;

/** All of them. */
export const ERROR_CODES = Object.keys(entries) as readonly ErrorCode[];

/** Values that have one text form; an object could print as nothing, or as too much. */
type Shown = string | number | bigint | boolean | undefined;

/** What a call site knows: the thing concerned, the value got, the values allowed. Never put a secret or a packet here. */
export interface ErrorContext {
  readonly what?: string;
  readonly got?: Shown;
  readonly allowed?: Shown;
  readonly cause?: unknown;
}

/** The only error class of the agent; `code` is stable and documented, `fix` says what to do. */
export class WaybillError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly fix: string;

  constructor(code: ErrorCode, context: ErrorContext = {}) {
    const entry: ErrorEntry = entries[code];
    const what = context.what === undefined ? "" : ` (${context.what})`;
    const got = context.got === undefined ? "" : `; got ${String(context.got)}`;
    const allowed = context.allowed === undefined ? "" : `; allowed: ${String(context.allowed)}`;
    super(`${entry.says}${what}${got}${allowed}. ${entry.fix}`, { cause: context.cause });
    this.name = "WaybillError";
    this.code = code;
    this.context = context;
    this.fix = entry.fix;
  }
}

/** True when `error` is a WaybillError with that code. */
export function hasCode(error: unknown, code: ErrorCode): error is WaybillError {
  return error instanceof WaybillError && error.code === code;
}
