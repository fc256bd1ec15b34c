/** The passphrase of backups: from the environment, or from whoever sits at the terminal. */
import { WaybillError } from "../../core/errors.ts";
import { askHidden, hasTerminal, readPassphrase } from "../passphrase.ts";

export const BACKUP_PASSPHRASE = "WAYBILL_BACKUP_PASSPHRASE";
const LEAST_LENGTH = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment gives one, so that backups can be made while nobody is there. */
export const hasBackupPassphrase = (environment: Environment = process.env): boolean =>
  environment[BACKUP_PASSPHRASE] !== undefined ||
  environment[`${BACKUP_PASSPHRASE}_FILE`] !== undefined;

/** For a file that is there. */
export const oldBackupPassphrase = (
  path: string,
  environment: Environment = process.env,
): Promise<string> => readPassphrase(BACKUP_PASSPHRASE, `Passphrase of ${path}`, environment);

/** For a file to be made: at least eight characters, asked for twice. Throws BACKUP_PASSPHRASE_UNFIT. */
export async function newBackupPassphrase(environment: Environment = process.env): Promise<string> {
  const question = "Passphrase for the backup";
  const passphrase = await readPassphrase(BACKUP_PASSPHRASE, question, environment);
  if (passphrase.length < LEAST_LENGTH)
    throw new WaybillError("BACKUP_PASSPHRASE_UNFIT", {
      got: `${passphrase.length} characters`,
      allowed: `at least ${LEAST_LENGTH}`,
    });
  if (hasBackupPassphrase(environment) || !hasTerminal()) return passphrase;
  if ((await askHidden("Once more")) !== passphrase)
    throw new WaybillError("BACKUP_PASSPHRASE_UNFIT", { got: "another one the second time" });
  return passphrase;
}
