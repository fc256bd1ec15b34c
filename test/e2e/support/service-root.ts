/** A shell as root on a machine of one's own (service-root.sh), and the service that is installed there. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { whyNot } from "../../faults/support/means.ts";
import { Shell } from "./guide.ts";
import { ROOT } from "./run.ts";

const SCRIPT = join(import.meta.dirname, "service-root.sh");
const TOOLS = [
  ...["systemd-sysusers", "systemd-tmpfiles", "systemd-analyze", "systemctl"],
  ...["runuser", "setpriv", "unshare"],
];
const SECONDS = 60;
/** For what systemd does, the unit's own lines are read. */
const UNIT = "/etc/systemd/system/waybill.service";
const LOG = "/var/log/waybill-service.log";

const entering = (base: string, archive: string): readonly [string, ...string[]] => [
  ...(["unshare", "--mount", "--propagation", "private", "bash", SCRIPT] as const),
  ...[base, ROOT, realpathSync(process.execPath), archive],
];

/** Why this machine cannot lend one; undefined when it can. */
export function whyNoServiceRoot(archive: string): string | undefined {
  if (process.getuid?.() !== 0) return "installing a service needs root";
  const missing = TOOLS.map((tool) => whyNot(tool, "--version")).find((why) => why !== undefined);
  if (missing !== undefined) return missing;
  const base = mkdtempSync(join(tmpdir(), "waybill-root-"));
  try {
    const [command, ...args] = entering(base, archive);
    const { status, stderr } = spawnSync(command, args, { input: "true\n", encoding: "utf8" });
    return status === 0
      ? undefined
      : `no file system over this one: ${stderr.split("\n")[0] ?? ""}`;
  } finally {
    rmSync(base, { recursive: true });
  }
}

export class ServiceRoot {
  readonly #base = mkdtempSync(join(tmpdir(), "waybill-root-"));
  readonly #shell: Shell;

  constructor(archive: string) {
    this.#shell = new Shell("/", process.env, entering(this.#base, archive));
  }

  run(commands: string): Promise<string> {
    return this.#shell.run(commands, SECONDS);
  }

  /** A command of the agent, as the service's user and with the service's settings. */
  waybill(args: string, more = ""): Promise<string> {
    return this.run(
      `runuser -u waybill -- env $(grep -v '^#' /etc/waybill/waybill.env) ${more} /opt/waybill/bin/waybill ${args}`,
    );
  }

  /** What systemd does to start it: program, user, settings, folder, mask, no rights beyond the user's. */
  async start(): Promise<void> {
    await this.run(`
      unit() { sed -n "s/^$1=//p" ${UNIT}; }
      (
        cd "$(unit WorkingDirectory)" && umask "$(unit UMask)"
        # Beyond what this shell may have, only systemd goes.
        ulimit -n "$(unit LimitNOFILE)" || true
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \\
          $(grep -v '^#' "$(unit EnvironmentFile)") \\
          setpriv --reuid="$(unit User)" --regid="$(unit Group)" --clear-groups \\
          --bounding-set=-all --no-new-privs $(unit ExecStart)
      ) > ${LOG} 2>&1 &
      service=$!`);
  }

  /** What it has said so far. */
  log(): Promise<string> {
    return this.run(`cat ${LOG}`);
  }

  /** Its exit code, after the signal that systemd would send. */
  async stop(): Promise<number> {
    const said = await this.run(
      `kill -s "$(sed -n 's/^KillSignal=SIG//p' ${UNIT})" $service; wait $service && code=0 || code=$?; echo "code $code"`,
    );
    return Number(/code (\d+)/.exec(said)?.[1]);
  }

  async end(): Promise<void> {
    await this.#shell.end();
    rmSync(this.#base, { recursive: true, force: true });
  }
}
