/** The passphrase of backups: from the environment, or from whoever sits at the terminal. */
import { newPassphrase, readPassphrase } from "../passphrase.ts";

const VARIABLE = "WAYBILL_BACKUP_PASSPHRASE";

/** For a file that is there. Throws PASSPHRASE_MISSING. */
export const oldBackupPassphrase = (path: string): Promise<string> =>
  readPassphrase(VARIABLE, `Passphrase of ${path}`, process.env);

/** For a file to be made. Throws PASSPHRASE_MISSING, PASSPHRASE_SHORT. */
export const newBackupPassphrase = (): Promise<string> =>
  newPassphrase(VARIABLE, "Passphrase for the backup", process.env);
