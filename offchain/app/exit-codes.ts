/** How a command ends, for scripts. docs/operating.md has the table. */
import type { ErrorCode } from "../core/errors.ts";

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  unconfirmed: 3,
  unreachable: 4,
  refused: 5,
  files: 6,
  /** What a shell says of a process that Ctrl-C ended. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "done"],
  [EXIT.failed, "it failed"],
  [EXIT.usage, "command line, settings or secrets were wrong"],
  [EXIT.unconfirmed, "nobody agreed to what would be sent"],
  [EXIT.unreachable, "chain, drand or another node could not be reached"],
  [
    EXIT.refused,
    "the contracts or the money at hand do not allow it now; nothing was sent by this step",
  ],
  [EXIT.files, "this node's database or disk"],
  [EXIT.interrupted, "a second signal ended it at once"],
];

/** Codes by their beginning. What is in no family has failed, and no more can be said. */
const BY_FAMILY: readonly (readonly [string, ExitCode])[] = [
  ["OPTION_", EXIT.usage],
  ["SETTING", EXIT.usage],
  ["CONFIG_", EXIT.usage],
  ["INIT_", EXIT.usage],
  ["SECRET_", EXIT.usage],
  ["KEYSTORE_", EXIT.usage],
  ["PASSPHRASE_", EXIT.usage],
  ["DEPLOYMENT_FILE_", EXIT.usage],
  ["DRAND_URL_", EXIT.usage],
  ["CHANNEL_POLICY_", EXIT.usage],
  ["CHAIN_WRONG_ID", EXIT.usage],
  ["CHAIN_NO_CONTRACTS", EXIT.usage],
  ["LOTTERY_OTHER", EXIT.usage],
  ["NETWORK_", EXIT.usage],
  ["IDENTITY_", EXIT.usage],
  ["ADDRESS_INVALID", EXIT.usage],
  ["FILE_NAME_INVALID", EXIT.usage],
  ["CONFIRMATION_", EXIT.unconfirmed],
  ["CHAIN_UNREACHABLE", EXIT.unreachable],
  ["CHAIN_CALL_FAILED", EXIT.unreachable],
  ["CHAIN_UNDECIDED", EXIT.unreachable],
  ["API_UNREACHABLE", EXIT.unreachable],
  ["DRAND_UNREACHABLE", EXIT.unreachable],
  ["DEPLOYMENT_CHAIN_UNREACHABLE", EXIT.unreachable],
  ["ENDPOINT_NOT_READY", EXIT.unreachable],
  ["TRANSPORT_DIAL_", EXIT.unreachable],
  ["TRANSPORT_NO_ANSWER", EXIT.unreachable],
  ["TRANSPORT_TIMEOUT", EXIT.unreachable],
  ["PLAN_", EXIT.refused],
  ["CHAIN_REVERTED", EXIT.refused],
  ["ACCOUNT_SHORT", EXIT.refused],
  ["NOT_REGISTERED", EXIT.refused],
  ["RELAY_", EXIT.refused],
  ["JAIL_", EXIT.refused],
  ["BOND_", EXIT.refused],
  ["CHANNEL_", EXIT.refused],
  ["LOTTERY_NONE", EXIT.refused],
  ["ERA_WITHOUT_LAYERS", EXIT.refused],
  ["STORE_", EXIT.files],
  ["BACKUP_", EXIT.files],
  ["OUTBOX_DAMAGED", EXIT.files],
  ["CHAIN_STORE_DAMAGED", EXIT.files],
  ["CHAIN_OTHER_NETWORK", EXIT.files],
];

/** The code of the process that ends with this error. */
export function exitCodeOf(code: ErrorCode | "UNEXPECTED"): ExitCode {
  const [, exit] = BY_FAMILY.find(([family]) => code.startsWith(family)) ?? [];
  return exit ?? EXIT.failed;
}
