/**
 * A database file that loses its name before anything is in it: what is written into it, nobody can find, and it is
 * gone with the process, however that ends.
 */
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface NamelessDatabase {
  /** Adds to the file; before the database is first asked. */
  write(bytes: Uint8Array): Promise<void>;
  readonly db: DatabaseSync;
  close(): Promise<void>;
}

/**
 * In a folder of its own below `parent`, which is gone when this resolves; where open files keep their names, it is
 * gone once the database is closed.
 */
export async function openNameless(parent: string): Promise<NamelessDatabase> {
  const folder = await mkdtemp(join(parent, "waybill-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let file: FileHandle | undefined;
  try {
    const path = join(folder, "database");
    const opened = (file = await open(path, "wx", 0o600));
    // SQLite opens the file now and reads nothing of it yet.
    const db = new DatabaseSync(path);
    const isGone = await remove().then(
      () => true,
      () => false,
    );
    return {
      db,
      write: async (bytes) => {
        await opened.writeFile(bytes);
      },
      async close() {
        db.close();
        await opened.close();
        // Once it is gone, its name may be anybody's.
        if (!isGone) await remove();
      },
    };
  } catch (error) {
    await file?.close();
    await remove();
    throw error;
  }
}
