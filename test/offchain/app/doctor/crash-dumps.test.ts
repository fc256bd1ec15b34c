/** What crashes leave on the disk, with real processes and real limits. */
import { expect } from "chai";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { checkCoreFiles, checkReports } from "../../../../offchain/app/doctor/crash-dumps.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";
import { needs } from "../../../faults/support/means.ts";
import { doctorOnCoreFiles, underLimit, whyNoLimit } from "../../../support/core-files.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const MAIN = join(ROOT, "offchain/app/main.ts");
const CRASHING = join(import.meta.dirname, "support/crash.ts");
const CANARY = Uint8Array.from({ length: 32 }, (_, i) => (i * 41 + 7) % 251);
const CHUNK = 2 ** 24;

function whyNoCore(): string | undefined {
  if (process.platform !== "linux") return "core files are looked at on Linux alone";
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
  if (/[|/]/.test(pattern)) return `this machine puts core files elsewhere: ${pattern}`;
  return whyNoLimit("unlimited");
}

describe("crash dumps", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-crash-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Aborts a process that has loaded its secret as an agent does; what it leaves behind. */
  function leftBy(limit: string): readonly string[] {
    const secretFile = join(folder, "secret");
    writeFileSync(secretFile, Buffer.from(CANARY).toString("hex"), { mode: 0o600 });
    const command = [process.execPath, CRASHING, join(folder, "data")];
    const { signal, stdout, stderr } = underLimit(limit, folder, command, {
      WAYBILL_SECRET_FILE: secretFile,
    });
    expect(stdout, stderr).to.equal("loaded\n");
    expect(signal).to.equal("SIGABRT");
    rmSync(secretFile);
    return readdirSync(folder).filter((name) => name !== "data");
  }

  it("threat 54: a process that is aborted leaves nothing when core files are off, and its keys when they are not", function () {
    needs(this, whyNoCore());
    expect(leftBy("0")).to.deep.equal([]);
    const left = leftBy("unlimited");
    expect(left.length).to.be.greaterThan(0);
    const { vrf } = deriveKeys(CANARY);
    expect(left.some((name) => contains(join(folder, name), vrf))).to.equal(true);
  });

  it("threat 54: doctor warns of a limit that lets them be, and of none that does not", function () {
    needs(this, whyNoLimit("unlimited"));
    needs(this, process.platform === "linux" ? undefined : "there is no /proc");
    for (const [limit, verdict] of [
      ["0", "ok"],
      ["unlimited", "warning"],
    ] as const) {
      const found = doctorOnCoreFiles(limit, folder, [process.execPath, MAIN]);
      const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
      if (limit !== "0" || !pattern.startsWith("|")) expect(found).to.include({ verdict });
      if (verdict === "warning") expect(found?.todo).to.match(/ulimit -c 0.*LimitCORE=0/);
    }
  });

  it("threat 54: the command switches core files off where they are on", function () {
    needs(this, whyNoLimit("unlimited"));
    needs(this, process.platform === "linux" ? undefined : "there is no /proc");
    const found = doctorOnCoreFiles("unlimited", folder, [join(ROOT, "scripts/waybill")]);
    expect(found?.text).to.be.a("string").that.does.not.include("a crash writes");
  });

  it("doctor tells what a limit means beside a program that takes the crashed, as Linux writes both", () => {
    const limits = (soft: string): string =>
      `Limit                     Soft Limit           Hard Limit           Units     \n` +
      `Max stack size            8388608              unlimited            bytes     \n` +
      `Max core file size        ${soft.padEnd(21)}unlimited            bytes     \n`;
    const verdict = (soft: string, pattern: string): string =>
      checkCoreFiles(limits(soft), pattern).verdict;
    expect(verdict("0", "core\n")).to.equal("ok");
    expect(verdict("4096", "core\n")).to.equal("warning");
    expect(verdict("0", "|/usr/lib/systemd/systemd-coredump %P %u\n")).to.equal("ok");
    expect(verdict("unlimited", "|/usr/lib/systemd/systemd-coredump %P\n")).to.equal("warning");
    expect(checkCoreFiles(limits("0"), "|/usr/share/apport/apport %p\n").text).to.include(
      "/usr/share/apport/apport",
    );
    expect(checkCoreFiles("nothing", "core").verdict).to.equal("warning");
  });

  it("doctor warns of options by which Node writes its environment or its heap", () => {
    expect(checkReports("--max-old-space-size=512 --report-dir=/tmp").verdict).to.equal("ok");
    for (const option of [
      "--report-on-fatalerror",
      "--report-uncaught-exception",
      "--report-on-signal",
      "--heapsnapshot-near-heap-limit=3",
    ])
      expect(checkReports(`--title=x ${option}`).text).to.include(option.replace("=3", ""));
  });
});

/** Whether these bytes are anywhere in a file that may be large. */
function contains(path: string, bytes: Uint8Array): boolean {
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let at = 0; ; at += CHUNK - bytes.length) {
      const read = readSync(file, chunk, 0, CHUNK, at);
      if (chunk.subarray(0, read).includes(Buffer.from(bytes))) return true;
      if (read < CHUNK) return false;
    }
  } finally {
    closeSync(file);
  }
}
