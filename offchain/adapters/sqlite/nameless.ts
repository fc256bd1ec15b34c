/**
 * A database file that loses its name before anything is in it: what is written into it, nobody can find, and it is
 * gone with the process, however that ends.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface NamelessDatabase {
  /** Adds to the file; before the database is first asked. */
  write(bytes: Uint8Array): Promise<void>;
  readonly db: DatabaseSync;
  close(): Promise<void>;
}

/** In a folder of its own below `parent`, which is gone when this resolves. */
export async function openNameless(parent: string): Promise<NamelessDatabase> {
  const folder = await mkdtemp(join(parent, "waybill-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "database");
    const file = await open(path, "wx", 0o600);
    // SQLite opens the file now and reads nothing of it yet.
    const db = new DatabaseSync(path);
    // Where open files keep their names, they are removed at the end.
    await remove().catch(() => undefined);
    return {
      db,
      write: async (bytes) => {
        await file.writeFile(bytes);
      },
      async close() {
        db.close();
        await file.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
